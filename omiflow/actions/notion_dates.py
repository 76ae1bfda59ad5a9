"""Dates and times as Notion takes them, from texts, times and spans.

Source: Notion's reference, "Page properties", date.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

_KEYS = frozenset(("start", "end", "time_zone"))


def date_value(value: Any) -> dict[str, Any] | None:
    """Give a date in Notion's form, None for what is no date; a mapping may have an end and a time zone too."""
    given = value if isinstance(value, Mapping) else {"start": value}
    ends = {key: _iso(given[key]) for key in ("start", "end") if given.get(key) is not None}
    zone = given.get("time_zone")
    if "start" not in ends or None in ends.values() or set(given) - _KEYS or not isinstance(zone, str | None):
        return None
    return {**ends, "time_zone": zone} if zone else dict(ends)


def _iso(value: Any) -> str | None:
    """Write a date or time in ISO form; a time without a zone is left so, and Notion takes it for UTC."""
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return None
    text = value.strip()
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text).isoformat()
        except ValueError:
            continue
    return None
