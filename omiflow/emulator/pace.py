"""How long to wait before each request of a recording.

The waiting itself is left to the sender.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

Pace = Callable[[Sequence[float]], list[float]]
"""From the recorded gaps before each request to the waits, all in seconds."""


def at_speed(speed: float) -> Pace:
    """Keep the proportions of the recording, `speed` times as fast."""
    return lambda gaps: [gap / speed for gap in gaps]


def within(seconds: float) -> Pace:
    """Fit the whole recording into `seconds`, so that it can be read: long silences shrink most."""

    def fit(gaps: Sequence[float]) -> list[float]:
        shrunk = [math.log1p(gap) for gap in gaps]
        total = sum(shrunk)
        return [seconds * part / total if total else 0.0 for part in shrunk]

    return fit


def gaps_of(times: Sequence[float | None]) -> list[float]:
    """Give the gap before each recorded time; without a time it is a second, and time never goes back."""
    gaps: list[float] = []
    before: float | None = None
    for time in times:
        now = time if time is not None else (before or 0.0) + 1.0
        gaps.append(0.0 if before is None else max(0.0, now - before))
        before = now if before is None else max(before, now)
    return gaps
