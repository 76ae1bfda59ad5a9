"""What time it is: the machine's, or the one that recorded requests bring along."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time in seconds since the epoch."""

    def now(self) -> float:
        """Give the present time."""

    def arrival(self, told: float | None) -> float:
        """Give the time at which a request arrives; `told` is what the request says of it."""


class WallClock:
    """The machine's clock; it believes no request."""

    def now(self) -> float:
        """Give the present time."""
        return time.time()

    def arrival(self, told: float | None) -> float:  # noqa: ARG002
        """Give the present time."""
        return time.time()


class RequestClock:
    """A clock set by requests, for replaying days in minutes; between requests it goes on at its usual pace."""

    def __init__(self) -> None:
        self._told: float | None = None
        self._since = 0.0

    def now(self) -> float:
        """Give the latest time told, plus what has passed since."""
        if self._told is None:
            return time.time()
        return self._told + (time.monotonic() - self._since)

    def arrival(self, told: float | None) -> float:
        """Take the time a request tells; it never goes back for the clock itself."""
        if told is None:
            return self.now()
        if self._told is None or told > self._told:
            self._told = told
            self._since = time.monotonic()
        return told
