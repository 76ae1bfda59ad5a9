"""Jinja's immutable sandbox with a budget: steps, sizes and output are bounded, keys win over methods.

What names a template may use is the business of `templates`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from jinja2 import ChainableUndefined, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from omiflow.errors import TemplateFault

MOST_STEPS = 200_000
MOST_TEXT = 256_000
MOST_RANGE = 10_000

_WIDE_FORMAT = re.compile(r"%[^a-zA-Z%]*(\d{4,}|\*)")


class Sandbox(ImmutableSandboxedEnvironment):
    """A Jinja environment for what strangers' words flow through.

    A template that takes more than 200,000 steps, or writes more than 256,000 characters, raises TemplateFault.
    """

    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(self) -> None:
        super().__init__(undefined=ChainableUndefined, keep_trailing_newline=True, cache_size=0)
        self.globals = {
            "range": _bounded_range,
            "dict": dict,
            "namespace": self.globals["namespace"],
            "cycler": self.globals["cycler"],
            "joiner": self.globals["joiner"],
            "timedelta": timedelta,
        }
        self.filters = {name: test for name, test in self.filters.items() if name != "random"}
        self.filters["__counted__"] = self.counted
        self.steps_left = MOST_STEPS

    def begin(self) -> None:
        """Give the next rendering a full budget."""
        self.steps_left = MOST_STEPS

    def spend(self, steps: int = 1) -> None:
        """Take steps from the budget of the running rendering."""
        self.steps_left -= steps
        if self.steps_left < 0:
            raise TemplateFault(f"the template took more than {MOST_STEPS} steps; loop over less")

    def counted(self, items: Iterable[Any]) -> Iterator[Any]:
        """Pass on `items`, one step of the budget each."""
        for item in items:
            self.spend()
            yield item

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "__counted__", [], [], None, None, lineno=loop.lineno)
        tree.set_environment(self)
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:
        self.spend()
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        self.spend()
        return super().getitem(obj, argument)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        self.spend()
        for value in (*args, *kwargs.values()):
            if isinstance(value, int) and abs(value) > MOST_TEXT and not isinstance(value, bool):
                _refuse_widths(obj, value)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        self.spend()
        if operator == "*":
            _check_product(left, right)
        elif operator == "**":
            _check_power(left, right)
        elif operator == "%" and isinstance(left, str) and _WIDE_FORMAT.search(left):
            raise TemplateFault("a format is wider than 999 characters")
        elif operator == "+" and isinstance(left, str | list) and len(left) > MOST_TEXT:
            raise TemplateFault(f"a value is longer than {MOST_TEXT}")
        return super().call_binop(context, operator, left, right)


def _bounded_range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > MOST_RANGE:
        raise TemplateFault(f"a range has {len(numbers)} numbers; {MOST_RANGE} are the most")
    return numbers


def _refuse_widths(obj: Any, value: int) -> None:
    owner = getattr(obj, "__self__", None)
    if isinstance(owner, str):
        raise TemplateFault(f"{value} is too wide for text; {MOST_TEXT} is the most")


def _check_product(left: Any, right: Any) -> None:
    for many, times in ((left, right), (right, left)):
        if isinstance(many, str | list | tuple) and isinstance(times, int) and len(many) * times > MOST_TEXT:
            raise TemplateFault(f"a product is longer than {MOST_TEXT}")
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > 4096:
        raise TemplateFault("a number is too large")


def _check_power(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > 4096:
        raise TemplateFault("a number is too large")


def utc(seconds: float) -> datetime:
    """Give seconds since the epoch as an aware datetime."""
    return datetime.fromtimestamp(seconds, timezone.utc)
