"""The lanes to the outside: how much goes to one destination at once, so that one that hangs holds up only its own.

What is sent is decided in `carry`; what becomes of a run that finds its lane full, in `runner`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PLACES = 8
IN_LINE = 24
PATIENCE = 1.0
"""How long anybody stands in line, in seconds; where a place is held for longer, nobody does."""


class Crowded(Exception):
    """There is no place on the lane to `destination` now; a signal, not a fault."""

    def __init__(self, destination: str) -> None:
        super().__init__(f"too many go to {destination}")
        self.destination = destination


@dataclass
class _Lane:
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PLACES))
    going: int = 0
    slow: bool = False

    @property
    def room(self) -> int:
        return PLACES - self.going if self.slow else PLACES + IN_LINE - self.going


class Lanes:
    """A lane for each destination; those that nobody uses are forgotten."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._lanes: dict[str, _Lane] = {}

    def room(self, destination: str) -> int:
        """Tell how many more may take a lane now, those who stand in line included."""
        lane = self._lanes.get(destination)
        return PLACES + IN_LINE if lane is None else max(lane.room, 0)

    @asynccontextmanager
    async def place(self, destination: str) -> AsyncIterator[None]:
        """Hold a place on a lane; raises Crowded when there is none to be had soon."""
        lane = self._lanes.setdefault(destination, _Lane())
        if lane.room <= 0:
            raise Crowded(destination)
        clock = asyncio.get_running_loop().time
        lane.going += 1
        try:
            try:
                async with asyncio.timeout(self._patience):
                    await lane.places.acquire()
            except TimeoutError:
                lane.slow = True
                raise Crowded(destination) from None
            began = clock()
            try:
                yield
            finally:
                lane.slow = clock() - began > self._patience
                lane.places.release()
        finally:
            lane.going -= 1
            if not lane.going:
                del self._lanes[destination]
