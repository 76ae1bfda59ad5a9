from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from litestar import Litestar, Request, Response, route
from litestar.params import FromPath

from omiflow.emulator.pace import at_speed
from omiflow.emulator.played import Answered, Capped, Failed, Happening, Messaged, Prompted, Sent, Skipped
from omiflow.emulator.sender import play
from omiflow.emulator.server import serving
from omiflow.omi.recorded import Recorded

Answer = Callable[[str, int], tuple[int, Any]]


class Receiver:
    """A receiver on loopback that answers the n-th call to a path as it is told to."""

    def __init__(self, answer: Answer, *, gate: asyncio.Event | None = None) -> None:
        self.calls: list[tuple[str, dict[str, str], dict[str, str], bytes]] = []
        self.running = 0
        self.most_running = 0
        self._answer = answer
        self._gate = gate

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        @route("/{path:path}", http_method=["POST", "GET"])
        async def take(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[Any]:
            self.calls.append((path, dict(request.query_params), dict(request.headers), await request.body()))
            self.running += 1
            self.most_running = max(self.running, self.most_running)
            if self._gate is not None:
                await self._gate.wait()
            self.running -= 1
            status, body = self._answer(path, len(self.calls))
            return Response(body, status_code=status, headers={"Location": "/elsewhere"} if status == 302 else {})

        async with serving(Litestar(route_handlers=[take]), port=0) as port:
            yield f"http://127.0.0.1:{port}/hooks/t"


class Waits(list[float]):
    """Notes how long somebody wanted to sleep, and doesn't."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def speech(
    text: str = "hello", *, uid: str = "nina", at: float | None = None, headers: dict[str, str] | None = None
) -> Recorded:
    body = json.dumps({"session_id": uid, "segments": [{"text": text}]}).encode()
    return Recorded(
        event="realtime_transcript", query={"uid": uid}, headers=headers or {}, body=body, at=at, source="day:1"
    )


async def played(
    receiver: Receiver, *requests: Recorded, waits: Waits | None = None, clock: Callable[[], float] = lambda: 0.0
) -> list[Happening]:
    heard: list[Happening] = []
    async with receiver.listening() as base:
        sleep = Waits() if waits is None else waits
        await play(requests, base=base, tell=heard.append, pace=at_speed(1), clock=clock, sleep=sleep)
    return heard


def kinds(heard: list[Happening]) -> list[str]:
    return [type(happening).__name__ for happening in heard]


async def test_a_request_arrives_as_it_was_recorded() -> None:
    receiver = Receiver(lambda *_: (200, {}))
    headers = {
        "content-type": "application/json",
        "idempotency-key": "k1",
        "host": "old.example",
        "content-length": "9",
    }
    request = speech("naïve ☕", headers=headers)
    heard = await played(receiver, request)
    ((path, query, arrived, body),) = receiver.calls
    assert (path, query, body) == ("/hooks/t/realtime_transcript", {"uid": "nina"}, request.body)
    assert arrived["idempotency-key"] == "k1"
    assert arrived["host"].startswith("127.0.0.1")
    assert kinds(heard) == ["Sent", "Answered"]


async def test_the_pace_follows_the_recorded_times() -> None:
    waits = Waits()
    await played(Receiver(lambda *_: (200, {})), speech(at=10.0), speech(at=12.5), speech(), waits=waits)
    assert waits == [0.0, 2.5, 1.0]


async def test_calls_of_one_user_never_overlap() -> None:
    gate = asyncio.Event()
    receiver = Receiver(lambda *_: (200, {}), gate=gate)
    playing = asyncio.create_task(played(receiver, *[speech(str(number)) for number in range(5)]))
    while not receiver.calls:
        await asyncio.sleep(0.005)
    gate.set()
    await playing
    assert receiver.most_running == 1
    assert [json.loads(body)["segments"][0]["text"] for *_, body in receiver.calls] == list("01234")


async def test_a_request_goes_out_once_what_was_asked_for_before_it_has_happened() -> None:
    course: list[str] = []

    async def before(request: Recorded) -> None:
        await asyncio.sleep(0)
        course.append(f"before {request.source}")

    def tell(happening: Happening) -> None:
        course.append(type(happening).__name__)

    async with Receiver(lambda *_: (200, {})).listening() as base:
        day = [speech("one"), speech("two")]
        await play(day, base=base, tell=tell, pace=at_speed(1), sleep=Waits(), before=before)
    assert course == ["before day:1", "Sent", "Answered"] * 2


async def test_the_urls_with_their_tokens_are_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        await played(Receiver(lambda *_: (200, {})), speech())
    assert [record for record in caplog.records if "/hooks/" in record.getMessage()] == []


async def test_a_slow_answer_to_one_user_holds_up_no_other() -> None:
    gate = asyncio.Event()
    receiver = Receiver(lambda *_: (200, {}), gate=gate)
    playing = asyncio.create_task(played(receiver, speech(uid="nina"), speech(uid="rui")))
    async with asyncio.timeout(60):
        while receiver.running < 2:
            await asyncio.sleep(0.005)
    gate.set()
    await playing
    assert receiver.most_running == 2


@pytest.mark.parametrize("status", [500, 503, 302, 408, 429])
async def test_a_developer_webhook_is_tried_four_times(status: int) -> None:
    waits = Waits()
    receiver = Receiver(lambda *_: (status, {}))
    heard = await played(receiver, speech(headers={"idempotency-key": "k1"}), waits=waits)
    assert waits == [0.0, 1.0, 5.0, 30.0]
    assert [happening.again_in for happening in heard if isinstance(happening, Failed)] == [1.0, 5.0, 30.0, None]
    assert {headers["idempotency-key"] for _, _, headers, _ in receiver.calls} == {"k1"}


async def test_a_developer_webhook_goes_on_after_a_retry_that_worked() -> None:
    receiver = Receiver(lambda _path, call: (500, {}) if call == 1 else (200, {"message": "Beware!"}))
    heard = await played(receiver, speech(headers={"idempotency-key": "k1"}))
    assert kinds(heard) == ["Sent", "Failed", "Sent", "Answered", "Messaged"]


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 500), ({}, 302), ({"idempotency-key": "k1"}, 404), ({"idempotency-key": "k1"}, 401)]
)
async def test_an_app_webhook_and_a_final_answer_are_not_tried_again(headers: dict[str, str], status: int) -> None:
    receiver = Receiver(lambda *_: (status, {"message": "Beware!"}))
    assert kinds(await played(receiver, speech(headers=headers))) == ["Sent", "Failed"]


async def test_nobody_listening_is_a_failure_that_says_so() -> None:
    heard: list[Happening] = []
    await play([speech()], base="http://127.0.0.1:1/hooks/t", tell=heard.append, pace=at_speed(1))
    (_, failed) = heard
    assert isinstance(failed, Failed)
    assert failed.reason.startswith("no answer")


async def test_a_message_and_a_prompt_are_read_from_the_answer() -> None:
    answer = {"message": "Beware!", "notification": {"prompt": "Ask {{user_name}}", "params": ["user_name"]}}
    *_, message, prompt = await played(Receiver(lambda *_: (200, answer)), speech())
    assert isinstance(message, Messaged)
    assert (message.uid, message.message, message.route) == ("nina", "Beware!", "app")
    assert isinstance(prompt, Prompted)
    assert prompt.prompt.params == ["user_name"]


async def test_a_second_prompt_within_thirty_seconds_of_the_last_one_sent_is_dropped() -> None:
    times = iter([0.0, 20.0, 30.0])
    receiver = Receiver(lambda *_: (200, {"notification": {"prompt": "Ask them"}}))
    heard = await played(receiver, speech(), speech(), speech(), clock=lambda: next(times))
    said = [type(happening) for happening in heard if not isinstance(happening, Sent | Answered)]
    assert said == [Prompted, Capped, Prompted]


async def test_what_is_no_event_is_skipped() -> None:
    heard = await played(Receiver(lambda *_: (200, {})), Recorded(method="GET", path="/setup", source="day:7"))
    (skipped,) = heard
    assert isinstance(skipped, Skipped)
    assert "day:7" in skipped.reason


async def test_a_day_summary_has_twenty_seconds_for_everything() -> None:
    async def forever(seconds: float) -> None:
        if seconds:
            raise TimeoutError

    heard: list[Happening] = []
    async with Receiver(lambda *_: (500, {})).listening() as base:
        summary = Recorded(event="day_summary", query={"uid": "nina"}, body=b"{}", source="day:1")
        await play([summary], base=base, tell=heard.append, pace=at_speed(1), sleep=forever)
    assert isinstance(heard[-1], Failed)
    assert heard[-1].reason == "not delivered in 20 s"
