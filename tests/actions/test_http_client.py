from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import ssl
import zlib
from typing import Any

import httpx
import pytest

from omiflow.actions.http_client import BODY_LIMIT, Answer, Http, Request, Unreachable
from omiflow.actions.network import NetworkPolicy


def get(url: str, **values: Any) -> Request:
    return Request(method="GET", url=httpx.URL(url), trusted=True, **values)


async def test_an_answer_comes_with_status_headers_body_and_time(server: Any, http: Http) -> None:
    server.answers(201, b'{"a": 1}', {"X-One": "1", "x-one": "2"})
    answer = await http.send(get(f"{server.url}/a?b=c"), within=60)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.headers["x-one"], answer.at) == (201, b'{"a": 1}', "1, 2", 1e9)
    assert not answer.truncated
    assert not answer.broken
    assert server.seen[0].target == "/a?b=c"


async def test_connections_are_used_again(server: Any, http: Http) -> None:
    server.answers()
    for _ in range(3):
        assert isinstance(await http.send(get(server.url), within=60), Answer)
    assert len(server.seen) == 3
    assert server.connections == 1


@pytest.mark.parametrize("given", [{}, {"user-agent": "mine", "ACCEPT": "text/plain"}])
async def test_a_request_says_who_sends_it_unless_it_says_so_itself(
    server: Any, http: Http, given: dict[str, str]
) -> None:
    server.answers()
    await http.send(get(server.url, headers=given), within=60)
    sent = server.seen[0].headers
    expected = ("mine", "text/plain") if given else ("omiflow", "*/*")
    assert (sent["user-agent"], sent["accept"]) == expected
    assert sent["accept-encoding"] == "identity"


@pytest.mark.parametrize(("method", "length"), [("POST", "0"), ("GET", None)])
async def test_an_empty_body_has_a_length_where_one_is_expected(
    server: Any, http: Http, method: str, length: str | None
) -> None:
    server.answers()
    await http.send(Request(method=method, url=httpx.URL(server.url), trusted=True), within=60)
    assert server.seen[0].headers.get("content-length") == length


async def test_proxies_of_the_environment_are_not_used(
    server: Any, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.answers()
    async with Http(NetworkPolicy(), ssl_context=tls) as http:
        assert isinstance(await http.send(get(server.url), within=60), Answer)


@pytest.mark.parametrize("location", ["/elsewhere", "http://[", "http://a b:x/", "javascript:alert(1)", "\xff"])
async def test_a_redirect_is_an_answer_wherever_it_points(server: Any, http: Http, location: str) -> None:
    server.answers(302, b"moved", {"Location": location})
    answer = await http.send(get(server.url), within=60)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.headers["location"]) == (302, b"moved", location)
    assert not answer.broken
    assert len(server.seen) == 1


async def test_cookies_of_one_answer_are_not_sent_with_the_next_request(server: Any, http: Http) -> None:
    server.answers(200, b"", {"Set-Cookie": "session=of-somebody-else; Path=/"})
    await http.send(get(server.url), within=60)
    await http.send(get(server.url), within=60)
    assert "cookie" not in server.seen[1].headers


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
async def test_nothing_of_a_request_is_logged(
    server: Any, tls: ssl.SSLContext, caplog: pytest.LogCaptureFixture, level: str
) -> None:
    for name in ("httpx", "httpcore", "httpcore.http11"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    caplog.set_level(level)
    server.answers(200, b"", {"Set-Cookie": "session=hush"})
    async with Http(NetworkPolicy(), ssl_context=tls) as http:
        request = get(f"{server.url}/services/T0/B0/hush?message=hush", headers={"Authorization": "hush"})
        assert isinstance(await http.send(request, within=60), Answer)
        server.sends(b"", close=True)
        server.scripts.pop(0)
        assert isinstance(await http.send(request, within=60), Unreachable)
    assert "hush" not in caplog.text
    assert [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))] == []


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 2", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_an_answer_that_never_comes_ends_with_the_time_and_may_have_been_sent(
    server: Any, http: Http, first: bytes
) -> None:
    server.outlasts(first)
    answer = await http.send(get(server.url), within=30)
    assert answer == Unreachable(reason="'127.0.0.1' did not answer within 30 s", sent=True)


async def test_an_answer_whose_body_never_ends_is_broken_but_its_status_is_known(server: Any, http: Http) -> None:
    server.outlasts(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
    answer = await http.send(get(server.url), within=30)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.broken) == (200, b"abc", True)


async def test_a_connection_dropped_without_an_answer_may_have_been_sent(server: Any, http: Http) -> None:
    server.sends(b"", close=True)
    answer = await http.send(get(server.url), within=60)
    assert isinstance(answer, Unreachable)
    assert answer.sent
    assert not answer.refused


async def test_a_connection_dropped_in_the_body_gives_a_broken_answer(server: Any, http: Http) -> None:
    server.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", close=True)
    answer = await http.send(get(server.url), within=60)
    assert isinstance(answer, Answer)
    assert answer.broken


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n", b"\x00" * 64])
async def test_an_answer_that_is_not_http_is_no_answer(server: Any, http: Http, raw: bytes) -> None:
    server.sends(raw, close=True)
    answer = await http.send(get(server.url), within=60)
    assert isinstance(answer, Unreachable)
    assert answer.sent


async def test_a_closed_port_was_certainly_not_sent_to(http: Http) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        answer = await http.send(get(f"http://127.0.0.1:{port}/"), within=60)
    assert isinstance(answer, Unreachable)
    assert not answer.sent
    assert answer.reason.startswith("could not connect to '127.0.0.1'")


async def test_a_huge_answer_is_cut(server: Any, http: Http) -> None:
    server.answers(200, b"x" * (BODY_LIMIT * 3))
    answer = await http.send(get(server.url), within=60)
    assert isinstance(answer, Answer)
    assert answer.truncated
    assert len(answer.body) == BODY_LIMIT


async def test_an_answer_of_just_the_limit_is_whole(server: Any, http: Http) -> None:
    server.answers(200, b"x" * BODY_LIMIT)
    answer = await http.send(get(server.url), within=60)
    assert isinstance(answer, Answer)
    assert not answer.truncated
    assert len(answer.body) == BODY_LIMIT


async def test_a_gzip_bomb_is_cut_after_unpacking(server: Any, http: Http) -> None:
    bomb = gzip.compress(bytes(50_000_000), compresslevel=1)
    server.answers(200, bomb, {"Content-Encoding": "gzip"})
    answer = await http.send(get(server.url), within=60)
    assert isinstance(answer, Answer)
    assert answer.truncated
    assert len(answer.body) == BODY_LIMIT


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("x-gzip", gzip.compress(b"hello", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
    ],
)
async def test_a_packed_answer_is_unpacked(server: Any, http: Http, encoding: str, packed: bytes) -> None:
    server.answers(200, packed, {"Content-Encoding": encoding})
    answer = await http.send(get(server.url), within=60)
    assert isinstance(answer, Answer)
    assert answer.body == b"hello"


async def test_an_answer_that_is_not_packed_as_it_says_is_broken(server: Any, http: Http) -> None:
    server.answers(200, b"not gzip at all", {"Content-Encoding": "gzip"})
    answer = await http.send(get(server.url), within=60)
    assert isinstance(answer, Answer)
    assert answer.broken


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "one\r\nX-Evil: 1"),
        ("X-A", "one\ntwo"),
        ("X-A", "a\x00b"),
        ("X-A\r\nX-Evil", "1"),
        ("X A", "1"),
        ("", "1"),
    ],
)
async def test_a_header_with_a_line_break_is_refused(server: Any, http: Http, name: str, value: str) -> None:
    server.answers()
    answer = await http.send(get(server.url, headers={name: value}), within=60)
    assert isinstance(answer, Unreachable)
    assert answer.refused
    assert server.seen == []


async def test_a_header_may_hold_any_letters(server: Any, http: Http) -> None:
    server.answers()
    await http.send(get(server.url, headers={"X-Title": " Grüße "}), within=60)
    assert server.seen[0].headers["x-title"] == "Grüße"


async def test_a_cancelled_request_stays_cancelled(server: Any, http: Http) -> None:
    server.hangs()
    sending = asyncio.ensure_future(http.send(get(server.url), within=60))
    while not server.seen:
        await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_a_host_that_never_answers_does_not_hold_up_the_others(server: Any, http: Http) -> None:
    for _ in range(150):
        server.hangs()
    server.answers()
    crowd = [asyncio.ensure_future(http.send(get(server.url), within=30)) for _ in range(150)]
    async with asyncio.timeout(60):
        while len(server.seen) < 150:
            await asyncio.sleep(0)
    assert isinstance(await http.send(get(server.url), within=60), Answer)
    for sending in crowd:
        sending.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)


async def test_requests_that_run_out_of_time_leave_no_connection_open(server: Any, http: Http) -> None:
    server.sends(b"")
    for _ in range(10):
        crowd = (http.send(get(server.url), within=each / 4_000) for each in range(80))
        assert {type(answer) for answer in await asyncio.gather(*crowd)} == {Unreachable}
    async with asyncio.timeout(60):
        while server.open:
            await asyncio.sleep(0)
