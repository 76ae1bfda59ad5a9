"""Moments between the wire's ISO 8601 and seconds since the epoch; leaves users' zones to others."""

from __future__ import annotations

import math
from datetime import MAXYEAR, MINYEAR, UTC, datetime, tzinfo
from typing import Any

_EARLIEST = datetime(MINYEAR + 1, 1, 1, tzinfo=UTC).timestamp()
_LATEST = datetime(MAXYEAR, 1, 1, tzinfo=UTC).timestamp()
"""A year is left at both ends of what `datetime` can hold, for every zone, and for what is reckoned from a moment."""


def parse(value: Any, *, zone: tzinfo = UTC) -> float | None:
    """Read ISO 8601, in `zone` where it has no offset, or a number of seconds; None where it is no moment."""
    if isinstance(value, str):
        moment = _moment(value)
        seconds = None if moment is None else (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = _float(value)
    else:
        return None
    return seconds if seconds is not None and _EARLIEST <= seconds <= _LATEST else None


def iso(seconds: float) -> str:
    """Write seconds since the epoch as ISO 8601 in UTC, ending in `+00:00`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def normalise(value: Any) -> str | None:
    """Give a moment as ISO 8601 with an offset: as it was sent if it has one, else in UTC; None where it is none."""
    seconds = parse(value)
    if seconds is None:
        return None
    moment = _moment(value) if isinstance(value, str) else None
    if moment is None:
        return iso(seconds)
    return value.strip() if moment.tzinfo else moment.replace(tzinfo=UTC).isoformat()


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def _float(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
