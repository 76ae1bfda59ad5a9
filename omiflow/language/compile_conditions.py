"""Conditions as written, compiled to what the engine checks."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, cast

from pydantic import ValidationError

from omiflow.engine.conditions import (
    ActionItems,
    Condition,
    Group,
    OfList,
    PathCondition,
    Quantifier,
    TemplateCondition,
    Test,
)
from omiflow.engine.jsonpath import Path, PathMistake, compile_path
from omiflow.engine.operators import OPERATORS, compile_pattern
from omiflow.engine.said import PhrasesCondition, Where
from omiflow.engine.templates import is_template
from omiflow.engine.time_of_day import TimeCondition
from omiflow.language.codes import (
    ASCII_ONLY,
    BAD_PATH,
    BAD_PATTERN,
    ITEM_FIELD,
    NEGATIVE_ON_MANY,
    NEVER_HOLDS,
    UNKNOWN_LIST,
    WRONG_TYPE,
    WRONG_VALUE,
)
from omiflow.language.compile_phrases import compile_phrases
from omiflow.language.mistakes import listed, problems_of
from omiflow.language.nearest import did_you_mean, nearest
from omiflow.language.spec_conditions import (
    ACTION_ITEM_FIELDS,
    ActionItemsSpec,
    AllSpec,
    AnySpec,
    NotSpec,
    PathSpec,
    PhrasesSpec,
    TemplateSpec,
    TimeSpec,
)
from omiflow.language.spec_operators import LengthSpec, OperatorsSpec
from omiflow.language.telling import Loc, kind_of
from omiflow.language.unquoted import quote
from omiflow.language.writing import Writing

_LOOK_AROUND = re.compile(r"invalid perl operator: (\(\?<?[=!])")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TYPESET = re.compile(r"[“„”].*[“”]|\u2018.*\u2019|«.*»", re.DOTALL)
"""A text in quotes that YAML takes for letters."""

PLACES = ("transcript", "title", "overview", "all")

AnyCondition = PathSpec | ActionItemsSpec | PhrasesSpec | TimeSpec | TemplateSpec | AnySpec | AllSpec | NotSpec


def finds_action_items(specs: Sequence[AnyCondition]) -> bool:
    """Tell whether conditions can leave action items in `matched`."""
    return any(
        isinstance(spec, ActionItemsSpec)
        or (isinstance(spec, AnySpec) and finds_action_items(spec.any))
        or (isinstance(spec, AllSpec) and finds_action_items(spec.all))
        for spec in specs
    )


def compile_conditions(
    writing: Writing, specs: Sequence[AnyCondition], loc: Loc, *, names: Collection[str], place: str
) -> tuple[Condition, ...]:
    """Compile a list of conditions that stands at `loc`; `place` is its path inside the rule."""
    compiled = [
        _condition(writing, spec, (*loc, number), names, f"{place}[{number}]") for number, spec in enumerate(specs)
    ]
    return tuple(condition for condition in compiled if condition is not None)


def _condition(writing: Writing, spec: AnyCondition, loc: Loc, names: Collection[str], place: str) -> Condition | None:
    line = writing.line(loc)
    if isinstance(spec, PathSpec):
        return _path(writing, spec, loc, place)
    if isinstance(spec, ActionItemsSpec):
        return _action_items(writing, spec, (*loc, "action_items"), place)
    if isinstance(spec, PhrasesSpec):
        return _phrases(writing, spec, loc, place)
    if isinstance(spec, TimeSpec):
        return _time(spec, line, place)
    if isinstance(spec, TemplateSpec):
        template = writing.decision(spec.template, (*loc, "template"), names)
        return TemplateCondition(place, line, template) if template else None
    return _group(writing, spec, loc, names, place)


def _group(
    writing: Writing, spec: AnySpec | AllSpec | NotSpec, loc: Loc, names: Collection[str], place: str
) -> Condition | None:
    line = writing.line(loc)
    if isinstance(spec, NotSpec):
        inner = _condition(writing, spec.not_, (*loc, "not"), names, f"{place}.not")
        return Group(place, line, "not", (inner,)) if inner else None
    kind: Literal["any", "all"] = "any" if isinstance(spec, AnySpec) else "all"
    listed = spec.any if isinstance(spec, AnySpec) else spec.all
    return Group(
        place, line, kind, compile_conditions(writing, listed, (*loc, kind), names=names, place=f"{place}.{kind}")
    )


def _path(writing: Writing, spec: PathSpec, loc: Loc, place: str) -> Condition | None:
    jsonpath = path_of(writing, spec.path, (*loc, "path"))
    quantifier: Quantifier = "all" if spec.all else "none" if spec.none else "some"
    operators = spec.all or spec.none or spec
    inside = loc if quantifier == "some" else (*loc, quantifier)
    test = _test(writing, operators, inside, ignore_case=spec.ignore_case)
    if jsonpath is None or test is None:
        return None
    if jsonpath.many and quantifier == "some":
        _refuse_negatives(writing, operators, inside, jsonpath)
    return PathCondition(place, writing.line(loc), jsonpath, test, quantifier)


def _phrases(writing: Writing, spec: PhrasesSpec, loc: Loc, place: str) -> Condition | None:
    phrases = compile_phrases(writing, spec.phrases, (*loc, "phrases"))
    where = spec.in_ or "transcript"
    if where in PLACES:
        return PhrasesCondition(place, writing.line(loc), phrases.texts, cast("Where", where), spec.speaker)
    if not where.startswith("$"):
        message = f"'in' wants one of {', '.join(PLACES)}, or a JSONPath, got '{where}'{did_you_mean(where, PLACES)}"
        writing.wrong((*loc, "in"), message, code=WRONG_VALUE)
        return None
    path = path_of(writing, where, (*loc, "in"))
    if path is None:
        return None
    return PhrasesCondition(place, writing.line(loc), phrases.texts, path, spec.speaker)


def _time(spec: TimeSpec, line: int, place: str) -> Condition:
    time = spec.time
    zone = None if time.timezone in (None, "user") else time.timezone
    return TimeCondition(place, line, time.after, time.before, frozenset(time.weekdays or ()), zone, time.of)


def path_of(writing: Writing, text: str, loc: Loc) -> Path | None:
    """Compile a JSONPath, reporting what is wrong with it."""
    try:
        return compile_path(text)
    except PathMistake as mistake:
        if mistake.offset is None:
            writing.wrong(loc, str(mistake), code=BAD_PATH)
        else:
            writing.wrong_inside(loc, mistake.offset, str(mistake), code=BAD_PATH)
        return None


def _refuse_negatives(writing: Writing, spec: OperatorsSpec, loc: Loc, jsonpath: Path) -> None:
    negative = [name for name in spec.written() if OPERATORS[name].negative] + (["not"] if spec.not_ else [])
    for name in negative:
        message = (
            f"'{jsonpath.text}' can find many values, and '{name}' would hold if only one of them differs; "
            f"write 'all: {{{name}: …}}' or 'none: {{…}}'"
        )
        writing.wrong((*loc, name), message, code=NEGATIVE_ON_MANY, of_key=True)


def _action_items(writing: Writing, spec: ActionItemsSpec, loc: Loc, place: str) -> Condition:
    fields = []
    count = None
    for name, wish in spec.action_items.items():
        meant = None if name in ACTION_ITEM_FIELDS else nearest(name, ACTION_ITEM_FIELDS)
        if meant is not None:
            message = f"action items have no field '{name}'; did you mean '{meant}'?"
            writing.warn((*loc, name), message, code=ITEM_FIELD, of_key=True)
        if name == "count" and not _counts(wish):
            message = f"'count' wants a whole number, or operators such as {{gte: 2}}, got {kind_of(wish)}"
            writing.wrong((*loc, name), message, code=WRONG_TYPE)
            continue
        test = compile_wish(writing, wish, (*loc, name))
        if test is None:
            continue
        if name == "count":
            count = test
        else:
            fields.append((name, test))
    return ActionItems(place, writing.line(loc), tuple(fields), count)


def _counts(wish: Any) -> bool:
    """Tell whether a number of items can be compared with this."""
    return isinstance(wish, int | Mapping) and not isinstance(wish, bool)


def compile_wish(writing: Writing, wish: Any, loc: Loc) -> Test | None:
    """Compile a plain value, which means equals, or a mapping of operators."""
    if not isinstance(wish, Mapping):
        _doubt(writing, "equals", wish, loc)
        return Test((("equals", wish, _shown(wish)),))
    try:
        spec = OperatorsSpec.model_validate(wish)
    except ValidationError as error:
        found = problems_of(error.errors(include_url=False), source=writing.source, model=OperatorsSpec, prefix=loc)
        writing.problems += found
        return None
    return _test(writing, spec, loc)


def _test(writing: Writing, spec: OperatorsSpec, loc: Loc, *, ignore_case: bool = False) -> Test | None:
    ignore_case = ignore_case or spec.ignore_case
    written = spec.written()
    if not written and spec.not_ is None:
        writing.wrong(loc, f"no operator; add one of {', '.join(OPERATORS)}", code=WRONG_VALUE)
        return None
    operators = []
    for name, value in written.items():
        operand = _operand(writing, name, value, (*loc, name), ignore_case=ignore_case)
        if operand is None and value is not None:
            return None
        operators.append((name, operand, _shown(value)))
    negated = _test(writing, spec.not_, (*loc, "not"), ignore_case=ignore_case) if spec.not_ else None
    return Test(tuple(operators), (negated,) if negated else (), ignore_case)


def _operand(writing: Writing, name: str, value: Any, loc: Loc, *, ignore_case: bool) -> Any:
    wanted = OPERATORS[name].operand
    if value is None and wanted != "any":
        writing.wrong(loc, f"'{name}' wants a value, got nothing", code=WRONG_TYPE, of_key=True)
        return None
    _doubt(writing, name, value, loc)
    if wanted == "pattern":
        return _pattern(writing, value, loc, ignore_case=ignore_case)
    if wanted == "length":
        return value.model_dump(exclude_none=True) if isinstance(value, LengthSpec) else {"equals": value}
    if wanted == "list" and isinstance(value, str):
        value = _list(writing, value, loc)
    return _folded(value) if ignore_case else value


def _doubt(writing: Writing, name: str, value: Any, loc: Loc) -> None:
    """Warn of operands that are taken as they stand and hardly meant so."""
    if (value is None and not OPERATORS[name].negative) or (value == [] and name == "equals"):
        nothing = _shown(value)
        message = (
            f"{nothing} counts as not there, and nothing passes this; 'exists: false' asks for nothing to be there"
        )
        writing.warn(loc, message, code=NEVER_HOLDS)
    elif isinstance(value, str) and is_template(value) and loc[-1] not in ("in", "not_in"):
        message = "a template is not read here, its text is compared as it stands; use a 'template' condition"
        writing.warn(loc, message, code=NEVER_HOLDS)
    elif isinstance(value, str) and _TYPESET.fullmatch(value) and writing.source.is_plain(loc):
        message = f"these quotes are a part of the text, as YAML takes them for letters; write {quote(value[1:-1])}"
        writing.warn(loc, message, code=NEVER_HOLDS)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            _doubt(writing, name, item, (*loc, number))


def _pattern(writing: Writing, value: str, loc: Loc, *, ignore_case: bool) -> Any:
    try:
        compiled = compile_pattern(f"(?i){value}" if ignore_case else value)
    except ValueError as error:
        around = _LOOK_AROUND.search(str(error))
        if around is not None:
            message = f"RE2 has no look-around, such as '{around[1]}'; say what must not be there with 'not'"
            writing.wrong_inside(loc, value.find(around[1]), message, code=BAD_PATTERN, length=len(around[1]))
        else:
            writing.wrong(loc, f"RE2 can't read this pattern: {error}", code=BAD_PATTERN)
        return None
    letter = next((char for char in value if char.isalpha() and not char.isascii()), None)
    marks = [mark[0] for mark in _ESCAPED.finditer(value) if mark[1] in "bBwW"]
    if letter is not None and marks:
        message = (
            f"'{marks[0]}' knows ASCII letters only, '{letter}' is none; "
            "'\\pL' is any letter, and phrases know every script"
        )
        writing.warn(loc, message, code=ASCII_ONLY)
    return compiled


def _list(writing: Writing, value: str, loc: Loc) -> OfList | None:
    name = value.removeprefix("lists.")
    if value.startswith("lists.") and name in writing.lists:
        writing.lists_used.add(name)
        return OfList(name)
    if not value.startswith("lists."):
        message = f"'{loc[-1]}' wants a list, or 'lists.NAME', got {kind_of(value)}"
        named = next((known for known in writing.lists if value in (known, f"{{{{ lists.{known} }}}}")), None)
        hint = listed(value) if named is None else f"write 'lists.{named}'"
        writing.wrong(loc, message, code=WRONG_TYPE, hint=None if named is None and is_template(value) else hint)
    elif not writing.knows_list(name):
        writing.wrong(loc, f"unknown list '{name}'{did_you_mean(name, list(writing.lists))}", code=UNKNOWN_LIST)
    return None


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold()
    return [_folded(item) for item in value] if isinstance(value, list) else value


def _shown(value: Any) -> str:
    if isinstance(value, LengthSpec):
        value = value.model_dump(exclude_none=True)
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_shown(item)}' for key, item in value.items())}}}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return f"'{value}'" if isinstance(value, str) else str(value)
