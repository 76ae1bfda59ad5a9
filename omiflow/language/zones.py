"""Names of time zones, as people write and misspell them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from omiflow.language.nearest import nearest


def known_zone(text: str) -> str:
    """Let the name of a time zone through; raises ValueError for any other text."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        guess = nearest(text, available_timezones())
        advice = f"did you mean '{guess}'?" if guess else "write it like 'Europe/Berlin'"
        raise ValueError(f"unknown time zone '{text}'; {advice}") from None
    return text


def zone_or_user(value: Any) -> str:
    """Let the name of a time zone, or `user`, through; raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError("a time zone is wanted, like 'Europe/Berlin', or 'user'")  # noqa: TRY004 - as pydantic wants
    return value if value == "user" else known_zone(value)
