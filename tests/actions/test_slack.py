from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from omiflow.actions.data import check_data, rendered
from omiflow.actions.http_client import Answer, Http, Request, Unreachable
from omiflow.actions.network import NetworkPolicy
from omiflow.actions.scope import Scope
from omiflow.actions.table import ACTIONS
from omiflow.model import Done, Outcome, Rejected, Retry

MakeScope = Callable[..., Scope]
POST = {"channel": "#standup", "text": "<https://example.com|here> & there"}
TOKEN = "xoxb-very-secret"


async def perform(name: str, data: Mapping[str, Any], scope: Scope) -> Outcome:
    action = ACTIONS[name]
    assert action.perform is not None
    return await action.perform(rendered(action.data, data), scope)


@pytest.fixture
def team(server: Any, scope: MakeScope) -> Scope:
    return scope(connection={"type": "slack", "token": TOKEN, "base_url": f"{server.url}/api/"})


@pytest.fixture
def hook(server: Any, scope: MakeScope) -> Scope:
    return scope(connection={"type": "slack", "webhook_url": f"{server.url}/services/T0/B0/hush"})


async def test_a_post_is_sent_as_it_is_written(server: Any, team: Scope) -> None:
    server.answers(200, b'{"ok": true, "ts": "17.01", "channel": "C1"}')
    data = {**POST, "thread_ts": "16.9", "username": "Omi", "icon_emoji": ":ear:", "blocks": [{"type": "divider"}]}
    outcome = await perform("slack.post_message", data, team)
    assert outcome == Done({"ts": "17.01", "channel": "C1", "permalink": None})
    seen = server.seen[0]
    assert (seen.method, seen.target) == ("POST", "/api/chat.postMessage")
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert json.loads(seen.body) == data


async def test_a_post_answers_with_its_permalink(server: Any, team: Scope) -> None:
    server.answers(200, b'{"ok": true, "ts": "17.01", "channel": "C1"}')
    server.answers(200, b'{"ok": true, "permalink": "https://demo.slack.com/archives/C1/p1701"}')
    link = "https://demo.slack.com/archives/C1/p1701"
    assert await perform("slack.post_message", POST, team) == Done({"ts": "17.01", "channel": "C1", "permalink": link})
    asked = server.seen[1]
    assert (asked.method, asked.path, asked.body) == ("GET", "/api/chat.getPermalink", b"")
    assert asked.query == [("channel", "C1"), ("message_ts", "17.01")]
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"ok": false, "error": "message_not_found"}'),
        (200, b'{"ok": true, "permalink": 7}'),
        (200, b"<html>"),
        (404, b""),
        (429, b""),
        (500, b""),
    ],
)
async def test_a_post_is_done_also_where_its_permalink_is_refused(
    server: Any, team: Scope, status: int, body: bytes
) -> None:
    server.answers(200, b'{"ok": true, "ts": "17.01", "channel": "C1"}')
    server.answers(status, body)
    assert await perform("slack.post_message", POST, team) == Done({"ts": "17.01", "channel": "C1", "permalink": None})
    assert [seen.path for seen in server.seen] == ["/api/chat.postMessage", "/api/chat.getPermalink"]


async def test_a_post_is_done_also_where_its_permalink_hangs(server: Any, team: Scope) -> None:
    server.answers(200, b'{"ok": true, "ts": "17.01", "channel": "C1"}')
    server.outlasts()
    outcome = await perform("slack.post_message", POST, team)
    assert outcome == Done({"ts": "17.01", "channel": "C1", "permalink": None})
    assert len(server.seen) == 2


async def test_a_permalink_is_waited_for_no_longer_than_three_seconds(
    server: Any, team: Scope, tls: ssl.SSLContext
) -> None:
    waits = []

    class Watched(Http):
        async def send(self, request: Request, *, within: float) -> Answer | Unreachable:
            waits.append(within)
            return await super().send(request, within=within)

    server.answers(200, b'{"ok": true, "ts": "17.01", "channel": "C1"}')
    async with Watched(NetworkPolicy(), ssl_context=tls) as http:
        await perform("slack.post_message", POST, replace(team, http=http, timeout=20.0))
    assert waits == [20.0, 3.0]


@pytest.mark.parametrize("said", [{}, {"ts": 17}, {"ts": "17.01", "channel": None}])
async def test_a_post_without_a_name_of_its_own_is_not_asked_about(
    server: Any, team: Scope, said: dict[str, Any]
) -> None:
    server.answers(200, json.dumps({"ok": True, **said}).encode())
    outcome = await perform("slack.post_message", POST, team)
    assert isinstance(outcome, Done)
    assert outcome.answer["permalink"] is None
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"error": "ratelimited"}, Retry("Slack's limit is reached", throttled=True)),
        ({"error": "internal_error"}, Retry("Slack answered 'internal_error'")),
        ({"error": "fatal_error"}, Retry("Slack answered 'fatal_error'")),
        ({"error": "service_unavailable"}, Retry("Slack answered 'service_unavailable'")),
        (
            {"error": "missing_scope", "needed": "chat:write", "provided": "users:read"},
            Rejected("Slack answered 'missing_scope': give the app the scope 'chat:write' and install it again"),
        ),
        (
            {"error": "not_in_channel"},
            Rejected("Slack answered 'not_in_channel': the app is not in the channel; invite it with /invite"),
        ),
        ({"error": "something_new"}, Rejected("Slack answered 'something_new'")),
        (
            {"error": "invalid_blocks", "errors": ["must be more than 0 characters [json-pointer:/blocks/0/text]"]},
            Rejected(
                "Slack answered 'invalid_blocks': Slack does not understand the blocks "
                "(must be more than 0 characters [json-pointer:/blocks/0/text])"
            ),
        ),
        ({}, Rejected("Slack answered 'no reason given'")),
    ],
)
async def test_what_slack_says_no_to_is_named(server: Any, team: Scope, said: dict[str, Any], outcome: Outcome) -> None:
    server.answers(200, json.dumps({"ok": False, **said}).encode())
    assert await perform("slack.post_message", POST, team) == outcome


@pytest.mark.parametrize(
    "code",
    [
        "channel_not_found",
        "invalid_auth",
        "token_revoked",
        "is_archived",
        "msg_too_long",
        "no_text",
        "token_expired",
        "invalid_blocks",
        "cant_update_message",
        "message_not_found",
        "edit_window_closed",
    ],
)
async def test_a_common_error_of_slack_says_what_to_do(server: Any, team: Scope, code: str) -> None:
    server.answers(200, json.dumps({"ok": False, "error": code}).encode())
    outcome = await perform("slack.post_message", POST, team)
    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith(f"Slack answered '{code}': ")


async def test_slacks_429_waits_as_long_as_slack_says(server: Any, team: Scope) -> None:
    server.answers(429, b"", {"Retry-After": "30"})
    outcome = await perform("slack.post_message", POST, team)
    assert outcome == Retry("'127.0.0.1' answered 429", after=30.0, throttled=True)


async def test_a_post_is_changed(server: Any, team: Scope) -> None:
    server.answers(200, b'{"ok": true, "ts": "17.01", "channel": "C1", "text": "Done"}')
    server.answers(200, b'{"ok": true, "permalink": "https://demo.slack.com/archives/C1/p1701"}')
    outcome = await perform("slack.update_message", {"channel": "C1", "ts": "17.01", "markdown": "**Done**"}, team)
    link = "https://demo.slack.com/archives/C1/p1701"
    assert outcome == Done({"ts": "17.01", "channel": "C1", "permalink": link})
    assert server.seen[0].target == "/api/chat.update"
    assert json.loads(server.seen[0].body) == {"channel": "C1", "ts": "17.01", "text": "*Done*"}


@pytest.mark.parametrize("name", ["slack.post_message", "slack.update_message"])
async def test_what_is_too_long_for_slack_is_not_sent(server: Any, team: Scope, name: str) -> None:
    ts = {"ts": "17.01"} if name == "slack.update_message" else {}
    outcome = await perform(name, {"channel": "C1", "text": "a" * 40_001, **ts}, team)
    assert outcome == Rejected("'text' has 40,001 characters; Slack takes 40,000 there")
    assert server.seen == []


def test_only_a_post_that_is_named_can_be_changed() -> None:
    missing = check_data(ACTIONS["slack.update_message"].data, {"channel": "C1", "text": "a"})
    assert [error["loc"] for error in missing] == [("ts",)]


async def test_a_webhook_takes_markdown(server: Any, hook: Scope) -> None:
    server.answers(200, b"ok")
    assert await perform("slack.webhook", {"markdown": "- [x] a"}, hook) == Done()
    assert json.loads(server.seen[0].body) == {"text": "☑ a"}


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"ok"', b"[" * 100_000])
async def test_an_answer_that_is_not_slacks_is_rejected(server: Any, team: Scope, body: bytes) -> None:
    server.answers(200, body)
    outcome = await perform("slack.post_message", POST, team)
    assert outcome == Rejected("Slack's answer is not JSON; check the connection's base_url")


async def test_a_token_is_not_repeated_from_slacks_answer(server: Any, team: Scope) -> None:
    server.answers(400, f"bad token {TOKEN}".encode())
    assert await perform("slack.post_message", POST, team) == Rejected("'127.0.0.1' answered 400: bad token ***")


async def test_blocks_that_json_cannot_carry_are_rejected(team: Scope, hook: Scope) -> None:
    blocks = {"blocks": [{"type": "section", "text": "\ud800"}]}
    refusal = Rejected("the body holds something that can't be sent as JSON")
    assert await perform("slack.post_message", {"channel": "#c", **blocks}, team) == refusal
    assert await perform("slack.webhook", blocks, hook) == refusal


async def test_a_connection_of_the_other_kind_is_named(server: Any, team: Scope, hook: Scope) -> None:
    assert await perform("slack.post_message", POST, hook) == Rejected(
        "the Slack connection has no token; one with only a webhook_url takes 'slack.webhook'"
    )
    assert await perform("slack.webhook", {"text": "hello"}, team) == Rejected(
        "the Slack connection has no webhook_url; one with a token takes 'slack.post_message'"
    )
    assert server.seen == []


async def test_a_webhook_takes_text_and_blocks(server: Any, hook: Scope) -> None:
    server.answers(200, b"ok")
    assert await perform("slack.webhook", {"text": "hello", "blocks": [{"type": "divider"}]}, hook) == Done()
    assert server.seen[0].target == "/services/T0/B0/hush"
    assert json.loads(server.seen[0].body) == {"text": "hello", "blocks": [{"type": "divider"}]}


@pytest.mark.parametrize("status", [302, 400, 403, 404, 410, 429, 500])
async def test_a_webhooks_address_is_never_named(server: Any, hook: Scope, status: int) -> None:
    body = b"no such hook: /services/T0/B0/hush"
    server.answers(status, body, {"Location": f"{server.url}/services/T0/B0/hush"})
    outcome = await perform("slack.webhook", {"text": "hello"}, hook)
    assert isinstance(outcome, Retry | Rejected)
    assert "hush" not in outcome.reason


@pytest.mark.parametrize("name", ["slack.post_message", "slack.webhook"])
def test_a_post_without_text_and_blocks_is_a_problem(name: str) -> None:
    channel = {"channel": "#c"} if name == "slack.post_message" else {}
    model = ACTIONS[name].data
    assert [error["msg"] for error in check_data(model, channel)] == [
        "Value error, one of 'text', 'markdown' and 'blocks' must be given and not be empty"
    ]
    assert check_data(model, {**channel, "blocks": "{{ blocks }}"}) == []
