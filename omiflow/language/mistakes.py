"""Pydantic's complaints about a written form, as problems with a place and a text for people.

What the forms are is in the `spec_…` files; mistakes that need more than one form to see are found by `compile_…`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from omiflow.actions.table import ACTIONS
from omiflow.engine.templates import is_template
from omiflow.language.codes import MISSING, NOT_YET, UNKNOWN_KEY, WRONG_TYPE, WRONG_VALUE
from omiflow.language.forms import keys_of, model_at
from omiflow.language.nearest import did_you_mean, nearest, offer
from omiflow.language.source import Source
from omiflow.language.spec_conditions import ACTION_ITEM_FIELDS, TimeBody
from omiflow.language.spec_rules import RuleSpec, ThrottleSpec, TriggerBase
from omiflow.language.spec_steps import EmitBody, RepeatBody
from omiflow.language.spec_tests import EVENT_KEYS, CaseEventSpec
from omiflow.language.telling import Loc, at, beside, kind_of, last_key, not_yet
from omiflow.language.unquoted import PHRASE_KEYS, quote
from omiflow.language.untagged import untagged
from omiflow.model import Problem

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_EITHER = {
    "if": "a template, or a list of conditions",
    "for_each": "a list, or a template that gives one",
    "count": "a whole number, or a template that gives one",
    "say": "text, or a list of texts",
    "key": "text, or a list of texts",
    "in": "a list, or 'lists.NAME'",
    "not_in": "a list, or 'lists.NAME'",
    "length": "a whole number, or bounds such as {gte: 3}",
}
_OF_MAPPINGS = frozenset(kind for kind, wanted in _WANTED.items() if wanted == "a mapping")
_MAIN_KEYS: Mapping[str, tuple[str, tuple[type[Any], ...]]] = {
    "emit": ("name", (str,)),
    "retry": ("attempts", (int,)),
    "not": ("equals", (str, int, float, bool)),
}
"""The key that counts in a mapping of which people give one value only, and the types that value has."""
_PLAIN = re.compile(r"[\w.-]+")
_SPAN = re.compile(r"[\ddhms.]+")
_TRUTH = {
    **dict.fromkeys(("true", "yes", "on", "y"), "write true, without quotes"),
    **dict.fromkeys(("false", "no", "off", "n"), "write false, without quotes"),
}
_EMPTY = {"too_short": "at least one", "string_too_short": "text"}
_BOUNDS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
_PATTERNS = {
    "^[a-z0-9_-]+$": "lower-case letters, digits, '_' and '-'",
    "^[A-Za-z0-9_-]+$": "letters, digits, '_' and '-'",
    "^[A-Za-z0-9_.-]+$": "letters, digits, '_', '.' and '-'",
    "^[A-Za-z_][A-Za-z0-9_]*$": "letters, digits and '_', not beginning with a digit",
}
_ITEMS = {
    "rules": "a rule",
    "triggers": "a trigger",
    **dict.fromkeys(("conditions", "any", "all", "if"), "a condition"),
    **dict.fromkeys(("actions", "then", "else", "sequence", "default"), "a step"),
    "choose": "a way",
}
_NAMED = {"triggers": "trigger", "actions": "action", "expect": "action"}
_QUIET = frozenset({"quiet", "quiet_hours", "on_quiet"})
_OF_QUIET = (
    "quiet hours stand in the 'throttle' of the app in omiflow.yaml; for this rule alone, write a condition 'time', "
    'such as {time: {after: "07:00", before: "22:00"}}'
)
_LISTS_OF_TEXT = frozenset({"phrases", "except", "apps", "users"})
_HOLDERS: Mapping[str, Collection[str]] = {
    "repeat": keys_of(RepeatBody),
    "emit": keys_of(EmitBody),
    "time": keys_of(TimeBody),
    "action_items": ACTION_ITEM_FIELDS,
    "triggers": ("phrases", "except", "speaker", "gesture", "include_discarded"),
    **{name: keys_of(model_at(CaseEventSpec, (name,))) for name in EVENT_KEYS},
}
"""Keys that stand in a mapping of their own, by the key of that."""
ALMOST = 0.85

_QUOTED = re.compile(r"'([^']+)'")


def problems_of(
    errors: Iterable[ErrorDetails],
    *,
    source: Source,
    model: type[BaseModel],
    prefix: Loc = (),
    around: type[BaseModel] | None = None,
) -> list[Problem]:
    """Translate pydantic's errors on `model`, whose value stands at `prefix` of the source, in a form `around` it.

    A missing key is not told where a misspelt or planned key in its place is.
    """
    listed = list(errors)
    explained = _explained(listed, model)
    return [
        _problem(error, source, model, prefix, around=around)
        for error in listed
        if error["type"] != "missing" or explained.isdisjoint({error["loc"], (*error["loc"][:-1], "*")})
    ]


def _explained(errors: Sequence[ErrorDetails], model: type[BaseModel]) -> set[Loc]:
    """List the places of missing keys that unknown keys explain; `*` stands for all keys of a mapping."""
    found: set[Loc] = set()
    for error in errors:
        if error["type"] == "extra_forbidden":
            *above, key = error["loc"]
            form = model_at(model, above)
            planned = key in getattr(form, "planned", ())
            found.add((*above, "*" if planned else nearest(str(key), keys_of(form)) or ""))
    return found


def _problem(
    error: ErrorDetails, source: Source, model: type[BaseModel], prefix: Loc, *, around: type[BaseModel] | None
) -> Problem:
    loc = (*prefix, *error["loc"])
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        above = error["loc"][:-1]
        outer = model_at(model, above[:-1]) if above else around
        return _unknown_key(source, loc, model_at(model, above), outer)
    if kind == "union_tag_not_found":
        return untagged(source, loc, value)
    if kind == "missing":
        above = loc[:-1]
        return at(source, above, f"'{loc[-1]}' is missing", code=MISSING, of_key=source.is_block(above))
    if kind in ("value_error", "assertion_error"):
        return _refused(source, loc, value, str(error["ctx"]["error"]))
    if kind in _WANTED or kind == "nothing_given":
        return _wrong_type(source, loc, kind, value)
    message, of_key, code = _wrong_value(loc, kind, value, error)
    return at(source, loc, message, code=code, of_key=of_key)


def _unknown_key(source: Source, loc: Loc, form: type[BaseModel] | None, around: type[BaseModel] | None) -> Problem:
    key = str(loc[-1])
    if key in getattr(form, "planned", ()):
        return at(source, loc, not_yet(key), code=NOT_YET, of_key=True)
    if key in getattr(form, "rivals", ()):
        message = f"'{key}' can't stand in the same item as what is there already; give it an item of its own"
        return at(source, loc, message, code=UNKNOWN_KEY, of_key=True)
    holder = _holder(source, loc)
    if form is not None and issubclass(form, TriggerBase) and key in keys_of(RuleSpec):
        message = f"unknown key '{key}' of a trigger; it belongs to the rule, beside 'triggers'"
        return at(source, loc, message, code=UNKNOWN_KEY, of_key=True)
    if holder is not None:
        message = f"unknown key '{key}'; it belongs below '{holder}'"
        return at(source, loc, message, code=UNKNOWN_KEY, of_key=True)
    if key in keys_of(around) and nearest(key, keys_of(form), alike=ALMOST) is None:
        return at(source, loc, beside(key, last_key(loc[:-1])), code=UNKNOWN_KEY, of_key=True)
    hint = _OF_QUIET if key in _QUIET and form in (RuleSpec, ThrottleSpec) else None
    guess = did_you_mean(key, keys_of(form)) if hint is None else ""
    return at(source, loc, f"unknown key '{key}'{guess}", code=UNKNOWN_KEY, of_key=True, hint=hint)


def _holder(source: Source, loc: Loc) -> str | None:
    """Name the key beside an unknown one that it belongs below: what an action needs, what is repeated or emitted."""
    key, item = loc[-1], source.found(loc[:-1])
    if not isinstance(item, Mapping):
        return None
    action = item.get("action")
    if isinstance(action, str) and action in ACTIONS and key in keys_of(ACTIONS[action].data):
        return "data"
    return next((name for name, keys in _HOLDERS.items() if name in item and key in keys), None)


def _refused(source: Source, loc: Loc, value: Any, message: str) -> Problem:
    """Report what a validator said, at the last of the keys it names, else at the value or the mapping's key."""
    if not isinstance(value, Mapping):
        return at(source, loc, message, code=WRONG_VALUE)
    named = [key for key in _QUOTED.findall(message) if key in value]
    of_key = bool(named) or source.is_block(loc)
    return at(source, (*loc, *named[-1:]), message, code=WRONG_VALUE, of_key=of_key)


def _wrong_type(source: Source, loc: Loc, kind: str, value: Any) -> Problem:
    name = last_key(loc)
    if kind == "nothing_given":
        message = f"'{name}' has no value; give it one, or leave it out"
        return at(source, loc, message, code=WRONG_TYPE, of_key=True, hint=_quoting(source, loc, value))
    wanted, hint = _WANTED[kind], None
    tagged = isinstance(loc[-1], str) and loc[-1][:1] == "<" if loc else False
    last = loc[-2] if tagged else loc[-1] if loc else ""
    if tagged and isinstance(last, int) and loc[:1] == ("lists",):
        wanted, hint = "text, or a mapping with 'say' and 'value'", _quoting(source, loc, value)
    elif tagged and name in _EITHER:
        wanted, hint = _EITHER[name], _listing(loc, name, value)
    elif kind == "string_type":
        hint = _quoting(source, loc, value)
    elif kind == "list_type":
        hint = _listing(loc, name, value)
    elif kind == "bool_type" and isinstance(value, str):
        hint = _TRUTH.get(value.lower())
    elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        hint = "leave out the '- '"
    elif kind in _OF_MAPPINGS:
        hint = _held(name, value)
    if isinstance(last, int):
        subject = f"{_ITEMS[name]} is" if name in _ITEMS else f"an item of '{name}' is"
    else:
        subject = f"'{name}' wants"
    if name == "expect" and loc[:1] == ("tests",) and isinstance(last, int) and isinstance(value, str):
        hint = f"write action: {value}"
    message = f"{subject} {wanted}, got {kind_of(value)}"
    return at(source, loc, message, code=WRONG_TYPE, of_key=value is None, hint=hint)


def _quoting(source: Source, loc: Loc, value: Any) -> str | None:
    """Tell how to quote what YAML did not take for text."""
    of_talk = last_key(loc) in PHRASE_KEYS or loc[:1] == ("lists",)
    hint = source.hint(loc) if of_talk else source.hint(loc, kind="text") if value is None else None
    if hint is None and isinstance(value, int | float):
        return f'quote it: "{source.written(loc) or value}"'
    return hint


def _held(name: str, value: Any) -> str | None:
    """Tell how to write the mapping of which only the most important value was given."""
    key, kinds = _MAIN_KEYS.get(name, ("", ()))
    if type(value) in kinds:
        shown = quote(value) if isinstance(value, str) and not _PLAIN.fullmatch(value) else str(value)
        return f"write {name}: {{{key}: {shown.lower() if isinstance(value, bool) else shown}}}"
    if name == "throttle" and isinstance(value, str) and _SPAN.fullmatch(value):
        return f"write cooldown: {value}"
    return None


def _listing(loc: Loc, name: str, value: Any) -> str | None:
    """Tell how to make a list of what was given instead of one."""
    if isinstance(value, str) and (name in _LISTS_OF_TEXT or loc[:1] == ("lists",)):
        return listed(value)
    if isinstance(value, str) and name in _NAMED and (name != "expect" or loc[:1] == ("tests",)):
        return f"write a list: [{{{_NAMED[name]}: {value}}}]" if " " not in value else None
    if isinstance(value, str) and name == "conditions" and is_template(value):
        return f"write a list: [{{template: {quote(value)}}}]"
    if isinstance(value, Mapping) and value and name in _ITEMS:
        return f"begin {_ITEMS[name]} with '- '"
    return None


def listed(text: str) -> str:
    """Give the hint for a text that was meant as a list, its parts between commas."""
    parts = [part.strip() for part in text.split(",")]
    return f"write a list: [{', '.join(map(quote, parts if all(parts) else [text]))}]"


def _wrong_value(loc: Loc, kind: str, value: Any, error: ErrorDetails) -> tuple[str, bool, str]:
    """Give the text for a value that can't stand there, whether it is its key that is pointed at, and the code."""
    name = last_key(loc)
    told = error.get("ctx", {})
    of_key = kind in ("too_short", "string_too_short") or loc[-1:] == ("[key]",)
    if kind == "literal_error":
        guess = nearest(value, _QUOTED.findall(told["expected"]), alike=ALMOST) if isinstance(value, str) else None
        offered = offer(str(value), guess) if guess else ""
        message = f"'{name}' wants one of {told['expected']}, got {kind_of(value)}{offered}"
    elif kind in _EMPTY:
        message = f"'{name}' is empty; {_EMPTY[kind]} is wanted"
    elif kind == "string_too_long":
        message = f"'{name}' has more than {told['max_length']} characters"
    elif kind == "string_pattern_mismatch":
        wanted = _PATTERNS.get(told["pattern"], told["pattern"])
        message = f"'{name}' is no name here; use {wanted}" if of_key else f"'{name}' wants {wanted}, got '{value}'"
    elif kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        message = f"'{name}' wants {words} {told[bound]:g}, got {value}"
    elif kind.startswith("datetime"):
        message = f"'{name}' wants a time such as '2026-03-02T10:00:00+01:00', got {kind_of(value)}"
    else:
        message = f"'{name}': {error['msg'][:1].lower()}{error['msg'][1:]}"
    return message, of_key, WRONG_VALUE
