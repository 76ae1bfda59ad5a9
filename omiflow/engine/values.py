"""What templates may hand on: plain values, and times that survive the journal.

Reading and writing the journal is the store's; here only the shape of what goes in is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from jinja2 import Undefined

from omiflow.errors import TemplateFault

MOST_ITEMS = 100_000


def plain(value: Any) -> Any:
    """Give `value` as JSON values, datetimes and timedeltas only.

    Undefined becomes None, iterables become lists, anything else its text.
    Raises TemplateFault past 100,000 items.
    """
    return _Plain().of(value)


class _Plain:
    def __init__(self) -> None:
        self.left = MOST_ITEMS

    def of(self, value: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise TemplateFault(f"a value has more than {MOST_ITEMS} items")
        if isinstance(value, Undefined) or value is None:
            return None
        if isinstance(value, str):
            return str(value)
        if isinstance(value, bool | int | float | timedelta):
            return value
        if isinstance(value, datetime):
            return datetime.fromisoformat(value.isoformat())
        if isinstance(value, Mapping):
            return {str(key): self.of(item) for key, item in value.items()}
        if isinstance(value, Iterable):
            return [self.of(item) for item in islice(value, self.left + 1)]
        return str(value)


def pack(value: Any) -> Any:
    """Give a plain value as JSON, with times tagged so that `unpack` finds them again."""
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    if isinstance(value, timedelta):
        return {"$seconds": value.total_seconds()}
    if isinstance(value, dict):
        return {key: pack(item) for key, item in value.items()}
    if isinstance(value, list):
        return [pack(item) for item in value]
    return value


def unpack(value: Any) -> Any:
    """Undo `pack`."""
    if isinstance(value, dict):
        if len(value) == 1:
            ((key, item),) = value.items()
            if key == "$at" and isinstance(item, str):
                return datetime.fromisoformat(item)
            if key == "$seconds" and isinstance(item, int | float):
                return timedelta(seconds=item)
        return {key: unpack(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unpack(item) for item in value]
    return value


def outward(value: Any) -> Any:
    """Give a plain value as an action sends it: times as ISO 8601 text, spans as seconds."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, dict):
        return {key: outward(item) for key, item in value.items()}
    if isinstance(value, list):
        return [outward(item) for item in value]
    return value


def truth(value: Any) -> bool:
    """Decide whether a condition's value holds; text counts as Home Assistant counts it."""
    if isinstance(value, str):
        return value.strip().lower() in {"true", "yes", "on", "enable", "1"}
    return bool(value)
