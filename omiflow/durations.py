"""Spans of time as people write them: `45s`, `10m`, `1h30m`, `7d`."""

from __future__ import annotations

import re

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SHAPE = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")
LONGEST = 3_660 * 86_400


def seconds(text: str) -> float:
    """Read a duration into seconds.

    Raises ValueError with a text for people.
    """
    found = _SHAPE.fullmatch(text.strip())
    if not text.strip() or found is None:
        raise ValueError(f"'{text}' is no duration; write it like '45s', '10m', '1h30m' or '7d'")
    total = sum(float(part) * unit for part, unit in zip(found.groups(default="0"), _UNITS.values(), strict=True))
    if total > LONGEST:
        raise ValueError(f"'{text}' is longer than ten years")
    return total


def spoken(span: float) -> str:
    """Write seconds as a duration, for people: `41s`, `2m`, `1h30m`, `7d`."""
    tenths = round(span, 1)
    if tenths < 1:
        return f"{tenths}s" if tenths else "0s"
    left = round(span)
    parts = []
    for unit, size in _UNITS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2])
