"""Tests of rule files as they are read: a good file gives its cases, and who serves rules passes them over."""

from __future__ import annotations

from pathlib import Path

import pytest

from omiflow.language.cases import Case
from omiflow.language.compile_tests import GATES, REASONS, RULE_REASONS, TRIGGER_REASONS
from omiflow.language.facts import Facts
from omiflow.language.load import Loader

HERE = Path(__file__).parent
GOOD = HERE / "good" / "tests_of_everything.yaml"
RULE = """
rules:
  - id: advice
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions: [{action: log.write, data: {message: hello}}]
"""
CASE = "tests: [{name: a, rule: RULE, events: [{button_event: {gesture: single_tap}}], expect: []}]"


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    book = Loader(Facts(), tests=True).load({str(GOOD): GOOD.read_text()})
    assert book.problems == ()
    return {case.name: case for case in book.files[str(GOOD)].cases}


def test_a_case_says_what_happens_and_when(cases: dict[str, Case]) -> None:
    case = cases["every event"]
    assert (case.rule, case.now, case.line) == ("advice", 1772442000.0, 11)
    assert [event.event for event in case.events] == [
        *("realtime_transcript", "memory_created", "day_summary", "button_event", "button_event", "webhook", "event"),
    ]
    assert [event.uid for event in case.events] == ["u2", None, None, None, None, None, None]
    assert [event.nobody for event in case.events] == [False] * 5 + [True, False]
    assert [event.named for event in case.events][-2:] == ["deploy", "met"]
    assert [event.body for event in case.events][-2:] == [[1, 2], {"n": 1}]
    assert (case.events[1].after, case.events[1].app) == (2.0, "default")
    assert case.events[2].at == 1772532000.0


def test_an_answer_may_be_one_or_several_or_an_error(cases: dict[str, Case]) -> None:
    mocks = cases["every event"].mocks
    assert [one.answer for one in mocks["slack.post_message"]] == [{"ts": "1"}]
    assert [(one.answer, one.error) for one in mocks["http.request"]] == [
        ({"status": 200}, None),
        (None, "unreachable"),
        (None, None),
    ]


def test_mappings_of_operators_are_tested_and_others_are_looked_into(cases: dict[str, Case]) -> None:
    log, call = cases["every event"].expect
    assert [(value.keys, value.plain) for value in log.values] == [(("message",), False)]
    assert [(value.keys, value.plain) for value in call.values] == [
        (("json", "a", "b"), False),
        (("json", "c"), True),
        (("json", "d"), True),
        (("json", "e"), True),
        (("headers",), False),
    ]


VALUES = [
    ("operators are tested", 0, {"message": "kitchen"}, False),
    ("a template is no template", 0, {"message": "{{ as it stands }}"}, False),
    ("numbers are compared", 1, {"json": {"a": {"b": 3}, "c": [1], "e": {}}}, True),
    ("too small", 1, {"json": {"a": {"b": 2}, "c": [1], "e": {}}}, False),
    ("a key that is not there", 1, {"json": {"c": [1], "e": {}}}, False),
    ("null is wanted and there", 1, {"json": {"a": {"b": 3}, "c": [1], "d": None, "e": {}}}, True),
    ("null is wanted and something there", 1, {"json": {"a": {"b": 3}, "c": [1], "d": 0, "e": {}}}, False),
    ("another list", 1, {"json": {"a": {"b": 3}, "c": [1, 2], "e": {}}}, False),
    ("an empty mapping is no nothing", 1, {"json": {"a": {"b": 3}, "c": [1]}}, False),
    (
        "nothing is wanted and something there",
        1,
        {"json": {"a": {"b": 3}, "c": [1], "e": {}}, "headers": {"a": "b"}},
        False,
    ),
    ("no mapping where keys are named", 1, {"json": "text"}, False),
]


@pytest.mark.parametrize(("number", "data", "holds"), [row[1:] for row in VALUES], ids=[row[0] for row in VALUES])
def test_only_the_keys_named_are_compared(
    cases: dict[str, Case], number: int, data: dict[str, object], holds: bool
) -> None:
    assert all(value.holds(data) for value in cases["every event"].expect[number].values) is holds


def test_who_serves_rules_passes_tests_over_whatever_is_wrong_with_them() -> None:
    for tests in (CASE.replace("RULE", "other"), "tests: nonsense", "tests: [{}]", "tests:"):
        book = Loader(Facts()).load({"a.yaml": RULE + tests})
        assert book.problems == ()
        assert list(book.rules.by_id) == ["advice"]
        assert book.files["a.yaml"].cases == ()


def test_a_test_may_look_at_a_rule_of_another_file_but_not_at_one_that_is_nowhere() -> None:
    loader = Loader(Facts(), tests=True)
    texts = {"a.yaml": RULE, "b.yaml": CASE.replace("RULE", "advice")}
    assert loader.load(texts).problems == ()
    (problem,) = loader.load({**texts, "a.yaml": RULE.replace("advice", "advise")}).problems
    assert (problem.file, problem.line, problem.column) == ("b.yaml", 1, 25)
    assert problem.message == "unknown rule 'advice'; did you mean 'advise'?"
    assert loader.load(texts).problems == ()


def test_every_kind_of_reason_may_be_named() -> None:
    assert set(GATES) | set(TRIGGER_REASONS) | set(RULE_REASONS) < set(REASONS)
    places = (
        "conditions[0]",
        "conditions[1].any[0].not",
        "$.structured.title",
        "triggers[0].speaker",
        "actions[2].then[0]",
    )
    for reason in (*REASONS, *places):
        case = CASE.replace("RULE", "advice").replace("expect: []", f"expect: [], because: '{reason}'")
        assert Loader(Facts(), tests=True).load({"a.yaml": f"{RULE}{case}"}).problems == ()
