"""The names that templates and conditions see for one event.

Which of them exist at a place of a rule file is checked by `language`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from math import inf
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context

from omiflow.durations import seconds
from omiflow.engine.values import is_nothing, kind_of
from omiflow.errors import TemplateFault
from omiflow.model import Event, Segment
from omiflow.speech.lists import Lists
from omiflow.speech.segments import latest
from omiflow.speech.stream import Said

EVENT_WIDE = ("event", "trigger", "matched", "user", "app", "lists", "session", "now", "as_datetime")

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "event": 'The payload, and `event.id`, `event.at`, `event.text(speaker="any")`.',
        "trigger": "What started the rule: `id`, `phrase`, `text`, `slots`, `segments`.",
        "matched": "What conditions found: `action_items`.",
        "user": "The user: `uid`, `name`, `timezone`, `group`.",
        "app": "The app: `name`, and `variables` of `omiflow.yaml`.",
        "lists": "The lists of the rule files, each as all ways to say its entries.",
        "session": (
            'What was said lately: `session.text(last="2m", speaker="any")`; with `last=none` all of it, '
            "4 minutes back at most."
        ),
        "repeat": "Inside a repeat: `item`, `index` (from 1), `first`, `last`.",
        "now": "The time, in the user's zone; `now()` is the same.",
        "today_at": "A time of today in the user's zone: `today_at('18:30')`.",
        "as_datetime": "A time, read from ISO 8601 text or seconds since 1970; else its second argument, or null.",
        "timedelta": "A span of time: `now - timedelta(hours=2)`.",
        "omi": "In `omi.prompt`'s prompt, what Omi fills in: `user_name`, `user_facts`, `user_context`, `user_chat`.",
    }
)
"""The names that templates may use, each with one sentence; `EVENT_WIDE` are there wherever a rule has a template."""

LONGEST_TOLD = 40
SPEAKERS = ("any", "user", "other")

_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


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
        return spoken_text(list(latest(self._event.segments).values()), speaker)


class SessionNames:
    """What templates see as `session`: what the user's session had heard when the rule was decided, `now`."""

    def __init__(self, said: Iterable[Said], now: float) -> None:
        self._said = said
        self._now = now

    def __repr__(self) -> str:
        return "session"

    def text(self, last: Any = "2m", speaker: Any = "any") -> str:
        """Give the words of the last while, of `user`, `other` or `any` speaker; all of the session for a null `last`.

        Raises TemplateFault for a span of time, or a speaker, that is none.
        """
        if speaker not in SPEAKERS:
            raise TemplateFault(f"'session.text' knows the speakers 'any', 'user' and 'other', got {told(speaker)}")
        if is_nothing(last):
            return self._text(None, speaker)
        if not isinstance(last, str):
            raise TemplateFault(f"'session.text' wants a duration as text, such as last='2m', got {told(last)}")
        try:
            return self._text(seconds(last), speaker)
        except ValueError as error:
            raise TemplateFault(f"'session.text' wants a duration: {error}") from error

    def _text(self, last: float | None, speaker: str) -> str:
        since = -inf if last is None else self._now - last
        return " ".join(
            text
            for at, by_user, text in self._said
            if since <= at <= self._now and (speaker == "any" or by_user == (speaker == "user"))
        )


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


def as_datetime(value: Any, default: Any = None) -> Any:
    """Read ISO 8601 text, or seconds since the epoch (also as text), as an aware datetime; else give `default`."""
    if isinstance(value, datetime):
        return value
    if is_nothing(value):
        return default
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        return default
    return read if read.tzinfo else read.replace(tzinfo=UTC)


@pass_context
def today_at(names: Context, time: Any = "00:00") -> datetime:
    """Give a time of today, such as `18:30`, in the user's zone; raises TemplateFault when it is none."""
    said = _TIME_OF_DAY.fullmatch(time.strip()) if isinstance(time, str) else None
    if said is None:
        raise TemplateFault(f"'today_at' wants a time of day such as '18:30', got {told(time)}")
    now = now_of(names)
    hour, minute, second = (int(part or 0) for part in said.groups())
    return datetime(now.year, now.month, now.day, hour, minute, second, tzinfo=now.tzinfo)


def now_of(names: Context) -> datetime:
    """Give the time of decision as it was given to a template, whatever the template itself calls `now`."""
    now = names.parent.get("now")
    if not isinstance(now, datetime):
        raise TemplateFault("the time is not known here")
    return now


def told(value: Any) -> str:
    """Give a value's beginning for an error text, or what kind it is when it is no text."""
    return f"'{value[:LONGEST_TOLD]}'" if isinstance(value, str) else kind_of(value)


SILENCE = SessionNames((), 0.0)
"""The session of nobody."""


def event_names(
    event: EventNames,
    *,
    frozen: Mapping[str, Any],
    lists: Lists,
    now: float,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """Give all names of a run; `frozen` holds trigger, matched, user and app as decided, and session if it is read."""
    return {
        "event": event.seen,
        "trigger": frozen["trigger"],
        "matched": frozen["matched"],
        "user": frozen["user"],
        "app": frozen["app"],
        "lists": {name: listed.ways for name, listed in lists.items()},
        "session": SessionNames(**frozen["session"]) if "session" in frozen else SILENCE,
        "now": Now.at(now, zone),
        "as_datetime": as_datetime,
    }
