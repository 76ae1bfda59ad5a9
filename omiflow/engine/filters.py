"""The filters that templates have beyond Jinja's, each described once: what it does, an example, what that costs.

How they keep to a budget is the sandbox's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from json import JSONEncoder
from math import isfinite
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from anyascii import anyascii
from jinja2 import pass_context
from jinja2.runtime import Context
from rapidfuzz import fuzz, process, utils

from omiflow.engine.budget import MOST_TEXT
from omiflow.engine.names import as_datetime, now_of, today_at, told
from omiflow.engine.sentences import first_sentences
from omiflow.engine.values import is_nothing, kind_of, outward, plain
from omiflow.errors import TemplateFault

NEAR = 65
"""How alike, of 100, two texts must be to count as near."""
LONGEST_COMPARED = 200
LONGEST_NAMED = 10_000
LONGEST_SEPARATOR = 10
A_PART = 0.95
"""What it counts that all words of one text are among those of the other; to be the same counts more."""

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_AGES = (("year", 31_536_000), ("month", 2_592_000), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_QUOTES = re.compile("['\u2018\u2019`]")


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One filter of a template.

    `takes` are its parameters as a template writes them; `example` gives `gives` at 2026-03-02T10:00:00+01:00 in
    Berlin. A step of the budget does for so many `characters` of its values, and each item of a list takes `items`.
    """

    name: str
    call: Callable[..., Any]
    summary: str
    example: str
    gives: Any
    takes: str = ""
    characters: int = 64
    items: int = 0


def slugify(value: Any, separator: str = "_") -> str:
    """Write a text of any script in small letters and digits, with `separator` in place of anything else."""
    text = "" if is_nothing(value) else _shown(value)
    if len(text) > LONGEST_NAMED:
        raise TemplateFault(f"'slugify' makes names; a text has {len(text)} characters, {LONGEST_NAMED} are the most")
    if len(str(separator)) > LONGEST_SEPARATOR:
        raise TemplateFault(f"a separator of 'slugify' has at most {LONGEST_SEPARATOR} characters")
    ascii_only = anyascii(_QUOTES.sub("", text)).lower()
    return str(separator).join(re.findall(r"[a-z0-9]+", ascii_only))


def to_json(value: Any, *, pretty_print: bool = False, sort_keys: bool = False) -> str:
    """Write a value as JSON; times are ISO 8601 text, spans seconds."""
    encoder = JSONEncoder(ensure_ascii=False, indent=2 if pretty_print else None, sort_keys=sort_keys)
    pieces: list[str] = []
    left = MOST_TEXT
    for piece in encoder.iterencode(outward(plain(value))):
        pieces.append(piece)
        left -= len(piece)
        if left < 0:
            raise TemplateFault(f"a text is longer than {MOST_TEXT} characters")
    return "".join(pieces)


def duration(value: Any) -> str | None:
    """Write seconds, or a span of time, in its two largest units."""
    if is_nothing(value):
        return None
    seconds = round(_seconds(value))
    left = abs(seconds)
    counts = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        counts.append((count, unit))
    first = next((number for number, (count, _) in enumerate(counts) if count), len(counts) - 1)
    told = [f"{count} {unit}" for count, unit in counts[first : first + 2] if count] or ["0 s"]
    return ("-" if seconds < 0 else "") + " ".join(told)


@pass_context
def local(names: Context, value: Any, tz: str | None = None) -> datetime | None:
    """Give a time in a zone, the user's when none is named."""
    if is_nothing(value):
        return None
    return _time("local", value).astimezone(now_of(names).tzinfo if is_nothing(tz) else _zone(tz))


@pass_context
def ago(names: Context, value: Any) -> str | None:
    """Tell how long ago a time is, or in how long it will be, in its largest unit."""
    if is_nothing(value):
        return None
    span = (now_of(names) - _time("ago", value)).total_seconds()
    for unit, size in _AGES:
        count = int(abs(span) // size)
        if count:
            told = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"{told} ago" if span > 0 else f"in {told}"
    return "just now"


def sentences(value: Any, n: int = 1) -> str:
    """Give the first `n` sentences of a text."""
    if not isinstance(n, int):
        raise TemplateFault("'sentences' wants a number of sentences, such as sentences(2)")
    return "" if is_nothing(value) else first_sentences(_shown(value), n)


def bullets(value: Any) -> str:
    """Write each item of a list on a line of its own, those that are empty left out."""
    lines = [" ".join(_shown(item).split()) for item in _items("bullets", value) if not is_nothing(item)]
    return "\n".join(f"• {line}" for line in lines if line)


def closest(value: Any, listed: Any) -> Any:
    """Give the entry of a list that is most like a text, None when none is near."""
    entries = [entry for entry in _items("closest", listed) if not is_nothing(entry)]
    wanted = "" if is_nothing(value) else _compared(_shown(value))
    choices = [_compared(_shown(entry)) for entry in entries]
    if not wanted:
        return None
    whole = process.extractOne(wanted, choices, scorer=fuzz.ratio, score_cutoff=NEAR)
    part = process.extractOne(wanted, choices, scorer=fuzz.token_set_ratio, score_cutoff=NEAR / A_PART)
    if whole is None or (part is not None and part[1] * A_PART > whole[1]):
        whole = part
    return None if whole is None else entries[whole[2]]


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _compared(text: str) -> str:
    return utils.default_process(text[:LONGEST_COMPARED])


def _items(name: str, value: Any) -> Iterable[Any]:
    if is_nothing(value):
        return ()
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise TemplateFault(f"'{name}' wants a list, got {kind_of(value)}")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, timedelta):
        return value.total_seconds()
    with suppress(OverflowError, TypeError, ValueError):
        seconds = float(value)
        if isfinite(seconds):
            return seconds
    raise TemplateFault(f"'duration' wants seconds or a timedelta, got {told(value)}")


def _time(name: str, value: Any) -> datetime:
    read = as_datetime(value)
    if not isinstance(read, datetime):
        raise TemplateFault(f"'{name}' wants a time, got {told(value)}")
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, TypeError, ValueError):
        raise TemplateFault(f"'local' wants a time zone such as 'Europe/Berlin', got {told(name)}") from None


FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        one.name: one
        for one in (
            Filter(
                name="slugify",
                call=slugify,
                takes='separator="_"',
                summary="Write a text in small Latin letters and digits, for the names of files and lists.",
                example="{{ 'Größe: 会议 #3' | slugify }}",
                gives="grosse_huiyi_3",
                characters=8,
            ),
            Filter(
                name="to_json",
                call=to_json,
                takes="pretty_print=false, sort_keys=false",
                summary="Write any value as JSON.",
                example="{{ {'when': now, 'who': none} | to_json }}",
                gives='{"when": "2026-03-02T10:00:00+01:00", "who": null}',
                characters=8,
            ),
            Filter(
                name="duration",
                call=duration,
                summary="Write seconds, or a `timedelta`, in their two largest units: `1 h 30 min`, `45 s`.",
                example="{{ 5400 | duration }}",
                gives="1 h 30 min",
            ),
            Filter(
                name="as_datetime",
                call=as_datetime,
                takes="default=none",
                summary="Read a time from ISO 8601 text or seconds since 1970, as the function of this name does.",
                example="{{ ('2026-03-02T09:00:00Z' | as_datetime).hour }}",
                gives=9,
            ),
            Filter(
                name="today_at",
                call=today_at,
                summary="Give a time of today in the user's zone, as the function of this name does.",
                example="{{ ('18:30' | today_at).isoformat() }}",
                gives="2026-03-02T18:30:00+01:00",
            ),
            Filter(
                name="local",
                call=local,
                takes="tz=none",
                summary="Give a time, or ISO 8601 text, in a time zone, the user's when none is named.",
                example="{{ ('2026-03-02T09:00:00Z' | local).strftime('%H:%M') }}",
                gives="10:00",
            ),
            Filter(
                name="ago",
                call=ago,
                summary="Tell how long ago a time is, or in how long it will be: `5 minutes ago`, `in 2 hours`.",
                example="{{ '2026-03-02T08:55:00Z' | ago }}",
                gives="5 minutes ago",
            ),
            Filter(
                name="sentences",
                call=sentences,
                takes="n=1",
                summary="Give the first sentences of a text, in any script.",
                example="{{ 'Dr. Kim called. She is late. Wait.' | sentences(2) }}",
                gives="Dr. Kim called. She is late.",
                characters=32,
            ),
            Filter(
                name="bullets",
                call=bullets,
                summary="Write each item of a list on a line of its own, behind a bullet.",
                example="{{ ['milk', 'two eggs'] | bullets }}",
                gives="• milk\n• two eggs",
                items=1,
            ),
            Filter(
                name="closest",
                call=closest,
                takes="list",
                summary="Give the entry of a list that is most like a text, null when none is near.",
                example="{{ 'the kichen' | closest(['bedroom', 'kitchen']) }}",
                gives="kitchen",
                characters=8,
                items=4,
            ),
        )
    }
)
"""What templates have beyond Jinja's own, by name."""
