"""What is left of a rule or test whose form has mistakes, so that those in the rest are told in the same pass.

What was wrong is taken out or replaced by a stand-in that nobody complains about; the rest keeps its places. The result
is good for looking for mistakes, never for running.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from omiflow.language.forms import keys_of, model_at
from omiflow.language.nearest import nearest
from omiflow.language.spec_rules import RuleSpec
from omiflow.language.untagged import likely

MOST_ROUNDS = 12
CERTAIN = 0.8
"""A key that is so much like a known one is that one misspelt."""
LISTENED = "phrases"
"""What stands for all that a trigger listens to, beside the keys of a rule, where only its event could be read."""

Form = TypeVar("Form", bound=BaseModel)

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
    "events": {"day_summary": {}},
    "expect": {"action": "log.write"},
}
_NEEDED: dict[str, Any] = {"id": "-", "triggers": [_TRIGGER], "actions": [_STEP]}
_NEEDED |= {"name": "-", "events": [_ITEMS["events"]], "expect": []}
_EITHER = ("cooldown", "throttle")
_VITAL = frozenset({"action", "data", "connection", "path", "all", "none", "not", "action_items"})


class Meant(NamedTuple):
    """A rule or test with what is misspelt in it replaced; `renamed` are the keys with the names they were given."""

    raw: Any
    misspelt: list[ErrorDetails]
    renamed: list[tuple[Sequence[str | int], str]]


def as_meant(form: type[BaseModel], raw: Any, errors: Sequence[ErrorDetails]) -> Meant:
    """Give a rule or test with what its misspelt keys, triggers, conditions and steps most likely stand for.

    Validated again, it tells what else is wrong inside them.
    """
    meant = Meant(deepcopy(raw), [], [])
    for error in errors:
        loc = error["loc"]
        walked = _walk(meant.raw, loc)
        if error["type"] == "union_tag_not_found":
            guess = likely(loc, error["input"])
            if guess is not None:
                holder, part = walked[-1]
                holder[part] = guess
                meant.misspelt.append(error)
                pairs = zip(error["input"], guess, strict=True)
                meant.renamed.extend(((*loc, old), new) for old, new in pairs if old != new)
        elif error["type"] == "extra_forbidden" and walked[-1][1] == loc[-1]:
            holder = walked[-1][0]
            name = certain(str(loc[-1]), model_at(form, loc[:-1]))
            if name is not None and name not in holder:
                renamed = {name if key == loc[-1] else key: inner for key, inner in holder.items()}
                holder.clear()
                holder.update(renamed)
                meant.misspelt.append(error)
                meant.renamed.append((loc, name))
    return meant


def certain(key: str, form: type[BaseModel] | None) -> str | None:
    """Give the key of a form that another one is but a slip away from, None where it may stand for something else."""
    known = keys_of(form)
    if key in getattr(form, "planned", ()) or key in getattr(form, "rivals", ()):
        return None
    close = get_close_matches(key.lower(), known, n=1, cutoff=CERTAIN)
    return close[0] if close and nearest(key, known) == close[0] else None


def only_guessed(error: ErrorDetails, misspelt: Sequence[ErrorDetails]) -> bool:
    """Tell whether an error is that something lacks a key, which may stand there by another name, as its kind does."""
    loc = error["loc"]
    return error["type"] == "missing" and any(loc[: len(one["loc"])] == one["loc"] for one in misspelt)


def salvaged(form: type[Form], raw: Any, errors: Sequence[ErrorDetails]) -> Form | None:
    """Give the form of a rule or test without what pydantic complains about; None when nothing is left."""
    if not isinstance(raw, dict):
        return None
    rest = deepcopy(raw)
    for _ in range(MOST_ROUNDS):
        for error in errors:
            _mend(rest, error)
        try:
            return form.model_validate(rest)
        except ValidationError as error:
            errors = error.errors(include_url=False)
    return None


def complaints(form: type[BaseModel], raw: Any) -> list[ErrorDetails]:
    """List what pydantic complains about in a form as written."""
    try:
        form.model_validate(raw)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def unread_keys(raw: Mapping[str, Any], errors: Sequence[ErrorDetails]) -> frozenset[str]:
    """List the keys of a rule below which something was wrong; one like no other may stand for any that is not there.

    Of a trigger whose event is known, only what it listens to could not be read.
    """
    known = keys_of(RuleSpec)
    found: set[str] = set()
    for error in errors:
        key = str(error["loc"][0]) if error["loc"] else None
        if key is None:
            found.update(_EITHER)
        elif key == "triggers" and len(error["loc"]) > len(("triggers", "number")):
            found.add(LISTENED)
        elif key in known or key in RuleSpec.planned:
            found.add(key)
        else:
            guess = nearest(key, known)
            found.update(set(known).difference(raw) if guess is None else [guess])
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
