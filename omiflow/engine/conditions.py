"""Conditions: compiled checks that say what they saw.

What people write is read by `language`; here are the compiled forms and what they mean.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, Protocol

from omiflow.engine.jsonpath import Path
from omiflow.engine.operators import OPERATORS
from omiflow.engine.templates import Template
from omiflow.engine.values import truth
from omiflow.errors import TemplateFault
from omiflow.model import Event, Gate
from omiflow.speech.lists import Lists

FOLDED = frozenset({"any", "list", "text"})
"""The kinds of operand that `ignore_case` concerns; patterns see to it themselves."""

LONGEST_SHOWN = 120
SUMMARIES = ("structured", "summary_json")
"""Where a conversation and a day have their title, overview and action items."""

Quantifier = Literal["some", "all", "none"]
NO_LISTS: Lists = MappingProxyType({})


class View(Protocol):
    """What a condition may look at."""

    event: Event
    payload: Any
    matched: dict[str, Any]
    lists: Lists

    def names(self) -> Mapping[str, Any]:
        """Give the names for templates."""


class Condition(Protocol):
    """One compiled condition; `path` and `line` say where it stands in the rule file."""

    @property
    def path(self) -> str:
        """Give its place inside the rule."""

    @property
    def line(self) -> int:
        """Give its line in the rule file."""

    def check(self, view: View) -> tuple[bool, str]:
        """Tell whether it holds, and what was seen."""


@dataclass(frozen=True)
class OfList:
    """An operand that is a list of the rule files, looked up by its name where it is used."""

    name: str


@dataclass(frozen=True)
class Test:
    """Operators that one value must pass together; lists that are operands are found among `lists`."""

    operators: tuple[tuple[str, Any, str], ...]
    negated: tuple[Test, ...] = ()
    ignore_case: bool = False

    def holds(self, value: Any, lists: Lists = NO_LISTS) -> bool:
        """Tell whether `value` passes all operators."""
        alike = folded(value) if self.ignore_case else value
        return all(
            OPERATORS[name].holds(
                alike if OPERATORS[name].operand in FOLDED else value, self.compared_with(operand, lists)
            )
            for name, operand, _ in self.operators
        ) and not any(test.holds(value, lists) for test in self.negated)

    def compared_with(self, operand: Any, lists: Lists) -> Any:
        """Give an operand as values are compared with it."""
        if not isinstance(operand, OfList):
            return operand
        listed = lists[operand.name]
        return listed.folded if self.ignore_case else listed.ways

    @property
    def wants_nothing(self) -> bool:
        """Tell whether this asks for nothing to be found (`exists: false`)."""
        return any(name == "exists" and operand is False for name, operand, _ in self.operators)

    @property
    def holds_for_nothing(self) -> bool:
        """Tell whether nothing is all that this asks for; no value is there to pass more."""
        return self.wants_nothing and len(self.operators) == 1 and not self.negated

    @property
    def says(self) -> str:
        """Describe what is wanted, for traces."""
        wishes = [f"{name} {text}" for name, _, text in self.operators]
        return " and ".join(wishes + [f"not ({test.says})" for test in self.negated])


@dataclass(frozen=True)
class PathCondition:
    """Values found by a JSONPath, and what they must be like."""

    path: str
    line: int
    jsonpath: Path
    test: Test
    quantifier: Quantifier = "some"

    def check(self, view: View) -> tuple[bool, str]:
        """Tell whether the values found pass."""
        values = self.jsonpath.find(view.payload)
        wanted = self.test.says
        if self.test.wants_nothing and self.quantifier == "some":
            found = values[0] if len(values) == 1 else values
            holds = not values and self.test.holds_for_nothing
            return holds, f"{self.jsonpath.text} is {_show(found)}; wanted {'nothing' if holds or values else wanted}"
        if not values:
            return self.quantifier == "none", f"nothing at {self.jsonpath.text}"
        passing = [value for value in values if self.test.holds(value, view.lists)]
        seen = values[0] if len(values) == 1 else values
        many = "" if self.quantifier == "some" else f"{self.quantifier} "
        detail = f"{self.jsonpath.text} is {_show(seen)}; wanted {many}{wanted}"
        if self.quantifier == "some":
            return bool(passing), detail
        if self.quantifier == "all":
            return len(passing) == len(values), detail
        return not passing, detail


@dataclass(frozen=True)
class ActionItems:
    """Action items of a conversation or a day summary whose fields pass."""

    path: str
    line: int
    fields: tuple[tuple[str, Test], ...]
    count: Test | None = None

    def check(self, view: View) -> tuple[bool, str]:
        """Tell whether enough items fit; those that do become `matched.action_items`."""
        items = _action_items(view.payload)
        fitting = [
            item for item in items if all(_field_holds(test, item.get(name), view.lists) for name, test in self.fields)
        ]
        enough = self.count.holds(len(fitting), view.lists) if self.count else bool(fitting)
        if enough:
            view.matched["action_items"] = fitting
        wanted = f"count {self.count.says}" if self.count else "at least one"
        return enough, f"{len(fitting)} of {len(items)} action items fit; wanted {wanted}"


@dataclass(frozen=True)
class TemplateCondition:
    """A template whose value must be true."""

    path: str
    line: int
    template: Template

    def check(self, view: View) -> tuple[bool, str]:
        """Tell whether the template gives something true; a template that fails holds not."""
        try:
            value = self.template.render(view.names())
        except TemplateFault as fault:
            return False, f"the template failed: {fault}"
        return truth(value), f"the template gave {_show(value)}"


@dataclass(frozen=True)
class Group:
    """Several conditions as one: `any`, `all` or `not`."""

    path: str
    line: int
    kind: Literal["any", "all", "not"]
    inner: tuple[Condition, ...]

    def check(self, view: View) -> tuple[bool, str]:
        """Tell whether the group holds, with the detail that decided it.

        What conditions found inside a `not`, or inside a group that doesn't hold, is not kept in `matched`.
        """
        before = dict(view.matched)
        holds, detail = self._decided(view)
        if self.kind == "not" or not holds:
            view.matched.clear()
            view.matched.update(before)
        return holds, detail

    def _decided(self, view: View) -> tuple[bool, str]:
        details = []
        for condition in self.inner:
            holds, detail = condition.check(view)
            details.append(detail)
            if self.kind == "any" and holds:
                return True, detail
            if self.kind != "any" and not holds:
                return self.kind == "not", f"not: {detail}" if self.kind == "not" else detail
        joined = "; ".join(details)
        if self.kind == "any":
            return False, f"none of: {joined}"
        return self.kind == "all", f"not: {joined}" if self.kind == "not" else joined


def check_all(conditions: Sequence[Condition], view: View) -> tuple[bool, list[Gate]]:
    """Check conditions in order until one fails; give the gates that were reached."""
    gates = []
    for condition in conditions:
        holds, detail = condition.check(view)
        gates.append(Gate(gate="conditions", path=condition.path, passed=holds, detail=detail, line=condition.line))
        if not holds:
            return False, gates
    return True, gates


def _action_items(payload: Any) -> list[dict[str, Any]]:
    if not isinstance(payload, dict):
        return []
    holder = next((payload[key] for key in SUMMARIES if payload.get(key)), None)
    items = holder.get("action_items") if isinstance(holder, dict) else None
    return [item for item in items or [] if isinstance(item, dict)] if isinstance(items, list) else []


def _field_holds(test: Test, value: Any, lists: Lists) -> bool:
    nothing = value is None or value == []
    if test.wants_nothing:
        return nothing and test.holds_for_nothing
    return not nothing and test.holds(value, lists)


def folded(value: Any) -> Any:
    """Give text, and text in lists and mappings, with large and small letters the same."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, list):
        return [folded(item) for item in value]
    return {folded(key): folded(item) for key, item in value.items()} if isinstance(value, dict) else value


def _show(value: Any) -> str:
    """Write the beginning of a value; no more of it is looked at."""
    text = ""
    for piece in json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value):
        text += piece[: LONGEST_SHOWN + 1]
        if len(text) > LONGEST_SHOWN:
            return f"{text[: LONGEST_SHOWN - 3]}…"
    return text
