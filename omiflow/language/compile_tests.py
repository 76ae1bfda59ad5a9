"""Tests as written in rule files, compiled to cases; what stands in recorded requests is read when a case runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from omiflow.actions.table import ACTIONS
from omiflow.engine.conditions import Test
from omiflow.engine.operators import OPERATORS
from omiflow.language.cases import Case, CaseEvent, Expected, ExpectedValue, Mocked
from omiflow.language.codes import (
    MISUSE,
    NEVER_HOLDS,
    NO_FILE,
    UNKNOWN_KEY,
    UNKNOWN_NAME,
    WRONG_TYPE,
    WRONG_VALUE,
)
from omiflow.language.compile_actions import tell_unknown
from omiflow.language.compile_conditions import compile_wish
from omiflow.language.doubts.cases import doubt_payload
from omiflow.language.doubts.doubting import joined
from omiflow.language.doubts.payload_fields import payload_of
from omiflow.language.forms import keys_of
from omiflow.language.looking_through import look_through
from omiflow.language.nearest import did_you_mean, nearest
from omiflow.language.salvage import salvaged
from omiflow.language.spec_conditions import CONDITIONS
from omiflow.language.spec_tests import EVENT_KEYS, CaseEventSpec, CaseSpec, ExpectedSpec
from omiflow.language.telling import Loc, beside, kind_of
from omiflow.language.writing import Writing

GATES = ("trigger", "conditions", "dedupe", "throttle", "actions")
TRIGGER_REASONS = ("phrases", "except", "speaker", "gesture", "include_discarded", "own", "after_silence")
RULE_REASONS = ("status", "apps", "users", "late", "cooldown", "priority")
REASONS = tuple(dict.fromkeys((*GATES, *TRIGGER_REASONS, *CONDITIONS, *RULE_REASONS)))
"""What `because` may name, beside places such as `conditions[1]`, and the JSONPath of a condition."""

_SHAPING = ("within", "pause", "match")
"""Options of a trigger that only say how its phrases are heard; when none was, `phrases` is the reason."""
_PLACE = re.compile(r"(triggers|conditions|actions)\[\d+\][\w.\[\]]*", re.ASCII)
_NAMED = ("webhook", "event")
_BESIDE = tuple(key for key in keys_of(CaseEventSpec) if key not in EVENT_KEYS)
_OPERATOR_KEYS = frozenset((*OPERATORS, "not", "ignore_case"))


def compile_tests(writing: Writing, raw: Any) -> tuple[Case, ...]:
    """Compile the `tests` of a rule file; those with mistakes, which are reported, are left out."""
    if raw is None:
        return ()
    if not isinstance(raw, list):
        writing.wrong(("tests",), f"'tests' wants a list, got {kind_of(raw)}", code=WRONG_TYPE)
        return ()
    cases = [_case(writing, one, number) for number, one in enumerate(raw)]
    return tuple(case for case in cases if case is not None)


def _case(writing: Writing, raw: Any, number: int) -> Case | None:
    loc: Loc = ("tests", number)
    if not isinstance(raw, dict):
        writing.wrong(loc, f"a test is a mapping, got {kind_of(raw)}", code=WRONG_TYPE)
        return None
    try:
        spec = CaseSpec.model_validate(raw, context={"timezone": writing.facts.timezone})
    except ValidationError as error:
        errors = error.errors(include_url=False)
        source = writing.source
        meant, _, errors = look_through(writing, CaseSpec, raw, errors, loc)
        rest = salvaged(CaseSpec, meant, errors)
        if rest is not None:
            _compiled(writing, rest, meant, number, mended=frozenset(one["loc"][:2] for one in errors))
        writing.source = source
        return None
    before = len(writing.problems)
    case = _compiled(writing, spec, raw, number)
    return None if any(problem.severity == "error" for problem in writing.problems[before:]) else case


def _compiled(
    writing: Writing, spec: CaseSpec, raw: Mapping[str, Any], number: int, *, mended: frozenset[Loc] = frozenset()
) -> Case:
    """Compile a test but for the events that were `mended`, as nobody wrote them so."""
    loc: Loc = ("tests", number)
    events = tuple(
        _event(writing, event, raw["events"][place], (*loc, "events", place))
        for place, event in enumerate(spec.events)
        if mended.isdisjoint({("events",), ("events", place)})
    )
    mocks = {name: _mocked(writing, name, answer, (*loc, "mocks", name)) for name, answer in spec.mocks.items()}
    expect = tuple(_expected(writing, one, (*loc, "expect", place)) for place, one in enumerate(spec.expect))
    if spec.because is not None:
        _check_reason(writing, spec.because, (*loc, "because"))
    return Case(
        file=writing.source.file,
        number=number,
        line=writing.line(loc),
        name=spec.name,
        rule=spec.rule,
        now=spec.now,
        events=events,
        mocks=mocks,
        expect=expect,
        because=spec.because,
    )


def _event(writing: Writing, spec: CaseEventSpec, raw: Mapping[str, Any], loc: Loc) -> CaseEvent:
    name = next(key for key in EVENT_KEYS if key in raw)
    written = raw[name]
    misplaced = set(_BESIDE).intersection(written) - payload_of(name).fields.keys()
    for key in sorted(misplaced):
        writing.wrong((*loc, name, key), beside(key, name), code=UNKNOWN_KEY, of_key=True)
    body: Any = {key: value for key, value in written.items() if key not in {"uid", "file", *misplaced}}
    if name not in _NAMED:
        doubt_payload(writing, name, body, (*loc, name))
    else:
        body = written.get("body" if name == "webhook" else "data", None if "file" in written else {})
    if spec.app is not None and writing.facts.complete and spec.app not in writing.facts.apps:
        message = f"unknown app '{spec.app}'{did_you_mean(spec.app, list(writing.facts.apps))}"
        writing.wrong((*loc, "app"), message, code=UNKNOWN_NAME)
    if name == "button_event" and not {"gesture", "button_event", "file"}.intersection(written):
        writing.wrong((*loc, name), "'gesture' is missing", code=WRONG_VALUE, of_key=True)
    return CaseEvent(
        line=writing.line(loc),
        event=name,
        body=body,
        uid=written.get("uid"),
        nobody="uid" in written and written["uid"] is None,
        named=written.get("name") if name in _NAMED else None,
        app=spec.app,
        file=_file(writing, written.get("file"), (*loc, name, "file")),
        after=spec.after,
        at=spec.at,
    )


def _file(writing: Writing, written: str | None, loc: Loc) -> Path | None:
    if written is None:
        return None
    path = Path(writing.source.file).parent / written
    if path.suffix != ".json":
        message = f"'{written}' is no recorded request; those are named .json, with one request or its body in it"
        writing.wrong(loc, message, code=WRONG_VALUE)
    elif not path.is_file():
        writing.wrong(loc, f"there is no file '{path}'; paths begin at the folder of this file", code=NO_FILE)
    return path


def _mocked(writing: Writing, name: str, written: Any, loc: Loc) -> tuple[Mocked, ...]:
    if _known_action(writing, name, loc, of_key=True) and ACTIONS[name].inline:
        message = f"'{name}' goes into the answer to Omi, and nothing answers it"
        writing.wrong(loc, message, code=MISUSE, of_key=True)
    if written == []:
        writing.wrong(loc, f"'{name}' is empty; at least one answer is wanted", code=WRONG_VALUE, of_key=True)
    several = written if isinstance(written, list) else [written]
    for number, answer in enumerate(several):
        _check_keys(writing, name, answer, (*loc, number) if isinstance(written, list) else loc)
    return tuple(
        Mocked(error=str(answer["error"]))
        if isinstance(answer, dict) and answer.keys() == {"error"}
        else Mocked(answer=answer)
        for answer in several
    )


def _check_keys(writing: Writing, name: str, answer: Any, loc: Loc) -> None:
    """Report keys that an answer of an action never has, where it is known which it has."""
    known = list(ACTIONS[name].answers) if name in ACTIONS else []
    if not known or not isinstance(answer, dict) or answer.keys() == {"error"}:
        return
    for key in answer:
        if key == "error":
            writing.wrong((*loc, key), "'error' stands alone; an answer is one or the other", code=MISUSE, of_key=True)
        elif key not in known:
            message = f"the answer of '{name}' has no '{key}'{did_you_mean(key, known)}"
            writing.wrong((*loc, key), message, code=UNKNOWN_KEY, of_key=True)


def _expected(writing: Writing, spec: ExpectedSpec, loc: Loc) -> Expected:
    values: tuple[ExpectedValue, ...] = ()
    if _known_action(writing, spec.action, (*loc, "action")):
        form = ACTIONS[spec.action].data
        keys = [field.alias or name for name, field in form.model_fields.items()]
        for key in spec.data:
            if key not in keys:
                message = f"'{spec.action}' has no '{key}' in its data{did_you_mean(key, keys)}"
                writing.wrong((*loc, "data", key), message, code=UNKNOWN_KEY, of_key=True)
        values = tuple(_values(writing, spec.data, (*loc, "data"), ()))
    return Expected(writing.line(loc), spec.action, values)


def _values(writing: Writing, data: Mapping[str, Any], loc: Loc, keys: tuple[str, ...]) -> Iterator[ExpectedValue]:
    """Read what data must be like; a mapping of operators is tested, one of anything else is looked into."""
    for key, value in data.items():
        place, inside = (*loc, key), (*keys, key)
        if not isinstance(value, Mapping) or not value:
            yield ExpectedValue(inside, _plain(value), plain=True)
        elif _OPERATOR_KEYS.issuperset(value):
            before = len(writing.problems)
            writing.lists_used = set()
            test = compile_wish(writing, value, place)
            kept = [problem for problem in writing.problems[before:] if problem.code != NEVER_HOLDS]
            writing.problems[before:] = kept
            if test is not None:
                yield ExpectedValue(inside, test, lists={name: writing.lists[name] for name in writing.lists_used})
        else:
            yield from _values(writing, value, place, inside)


def _plain(value: Any) -> Test:
    if value is None:
        return Test((("exists", False, "false"),))
    return Test((("equals", value, f"'{value}'" if isinstance(value, str) else str(value)),))


def _known_action(writing: Writing, name: str, loc: Loc, *, of_key: bool = False) -> bool:
    if name not in ACTIONS:
        tell_unknown(writing, name, loc, of_key=of_key)
    return name in ACTIONS


def _check_reason(writing: Writing, reason: str, loc: Loc) -> None:
    if reason in _SHAPING:
        options = joined([f"'{option}'" for option in TRIGGER_REASONS], "or")
        message = (
            f"'{reason}' is no reason: it says how phrases are heard, and where none was, 'phrases' is the reason; "
            f"of a trigger's options {options} can be one"
        )
        writing.wrong(loc, message, code=WRONG_VALUE)
    elif reason not in REASONS and not reason.startswith("$") and not _PLACE.fullmatch(reason):
        guess = nearest(reason, REASONS)
        wanted = "a gate, the place, kind or JSONPath of a condition, or an option of the trigger is wanted"
        message = f"'{reason}' is no reason; " + (f"did you mean '{guess}'?" if guess else wanted)
        writing.wrong(loc, message, code=WRONG_VALUE)
