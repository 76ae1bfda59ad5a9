"""Conditions that can never hold together: values that exclude each other, bounds without anything between them.

Whether a value is one that a field can have is looked at by `values`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omiflow.engine.conditions import ActionItems, Condition, Group, OfList, PathCondition, Test
from omiflow.engine.operators import number
from omiflow.engine.time_of_day import TimeCondition
from omiflow.language.codes import NEVER_HOLDS
from omiflow.language.doubts.doubting import Doubting, shown
from omiflow.language.lists_read import ListsRead
from omiflow.language.telling import Loc

_LOWER = {"gt": True, "gte": False}
_UPPER = {"lt": True, "lte": False}
_ENDS = ("starts_with", "ends_with")


@dataclass(frozen=True)
class _Wish:
    """One operator that a value must pass, and where it stands."""

    name: str
    asked: Any
    test: Test
    loc: Loc
    line: int
    lists: ListsRead

    @property
    def operand(self) -> Any:
        """Give what a value is compared with, also out of a list."""
        return self.test.compared_with(self.asked, self.lists)

    @property
    def is_empty(self) -> bool:
        """Tell whether it is an empty list."""
        return self.lists.is_empty(self.asked.name) if isinstance(self.asked, OfList) else self.asked == []

    @property
    def exact(self) -> bool:
        """Tell whether letters count as they are."""
        return not self.test.ignore_case


def doubt_holding(doubting: Doubting) -> None:
    """Warn of conditions that no event can pass."""
    of_rule = doubting.rule.conditions
    for listed in doubting.lists_of_conditions():
        _together(doubting, listed if listed is of_rule else (*of_rule, *listed), new=listed)


def _together(doubting: Doubting, conditions: Sequence[Condition], *, new: Sequence[Condition]) -> None:
    """Look at conditions that must all hold; of those before `new`, nothing is said any more."""
    wishes: dict[str, list[_Wish]] = {}
    days: dict[tuple[str | None, str], frozenset[str]] = {}
    said = {condition.path for condition in _anded(new)}
    for condition in _anded(conditions):
        told = condition.path in said
        if isinstance(condition, PathCondition):
            _of_path(doubting, condition, wishes, told=told)
        elif isinstance(condition, ActionItems) and told:
            _of_items(doubting, condition)
        elif isinstance(condition, TimeCondition):
            _of_time(doubting, condition, days, told=told)
        elif isinstance(condition, Group) and condition.kind == "any" and told:
            others = tuple(one for one in conditions if one is not condition)
            for way in condition.inner:
                _together(doubting, (*others, way), new=(way,))


def _anded(conditions: Iterable[Condition]) -> Iterator[Condition]:
    for condition in conditions:
        if isinstance(condition, Group) and condition.kind == "all":
            yield from _anded(condition.inner)
        else:
            yield condition


def _of_path(doubting: Doubting, condition: PathCondition, wishes: dict[str, list[_Wish]], *, told: bool) -> None:
    if condition.quantifier == "none":
        return
    loc = doubting.loc_of(condition.path)
    inside = loc if condition.quantifier == "some" else (*loc, condition.quantifier)
    before = [] if condition.jsonpath.many else wishes.setdefault(condition.jsonpath.text, [])
    own = list(_wishes(condition.test, inside, condition.line, doubting.writing.lists))
    if condition.quantifier == "all" and condition.test.wants_nothing and told:
        message = "this never holds: 'all' wants at least one value; write 'exists: false' without it"
        doubting.warn((*inside, "exists"), message, code=NEVER_HOLDS)
        return
    for position, wish in enumerate(own):
        clash = _clash(wish, [*before, *own[:position]])
        if clash is not None and told:
            doubting.warn((*wish.loc, wish.name), clash, code=NEVER_HOLDS)
            break
    before += own


def _of_items(doubting: Doubting, condition: ActionItems) -> None:
    loc = (*doubting.loc_of(condition.path), "action_items")
    counted = [("count", condition.count)] if condition.count is not None else []
    for name, test in (*condition.fields, *counted):
        own = list(_wishes(test, (*loc, name), condition.line, doubting.writing.lists))
        if test is condition.count and not _some_count(test):
            doubting.warn((*loc, name), "this never holds: no number of items is like this", code=NEVER_HOLDS)
            continue
        for position, wish in enumerate(own):
            clash = _clash(wish, own[:position])
            if clash is not None:
                place = (*wish.loc, wish.name) if isinstance(doubting.written(wish.loc), dict) else wish.loc
                doubting.warn(place, clash, code=NEVER_HOLDS)
                break


def _of_time(
    doubting: Doubting, condition: TimeCondition, days: dict[tuple[str | None, str], frozenset[str]], *, told: bool
) -> None:
    loc = (*doubting.loc_of(condition.path), "time")
    if told and condition.after is not None and condition.after == condition.before:
        message = "'after' and 'before' are the same time, which is the whole day; leave both out, or change one"
        doubting.warn((*loc, "before"), message, code=NEVER_HOLDS)
    if not condition.weekdays:
        return
    before = days.get((condition.zone, condition.of))
    if told and before is not None and before.isdisjoint(condition.weekdays):
        message = "this never holds: a condition above wants other days of the week"
        doubting.warn((*loc, "weekdays"), message, code=NEVER_HOLDS)
    days[condition.zone, condition.of] = condition.weekdays if before is None else before & condition.weekdays


def _wishes(test: Test, loc: Loc, line: int, lists: ListsRead) -> Iterator[_Wish]:
    yield from (_Wish(name, operand, test, loc, line, lists) for name, operand, _ in test.operators)
    yield from (_Wish("not", inner.says, inner, loc, line, lists) for inner in test.negated)


def _clash(wish: _Wish, before: Sequence[_Wish]) -> str | None:
    """Say why a value can't pass this operator beside those before it, None when one can."""
    if wish.name == "in" and wish.is_empty:
        return "the list is empty; no value is in it"
    if wish.name == "not" and _asks_only_to_be_there(wish.test):
        return "this never holds, neither for what is there nor for nothing; write 'exists: false'"
    if wish.name == "length" and not some_length(wish.operand):
        return "this never holds: no length is within these bounds"
    for other in before:
        if not _both(wish, other):
            said = other.operand if other.name == "not" else shown(other.operand)
            return f"this never holds beside '{other.name}: {said}' in line {other.line}"
    return None


def _asks_only_to_be_there(test: Test) -> bool:
    return [(name, operand) for name, operand, _ in test.operators] == [("exists", True)] and not test.negated


def _both(one: _Wish, other: _Wish) -> bool:
    """Tell whether a value may pass both operators; where that is not certain, it may."""
    if (one.name, one.operand) == ("exists", False) or (other.name, other.operand) == ("exists", False):
        return one.name == other.name and one.operand == other.operand
    for chosen, asked in ((one, other), (other, one)):
        if chosen.name in ("equals", "in") and (chosen.exact or not asked.exact):
            return any(value is None or _passes(value, asked) for value in _candidates(chosen))
    if one.name in _ENDS and one.name == other.name and one.exact and other.exact:
        return _fits(one, other)
    if {one.name, other.name} <= {"contains", "not_contains"} and one.name != other.name:
        return not (one.exact and other.exact and one.operand == other.operand and isinstance(one.operand, str))
    return _between(one, other)


def _candidates(wish: _Wish) -> list[Any]:
    """List what may equal an operand: a number and its text are the same."""
    values = wish.operand if wish.name == "in" else [wish.operand]
    return [like for value in values for like in _alike(value)]


def _alike(value: Any) -> list[Any]:
    known = number(value)
    return [value] if known is None else [value, known, str(value)]


def _passes(value: Any, asked: _Wish) -> bool:
    if asked.name == "not":
        return not asked.test.holds(value, asked.lists)
    only = Test(((asked.name, asked.operand, ""),), ignore_case=asked.test.ignore_case)
    return only.holds(value)


def _fits(one: _Wish, other: _Wish) -> bool:
    short, long = sorted((one.operand, other.operand), key=len)
    return bool(long.startswith(short) if one.name == "starts_with" else long.endswith(short))


def _between(one: _Wish, other: _Wish) -> bool:
    """Tell whether there is a number between two bounds."""
    low, high = (one, other) if one.name in _LOWER else (other, one)
    if low.name not in _LOWER or high.name not in _UPPER:
        return True
    if low.operand == high.operand:
        return not (_LOWER[low.name] or _UPPER[high.name])
    return bool(low.operand < high.operand)


def _some_count(test: Test) -> bool:
    """Tell whether a whole number from 0 on is within the bounds, where there are no more than bounds."""
    bounds = {name: operand for name, operand, _ in test.operators if name in (*_LOWER, *_UPPER, "equals")}
    whole = all(isinstance(operand, int | float) and operand == operand // 1 for operand in bounds.values())
    return not whole or some_length(bounds)


def some_length(bounds: Mapping[str, float], *, least: float = 0) -> bool:
    """Tell whether a whole number from `least` on is within the bounds."""
    least = max([least, *(bounds[name] + strict for name, strict in _LOWER.items() if name in bounds)])
    most = min([bounds[name] - strict for name, strict in _UPPER.items() if name in bounds], default=None)
    if "equals" in bounds:
        return least <= bounds["equals"] and (most is None or bounds["equals"] <= most)
    return most is None or least <= most
