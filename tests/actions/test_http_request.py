from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from omiflow.actions.data import check_data, rendered
from omiflow.actions.http_client import Http
from omiflow.actions.http_request import TEXT_LIMIT
from omiflow.actions.network import NetworkPolicy
from omiflow.actions.scope import Scope
from omiflow.actions.table import ACTIONS
from omiflow.errors import TemplateFault
from omiflow.model import Done, Outcome, Rejected, Retry

MakeScope = Callable[..., Scope]
ACTION = ACTIONS["http.request"]


async def perform(data: Mapping[str, Any], scope: Scope) -> Outcome:
    assert ACTION.perform is not None
    return await ACTION.perform(rendered(ACTION.data, data), scope)


@pytest.fixture
def crm(server: Any, scope: MakeScope) -> Scope:
    headers = {"Authorization": "Bearer crm-secret", "Accept": "application/json"}
    return scope(connection={"type": "http", "base_url": f"{server.url}/api", "headers": headers})


async def test_a_path_goes_below_the_connections_base_url_with_its_headers(server: Any, crm: Scope) -> None:
    server.answers(201, b'{"id": 7}')
    data = {"method": "post", "url": "/notes?a=1", "query": {"b": "x y", "c": [1, True], "d": None}, "json": {"t": "ü"}}
    outcome = await perform(data, crm)
    assert isinstance(outcome, Done)
    assert outcome.answer["status"] == 201
    assert outcome.answer["json"] == {"id": 7}
    assert outcome.answer["text"] == '{"id": 7}'
    assert outcome.answer["headers"]["content-type"] == "application/json"
    seen = server.seen[0]
    assert (seen.method, seen.path) == ("POST", "/api/notes")
    assert seen.query == [("a", "1"), ("b", "x y"), ("c", "1"), ("c", "true")]
    assert seen.headers["authorization"] == "Bearer crm-secret"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["idempotency-key"] == "run1:actions[0]"
    assert json.loads(seen.body) == {"t": "ü"}


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("notes", "/api/notes"),
        ("/notes", "/api/notes"),
        ("", "/api"),
        ("?a=1", "/api?a=1"),
        ("@evil.example.com/x", "/api/@evil.example.com/x"),
        ("\\\\evil.example.com", "/api/\\\\evil.example.com"),
        (".evil.example.com", "/api/.evil.example.com"),
        ("v1/items:batch?next=../up", "/api/v1/items:batch?next=../up"),
    ],
)
async def test_a_path_never_leaves_the_connections_origin(server: Any, crm: Scope, url: str, target: str) -> None:
    server.answers()
    assert isinstance(await perform({"method": "GET", "url": url}, crm), Done)
    assert server.seen[0].target == target


@pytest.mark.parametrize("url", ["a/%2e%2e/admin", "%2E%2E", "a%2f..%2fb", "a/..;/admin"])
async def test_a_whole_url_does_not_climb_by_encoded_dots(server: Any, crm: Scope, url: str) -> None:
    outcome = await perform({"method": "GET", "url": f"{server.url}/{url}"}, crm)
    assert outcome == Rejected("'url' climbs upwards with an encoded '..'")
    assert server.seen == []


@pytest.mark.parametrize(
    "url",
    ["../admin", "/a/../../admin", "%2e%2e/admin", "a\\..\\..\\admin", "..;/admin", "..;a=b/admin", "..%3b/admin"],
)
async def test_a_path_does_not_climb_out_of_the_base_url(server: Any, crm: Scope, url: str) -> None:
    assert await perform({"method": "GET", "url": url}, crm) == Rejected(
        "'url' climbs out of the connection's base_url with '..'"
    )
    assert server.seen == []


async def test_an_absolute_url_on_the_connections_origin_takes_its_headers(server: Any, crm: Scope) -> None:
    server.answers()
    assert isinstance(await perform({"method": "GET", "url": f"{server.url}/elsewhere"}, crm), Done)
    assert server.seen[0].headers["authorization"] == "Bearer crm-secret"


@pytest.mark.parametrize("spelling", ["http://localhost:{port}/", "http://127.1:{port}/"])
async def test_headers_of_a_connection_go_to_no_other_origin(
    server: Any, scope: MakeScope, crm: Scope, spelling: str
) -> None:
    server.answers()
    async with Http(NetworkPolicy(allow_private=True)) as http:
        elsewhere = scope(connection=crm.connection, http=http)
        outcome = await perform({"method": "GET", "url": spelling.format(port=server.port)}, elsewhere)
    assert isinstance(outcome, Done)
    assert "authorization" not in server.seen[0].headers


async def test_a_request_without_a_body_sends_none(server: Any, crm: Scope) -> None:
    server.answers()
    assert isinstance(await perform({"method": "PUT", "url": "/x", "form": None, "text": None}, crm), Done)
    assert server.seen[0].body == b""
    assert "content-type" not in server.seen[0].headers


async def test_another_port_of_the_same_host_is_another_origin(server: Any, scope: MakeScope) -> None:
    server.answers()
    elsewhere = {"type": "http", "base_url": "http://127.0.0.1:1", "headers": {"Authorization": "crm-secret"}}
    outcome = await perform({"method": "GET", "url": server.url}, scope(connection=elsewhere))
    assert isinstance(outcome, Rejected)
    assert server.seen == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (
            "http://127.0.0.1:{port}/",
            "is a loopback address; give it a connection of type http with this base_url, or allow it with network.allow_private",
        ),
        (
            "http://2130706433:{port}/",
            "a loopback address; give it a connection of type http with this base_url, or allow it with network.allow_private",
        ),
        ("//127.0.0.1:{port}/", "only URLs that begin with"),
        ("file:///etc/passwd", "only URLs that begin with"),
        ("http://a:b@127.0.0.1:{port}/", "user name or password"),
        ("http://[::1", "is no URL"),
        ("http://0177.0.0.01:{port}/", "is no URL"),
        ("http://①②⑦.⓪.⓪.①:{port}/", "is no URL"),
        ("http://127.0.0.1:{port}/\r\nX-Evil: 1", "is no URL"),
        ("/notes", "is only a path"),
    ],
)
async def test_a_hostile_url_is_rejected(server: Any, scope: MakeScope, url: str, reason: str) -> None:
    outcome = await perform({"method": "GET", "url": url.format(port=server.port)}, scope())
    assert isinstance(outcome, Rejected)
    assert reason in outcome.reason
    assert server.seen == []


@pytest.mark.parametrize("base_url", ["http://[", "nowhere", "ftp://example.com", "http://u:p@127.0.0.1:1"])
async def test_a_base_url_that_is_none_is_rejected(scope: MakeScope, base_url: str) -> None:
    outcome = await perform({"method": "GET", "url": "/x"}, scope(connection={"type": "http", "base_url": base_url}))
    assert isinstance(outcome, Rejected)


@pytest.mark.parametrize("location", ["http://169.254.169.254/latest", "/login"])
async def test_a_redirect_is_not_followed(server: Any, crm: Scope, location: str) -> None:
    server.answers(302, b"", {"Location": location})
    outcome = await perform({"method": "GET", "url": "/x"}, crm)
    assert isinstance(outcome, Rejected)
    assert "which is not followed" in outcome.reason
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("body", "content_type", "sent"),
    [
        ({"json": [1, None]}, "application/json", b"[1,null]"),
        ({"json": None}, "application/json", b"null"),
        ({"json": {"on": date(2026, 3, 2)}}, "application/json", b'{"on":"2026-03-02"}'),
        ({"form": {"a": "x y", "b": [1, 2], "c": None, "d": True}}, "application/x-www-form-urlencoded", b"a=x+y&b=1&b=2&d=true"),
        ({"text": "Grüße"}, "text/plain; charset=utf-8", "Grüße".encode()),
        ({"json": {}, "headers": {"content-type": "application/ld+json"}}, "application/ld+json", b"{}"),
    ],
)  # fmt: skip
async def test_a_body_is_sent_as_what_it_is(
    server: Any, crm: Scope, body: dict[str, Any], content_type: str, sent: bytes
) -> None:
    server.answers()
    assert isinstance(await perform({"method": "PUT", "url": "/x", **body}, crm), Done)
    assert server.seen[0].headers["content-type"] == content_type
    assert server.seen[0].body == sent


@pytest.mark.parametrize(
    ("stored", "written", "content_type"),
    [
        ("files/notes/a.txt", "notes/a.txt", "text/plain"),
        ("files/notes/a.txt", "files/notes/a.txt", "text/plain"),
        ("audio/u1/1.wav", "audio/u1/1.wav", "audio/x-wav"),
        ("files/audio", "audio", "application/octet-stream"),
        ("files/x.unknown-kind", "x.unknown-kind", "application/octet-stream"),
    ],
)
async def test_a_file_is_sent_as_it_is(
    server: Any, crm: Scope, tmp_path: Path, *, stored: str, written: str, content_type: str
) -> None:
    server.answers()
    path = tmp_path / "data" / stored
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\x00\xff bytes")
    assert isinstance(await perform({"method": "PUT", "url": "/x", "file": written}, crm), Done)
    assert server.seen[0].body == b"\x00\xff bytes"
    assert server.seen[0].headers["content-type"] == content_type


@pytest.mark.parametrize("file", ["missing.txt", "../secret", "/etc/passwd", "audio/../secret", "secrets/key", "link"])
async def test_a_file_that_must_not_be_sent_is_not(server: Any, crm: Scope, tmp_path: Path, file: str) -> None:
    server.answers()
    (tmp_path / "data" / "files").mkdir(parents=True)
    (tmp_path / "data" / "secret").write_text("secret")
    (tmp_path / "data" / "files" / "link").symlink_to(tmp_path / "data" / "secret")
    assert isinstance(await perform({"method": "PUT", "url": "/x", "file": file}, crm), Rejected)
    assert server.seen == []


@pytest.mark.parametrize("value", [object(), "\ud800"])
async def test_a_body_that_json_cannot_carry_is_rejected(crm: Scope, value: Any) -> None:
    outcome = await perform({"method": "PUT", "url": "/x", "json": {"a": value}}, crm)
    assert outcome == Rejected("the body holds something that can't be sent as JSON")


@pytest.mark.parametrize(
    ("method", "headers", "key"),
    [
        ("POST", {}, "run1:actions[0]"),
        ("DELETE", {}, "run1:actions[0]"),
        ("POST", {"idempotency-key": "mine"}, "mine"),
        ("GET", {}, None),
        ("HEAD", {}, None),
    ],
)
async def test_what_changes_something_carries_an_idempotency_key(
    server: Any, crm: Scope, method: str, headers: dict[str, str], key: str | None
) -> None:
    server.answers()
    await perform({"method": method, "url": "/x", "headers": headers}, crm)
    assert server.seen[0].headers.get("idempotency-key") == key


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b"])
def test_a_header_with_a_line_break_is_refused_before_it_is_sent(value: str) -> None:
    with pytest.raises(TemplateFault, match="header 'X-A' has a line break or control character in its value"):
        rendered(ACTION.data, {"method": "GET", "url": "/x", "headers": {"X-A": value}})


async def test_a_connections_header_with_a_line_break_is_rejected(server: Any, scope: MakeScope) -> None:
    home = scope(connection={"type": "http", "base_url": server.url, "headers": {"X-A": "a\nb"}})
    outcome = await perform({"method": "GET", "url": "/x"}, home)
    assert outcome == Rejected("header 'X-A' has a line break or control character in its value")
    assert server.seen == []


async def test_long_and_strange_answers_do_not_fill_the_journal(server: Any, crm: Scope) -> None:
    server.answers(200, b"x" * 300_000, {"Set-Cookie": "session=theirs"})
    outcome = await perform({"method": "GET", "url": "/x"}, crm)
    assert isinstance(outcome, Done)
    assert len(outcome.answer["text"]) == TEXT_LIMIT
    assert outcome.answer["json"] is None
    assert "set-cookie" not in outcome.answer["headers"]


@pytest.mark.parametrize("body", [b"", b"not json", b"[" * 100_000, b'{"a": 1'])
async def test_an_answer_that_is_not_json_is_still_an_answer(server: Any, crm: Scope, body: bytes) -> None:
    server.answers(200, body)
    outcome = await perform({"method": "GET", "url": "/x"}, crm)
    assert isinstance(outcome, Done)
    assert outcome.answer["json"] is None


async def test_a_secret_that_comes_back_is_blotted_out(server: Any, crm: Scope) -> None:
    server.answers(200, b'{"got": "Bearer crm-secret", "type": "application/json"}', {"X-Echo": "crm-secret"})
    outcome = await perform({"method": "GET", "url": "/x"}, crm)
    assert isinstance(outcome, Done)
    assert outcome.answer["json"] == {"got": "***", "type": "application/json"}
    assert outcome.answer["headers"]["x-echo"] == "***"


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (503, {}, Retry("'127.0.0.1' answered 503")),
        (429, {"Retry-After": "5"}, Retry("'127.0.0.1' answered 429", after=5.0, throttled=True)),
        (422, {}, Rejected("'127.0.0.1' answered 422: no")),
    ],
)
async def test_a_refusal_of_theirs_is_an_outcome_as_is_one_that_is_made_up(
    server: Any, crm: Scope, status: int, headers: dict[str, str], outcome: Outcome
) -> None:
    server.answers(status, b"no", headers)
    assert await perform({"method": "POST", "url": "/x"}, crm) == outcome
    data = ACTION.data.rendered({"method": "POST", "url": "/x"})
    assert ACTION.fault is not None
    assert ACTION.fault(data, crm.connection, {"status": status, "headers": headers, "text": "no"}) == outcome


def test_the_placeholder_has_a_status_that_is_a_success() -> None:
    data = {"method": "GET", "url": "/x"}
    assert ACTION.foretold(ACTION.data.rendered(data))["status"] == 200
    assert ACTION.foretold(ACTION.data.rendered({**data, "expect": [404, 410]}))["status"] == 404


async def test_an_expected_status_is_done(server: Any, crm: Scope) -> None:
    server.answers(404, b"{}")
    assert isinstance(await perform({"method": "GET", "url": "/x", "expect": [200, 404]}, crm), Done)


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
async def test_a_dropped_connection_is_tried_again(server: Any, crm: Scope, raw: bytes) -> None:
    server.sends(raw, close=True)
    assert isinstance(await perform({"method": "POST", "url": "/x"}, crm), Retry)


async def test_a_slow_answer_is_tried_again(server: Any, scope: MakeScope, crm: Scope) -> None:
    server.outlasts()
    outcome = await perform({"method": "GET", "url": "/x"}, crm)
    assert outcome == Retry("'127.0.0.1' did not answer within 20 s")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"json": {}, "form": {}}, "a request has one body, not 'json' and 'form'; keep one of them"),
        ({"json": None, "text": "a"}, "a request has one body, not 'json' and 'text'; keep one of them"),
        ({"text": "a", "form": {}}, "a request has one body, not 'form' and 'text'; keep one of them"),
        ({"headers": {"X-A": "a\nb"}}, "header 'X-A' has a line break or control character in its value"),
        ({"headers": {"Host": "evil"}}, "header 'Host' is set by omiflow itself; leave it out"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "header 'Transfer-Encoding' is set by omiflow itself"),
        ({"method": "CONNECT"}, "Input should be 'GET'"),
        ({"expect": [42]}, "greater than or equal to 100"),
        ({"file": "a", "text": "a"}, "a request has one body, not 'text' and 'file'; keep one of them"),
        ({"json_body": "a"}, "Extra inputs"),
    ],
)
def test_a_wrong_request_is_a_problem(data: dict[str, Any], message: str) -> None:
    errors = check_data(ACTION.data, {"method": "POST", "url": "/x", **data})
    assert len(errors) == 1
    assert message in errors[0]["msg"]


def test_templates_may_stand_anywhere_in_a_request() -> None:
    data = {"method": "{{ m }}", "url": "{{ u }}", "headers": "{{ h }}", "query": "{{ q }}", "expect": ["{{ e }}"]}
    assert check_data(ACTION.data, {**data, "json": "{{ j }}"}) == []
    assert check_data(ACTION.data, {**data, "headers": {"X-A": "{% if a -%}\n  b\n{%- endif %}"}}) == []
