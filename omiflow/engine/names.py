"""The names that templates and conditions see for one event.

Which of them exist at a place of a rule file is checked by `language`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from omiflow.model import Event, Segment

EVENT_WIDE = ("event", "trigger", "matched", "user", "app", "lists", "now", "as_datetime")


class EventNames:
    """What templates see as `event`: the payload, which has more to read when it is a mapping."""

    def __init__(self, event: Event, payload: Any, zone: ZoneInfo) -> None:
        self.seen: Any = _Mapping(event, payload, zone) if isinstance(payload, dict) else payload


class _Mapping(dict[str, Any]):
    """A payload with `id`, `at` and `text()` where it has no such key."""

    def __init__(self, event: Event, payload: dict[str, Any], zone: ZoneInfo) -> None:
        super().__init__(payload)
        self._event = event
        self._zone = zone

    @property
    def id(self) -> str:
        """Give omiflow's own id of the event."""
        return self._event.id

    @property
    def at(self) -> datetime:
        """Give event time in the user's zone."""
        return datetime.fromtimestamp(self._event.at, self._zone)

    def text(self, speaker: str = "any") -> str:
        """Give the words said, of `user`, `other` or `any` speaker."""
        return spoken_text(self._event.segments, speaker)


class Now(datetime):
    """The time of decision; `now` and `now()` are the same, as in Home Assistant."""

    def __call__(self) -> datetime:
        """Give itself."""
        return self

    @classmethod
    def at(cls, seconds: float, zone: ZoneInfo) -> Now:
        """Give seconds since the epoch in a zone."""
        return cls.fromtimestamp(seconds, zone)


def spoken_text(segments: Sequence[Segment], speaker: str = "any") -> str:
    """Join what was said by `user`, `other` or `any`."""
    return " ".join(
        segment.text.strip()
        for segment in segments
        if segment.text.strip() and (speaker == "any" or segment.is_user == (speaker == "user"))
    )


def as_datetime(value: Any) -> datetime | None:
    """Read ISO 8601 text, or seconds since the epoch (also as text), as an aware datetime; None when it is neither."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def event_names(
    event: EventNames,
    *,
    frozen: Mapping[str, Any],
    lists: Mapping[str, Any],
    now: float,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """Give all names of a run; `frozen` holds trigger, matched, user and app as decided."""
    return {
        "event": event.seen,
        "trigger": frozen["trigger"],
        "matched": frozen["matched"],
        "user": frozen["user"],
        "app": frozen["app"],
        "lists": lists,
        "now": Now.at(now, zone),
        "as_datetime": as_datetime,
    }
