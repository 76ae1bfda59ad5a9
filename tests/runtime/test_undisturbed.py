"""What is being committed is waited for, also by those who are cancelled; then they are."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from omiflow.errors import StoreFault
from omiflow.runtime.undisturbed import undisturbed
from omiflow.store.lasting import Lasting

REPLY = """
rules:
  - id: reply
    triggers: [{trigger: realtime_transcript, phrases: ["remind me to {task}"]}]
    actions: [{action: omi.reply, data: {message: "I will remind you to {{ trigger.slots.task }}"}}]
  - id: rare
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    throttle: {limit: 1, period: 1h}
    actions: [{action: log.write, data: {message: heard}}]
"""
ANSWER = {"message": "I will remind you to buy milk"}


async def turns() -> None:
    """Let everybody else go as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("times", [1, 3])
async def test_a_cancellation_waits_for_the_end_and_is_not_lost(times):
    work, seen = Lasting[str](), list[str]()

    async def waits() -> None:
        seen.append(await undisturbed(work))
        seen.append("what follows at once")
        await asyncio.sleep(0)
        seen.append("what comes later")

    waiting = asyncio.create_task(waits())
    for _ in range(times):
        await turns()
        assert waiting.cancel()
    await turns()
    assert not waiting.done()
    work.set_result("kept")
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert seen == ["kept", "what follows at once"]


async def test_a_timeout_that_passes_meanwhile_is_still_one():
    work = Lasting()
    asyncio.get_running_loop().call_later(0.02, work.set_result, None)

    async def too_long() -> None:
        async with asyncio.timeout(0.001):
            await undisturbed(work)
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        await too_long()
    assert asyncio.current_task().cancelling() == 0


async def test_work_that_fails_says_so():
    work = Lasting()
    work.set_exception(StoreFault("no room"))
    with pytest.raises(StoreFault):
        await undisturbed(work)


async def said(door: Any, text: str) -> Any:
    end = door.clock.at % 10_000
    segment = {"id": f"{text} {end}", "text": text, "is_user": True, "speaker": "SPEAKER_00", "speaker_id": 0}
    return await door.post("realtime_transcript", {"segments": [segment | {"start": end - 2, "end": end}]})


class Held:
    """Holds up the commits of a store."""

    def __init__(self, store: Any) -> None:
        self.writer, self.commit = store.writer, store.writer.commit
        self.waiting: list[tuple[Any, asyncio.Future[None]]] = []
        self.writer.commit = self.hold

    def hold(self, rows: Any) -> asyncio.Future[None]:
        self.waiting.append((rows, Lasting()))
        return self.waiting[-1][1]

    async def release(self, *, kept: bool) -> None:
        self.writer.commit = self.commit
        for rows, future in self.waiting:
            if kept:
                await self.commit(rows)
                future.set_result(None)
            else:
                future.set_exception(StoreFault("no room"))


async def gone_away(door: Any, text: str, *, kept: bool) -> None:
    """Say something and go away while it is committed."""
    held = Held(door.store)
    call = asyncio.create_task(said(door, text))
    async with asyncio.timeout(20):
        while not held.waiting:
            await asyncio.sleep(0.001)
    call.cancel()
    await turns()
    assert not call.done()
    await held.release(kept=kept)
    with pytest.raises(asyncio.CancelledError if kept else StoreFault):
        await call


@pytest.mark.parametrize("kept", [True, False])
async def test_who_goes_away_while_their_words_are_committed_leaves_the_next_call_in_step(enter, kept):
    door = await enter(REPLY)
    await said(door, "well")
    await gone_away(door, "any advice", kept=kept)
    user = door.intake.users.get("default", "u1", now=door.clock.at)
    assert not user.busy
    heard = (await door.heard("u1")).session()
    assert ("any advice" in [text for _, _, text in heard]) == kept
    door.clock.at += 5
    await said(door, "any advice")
    fired = [("rare", "running")]
    assert await door.runs() == ([*fired, ("rare", "throttled")] if kept else fired)


@pytest.mark.parametrize("kept", [True, False])
async def test_what_is_owed_goes_on_waiting_where_the_call_that_went_away_was_not_kept(enter, kept):
    door = await enter(REPLY)
    await said(door, "remind me to buy milk")
    door.clock.at += 3
    await door.intake.lulls.look()
    await gone_away(door, "well", kept=kept)
    door.clock.at += 1
    assert await said(door, "so") == ({} if kept else ANSWER)
