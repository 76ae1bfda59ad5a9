"""When the clock ends what users began to say: one alarm for all of them, set again as they speak.

What is decided then is the business of `lulls`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from omiflow.runtime.clock import Clock
from omiflow.runtime.users import UserKey

FEW = 1_000
LONGEST_REST = 30.0
"""How long the alarm rests at most while something is open, in seconds; clocks are set."""


class OpenSlots:
    """The time of each user who has something open; of the times on the heap only these count."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: dict[UserKey, float] = {}
        self._heap: list[tuple[float, str, str]] = []
        self._stirred = asyncio.Event()

    def due(self, app: str, uid: str) -> float | None:
        """Give when the clock ends what a user began to say, None when there is nothing to end."""
        return self._due.get((app, uid))

    def put(self, app: str, uid: str, due: float | None, *, again: float | None = None) -> None:
        """Take the time that is now stored; after a fault it is tried again later, at `again`."""
        if due is None:
            self._due.pop((app, uid), None)
            return
        self._due[app, uid] = due
        self._push(due if again is None else again, app, uid)

    def remember(self, slots: Iterable[tuple[str, str, float]]) -> None:
        """Take all that the store holds at the start."""
        for app, uid, due in slots:
            self.put(app, uid, due)

    def overdue(self) -> list[tuple[str, str]]:
        """Take from the heap, the earliest first, the users whose time has come."""
        now = self._clock.now()
        found: dict[tuple[str, str], None] = {}
        while self._heap and self._heap[0][0] <= now:
            _, app, uid = heappop(self._heap)
            due = self._due.get((app, uid))
            if due is not None and due <= now:
                found[app, uid] = None
        return list(found)

    def stir(self) -> None:
        """Look again where a clock that requests set has made a leap."""
        if self._heap and self._heap[0][0] <= self._clock.now():
            self._stirred.set()

    async def rest(self) -> None:
        """Return when the next time has come, or when an earlier one was put."""
        self._stirred.clear()
        pause = min(max(self._heap[0][0] - self._clock.now(), 0.0), LONGEST_REST) if self._heap else None
        try:
            async with asyncio.timeout(pause):
                await self._stirred.wait()
        except TimeoutError:
            return

    def _push(self, at: float, app: str, uid: str) -> None:
        if len(self._heap) > 2 * len(self._due) + FEW:
            self._heap = [(due, *key) for key, due in self._due.items()]  # type: ignore[misc]
            heapify(self._heap)
        first = self._heap[0][0] if self._heap else None
        heappush(self._heap, (at, app, uid))
        if first is None or at < first:
            self._stirred.set()
