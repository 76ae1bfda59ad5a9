"""What templates may hand on: plain values, and times that survive the journal.

Reading and writing the journal is the store's; here only the shape of what goes in is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from math import isfinite
from typing import Any

from jinja2 import Undefined

from omiflow.engine.budget import DEEPEST, MOST_ITEMS, MOST_WEIGHT
from omiflow.engine.escaping import Meant
from omiflow.errors import TemplateFault

TRUE = frozenset({"true", "yes", "on", "enable", "1"})
"""The texts that count as true, as in Home Assistant."""
_TAGS = frozenset({"$at", "$microseconds", "$plain"})
_MICROSECOND = timedelta(microseconds=1)


def plain(value: Any, escape: Callable[[str], str] | None = None) -> Any:
    """Give `value` as JSON values, datetimes and timedeltas only; its texts go through `escape`, but for those marked.

    Undefined keys become None, and so do numbers that JSON has no form for; iterables become lists, anything else its
    text. Raises TemplateFault past 100,000 items, 16 million characters or 128 levels.
    """
    return _Plain(escape).of(value)


class _Plain:
    def __init__(self, escape: Callable[[str], str] | None) -> None:
        self.escape = escape
        self.left = MOST_ITEMS
        self.weight = MOST_WEIGHT

    def of(self, value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - one for each kind of value
        self.left -= 1
        if self.left < 0:
            raise TemplateFault(f"a value has more than {MOST_ITEMS} items")
        if depth > DEEPEST:
            raise TemplateFault(f"a value is nested deeper than {DEEPEST} levels")
        if isinstance(value, str):
            return self.text(value)
        if is_nothing(value):
            return None
        if isinstance(value, bool | int | timedelta):
            return value
        if isinstance(value, float):
            return value if isfinite(value) else None
        if isinstance(value, datetime):
            return datetime.fromisoformat(value.isoformat())
        if isinstance(value, Mapping):
            return {encodable(str(key)): self.of(item, depth + 1) for key, item in value.items()}
        if isinstance(value, Iterable):
            return [self.of(item, depth + 1) for item in islice(value, self.left + 1)]
        return self.text(str(value))

    def text(self, text: str) -> str:
        self.weight -= len(text)
        if self.weight < 0:
            raise TemplateFault(f"a value is larger than {MOST_WEIGHT} characters")
        text = encodable(text) if self.escape is None or isinstance(text, Meant) else self.escape(text)
        return str(text)


def is_nothing(value: Any) -> bool:
    """Tell whether a value is null, or a key that was not there; a name that is not there is an error."""
    return value is None or (isinstance(value, Undefined) and not value)


def is_method(value: Any) -> bool:
    """Tell whether a value is a method, such as the `items` of a mapping without that key."""
    return callable(value) and getattr(value, "__self__", None) is not None


def encodable(text: str) -> str:
    """Give the text without halves of surrogate pairs, which no UTF-8 can hold."""
    return str(text) if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def kind_of(value: Any) -> str:
    """Name the kind of a value for people."""
    kinds: tuple[tuple[Any, str], ...] = (
        (bool, "true or false"),
        (str, "text"),
        (int | float, "a number"),
        (Mapping, "a mapping"),
        (datetime, "a time"),
        (timedelta, "a span of time"),
        (Undefined, "null"),
        (Iterable, "a list"),
    )
    found = next((name for types, name in kinds if isinstance(value, types)), None)
    return found or ("null" if value is None else f"a {type(value).__name__}")


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
        return value.strip().lower() in TRUE
    return bool(value)
