"""Ids of events and runs: they sort by the time at which they were made, and are made in well under a microsecond."""

from __future__ import annotations

import secrets
import time

MOST_AT_ONCE = 0xFFFF


class Ids:
    """Makes ids such as `e06412f3a1b2c3d00010017f`: a letter, microseconds, a counter, and the process's own mark."""

    def __init__(self) -> None:
        self._last = 0
        self._count = 0
        self._mark = secrets.token_hex(2)

    def new(self, letter: str) -> str:
        """Make an id that sorts behind every earlier one of this process."""
        now = time.time_ns() // 1000
        if now <= self._last and self._count < MOST_AT_ONCE:
            self._count += 1
        else:
            self._last = max(now, self._last + 1)
            self._count = 0
        return f"{letter}{self._last:014x}{self._count:04x}{self._mark}"

    def event(self) -> str:
        """Make the id of an event."""
        return self.new("e")

    def run(self) -> str:
        """Make the id of a run."""
        return self.new("r")
