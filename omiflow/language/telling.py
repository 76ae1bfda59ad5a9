"""What every problem of a written form is told with: its place, the kind of the value, and what is still to come.

What is wrong is found elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omiflow.language.source import Source
from omiflow.model import Problem

Loc = tuple[str | int, ...]

_LONGEST_SHOWN = 40


def at(
    source: Source, loc: Sequence[str | int], message: str, *, code: str, of_key: bool = False, hint: str | None = None
) -> Problem:
    """Make a problem at the place of a value, or of its key."""
    line, column, length = source.place(loc, of_key=of_key)
    return Problem(file=source.file, line=line, column=column, length=length, message=message, code=code, hint=hint)


def kind_of(value: Any) -> str:
    """Name the kind of a YAML value."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"'{value[:_LONGEST_SHOWN]}{'…' if len(value) > _LONGEST_SHOWN else ''}'"
    return "a list" if isinstance(value, list) else "a mapping"


def last_key(loc: Loc) -> str:
    """Give the last part of a location that is a key of the text."""
    return next((part for part in reversed(loc) if isinstance(part, str) and part[:1] not in ("<", "[")), "")


def beside(key: str, holder: str) -> str:
    """Say that a key was put into the value of another, beside which it belongs."""
    return f"'{key}' stands beside '{holder}', not inside it"


def not_yet(name: str) -> str:
    """Say that something is planned that this version does not have."""
    return f"'{name}' is planned, but this version of omiflow does not have it yet"
