"""What is left of a rule whose form has mistakes, so that the mistakes in the rest are told in the same pass.

What was wrong is taken out or replaced by a stand-in that nobody complains about; the rest keeps its places. The result
is good for looking for mistakes, never for running.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from omiflow.language.forms import keys_of
from omiflow.language.nearest import nearest
from omiflow.language.spec_rules import RuleSpec

MOST_ROUNDS = 12

_STEP = {"stop": "-"}
_CONDITION = {"template": "{{ true }}"}
_TRIGGER = {"trigger": "realtime_transcript"}
_PHRASE = "omiflow"
_ITEMS: dict[str, Any] = {
    "phrases": _PHRASE,
    "except": _PHRASE,
    "triggers": _TRIGGER,
    "conditions": _CONDITION,
    "any": _CONDITION,
    "all": _CONDITION,
    "if": _CONDITION,
    "actions": _STEP,
    "then": _STEP,
    "else": _STEP,
    "sequence": _STEP,
    "default": _STEP,
    "choose": {"conditions": [_CONDITION], "sequence": [_STEP]},
}
_NEEDED: dict[str, Any] = {"id": "-", "triggers": [_TRIGGER], "actions": [_STEP]}
_EITHER = ("cooldown", "throttle")
_VITAL = frozenset({"action", "data", "connection", "path", "all", "none", "not", "action_items"})


def salvaged(raw: Any, errors: Sequence[ErrorDetails]) -> RuleSpec | None:
    """Give the form of a rule without what pydantic complains about; None when nothing is left."""
    if not isinstance(raw, dict):
        return None
    rest = deepcopy(raw)
    for _ in range(MOST_ROUNDS):
        for error in errors:
            _mend(rest, error)
        try:
            return RuleSpec.model_validate(rest)
        except ValidationError as error:
            errors = error.errors(include_url=False)
    return None


def unread_keys(errors: Sequence[ErrorDetails]) -> frozenset[str]:
    """List the keys of a rule below which something was wrong; a key that is like no other may stand for any."""
    known = keys_of(RuleSpec)
    found: set[str] = set()
    for error in errors:
        key = str(error["loc"][0]) if error["loc"] else None
        if key is None:
            found.update(_EITHER)
        elif key in known or key in RuleSpec.planned:
            found.add(key)
        else:
            guess = nearest(key, known)
            found.update(known if guess is None else [guess])
    return frozenset(found)


def _mend(rest: dict[str, Any], error: ErrorDetails) -> None:
    """Take out the smallest part around an error without which the rest still means the same."""
    kind, loc = error["type"], error["loc"]
    if kind == "missing" and len(loc) == 1:
        rest[str(loc[0])] = deepcopy(_NEEDED[str(loc[0])])
        return
    walked = _walk(rest, loc)
    if not walked:
        for key in _EITHER:
            rest.pop(key, None)
    for holder, part in reversed(walked):
        if isinstance(holder, dict) and (kind == "extra_forbidden" or (kind != "missing" and part not in _VITAL)):
            del holder[part]
            return
        if isinstance(holder, list) and _heading(walked, holder) in _ITEMS:
            holder[part] = deepcopy(_ITEMS[_heading(walked, holder)])
            return
        kind = "inside"
    if walked:
        del rest[walked[0][1]]


def _heading(walked: Sequence[tuple[Any, Any]], items: list[Any]) -> str:
    """Give the key behind which a list stands."""
    return next((key for holder, key in walked if isinstance(holder, dict) and holder.get(key) is items), "")


def _walk(rest: Any, loc: Sequence[str | int]) -> list[tuple[Any, Any]]:
    """List the containers on the way to a location, each with the key or number that leads on."""
    steps: list[tuple[Any, Any]] = []
    value = rest
    for part in loc:
        if isinstance(value, list):
            there = isinstance(part, int) and part < len(value)
        else:
            there = isinstance(value, dict) and part in value
        if there:
            steps.append((value, part))
            value = value[part]
    return steps
