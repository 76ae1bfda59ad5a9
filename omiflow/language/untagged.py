"""Triggers, conditions and steps that nothing tells the kind of: what is wrong with them, and what they must be.

Mistakes inside one whose kind is known are told by `mistakes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from omiflow.actions.table import ACTIONS
from omiflow.engine.operators import OPERATORS
from omiflow.engine.templates import is_template
from omiflow.language.codes import MISSING, NOT_YET, UNKNOWN_KEY, UNKNOWN_NAME, WRONG_TYPE
from omiflow.language.nearest import did_you_mean, nearest
from omiflow.language.source import Source
from omiflow.language.spec_conditions import CONDITIONS
from omiflow.language.spec_rules import PLANNED_TRIGGERS, TRIGGERS
from omiflow.language.spec_steps import PLANNED_STEPS, STEPS
from omiflow.language.telling import Loc, at, kind_of, last_key, not_yet
from omiflow.model import Problem


@dataclass(frozen=True)
class _Kind:
    """A thing that says by a key of its own what it is."""

    name: str
    keys: tuple[str, ...]
    planned: frozenset[str]


_TRIGGER = _Kind("trigger", ("trigger",), frozenset())
_STEP = _Kind("step", tuple(STEPS), PLANNED_STEPS)
_CONDITION = _Kind("condition", tuple(CONDITIONS), frozenset())
_STEPS = ("actions", "then", "else", "sequence", "default")
_HOLDERS = {"triggers": _TRIGGER, **dict.fromkeys(_STEPS, _STEP)}


def untagged(source: Source, loc: Loc, value: Any) -> Problem:
    """Say what a trigger, condition or step must be, when nothing tells which one it is."""
    kind = _HOLDERS.get(last_key(loc), _CONDITION)
    if not isinstance(value, Mapping):
        if last_key(loc) == "not" and not isinstance(loc[-1], int):
            message = f"'not' wants one condition, got {kind_of(value)}; put 'any' or 'all' around several"
            return at(source, loc, message, code=WRONG_TYPE)
        message = f"a {kind.name} is a mapping, got {kind_of(value)}"
        return at(source, loc, message, code=WRONG_TYPE, hint=_meant(value, kind))
    if kind is _TRIGGER and "trigger" in value:
        return _unknown_trigger(source, (*loc, "trigger"), value["trigger"])
    return _kindless(source, loc, value, kind)


def likely(loc: Loc, value: Any) -> Any | None:
    """Give a trigger, condition or step as it was most likely meant, None where that can't be told."""
    kind = _HOLDERS.get(last_key(loc), _CONDITION)
    if not isinstance(value, Mapping):
        return None
    if kind is _TRIGGER and "trigger" in value:
        name = value["trigger"]
        guess = nearest(name, list(TRIGGERS)) if isinstance(name, str) and name not in PLANNED_TRIGGERS else None
        return None if guess is None else {**value, "trigger": guess}
    if not kind.planned.isdisjoint(value):
        return None
    for key in value:
        guess = None if _names_its_kind(key, kind) else nearest(key, kind.keys)
        if guess is not None and key not in OPERATORS:
            return {guess if one == key else one: inner for one, inner in value.items()}
    return None


def _kindless(source: Source, loc: Loc, value: Mapping[str, Any], kind: _Kind) -> Problem:
    """Look for the key that should have told the kind."""
    found = next((key for key in value if key in kind.planned), None)
    if found is not None:
        return at(source, (*loc, found), not_yet(found), code=NOT_YET, of_key=True)
    for key, inner in value.items():
        if _names_its_kind(key, kind):
            hint = f"write '{kind.name if kind is _TRIGGER else 'action'}: {key}', and what it needs beside that"
            message = f"unknown key '{key}' of a {kind.name}"
            return at(source, (*loc, key), message, code=UNKNOWN_KEY, of_key=True, hint=hint)
        guess = nearest(key, kind.keys)
        if kind is _CONDITION and key == "condition" and isinstance(inner, str):
            guess = nearest(inner, kind.keys) or guess
        if guess is not None:
            message = f"unknown key '{key}' of a {kind.name}; did you mean '{guess}'?"
            return at(source, (*loc, key), message, code=UNKNOWN_KEY, of_key=True)
    if kind is _TRIGGER or (kind is _CONDITION and any(key in OPERATORS for key in value)):
        return at(source, loc, f"'{kind.keys[0]}' is missing", code=MISSING)
    listed = ", ".join(f"'{key}'" for key in kind.keys)
    return at(source, loc, f"a {kind.name} needs one of {listed}", code=MISSING)


def _names_its_kind(key: str, kind: _Kind) -> bool:
    """Tell whether a key is the name of a trigger or an action, with what it needs below it."""
    return (kind is _TRIGGER and key in TRIGGERS) or (kind is _STEP and key in ACTIONS)


def _unknown_trigger(source: Source, loc: Loc, name: Any) -> Problem:
    if not isinstance(name, str):
        return at(source, loc, f"'trigger' wants text, got {kind_of(name)}", code=WRONG_TYPE)
    if name in PLANNED_TRIGGERS:
        return at(source, loc, not_yet(name), code=NOT_YET)
    return at(source, loc, f"unknown trigger '{name}'{did_you_mean(name, list(TRIGGERS))}", code=UNKNOWN_NAME)


def _meant(value: Any, kind: _Kind) -> str | None:
    """Offer the mapping that was meant by a text alone."""
    if not isinstance(value, str):
        return None
    if (kind is _TRIGGER and value in TRIGGERS) or (kind is _STEP and value in ACTIONS):
        return f"write {'trigger' if kind is _TRIGGER else 'action'}: {value}"
    return "write it behind 'template:'" if kind is _CONDITION and is_template(value) else None
