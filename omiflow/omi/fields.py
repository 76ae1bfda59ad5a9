"""Readers of single fields: each takes anything JSON can hold and gives a value of its type, or None.

Which fields a payload has stands in the tables of its own file; moments are read in `times`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

Reader = Callable[[Any], Any]


def text(value: Any) -> str | None:
    """Give a string; a number becomes its digits."""
    if isinstance(value, str):
        return value
    return str(value) if _is_number(value) else None


def flag(value: Any) -> bool | None:
    """Give a truth value; 0, 1 and the words `true` and `false` count."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return bool(value) if _is_number(value) and value in (0, 1) else None


def whole(value: Any) -> int | None:
    """Give a whole number; text and floats count where they hold one."""
    found = number(value)
    if isinstance(found, float):
        return int(found) if found.is_integer() else None
    return found


def number(value: Any) -> int | float | None:
    """Give a finite number as it was sent; text counts where it holds one."""
    if isinstance(value, str):
        return _number_in(value.strip())
    return value if _is_number(value) and (isinstance(value, int) or math.isfinite(value)) else None


def seconds(value: Any) -> float | None:
    """Give a number as a float."""
    found = number(value)
    try:
        return None if found is None else float(found)
    except OverflowError:
        return None


def mapping(value: Any) -> dict[str, Any] | None:
    """Give an object as it is."""
    return value if isinstance(value, dict) else None


def otherwise(read: Reader, *, default: str | float | bool) -> Reader:
    """Make a reader that gives `default` where `read` finds nothing."""

    def read_or_default(value: Any) -> Any:
        found = read(value)
        return default if found is None else found

    return read_or_default


def items(read: Reader) -> Callable[[Any], list[Any]]:
    """Make a reader of lists that drops what `read` can't read."""

    def read_items(value: Any) -> list[Any]:
        if not isinstance(value, list):
            return []
        return [found for found in map(read, value) if found is not None]

    return read_items


def record(known: Mapping[str, Reader]) -> Callable[[Any], dict[str, Any] | None]:
    """Make a reader of objects: every field of `known` is there afterwards, others stay as they were sent."""
    readers = tuple(known.items())

    def read_record(value: Any) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            return None
        return {**value, **{name: read(value.get(name)) for name, read in readers}}

    return read_record


def filled(known: Mapping[str, Reader]) -> Callable[[Any], dict[str, Any]]:
    """Make a reader of objects like `record` that takes anything else for an empty object."""
    read = record(known)

    def read_filled(value: Any) -> dict[str, Any]:
        return read(value) or read({}) or {}

    return read_filled


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number_in(digits: str) -> int | float | None:
    try:
        return int(digits)
    except ValueError:
        pass
    try:
        found = float(digits)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
