"""Conditions that compare a field of Omi's with what it never is: of another kind, or a value that Omi doesn't give.

Conditions that exclude each other are left to `holding`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from omiflow.engine.conditions import ActionItems, OfList, PathCondition, Test, folded
from omiflow.engine.operators import OPERATORS, number
from omiflow.language.codes import NEVER_HOLDS, UNKNOWN_VALUE, WRONG_KIND
from omiflow.language.doubts.doubting import Doubting, shown
from omiflow.language.doubts.holding import some_length
from omiflow.language.doubts.paths import found_at
from omiflow.language.doubts.payload_fields import PayloadShape, Seen, action_item_of
from omiflow.language.nearest import did_you_mean, nearest
from omiflow.language.telling import Loc

_COMPARED = ("equals", "not_equals", "in", "not_in")
_NUMERIC = frozenset({"gt", "gte", "lt", "lte"})
_OF_TEXT = frozenset({"starts_with", "ends_with", "matches"})
_SAID = {
    "text": "is text",
    "time": "is a time, written as text",
    "number": "is a number",
    "flag": "is true or false",
    "object": "has fields of its own",
    "list": "is a list",
}


def doubt_values(doubting: Doubting) -> None:
    """Warn of operands that a field can't have."""
    for condition in doubting.conditions():
        loc = doubting.loc_of(condition.path)
        if any(mended[: len(loc)] == loc for mended in doubting.writing.mended):
            continue
        if isinstance(condition, PathCondition):
            seen = found_at(doubting, condition.jsonpath)
            if seen is not None and not seen.free:
                inside = loc if condition.quantifier == "some" else (*loc, condition.quantifier)
                _test(doubting, condition.test, seen, inside)
        elif isinstance(condition, ActionItems):
            items = Seen("an action item", tuple(action_item_of(event) for event in doubting.events))
            for name, test in condition.fields:
                field = items.below(name, name)
                if field is not None and not field.free:
                    _test(doubting, test, field, (*loc, "action_items", name))


def _test(doubting: Doubting, test: Test, seen: Seen, loc: Loc, *, negated: bool = False) -> None:
    for name, asked, _ in () if test.wants_nothing else test.operators:
        operand = _values(doubting, seen, asked)
        written = doubting.written(loc)
        place = (*loc, name) if isinstance(written, dict) else loc
        if name == "length" and not negated and _never_that_long(seen, operand):
            message = f"'{seen.says}' is a list, and an empty one counts as not there; write 'exists: false'"
            doubting.warn(place, message, code=NEVER_HOLDS)
            continue
        if not negated and not any(_possible(shape, name, operand) for shape in seen.shapes):
            kind = _SAID[seen.shapes[0].kind]
            message = f"'{seen.says}' {kind}; '{name}: {shown(operand)}' never holds{_advice(seen, name)}"
            doubting.warn(place, message, code=WRONG_KIND)
        elif name in _COMPARED and not isinstance(asked, OfList):
            _known(doubting, seen, operand, place, ignore_case=test.ignore_case)
    for inner in test.negated:
        _test(doubting, inner, seen, (*loc, "not"), negated=True)


def _values(doubting: Doubting, seen: Seen, asked: Any) -> Any:
    """Give an operand; of a list only what is asked here, as a text field may have any of its texts."""
    if not isinstance(asked, OfList):
        return asked
    lists = doubting.writing.lists
    if lists.is_empty(asked.name):
        return []
    any_text = any(shape.free or shape.kind in ("text", "time") for shape in seen.shapes)
    return [""] if any_text else lists[asked.name].ways


def _never_that_long(seen: Seen, bounds: dict[str, int]) -> bool:
    """Tell whether only an empty list were as long."""
    lists = all(shape.kind == "list" for shape in seen.shapes)
    return lists and some_length(bounds) and not some_length(bounds, least=1)


def _possible(shape: PayloadShape, name: str, operand: Any) -> bool:
    """Tell whether a value of this shape can pass an operator."""
    if shape.free or OPERATORS[name].negative or name == "exists" or operand == []:
        return True
    if name == "length":
        return shape.kind in ("text", "time", "list", "object")
    if name in _OF_TEXT:
        return shape.kind in ("text", "time")
    if name in _NUMERIC:
        return shape.kind in ("text", "number")
    if name == "contains":
        return _can_contain(shape, operand)
    return any(_can_be(shape, one) for one in (operand if name == "in" else [operand]))


def _can_contain(shape: PayloadShape, operand: Any) -> bool:
    if shape.kind == "list":
        return shape.item is None or _can_be(shape.item, operand)
    if shape.kind in ("text", "time"):
        return isinstance(operand, str) or number(operand) is not None
    return shape.kind == "object" and isinstance(operand, str)


def _can_be(shape: PayloadShape, operand: Any) -> bool:
    """Tell whether a value of this shape can equal another, as the operators compare them."""
    if shape.free or operand is None:
        return True
    if shape.kind == "flag":
        return isinstance(operand, bool)
    if shape.kind == "number":
        return number(operand) is not None
    if shape.kind in ("text", "time"):
        return isinstance(operand, str) or number(operand) is not None
    return isinstance(operand, list if shape.kind == "list" else dict)


def _advice(seen: Seen, name: str) -> str:
    shape = seen.shapes[0]
    if shape.kind == "flag" and name in ("equals", "in"):
        return "; write true or false without quotes"
    if shape.kind == "time":
        return "; compare times in a 'template', with as_datetime()"
    if shape.kind == "list" and shape.item is not None and shape.item.kind == "object":
        return f"; compare a field of its items, such as '{seen.says}[*].{next(iter(shape.item.fields))}'"
    return "; 'contains' looks into a list" if shape.kind == "list" and name != "contains" else ""


def _known(doubting: Doubting, seen: Seen, operand: Any, loc: Loc, *, ignore_case: bool) -> None:
    """Warn of values that Omi does not give to a field."""
    known = [shape.values for shape in seen.shapes]
    values = [value for one in known if one is not None for value in one.values]
    if not values or None in known:
        return
    closed = all(one is not None and one.closed for one in known)
    for place, value in _each(operand, loc):
        if not isinstance(value, str) or (folded(value) if ignore_case else value) in values:
            continue
        if not closed and nearest(value, values) is None:
            continue
        what = seen.says.rpartition(".")[2]
        doubting.warn(place, f"Omi has no '{what}' called '{value}'{did_you_mean(value, values)}", code=UNKNOWN_VALUE)


def _each(operand: Any, loc: Loc) -> Iterator[tuple[Loc, Any]]:
    if isinstance(operand, list):
        yield from (((*loc, number), value) for number, value in enumerate(operand))
    else:
        yield loc, operand
