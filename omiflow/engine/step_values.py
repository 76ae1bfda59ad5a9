"""What the templates of a step's own options give: counts, lists, times and keys.

Raises TemplateFault where a value can't be meant; what the data of an action must be is told by the action.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from omiflow.durations import seconds
from omiflow.engine.rules import ActionStep
from omiflow.engine.templates import Template
from omiflow.engine.values import kind_of, plain
from omiflow.errors import TemplateFault

MOST_REPEATS = 1_000
LONGEST_COUNT = 100


def counted(count: Any) -> int:
    """Read how often a repeat goes round."""
    count = plain(count)
    written = isinstance(count, str) and len(count) <= LONGEST_COUNT and count.strip().isdecimal()
    whole = written or (isinstance(count, float) and count.is_integer())
    number = int(count) if whole else count
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        shown = isinstance(count, str | int | float) and not isinstance(count, bool)
        raise TemplateFault(f"'count' wants a whole number, got {f'{count!r:.60}' if shown else kind_of(count)}")
    if number > MOST_REPEATS:
        raise TemplateFault(f"'count' is {number}; {MOST_REPEATS} are the most")
    return number


def listed(items: Any) -> list[Any]:
    """Read what a repeat goes over; null is an empty list."""
    items = plain(items)
    if items is None:
        return []
    if not isinstance(items, list):
        raise TemplateFault(f"'for_each' wants a list, got {kind_of(items)}")
    if len(items) > MOST_REPEATS:
        raise TemplateFault(f"'for_each' got {len(items)} items; {MOST_REPEATS} are the most")
    return items


def timeout_of(step: ActionStep, names: Mapping[str, Any]) -> float | None:
    """Read how long one try of a step may take, in seconds; None leaves it to the action."""
    if not isinstance(step.timeout, Template):
        return step.timeout
    rendered = step.timeout.render(names)
    if isinstance(rendered, timedelta):
        return rendered.total_seconds()
    try:
        return None if rendered is None else seconds(str(rendered))
    except ValueError as error:
        raise TemplateFault(f"'timeout': {error}") from error


def key_of(step: ActionStep, names: Mapping[str, Any]) -> str | None:
    """Render the idempotency key that a rule gives a step."""
    key = step.idempotency_key
    value = key.render(names) if isinstance(key, Template) else key
    return None if value is None else str(value)
