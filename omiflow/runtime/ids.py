"""Ids of events and runs: they sort by the time at which they were made, and are made in well under a microsecond."""

from __future__ import annotations

import secrets
import time
from itertools import count


class Ids:
    """Makes ids such as `e06412f3a1b2c3d00017f`: a letter, microseconds, a counter, and the process's own mark."""

    def __init__(self) -> None:
        self._count = count()
        self._mark = secrets.token_hex(2)
        self._last = 0

    def new(self, letter: str) -> str:
        """Make an id that sorts behind every earlier one of this process."""
        now = max(time.time_ns() // 1000, self._last)
        self._last = now
        return f"{letter}{now:014x}{next(self._count) & 0xFFFF:04x}{self._mark}"

    def event(self) -> str:
        """Make the id of an event."""
        return self.new("e")

    def run(self) -> str:
        """Make the id of a run."""
        return self.new("r")
