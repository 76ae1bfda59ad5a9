"""How many requests a user may make: an allowance that fills with time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Allowance:
    """What is left of `rate` requests a second; it holds one second's worth at most, and is full again at `full_at`.

    A clock that goes back by more than a second was set anew, and the allowance goes on from there.
    """

    left: float = 0.0
    filled_at: float | None = None
    full_at: float = 0.0

    def take(self, rate: float, now: float) -> bool:
        """Take one request at `now`; tell whether there was one left."""
        most = max(rate, 1.0)
        if self.filled_at is None:
            self.left = most
        elif now > self.filled_at:
            self.left = min(self.left + (now - self.filled_at) * rate, most)
        if self.filled_at is None or now > self.filled_at or now < self.filled_at - 1.0:
            self.filled_at = now
        if self.left < 1.0:
            return False
        self.left -= 1.0
        self.full_at = self.filled_at + (most - self.left) / rate
        return True
