"""The budget of interruptions that an app has for each user: so many in a period, none in quiet hours.

Where it is configured is the business of `language.settings`; which actions interrupt, of their descriptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from omiflow.durations import spoken
from omiflow.engine.time_of_day import between
from omiflow.model import Spend

TALLY = "app.throttle"


@dataclass(frozen=True)
class Budget:
    """At most `limit` interruptions in any `period` seconds, none within `quiet` (from, until just before).

    Rules with a priority above `ignore_above` pass.
    """

    limit: int | None = None
    period: float | None = None
    quiet: tuple[time, time] | None = None
    ignore_above: int | None = None

    def passes(self, priority: int) -> bool:
        """Tell whether rules of this priority are not counted."""
        return self.ignore_above is not None and priority > self.ignore_above


def refusal(budget: Budget, *, used: Sequence[float], now: float, zone: ZoneInfo) -> str | None:
    """Say why a user must not be interrupted now, None when it may be.

    `used` are the times of interruptions, oldest first; only those within a period count.
    """
    if budget.quiet is not None:
        since, until = budget.quiet
        if between(datetime.fromtimestamp(now, zone).time(), since, until):
            return f"the app's quiet hours last until {until:%H:%M}"
    if budget.limit is None or budget.period is None:
        return None
    recent = [at for at in used if now - budget.period < at < now + budget.period]
    if len(recent) < budget.limit:
        return None
    interruptions = "interruption" if budget.limit == 1 else "interruptions"
    return f"the app's budget of {budget.limit} {interruptions} per {spoken(budget.period)} is spent"


def charged(budget: Budget, *, key: str, used: Sequence[float], now: float, zone: ZoneInfo) -> str | list[Spend]:
    """Give what one interruption of a user spends, nothing where there is no limit; or say why there must be none."""
    refused = refusal(budget, used=used, now=now, zone=zone)
    if refused is not None or budget.period is None:
        return refused or []
    return [Spend(tally=TALLY, key=key, at=now, expires=now + budget.period)]
