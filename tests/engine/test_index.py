"""Looking rules up finds what checking every rule finds, and doesn't take longer with their number."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omiflow.engine.conditions import Group
from omiflow.engine.hearing import hear
from omiflow.engine.index import RuleSet
from omiflow.engine.match import match
from omiflow.engine.rules import Rule, Trigger
from omiflow.engine.surroundings import App, Surroundings
from omiflow.model import Event, Realtime, Segment
from omiflow.speech.stream import Stream

VALUES = st.sampled_from(
    ["work", "home", "Work", "1", "1.0", "", "nan", "1e3", 1, 1.0, 2, True, None, ["work"], {"a": 1}]
)
TESTS = (
    st.builds(lambda value: {"equals": value}, VALUES)
    | st.builds(lambda values: {"in": values}, st.lists(VALUES, min_size=1, max_size=3))
    | st.builds(lambda value: {"equals": value, "ignore_case": True}, st.just("work"))
    | st.sampled_from([{"exists": True}, {"not_equals": "work"}, {"contains": "or"}, {"not": {"equals": "work"}}])
)
WHERE = st.sampled_from(["$.a", "$.b.c", "$.a[0]"])
CONDITIONS = st.lists(
    st.builds(lambda path, test: {"path": path, **test}, WHERE, TESTS)
    | st.builds(lambda path, test, way: {"path": path, way: test}, WHERE, TESTS, st.sampled_from(["all", "none"])),
    max_size=3,
)
RULES = st.lists(st.builds(lambda conditions, status: {"conditions": conditions, "status": status}, CONDITIONS, st.sampled_from(["live", "live", "disabled"])), min_size=1, max_size=6)  # fmt: skip
PAYLOADS = st.one_of(
    st.fixed_dictionaries(
        {}, optional={"a": VALUES | st.lists(VALUES, max_size=2), "b": st.fixed_dictionaries({"c": VALUES}) | VALUES}
    ),
    VALUES,
)

SURROUNDINGS = Surroundings(apps={"default": App("default")})


def passing(rules, payload):
    event = Event(id="e", name="webhook", app="default", uid="u", at=0, received=0, body=payload, webhook="in")
    found = match(rules, event, hear(rules, event, None, surroundings=SURROUNDINGS), surroundings=SURROUNDINGS, now=0)
    return [found.rule.id for found in found if found.passed]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(written=RULES, payloads=st.lists(PAYLOADS, min_size=1, max_size=6))
def test_a_look_up_finds_what_checking_every_rule_finds(compiled, written, payloads):
    rules = compiled(yaml.safe_dump(written))
    for payload in payloads:
        one_by_one = [
            rule.id for rule in rules.rules if rule.enabled and passing(RuleSet([with_hidden_equality(rule)]), payload)
        ]
        assert passing(rules, payload) == one_by_one


def with_hidden_equality(rule):
    """Wrap each condition so that no hash can answer it."""
    return replace(rule, conditions=tuple(Group(c.path, c.line, "all", (c,)) for c in rule.conditions))


@pytest.mark.parametrize(
    ("condition", "looked_up"),
    [
        ("{path: $.a, equals: work}", True),
        ("{path: $.a.b, in: [work, home]}", True),
        ("{path: $.a, all: {equals: work}}", True),
        ("{path: $.a, none: {equals: work}}", False),
        ("{path: $.a, equals: 1}", False),
        ("{path: $.a, equals: '1'}", False),
        ("{path: $.a, equals: work, ignore_case: true}", False),
        ("{path: $.a, equals: work, length: 4}", False),
        ("{path: '$.a[*]', equals: work}", False),
        ("{path: $, equals: work}", False),
    ],
)
def test_an_equality_of_one_text_is_looked_up(compiled, condition, looked_up):
    rules = compiled(f"[{{conditions: [{condition}]}}]")
    assert (rules.silent("webhook", "in", {"a": "other"}) == []) is looked_up


def test_rules_of_another_webhook_are_not_met(compiled):
    rules = compiled("[{triggers: [{trigger: webhook, name: a}]}, {triggers: [{trigger: webhook, name: b}]}]")
    assert rules.silent("webhook", "b", {}) == [(1, 0)]
    assert rules.wants("webhook", "b")
    assert not rules.wants("webhook", "c")


def test_a_disabled_rule_is_nowhere_but_in_what_explains_it(compiled):
    rules = compiled(
        "[{status: disabled}, {status: disabled, triggers: [{trigger: realtime_transcript, phrases: [a]}]}]"
    )
    assert not rules.wants("webhook", "in")
    assert rules.spoken == {}
    assert [rule.enabled for rule in rules.rules] == [False, False]


def test_ten_thousand_rules_are_met_as_fast_as_ten():
    def rule(number):
        trigger = Trigger(
            path="triggers[0]", line=1, event="realtime_transcript", phrases=(f"hey zap{number} [please] do",)
        )
        return Rule(id=f"r{number}", file="a", line=1, triggers=(trigger,), actions=(), written={}, written_digest="")

    segments = [
        Segment(id=str(n), text=f"so what do you think about the offer number {n}, hey there", is_user=True)
        for n in range(8)
    ]
    body = Realtime(segments=segments)
    event = Event(
        id="e", name="realtime_transcript", app="default", uid="u", at=0, received=0, body=body, segments=segments
    )

    def seconds(rules):
        best = float("inf")
        for _ in range(15):
            begun = time.process_time()
            for _ in range(40):
                heard = hear(rules, event, Stream(), surroundings=SURROUNDINGS)
                assert match(rules, event, heard, surroundings=SURROUNDINGS, now=0) == []
            best = min(best, time.process_time() - begun)
        return best

    few, many = RuleSet(map(rule, range(10))), RuleSet(map(rule, range(10_000)))
    assert min(seconds(many) / seconds(few) for _ in range(3)) < 1.5
