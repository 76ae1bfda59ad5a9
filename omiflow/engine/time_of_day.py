"""The condition on the time of day and the day of the week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from omiflow.engine.conditions import View

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class TimeCondition:
    """Bounds of the time of decision, or of the event's own; without `zone` in the user's zone."""

    path: str
    line: int
    after: time | None = None
    before: time | None = None
    weekdays: frozenset[str] = frozenset()
    zone: str | None = None
    of: Literal["decision", "event"] = "decision"

    def check(self, view: View) -> tuple[bool, str]:
        """Tell whether the time is within the bounds."""
        now: datetime = view.names()["now"]
        moment = now if self.of == "decision" else datetime.fromtimestamp(view.event.at, UTC).astimezone(now.tzinfo)
        if self.zone is not None:
            moment = moment.astimezone(ZoneInfo(self.zone))
        day = WEEKDAYS[moment.weekday()]
        seen = f"it {'is' if self.of == 'decision' else 'was'} {day} {moment:{self._form}}"
        holds = between(moment.time(), self.after, self.before) and (not self.weekdays or day in self.weekdays)
        return holds, f"{seen}; wanted {self._wanted()}"

    @property
    def _form(self) -> str:
        """Give the form of times in what is told, with seconds where a bound has some."""
        exact = any(bound is not None and bound.second for bound in (self.after, self.before))
        return "%H:%M:%S" if exact else "%H:%M"

    def _wanted(self) -> str:
        named = (("after", self.after), ("before", self.before))
        bounds = [f"{name} {bound:{self._form}}" for name, bound in named if bound is not None]
        days = [f"on {', '.join(day for day in WEEKDAYS if day in self.weekdays)}"] if self.weekdays else []
        return " and ".join(bounds + days)


def between(moment: time, after: time | None, before: time | None) -> bool:
    """Tell whether a time of day lies from `after` until just before `before`, over midnight where that is earlier."""
    since = after is None or moment >= after
    until = before is None or moment < before
    over_midnight = after is not None and before is not None and before <= after
    return since or until if over_midnight else since and until
