"""What one rendering may still do: steps are counted, and values are weighed before they are made or copied.

What costs how much is decided in `sandbox`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MappingView
from typing import Any

from omiflow.errors import TemplateFault

MOST_STEPS = 200_000
MOST_TEXT = 256_000
MOST_ITEMS = 100_000
MOST_WEIGHT = 16_000_000
DEEPEST = 128
CHARACTERS_A_STEP = 64
ITEMS_A_STEP = 4

_SMALL = 16


class RenderingBudget:
    """The steps and weights of the running rendering.

    A weight is about the number of characters that a value's text would have; what stands in it twice counts twice.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Give the next rendering a full budget."""
        self._left = MOST_STEPS
        self._known: dict[int, tuple[int, int, Any]] = {}

    def spend(self, steps: int = 1) -> None:
        """Take steps from the budget."""
        self._left -= steps
        if self._left < 0:
            raise TemplateFault(f"the template took more than {MOST_STEPS} steps; loop over less")

    def charge(self, value: Any, *, characters: int = CHARACTERS_A_STEP) -> None:
        """Take the steps of looking at all of a value, one for so many characters."""
        if value is not None and not isinstance(value, bool | float):
            self.spend(self.weigh(value) // characters)

    def made(self, value: Any) -> Any:
        """Pass on a value that the template has made; what is lazy is counted as it comes."""
        if isinstance(value, str):
            if len(value) > MOST_TEXT:
                raise TemplateFault(f"a text is longer than {MOST_TEXT} characters")
            self.spend(len(value) // CHARACTERS_A_STEP)
        elif isinstance(value, Iterator):
            return self.counted(value)
        else:
            if isinstance(value, list | tuple) and len(value) > MOST_ITEMS:
                raise TemplateFault(f"a list has more than {MOST_ITEMS} items")
            self.charge(value)
        return value

    def counted(self, items: Iterable[Any], cost: int = 1) -> Iterator[Any]:
        """Pass on items, each for `cost` steps."""
        for item in items:
            self.spend(cost)
            yield item

    def weigh(self, value: Any) -> int:
        """Give a value's weight; refuse what is too heavy or nested too deeply."""
        return self._measure(value)[0]

    def _measure(self, value: Any) -> tuple[int, int]:
        """Give weight and depth; containers don't change while a template runs, so each is walked once."""
        if isinstance(value, str):
            return len(value), 0
        if isinstance(value, int):
            return value.bit_length() // 3 + 1, 0
        if not isinstance(value, dict | list | tuple | set | frozenset | MappingView):
            owner = getattr(value, "__self__", None)
            return (_SMALL if owner is None else _SMALL + self.weigh(owner)), 0
        known = self._known.get(id(value))
        if known is not None:
            return known[0], known[1]
        weight, depth = 2, 0
        for part in (*value.keys(), *value.values()) if isinstance(value, dict) else tuple(value):  # type: ignore[arg-type]
            heavier, deeper = self._measure(part)
            weight += heavier + 2
            depth = max(depth, deeper)
        if weight > MOST_WEIGHT:
            raise TemplateFault(f"a value is larger than {MOST_WEIGHT} characters")
        if depth >= DEEPEST:
            raise TemplateFault(f"a value is nested deeper than {DEEPEST} levels")
        self.spend(len(value) // ITEMS_A_STEP)
        self._known[id(value)] = (weight, depth + 1, value)
        return weight, depth + 1
