"""Conditions as written, compiled to what the engine checks."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from omiflow.engine.conditions import ActionItems, Condition, Group, PathCondition, Quantifier, TemplateCondition, Test
from omiflow.engine.jsonpath import Path, PathMistake, compile_path
from omiflow.engine.operators import OPERATORS, compile_pattern
from omiflow.engine.templates import is_template
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
from omiflow.language.mistakes import problems_of
from omiflow.language.nearest import did_you_mean, nearest
from omiflow.language.spec_conditions import (
    ACTION_ITEM_FIELDS,
    ActionItemsSpec,
    AllSpec,
    AnySpec,
    LengthSpec,
    NotSpec,
    OperatorsSpec,
    PathSpec,
    TemplateSpec,
)
from omiflow.language.telling import Loc, kind_of
from omiflow.language.writing import Writing

_LOOK_AROUND = re.compile(r"invalid perl operator: (\(\?<?[=!])")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

AnyCondition = PathSpec | ActionItemsSpec | TemplateSpec | AnySpec | AllSpec | NotSpec


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
    if isinstance(spec, TemplateSpec):
        template = writing.decision(spec.template, (*loc, "template"), names)
        return TemplateCondition(place, line, template) if template else None
    if isinstance(spec, NotSpec):
        inner = _condition(writing, spec.not_, (*loc, "not"), names, f"{place}.not")
        return Group(place, line, "not", (inner,)) if inner else None
    kind = "any" if isinstance(spec, AnySpec) else "all"
    listed = spec.any if isinstance(spec, AnySpec) else spec.all
    group = compile_conditions(writing, listed, (*loc, kind), names=names, place=f"{place}.{kind}")
    return Group(place, line, "any" if kind == "any" else "all", group)


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
        test = _wish(writing, wish, (*loc, name))
        if test is None:
            continue
        if name == "count":
            count = test
        else:
            fields.append((name, test))
    return ActionItems(place, writing.line(loc), tuple(fields), count)


def _wish(writing: Writing, wish: Any, loc: Loc) -> Test | None:
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
    if value is None and not OPERATORS[name].negative:
        message = "null counts as not there, and nothing passes this; 'exists: false' asks for nothing to be there"
        writing.warn(loc, message, code=NEVER_HOLDS)
    elif isinstance(value, str) and is_template(value):
        message = "a template is not read here, its text is compared as it stands; use a 'template' condition"
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


def _list(writing: Writing, value: str, loc: Loc) -> list[str] | None:
    name = value.removeprefix("lists.")
    if value.startswith("lists.") and name in writing.lists:
        return list(writing.lists[name])
    if not value.startswith("lists."):
        writing.wrong(loc, f"'{loc[-1]}' wants a list, or 'lists.NAME', got {kind_of(value)}", code=WRONG_TYPE)
    else:
        writing.wrong(loc, f"unknown list '{name}'{did_you_mean(name, list(writing.lists))}", code=UNKNOWN_LIST)
    return None


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold()
    return [_folded(item) for item in value] if isinstance(value, list) else value


def _shown(value: Any) -> str:
    if isinstance(value, LengthSpec):
        value = value.model_dump(exclude_none=True)
    text = str(value)
    return f"'{text}'" if isinstance(value, str) else text
