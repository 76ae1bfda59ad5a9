"""Runs that are due and wait for a place at their destination, by their ids only.

How many places there are is decided in `lanes`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class PutOff:
    """Lines of runs, one for each destination, first come, first served; `ids` are all that stand in one."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self._lines: dict[str, deque[str]] = {}

    def add(self, run_id: str, destination: str) -> None:
        """Put a run at the end of its destination's line."""
        self.ids.add(run_id)
        self._lines.setdefault(destination, deque()).append(run_id)

    def take(self, room: Callable[[str], int], *, most: int) -> list[str]:
        """Take runs whose turn it is out of their lines; `room` tells how many a destination has places for."""
        taken: list[str] = []
        for destination, line in list(self._lines.items()):
            count = min(room(destination), len(line), most - len(taken))
            taken += [line.popleft() for _ in range(count)]
            if not line:
                del self._lines[destination]
        self.ids.difference_update(taken)
        return taken
