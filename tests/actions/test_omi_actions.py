from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from omiflow.actions.data import check_data, rendered
from omiflow.actions.scope import AppAccess, Scope
from omiflow.actions.table import ACTIONS
from omiflow.errors import TemplateFault
from omiflow.model import Done, Outcome, Rejected, Retry

MakeScope = Callable[..., Scope]
CREATES = [
    ("omi.create_memories", {"text": "likes tea"}),
    ("omi.create_facts", {"text": "likes tea"}),
    ("omi.create_conversation", {"text": "we met"}),
]


async def perform(name: str, data: Mapping[str, Any], scope: Scope) -> Outcome:
    action = ACTIONS[name]
    assert action.perform is not None
    return await action.perform(rendered(action.data, data), scope)


async def test_a_notification_goes_in_the_query_with_an_empty_body(server: Any, scope: MakeScope) -> None:
    server.answers(200, b'{"status": "Ok"}')
    outcome = await perform("omi.notify", {"message": "Tea & cake? 50%"}, scope())
    assert outcome == Done({"status": "Ok"})
    seen = server.seen[0]
    assert (seen.method, seen.path, seen.body) == ("POST", "/v2/integrations/app%2F1/notification", b"")
    assert dict(seen.query) == {"uid": "u1", "message": "Tea & cake? 50%"}
    assert seen.headers["authorization"] == "Bearer sk_very_secret"
    assert seen.headers["content-length"] == "0"


async def test_a_notification_may_go_to_another_user(server: Any, scope: MakeScope) -> None:
    server.answers(200, b"{}")
    await perform("omi.notify", {"message": "hello", "uid": "u2"}, scope(uid=None))
    assert dict(server.seen[0].query)["uid"] == "u2"


async def test_memories_always_carry_a_text(server: Any, scope: MakeScope) -> None:
    server.answers(200, b"{}")
    data = {"memories": [{"content": "likes tea", "tags": ["food"]}, {"content": "is tall"}]}
    assert await perform("omi.create_memories", data, scope()) == Done()
    seen = server.seen[0]
    assert (seen.path, seen.query) == ("/v2/integrations/app%2F1/user/memories", [("uid", "u1")])
    assert json.loads(seen.body) == {"text": "", **data}


async def test_facts_go_to_the_older_call(server: Any, scope: MakeScope) -> None:
    server.answers(200, b"{}")
    data = {"text": "likes tea", "text_source": "email", "text_source_spec": "a letter"}
    assert await perform("omi.create_facts", data, scope()) == Done()
    seen = server.seen[0]
    assert (seen.path, seen.query) == ("/v2/integrations/app%2F1/user/facts", [("uid", "u1")])
    assert json.loads(seen.body) == data


async def test_a_conversation_carries_what_was_given(server: Any, scope: MakeScope) -> None:
    server.answers(200, b"{}")
    data = {
        "text": "Grüße",
        "started_at": "2026-03-02T10:00:00",
        "finished_at": datetime(2026, 3, 2, 11, tzinfo=UTC),
        "text_source": "message",
        "geolocation": {"latitude": 52, "longitude": 13.4},
    }
    assert await perform("omi.create_conversation", data, scope()) == Done()
    assert server.seen[0].path == "/v2/integrations/app%2F1/user/conversations"
    assert json.loads(server.seen[0].body) == {
        "text": "Grüße",
        "started_at": "2026-03-02T10:00:00+00:00",
        "finished_at": "2026-03-02T11:00:00+00:00",
        "text_source": "message",
        "geolocation": {"latitude": 52, "longitude": 13.4},
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"app": AppAccess(name="mentor", omi_app_id="a")}, "app 'mentor' has no api_key"),
        ({"app": AppAccess(name="mentor", api_key="k")}, "app 'mentor' has no omi_app_id"),
        ({"uid": None}, "the run has no user, and Omi wants to know for whom this is; add '?uid=' to the URL"),
        ({"app": AppAccess(name="mentor", omi_app_id="a", api_key="k\r\nX-Evil: 1")}, "header 'Authorization'"),
        ({"omi_base_url": "http://[::1"}, "omi.base_url is no URL"),
    ],
)
@pytest.mark.parametrize("name", ["omi.notify", "omi.create_memories", "omi.create_facts", "omi.create_conversation"])
async def test_without_access_nothing_is_sent(
    server: Any, scope: MakeScope, name: str, changes: dict[str, Any], reason: str
) -> None:
    data = {"message": "hello"} if name == "omi.notify" else {"text": "hello"}
    outcome = await perform(name, data, scope(**changes))
    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith(reason)
    assert server.seen == []


async def test_a_notification_is_tried_again_when_omi_is_down(server: Any, scope: MakeScope) -> None:
    server.answers(502, b"")
    assert await perform("omi.notify", {"message": "hello"}, scope()) == Retry("Omi answered 502")


@pytest.mark.parametrize(("name", "data"), [("omi.notify", {"message": "hello"}), *CREATES])
async def test_a_limit_of_omi_is_waited_for(server: Any, scope: MakeScope, name: str, data: dict[str, Any]) -> None:
    server.answers(429, b"", {"Retry-After": "11"})
    assert await perform(name, data, scope()) == Retry("Omi's limit is reached", after=11.0, throttled=True)


@pytest.mark.parametrize(("name", "data"), CREATES)
async def test_a_create_whose_outcome_is_unknown_is_not_repeated(
    server: Any, scope: MakeScope, name: str, data: dict[str, Any]
) -> None:
    server.answers(500)
    server.sends(b"", close=True)
    server.outlasts()
    for _ in range(3):
        outcome = await perform(name, data, scope())
        assert isinstance(outcome, Rejected)
        assert outcome.reason.startswith("outcome unknown: ")
        assert outcome.reason.endswith("; not repeated, so that nothing is created twice")
    assert len(server.seen) == 3


@pytest.mark.parametrize(("name", "data"), CREATES)
async def test_a_create_that_was_certainly_not_sent_is_tried_again(
    scope: MakeScope, name: str, data: dict[str, Any]
) -> None:
    assert isinstance(await perform(name, data, scope(omi_base_url="http://127.0.0.1:1")), Retry)


@pytest.mark.parametrize(("name", "data"), CREATES)
async def test_a_create_that_omi_acknowledged_is_done_though_the_body_broke_off(
    server: Any, scope: MakeScope, name: str, data: dict[str, Any]
) -> None:
    server.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", close=True)
    assert await perform(name, data, scope()) == Done()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({}, 1),
        ({"text": "", "memories": []}, 1),
        ({"text": "{{ a }}"}, 0),
        ({"memories": "{{ a }}"}, 0),
        ({"memories": [{"tags": ["a"]}]}, 1),
        ({"text": "a", "text_source": "diary"}, 1),
    ],
)
def test_memories_without_anything_to_remember_are_a_problem(data: dict[str, Any], found: int) -> None:
    assert len(check_data(ACTIONS["omi.create_memories"].data, data)) == found


def test_memories_that_turn_out_empty_are_a_fault() -> None:
    with pytest.raises(TemplateFault, match="one of 'text' and 'memories' must be given"):
        rendered(ACTIONS["omi.create_memories"].data, {"text": "", "memories": []})


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"text": "a", "started_at": "2026-03-02T10:00:00Z"}, 0),
        ({"text": "a", "started_at": "yesterday"}, 1),
        ({"text": "a", "geolocation": {"latitude": 91, "longitude": 0}}, 1),
        ({"text": "a", "geolocation": {"latitude": "{{ a }}", "longitude": "{{ b }}"}}, 0),
    ],
)
def test_a_conversation_is_checked_before_it_is_sent(data: dict[str, Any], found: int) -> None:
    assert len(check_data(ACTIONS["omi.create_conversation"].data, data)) == found


def test_a_prompt_takes_a_question_and_filters() -> None:
    data = {"prompt": "{{ user_name }}", "context": {"question": "tea", "filters": {"people": ["Kim"], "dates": []}}}
    assert check_data(ACTIONS["omi.prompt"].data, data) == []
    assert check_data(ACTIONS["omi.prompt"].data, {"prompt": "x", "context": {"filter": {}}}) != []
