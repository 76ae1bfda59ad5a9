"""The operators of conditions, each described once: what it wants, what it means.

How an item gathers the values that it compares is the business of `conditions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import re2

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)

Operand = Literal["any", "list", "text", "number", "flag", "length", "pattern"]


@dataclass(frozen=True)
class Operator:
    """One operator: `holds(value, operand)`; `negative` ones ask that something be absent.

    `operand` is what it is compared with, `says` what is true of a value that passes, `example` an operand in YAML.
    """

    name: str
    operand: Operand
    holds: Callable[[Any, Any], bool]
    says: str
    example: str
    negative: bool = False


def same(left: Any, right: Any) -> bool:
    """Compare JSON values: true is not 1, and a number written as text equals the number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, int | float) != isinstance(right, int | float):
        numbers = number(left), number(right)
        return None not in numbers and numbers[0] == numbers[1]
    return bool(left == right)


def number(value: Any) -> float | None:
    """Give a number, also one written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def compile_pattern(pattern: str) -> Any:
    """Compile an RE2 pattern.

    Raises ValueError with RE2's reason.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise ValueError(reason) from error


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, str):
        wanted = str(wanted) if number(wanted) is not None else wanted
        return isinstance(wanted, str) and wanted in value
    if isinstance(value, list):
        return any(same(item, wanted) for item in value)
    return isinstance(value, dict) and isinstance(wanted, str) and wanted in value


def _compares(test: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def holds(value: Any, wanted: Any) -> bool:
        left = number(value)
        return left is not None and test(left, wanted)

    return holds


def _length(value: Any, wanted: Mapping[str, Any]) -> bool:
    if not isinstance(value, str | list | dict):
        return False
    return all(OPERATORS[name].holds(len(value), operand) for name, operand in wanted.items())


def _text(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, wanted: isinstance(value, str) and test(value, wanted)


OPERATORS: Mapping[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("equals", "any", same, "is the same", "work"),
        Operator(
            "not_equals", "any", lambda value, wanted: not same(value, wanted), "is another", "other", negative=True
        ),
        Operator(
            "in",
            "list",
            lambda value, wanted: any(same(value, item) for item in wanted),
            "is one of a list, or of `lists.NAME`",
            "[work, business]",
        ),
        Operator(
            "not_in",
            "list",
            lambda value, wanted: not any(same(value, item) for item in wanted),
            "is none of a list, or of `lists.NAME`",
            "[other, unknown]",
            negative=True,
        ),
        Operator("contains", "any", _contains, "has this text or item in it", "invoice"),
        Operator(
            "not_contains",
            "any",
            lambda value, wanted: not _contains(value, wanted),
            "does not have this text or item in it",
            "private",
            negative=True,
        ),
        Operator("starts_with", "text", _text(str.startswith), "begins with this text", "Meeting"),
        Operator("ends_with", "text", _text(str.endswith), "ends with this text", "end"),
        Operator(
            "matches",
            "pattern",
            lambda value, wanted: isinstance(value, str) and wanted.search(value) is not None,
            "has a part that fits this pattern of RE2, which has no look-around and is always fast",
            r"'(?i)\b(invoice|bill)\b'",
        ),
        Operator("gt", "number", _compares(lambda left, right: left > right), "is greater", "2"),
        Operator("gte", "number", _compares(lambda left, right: left >= right), "is greater or equal", "3"),
        Operator("lt", "number", _compares(lambda left, right: left < right), "is less", "10"),
        Operator("lte", "number", _compares(lambda left, right: left <= right), "is less or equal", "9"),
        Operator("exists", "flag", lambda _, wanted: wanted is True, "is there (`true`) or not (`false`)", "true"),
        Operator(
            "length", "length", _length, "has this many characters or items, or as many as bounds say", "{gte: 2}"
        ),
    )
}
