"""What templates may hand on: plain values, and times that survive the journal.

Reading and writing the journal is the store's; here only the shape of what goes in is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from math import isfinite
from typing import Any

from jinja2 import Undefined

from omiflow.engine.budget import DEEPEST, MOST_ITEMS
from omiflow.errors import TemplateFault

_TAGS = frozenset({"$at", "$microseconds", "$plain"})
_MICROSECOND = timedelta(microseconds=1)


def plain(value: Any) -> Any:
    """Give `value` as JSON values, datetimes and timedeltas only.

    Undefined keys become None, and so do methods that nobody called and numbers that JSON has no form for; iterables
    become lists, anything else its text. Raises TemplateFault past 100,000 items or 128 levels.
    """
    return _Plain().of(value)


class _Plain:
    def __init__(self) -> None:
        self.left = MOST_ITEMS

    def of(self, value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - one for each kind of value
        self.left -= 1
        if self.left < 0:
            raise TemplateFault(f"a value has more than {MOST_ITEMS} items")
        if depth > DEEPEST:
            raise TemplateFault(f"a value is nested deeper than {DEEPEST} levels")
        if isinstance(value, str):
            return _encodable(value)
        if value is None or (isinstance(value, Undefined) and not value):
            return None
        if isinstance(value, bool | int | timedelta):
            return value
        if isinstance(value, float):
            return value if isfinite(value) else None
        if isinstance(value, datetime):
            return datetime.fromisoformat(value.isoformat())
        if isinstance(value, Mapping):
            return {_encodable(str(key)): self.of(item, depth + 1) for key, item in value.items()}
        if isinstance(value, Iterable):
            return [self.of(item, depth + 1) for item in islice(value, self.left + 1)]
        return None if is_method(value) else _encodable(str(value))


def is_method(value: Any) -> bool:
    """Tell whether a value is a method that nobody called, such as the `items` of a mapping without that key."""
    return callable(value) and getattr(value, "__self__", None) is not None


def _encodable(text: str) -> str:
    """Give the text without halves of surrogate pairs, which no UTF-8 can hold."""
    return str(text) if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def pack(value: Any) -> Any:
    """Give a plain value as JSON, with times tagged so that `unpack` finds them again."""
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    if isinstance(value, timedelta):
        return {"$microseconds": value // _MICROSECOND}
    if isinstance(value, dict):
        packed = {key: pack(item) for key, item in value.items()}
        return {"$plain": packed} if len(packed) == 1 and not _TAGS.isdisjoint(packed) else packed
    if isinstance(value, list):
        return [pack(item) for item in value]
    return value


def unpack(value: Any) -> Any:
    """Undo `pack`."""
    if isinstance(value, dict):
        tag = next(iter(value)) if len(value) == 1 else None
        if tag == "$at":
            return datetime.fromisoformat(value[tag])
        if tag == "$microseconds":
            return value[tag] * _MICROSECOND
        inner = value[tag] if tag == "$plain" else value
        return {key: unpack(item) for key, item in inner.items()}
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
