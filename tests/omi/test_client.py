from __future__ import annotations

import json

import pytest

from omiflow.model import Done, Rejected, Retry
from omiflow.omi import client

NOTIFY = client.notification(app_id="a b/c", api_key="sk_very_secret", uid="u1", message="hello & goodbye")
MEMORIES = client.create_memories(app_id="app", api_key="sk_very_secret", uid="u1", body={"memories": []})
CONVERSATION = client.create_conversation(app_id="app", api_key="sk_very_secret", uid="u1", body={"text": "x"})
CREATES = pytest.mark.parametrize("call", [MEMORIES, CONVERSATION], ids=["memories", "conversation"])


def test_a_notification_has_user_and_message_in_the_query_and_no_body() -> None:
    assert NOTIFY.path == "/v2/integrations/a%20b%2Fc/notification"
    assert NOTIFY.query == {"uid": "u1", "message": "hello & goodbye"}
    assert NOTIFY.json is None
    assert NOTIFY.headers == {"Authorization": "Bearer sk_very_secret"}


def test_memories_always_have_a_text() -> None:
    assert MEMORIES.path == "/v2/integrations/app/user/memories"
    assert MEMORIES.json == {"text": "", "memories": []}
    given = client.create_memories(app_id="app", api_key="k", uid="u1", body={"text": "likes tea"})
    assert given.json == {"text": "likes tea"}


def test_a_conversation_has_its_body_and_its_user() -> None:
    assert CONVERSATION.path == "/v2/integrations/app/user/conversations"
    assert (CONVERSATION.query, CONVERSATION.json) == ({"uid": "u1"}, {"text": "x"})


def test_a_call_does_not_show_its_key() -> None:
    assert "sk_very_secret" not in repr(NOTIFY)


@pytest.mark.parametrize("body", [b'{"status": "Ok"}', b"", b"garbage", b"[" * 100_000])
def test_a_good_answer_is_done_whatever_it_holds(body: bytes) -> None:
    assert isinstance(client.outcome(NOTIFY, status=200, body=body), Done)


@pytest.mark.parametrize("call", [NOTIFY, MEMORIES, CONVERSATION], ids=["notify", "memories", "conversation"])
def test_a_limit_is_waited_for(call: client.Call) -> None:
    expected = Retry("Omi's limit is reached", after=3.0, throttled=True)
    assert client.outcome(call, status=429, body=b"", retry_after=3.0) == expected


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
def test_a_notification_is_tried_again(status: int) -> None:
    assert client.outcome(NOTIFY, status=status, body=b"") == Retry(f"Omi answered {status}")


@CREATES
@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
def test_a_create_with_an_unknown_outcome_is_not(call: client.Call, status: int) -> None:
    assert client.outcome(call, status=status, body=b"") == Rejected(
        f"outcome unknown: Omi answered {status}; not repeated, so that nothing is created twice"
    )


@CREATES
def test_a_create_is_tried_again_only_when_it_was_certainly_not_sent(call: client.Call) -> None:
    assert client.failure(call, reason="no connection", sent=False) == Retry("no connection")
    assert isinstance(client.failure(call, reason="no answer", sent=True), Rejected)
    assert client.failure(NOTIFY, reason="no answer", sent=True) == Retry("no answer")


@pytest.mark.parametrize(
    ("call", "status", "detail", "reason"),
    [
        (NOTIFY, 401, None, "Omi answered 401: it got no API key it understands"),
        (
            NOTIFY,
            403,
            "Invalid API key",
            (
                "Omi answered 403: the user may have disabled the app, or the API key is of another app; "
                "Omi says: Invalid API key"
            ),
        ),
        (
            MEMORIES,
            403,
            "no capability",
            (
                "Omi answered 403: the user may have disabled the app, the app lacks the action 'create_facts', "
                "or the API key is of another app; Omi says: no capability"
            ),
        ),
        (NOTIFY, 404, None, "Omi answered 404: there is no such app, or the user has not enabled it"),
        (MEMORIES, 422, [{"msg": "field\nrequired"}], 'Omi answered 422; Omi says: [{"msg": "field\\nrequired"}]'),
        (NOTIFY, 400, "key sk_very_secret is bad", "Omi answered 400; Omi says: key *** is bad"),
        (NOTIFY, 307, None, "Omi answered 307, a redirect, which is not followed; check omi.base_url"),
    ],
)
def test_a_refusal_says_what_it_may_be(call: client.Call, status: int, detail: object, reason: str) -> None:
    assert client.outcome(call, status=status, body=json.dumps({"detail": detail}).encode()) == Rejected(reason)


def test_a_long_detail_is_cut() -> None:
    said = client.outcome(NOTIFY, status=400, body=json.dumps({"detail": "x" * 10_000}).encode())
    assert isinstance(said, Rejected)
    assert len(said.reason) < 300
