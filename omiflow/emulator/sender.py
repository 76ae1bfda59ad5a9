"""Plays recorded requests to a receiver as Omi would: one after another for each user, at a pace.

A single delivery is left to `deliver`, what happens on a screen to whoever listens.
Source: Omi's protocol, 1.6, 1.8, 2.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import httpx

from omiflow.emulator.answers import read_answer
from omiflow.emulator.deliver import Sleep, client, deliver, event_name, route_of
from omiflow.emulator.pace import Pace, gaps_of
from omiflow.emulator.played import Capped, Messaged, Prompted, Skipped, Tell
from omiflow.emulator.tap import tapped_now
from omiflow.model import EVENT_NAMES
from omiflow.omi.recorded import Recorded

PROMPT_EVERY = 30.0

Before = Callable[[Recorded], Awaitable[None]]


async def at_once(_: Recorded) -> None:
    """Let every request go out as soon as its user's last one has ended."""


async def play(
    requests: Sequence[Recorded],
    *,
    base: str,
    tell: Tell,
    pace: Pace,
    clock: Callable[[], float] = time.time,
    sleep: Sleep = asyncio.sleep,
    before: Before = at_once,
) -> None:
    """Send all requests to `BASE/{event}` and tell what happens; returns when the last one has ended.

    `clock` gives seconds since the epoch; `before` is awaited with each request that is about to go out.
    """
    caps = PromptCap(clock=clock)
    lanes: dict[str, asyncio.Queue[Recorded | None]] = {}
    waits = pace(gaps_of([request.at for request in requests]))
    async with client() as via, asyncio.TaskGroup() as group:
        for request, wait in zip(requests, waits, strict=True):
            await sleep(wait)
            event = event_name(request)
            if event not in EVENT_NAMES:
                tell(Skipped(request=request, reason=f"'{request.source}' is no event that can be played"))
                continue
            uid = uid_of(request)
            if uid not in lanes:
                lanes[uid] = asyncio.Queue()
                lane = _lane(lanes[uid], base=base, via=via, tell=tell, caps=caps, sleep=sleep, before=before)
                group.create_task(lane)
            lanes[uid].put_nowait(tapped_now(request, now=clock()) if event == "button_event" else request)
        for requests_of_one in lanes.values():
            requests_of_one.put_nowait(None)


def uid_of(request: Recorded) -> str:
    """Give the user a request is about, `""` if it names none."""
    return request.query.get("uid", "")


class PromptCap:
    """Omi's cap on prompts: one per user in 30 s, counted from the last one that was sent."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: dict[str, float] = {}

    def allows(self, uid: str) -> bool:
        """Tell whether a prompt for this user goes through now, and if so, count it."""
        now = self._clock()
        if now - self._last.get(uid, -PROMPT_EVERY) < PROMPT_EVERY:
            return False
        self._last[uid] = now
        return True


async def _lane(
    lane: asyncio.Queue[Recorded | None],
    *,
    base: str,
    via: httpx.AsyncClient,
    tell: Tell,
    caps: PromptCap,
    sleep: Sleep,
    before: Before,
) -> None:
    while (request := await lane.get()) is not None:
        await before(request)
        answered = await deliver(request, base=base, via=via, tell=tell, sleep=sleep)
        if answered is None:
            continue
        uid, route = uid_of(request), route_of(request)
        reading = read_answer(answered.body, status=answered.status, event=event_name(request) or "", route=route)
        if reading.message is not None:
            tell(Messaged(uid=uid, message=reading.message, route=route))
        if reading.prompt is not None:
            prompt = reading.prompt
            tell(Prompted(uid=uid, prompt=prompt) if caps.allows(uid) else Capped(uid=uid, prompt=prompt))
