"""Pydantic's complaints about a written form, as problems with a place and a text for people.

What the forms are is in the `spec_…` files; mistakes that need more than one form to see are found by `compile`.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Tag
from pydantic_core import ErrorDetails

from omiflow.language.nearest import did_you_mean
from omiflow.language.source import Source
from omiflow.language.spec_conditions import CONDITION_KEYS, PLANNED_CONDITIONS
from omiflow.language.spec_rules import PLANNED_TRIGGERS, TRIGGERS
from omiflow.language.spec_steps import PLANNED_STEPS
from omiflow.model import Problem

Loc = tuple[str | int, ...]

UNKNOWN_KEY = "E101"
WRONG_TYPE = "E102"
MISSING = "E103"
WRONG_VALUE = "E104"
NOT_YET = "E105"
UNKNOWN_NAME = "E106"

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_PATTERNS = {
    "^[a-z0-9_-]+$": "lower-case letters, digits, '_' and '-'",
    "^[A-Za-z0-9_.-]+$": "letters, digits, '_', '.' and '-'",
    "^[A-Za-z_][A-Za-z0-9_]*$": "letters, digits and '_', not beginning with a digit",
}


def not_yet(name: str) -> str:
    """Say that the language has something this version does not."""
    return f"'{name}' is part of the rule language, but this version of omiflow does not have it yet"


def problems_of(errors: Iterable[ErrorDetails], *, source: Source, model: type[BaseModel], prefix: Loc = ()) -> list[Problem]:
    """Translate pydantic's errors on `model`, whose value stands at `prefix` of the source."""
    return [_problem(error, source, model, prefix) for error in errors]


def at(source: Source, loc: Sequence[str | int], message: str, *, code: str, of_key: bool = False, hint: str | None = None) -> Problem:
    """Make a problem at the place of a value, or of its key."""
    place = source.place(loc, of_key=of_key)
    return Problem(
        file=source.file, line=place.line, column=place.column, length=place.length, message=message, code=code, hint=hint
    )


def _problem(error: ErrorDetails, source: Source, model: type[BaseModel], prefix: Loc) -> Problem:
    loc = (*prefix, *error["loc"])
    kind = error["type"]
    name = _last_key(loc)
    if kind == "extra_forbidden":
        return _unknown_key(source, loc, model_at(model, error["loc"][:-1]))
    if kind == "missing":
        return at(source, loc[:-1], f"'{loc[-1]}' is missing", code=MISSING)
    if kind == "union_tag_not_found":
        return _untagged(source, loc, error["input"])
    if kind in ("value_error", "assertion_error"):
        return at(source, loc, str(error["ctx"]["error"]), code=WRONG_VALUE)
    if kind == "literal_error":
        return _not_among(source, loc, name, error)
    if kind in ("too_short", "string_too_short"):
        return at(source, loc, f"'{name}' is empty; at least one is wanted", code=WRONG_VALUE, of_key=True)
    if kind == "string_pattern_mismatch":
        wanted = _PATTERNS.get(error["ctx"]["pattern"], error["ctx"]["pattern"])
        return at(source, loc, f"'{name}' wants {wanted}, got '{error['input']}'", code=WRONG_VALUE)
    wanted = _WANTED.get(kind)
    if wanted is not None:
        if loc[0] == "lists" and len(loc) > 2 and isinstance(error["input"], dict) and "say" in error["input"]:
            return at(source, loc, not_yet("lists with values"), code=NOT_YET)
        message = f"'{name}' wants {wanted}, got {kind_of(error['input'])}"
        return at(source, loc, message, code=WRONG_TYPE, hint=_quoting(source, loc, error))
    return at(source, loc, f"'{name}': {error['msg'][:1].lower()}{error['msg'][1:]}", code=WRONG_VALUE)


def _quoting(source: Source, loc: Loc, error: ErrorDetails) -> str | None:
    value = error["input"]
    if error["type"] != "string_type":
        return None
    if isinstance(value, int | float):
        return f'quote it: "{str(value).lower() if isinstance(value, bool) else value}"'
    return source.hint(loc) if _last_key(loc) in ("phrases", "except") or loc[0] == "lists" else None


def _unknown_key(source: Source, loc: Loc, model: type[BaseModel] | None) -> Problem:
    key = str(loc[-1])
    planned: frozenset[str] = getattr(model, "planned", frozenset())
    if key in planned:
        return at(source, loc, not_yet(key), code=NOT_YET, of_key=True)
    known = [field.alias or name for name, field in model.model_fields.items()] if model else []
    return at(source, loc, f"unknown key '{key}'{did_you_mean(key, known)}", code=UNKNOWN_KEY, of_key=True)


def _not_among(source: Source, loc: Loc, name: str, error: ErrorDetails) -> Problem:
    value = error["input"]
    if name == "status" and value == "shadow":
        return at(source, loc, not_yet("status: shadow"), code=NOT_YET)
    expected = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
    got = f"'{value}'" if isinstance(value, str) else kind_of(value)
    guess = did_you_mean(value, expected) if isinstance(value, str) else ""
    wanted = "" if guess.startswith("; known") else guess
    return at(source, loc, f"'{name}' wants one of {error['ctx']['expected']}, got {got}{wanted}", code=WRONG_VALUE)


def _untagged(source: Source, loc: Loc, value: Any) -> Problem:
    """Say what a trigger, condition or step must be, when nothing tells which one it is."""
    holder = _last_key(loc)
    what, keys, planned = {
        "triggers": ("trigger", tuple(TRIGGERS), PLANNED_TRIGGERS),
        "actions": ("step", ("action", "if", "repeat", "variables", "stop"), PLANNED_STEPS),
        "then": ("step", ("action", "if", "repeat", "variables", "stop"), PLANNED_STEPS),
        "else": ("step", ("action", "if", "repeat", "variables", "stop"), PLANNED_STEPS),
        "sequence": ("step", ("action", "if", "repeat", "variables", "stop"), PLANNED_STEPS),
    }.get(holder, ("condition", CONDITION_KEYS, PLANNED_CONDITIONS))
    if not isinstance(value, Mapping):
        message = f"a {what} is a mapping, got {kind_of(value)}"
        return at(source, loc, message, code=WRONG_TYPE, hint=source.hint(loc))
    if what == "trigger":
        return _unknown_trigger(source, loc, value, keys, planned)
    found = next((key for key in value if key in planned), None)
    if found is not None:
        return at(source, (*loc, found), not_yet(found), code=NOT_YET, of_key=True)
    listed = ", ".join(f"'{key}'" for key in keys)
    for key in value:
        guess = did_you_mean(str(key), keys)
        if "did you mean" in guess:
            return at(source, (*loc, key), f"unknown {what} '{key}'{guess}", code=UNKNOWN_KEY, of_key=True)
    return at(source, loc, f"a {what} needs one of {listed}", code=MISSING)


def _unknown_trigger(source: Source, loc: Loc, value: Mapping[str, Any], known: Sequence[str], planned: frozenset[str]) -> Problem:
    name = value.get("trigger")
    if name is None:
        return at(source, loc, "'trigger' is missing", code=MISSING)
    if not isinstance(name, str):
        return at(source, (*loc, "trigger"), f"'trigger' wants text, got {kind_of(name)}", code=WRONG_TYPE)
    if name in planned:
        return at(source, (*loc, "trigger"), not_yet(name), code=NOT_YET)
    return at(source, (*loc, "trigger"), f"unknown trigger '{name}'{did_you_mean(name, known)}", code=UNKNOWN_NAME)


def _last_key(loc: Loc) -> str:
    return next((part for part in reversed(loc) if isinstance(part, str) and not part.startswith("<")), "")


def kind_of(value: Any) -> str:
    """Name the kind of a YAML value."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"'{value[:40]}'"
    return "a list" if isinstance(value, list) else "a mapping"


def model_at(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel] | None:
    """Find the form that stands at a location of pydantic's, None where none does."""
    current: Any = model
    for part in loc:
        current = _below(current, part)
        if current is None:
            return None
    current = _bare(current)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _bare(annotation: Any) -> Any:
    """Take Annotated and `| None` off."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
            continue
        if _is_union(annotation):
            left = [item for item in get_args(annotation) if item is not type(None)]
            if len(left) == 1:
                annotation = left[0]
                continue
        return annotation


def _below(annotation: Any, part: str | int) -> Any:
    bare = _bare(annotation)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        for name, field in bare.model_fields.items():
            if part in (field.alias, name):
                return _resolved(field.annotation, field.metadata)
        return None
    if _is_union(bare):
        return next((item for item in get_args(bare) if Tag(str(part)) in getattr(item, "__metadata__", ())), None)
    inner = get_args(bare)
    if get_origin(bare) is list:
        return inner[0]
    if get_origin(bare) is dict:
        return inner[1]
    return None


def _resolved(annotation: Any, metadata: list[Any]) -> Any:
    return Annotated[(annotation, *metadata)] if metadata else annotation


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (typing.Union, types.UnionType)
