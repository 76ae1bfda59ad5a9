from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from omiflow.emulator.omi_gate import Directory, OmiApp
from omiflow.emulator.seen import Conversation, Memories, Notification, Refused, Seen
from omiflow.emulator.server import standin

NOON = 1_795_003_200.0
KEY = {"Authorization": "Bearer sk_bike"}
DIRECTORY = Directory(
    apps={
        "bike": OmiApp(users=frozenset({"nina"})),
        "mute": OmiApp(actions=frozenset()),
    },
    keys={"bike": "sk_bike", "mute": "sk_mute", "gone": "sk_gone"},
)


class Clock:
    now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
async def omi(seen: Seen, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    app: Any = standin(DIRECTORY, seen=seen, clock=clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://omi/v2/integrations") as client:
        yield client


async def test_a_notification_is_taken_with_what_is_left_of_the_hour(omi: httpx.AsyncClient, seen: Seen) -> None:
    answer = await omi.post("/bike/notification", params={"uid": "nina", "message": "the dynamo"}, headers=KEY)
    assert (answer.status_code, answer.json()) == (200, {"status": "Ok"})
    assert answer.headers["X-RateLimit-Limit"] == "10"
    assert answer.headers["X-RateLimit-Remaining"] == "9"
    assert answer.headers["X-RateLimit-Reset"] == str(int(NOON) + 3600)
    assert list(seen.arrivals) == [Notification(at=NOON, app_id="bike", uid="nina", message="the dynamo")]


@pytest.mark.parametrize(
    ("call", "key", "query", "status", "detail"),
    [
        ("bike/notification", None, {"uid": "nina"}, 401, "Authorization"),
        ("bike/notification", "Basic sk_bike", {"uid": "nina"}, 401, "Authorization"),
        ("bike/notification", "Bearer sk_other", {"uid": "nina"}, 403, "key"),
        ("nobody/notification", "Bearer sk_bike", {"uid": "nina"}, 403, "key"),
        ("gone/notification", "Bearer sk_gone", {"uid": "nina"}, 404, "App not found"),
        ("bike/notification", "Bearer sk_bike", {"uid": "stranger"}, 403, "not enabled"),
        ("mute/user/memories", "Bearer sk_mute", {"uid": "nina"}, 403, "create_facts"),
        ("mute/user/conversations", "Bearer sk_mute", {"uid": "nina"}, 403, "create_conversation"),
        ("bike/notification", "Bearer sk_bike", {"uid": "nina"}, 422, "Field required"),
        ("bike/notification", "Bearer sk_bike", {"message": "hello"}, 422, "Field required"),
        ("bike/user/memories", "Bearer sk_bike", {"uid": "nina"}, 422, "truncated"),
    ],
)
async def test_a_wrong_call_is_refused_by_the_first_check_it_fails(
    *, omi: httpx.AsyncClient, seen: Seen, call: str, key: str | None, query: dict[str, str], status: int, detail: str
) -> None:
    answer = await omi.post(f"/{call}", params=query, headers={"Authorization": key} if key else {})
    assert answer.status_code == status
    assert detail in str(answer.json()["detail"])
    (refused,) = seen.arrivals
    assert isinstance(refused, Refused)
    assert refused.status == status


async def test_the_eleventh_notification_of_an_hour_waits_for_the_next(omi: httpx.AsyncClient, clock: Clock) -> None:
    call: dict[str, Any] = {"params": {"uid": "nina", "message": "again"}, "headers": KEY}
    statuses = [(await omi.post("/bike/notification", **call)).status_code for _ in range(10)]
    assert statuses == [200] * 10
    clock.now = NOON + 3540
    refused = await omi.post("/bike/notification", **call)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    clock.now = NOON + 3600
    assert (await omi.post("/bike/notification", **call)).status_code == 200


async def test_the_limit_comes_before_the_question_whether_the_user_has_the_app(omi: httpx.AsyncClient) -> None:
    call: dict[str, Any] = {"params": {"uid": "stranger", "message": "again"}, "headers": KEY}
    statuses = [(await omi.post("/bike/notification", **call)).status_code for _ in range(11)]
    assert statuses == [403] * 10 + [429]


async def test_memories_are_taken_as_text_and_as_they_are(omi: httpx.AsyncClient, seen: Seen) -> None:
    body = {"text": "", "memories": [{"content": "red scarf", "tags": ["play"]}], "text_source": "other", "new": 1}
    answer = await omi.post("/bike/user/memories", params={"uid": "nina"}, headers=KEY, json=body)
    assert (answer.status_code, answer.json()) == (200, {})
    (arrival,) = seen.arrivals
    assert isinstance(arrival, Memories)
    assert arrival.memories == [{"content": "red scarf", "tags": ["play"]}]


@pytest.mark.parametrize(
    "body",
    [{}, {"text": "", "memories": []}, {"memories": [{"tags": []}]}, {"text": "x", "text_source": "poem"}],
)
async def test_memories_without_content_are_refused(omi: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await omi.post("/bike/user/memories", params={"uid": "nina"}, headers=KEY, json=body)
    assert answer.status_code == 422


async def test_a_conversation_is_made_from_text(omi: httpx.AsyncClient, seen: Seen) -> None:
    body = {"text": "Voicemail from Ana", "text_source": "message"}
    answer = await omi.post("/bike/user/conversations", params={"uid": "nina"}, headers=KEY, json=body)
    assert (answer.status_code, answer.json()) == (200, {})
    (arrival,) = seen.arrivals
    assert isinstance(arrival, Conversation)
    assert (arrival.text, arrival.text_source, arrival.language) == ("Voicemail from Ana", "message", "en")


async def test_a_conversation_without_text_is_refused(omi: httpx.AsyncClient) -> None:
    answer = await omi.post("/bike/user/conversations", params={"uid": "nina"}, headers=KEY, json={"language": "pt"})
    assert answer.status_code == 422
    assert "text" in answer.json()["detail"][0]["msg"]
