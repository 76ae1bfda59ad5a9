"""What a test expects beside what was done: whether it is the same, and where it first differs.

Order counts within a rule, not between rules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from omiflow.engine.operators import OPERATORS
from omiflow.language.cases import Expected, ExpectedValue
from omiflow.language.nearest import nearest
from omiflow.proof.foreseen import ForeseenAction

MOST_TRIES = 50_000
"""The most ways of laying expected actions on rules that are tried; nobody writes a test that needs more."""
LONGEST_SHOWN = 300

Places = tuple[int, ...]
"""How many of the actions of each rule have been found."""


def difference(expected: Sequence[Expected], done: Mapping[str, Sequence[ForeseenAction]]) -> str | None:
    """Say where what was done, by rule, first differs from what is expected, None when it doesn't."""
    found, places = _furthest(expected, list(done.values()))
    left = [
        (rule, actions[place]) for (rule, actions), place in zip(done.items(), places, strict=True) if actions[place:]
    ]
    if found == len(expected):
        if not left:
            return None
        rule, action = left[0]
        return f"{action.action} of '{rule}' was done, and is not expected"
    return _missing(expected[found], found + 1, left)


def _furthest(expected: Sequence[Expected], courses: Sequence[Sequence[ForeseenAction]]) -> tuple[int, Places]:
    """Lay the expected actions on those of the rules, in order; give how many found a place, and which."""
    start: Places = (0,) * len(courses)
    best = (0, start)
    ahead: list[tuple[int, Places]] = [best]
    seen = {start}
    while ahead and len(seen) < MOST_TRIES:
        found, places = ahead.pop()
        if found > best[0]:
            best = found, places
        if found == len(expected):
            return found, places
        for number, course in reversed(list(enumerate(courses))):
            place = places[number]
            if place < len(course) and _fits(expected[found], course[place]):
                after = (*places[:number], place + 1, *places[number + 1 :])
                if after not in seen:
                    seen.add(after)
                    ahead.append((found + 1, after))
    return best


def _fits(wanted: Expected, action: ForeseenAction) -> bool:
    return wanted.action == action.action and all(value.holds(action.data) for value in wanted.values)


def _missing(wanted: Expected, number: int, left: Sequence[tuple[str, ForeseenAction]]) -> str:
    """Say what is wrong with the action that comes nearest to the one that is missing."""
    alike = [(rule, action) for rule, action in left if action.action == wanted.action]
    if not alike:
        instead = f"; next would be {' or '.join(dict.fromkeys(action.action for _, action in left))}" if left else ""
        return f"{wanted.action}, expected as number {number}, was not done{instead}"
    rule, action = min(alike, key=lambda one: sum(not value.holds(one[1].data) for value in wanted.values))
    wrong = [_unlike(value, action.data) for value in wanted.values if not value.holds(action.data)]
    return f"{wanted.action} of '{rule}', expected as number {number}: {'; '.join(wrong)}"


def _unlike(value: ExpectedValue, data: Any) -> str:
    name = ".".join(value.keys)
    above = ExpectedValue(value.keys[:-1], value.test).found(data)
    guess = nearest(value.keys[-1], list(OPERATORS)) if not isinstance(above, Mapping) else None
    offer = f" ('{'.'.join(value.keys[:-1])}' has no keys; did you mean the operator '{guess}'?)" if guess else ""
    return f"{name} is {shown(value.found(data))}, wanted {value.test.says}{offer}"


def shown(value: Any) -> str:
    """Write a value on one line, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
