"""Limits: how many marks a tally may hold in a period, and when the next one fits.

Keeping tallies is the store's; deciding which keys count is done in `match`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from omiflow.durations import spoken
from omiflow.engine.rules import Limit, Rule
from omiflow.model import Spend

Uses = Callable[[str, str], Sequence[float]]
"""Give the times at which a tally's key was used, for `(tally, key)`."""

PROMPT_PAUSE = 30.0


class Tallies:
    """What is already spent, and what this decision reserves on top."""

    def __init__(self, uses: Uses) -> None:
        self._uses = uses
        self.reserved: list[Spend] = []

    def used(self, tally: str, key: str, *, after: float, before: float) -> list[float]:
        """List the times between `after` and `before` at which `key` was used, oldest first.

        A clock that was set back makes uses of the future; they are looked at as far as a period reaches.
        """
        mine = [spend.at for spend in self.reserved if spend.tally == tally and spend.key == key]
        return sorted(at for at in (*self._uses(tally, key), *mine) if after < at < before)

    def reserve(self, tally: str, key: str, *, at: float, period: float) -> None:
        """Mark a use that counts for `period` seconds."""
        self.reserved.append(Spend(tally=tally, key=key, at=at, expires=at + period))

    def release(self, count: int) -> None:
        """Take back everything reserved after the first `count` marks."""
        del self.reserved[count:]


def tally_name(gate: str, rule: Rule) -> str:
    """Name the tally of a rule's gate; a rule in the shadow has one of its own."""
    return f"{gate}:{rule.id}{':shadow' if rule.shadow else ''}"


def shared_tally(name: str, rule: Rule) -> str:
    """Name a tally that all rules share; a rule in the shadow has one of its own."""
    return f"{name}:shadow:{rule.id}" if rule.shadow else name


def over_limit(limit: Limit, used: Sequence[float], now: float) -> str | None:
    """Say why there is no room for one more, None when there is.

    `used` are the times within a period before and after now, oldest first; uses lie after now when events overtook
    each other, or when the clock was set back.
    """
    times = sorted((*used, now))
    if all(last - first >= limit.period for first, last in zip(times, times[limit.limit :], strict=False)):
        return None
    return f"fired {spoken(max(now - used[-1], 0))} ago, limit {limit.limit} per {spoken(limit.period)}"


def prompt_key(app: str, uid: str | None) -> str:
    """Give the key under which Omi counts prompts."""
    return f"{app}\n{uid}"


def day_start(now: float, zone: ZoneInfo) -> float:
    """Give the beginning of the user's day as seconds since the epoch."""
    local = datetime.fromtimestamp(now, zone)
    return datetime.combine(local.date(), time.min, zone).timestamp()


def day_end(now: float, zone: ZoneInfo) -> float:
    """Give the end of the user's day as seconds since the epoch."""
    local = datetime.fromtimestamp(now, zone)
    return datetime.combine(local.date() + timedelta(days=1), time.min, zone).timestamp()


def keep_live(uses: Mapping[tuple[str, str], Sequence[Spend]], now: float) -> dict[tuple[str, str], list[Spend]]:
    """Drop marks that no longer count, and keys without any."""
    live = {key: [spend for spend in spends if spend.expires > now] for key, spends in uses.items()}
    return {key: spends for key, spends in live.items() if spends}
