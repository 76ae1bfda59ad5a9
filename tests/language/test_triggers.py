"""What triggers, keys and templates of a rule are compiled to, for the engine to hear with."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from omiflow.engine.rules import Rule, Trigger
from omiflow.language.facts import Facts
from omiflow.language.load import Loader

LOADER = Loader(Facts())


def compiled(**more: Any) -> Rule:
    rule = {"id": "x", "triggers": [{"trigger": "realtime_transcript"}], "actions": [{"stop": "x"}], **more}
    book = LOADER.load({"a.yaml": yaml.safe_dump({"rules": [rule]}, sort_keys=False)})
    assert [problem.message for problem in book.problems] == []
    return book.rules.rules[0]


def heard(**written: Any) -> Trigger:
    return compiled(triggers=[written]).triggers[0]


def test_phrases_are_heard_within_15s_and_word_for_word_unless_said_otherwise() -> None:
    plain = heard(trigger="realtime_transcript", phrases=["remind me to {task}"])
    assert (plain.within, plain.pause, plain.fuzzy, plain.after_silence) == (15, 2, False, None)
    told = heard(
        trigger="realtime_transcript", phrases=["remind me to {task}"], within="1m30s", pause="0.5s", match="fuzzy"
    )
    assert (told.within, told.pause, told.fuzzy) == (90, 0.5, True)
    assert heard(trigger="memory_created", phrases=["the budget"], match="fuzzy").fuzzy


def test_the_beginning_of_a_conversation_is_heard_in_speech() -> None:
    begun = heard(trigger="conversation_started")
    assert (begun.event, begun.listens_to, begun.phrases) == ("realtime_transcript", "conversation_started", ())
    assert begun.after_silence == 120
    assert heard(trigger="conversation_started", after_silence="1h").after_silence == 3600
    assert heard(trigger="realtime_transcript").listens_to == "realtime_transcript"


@pytest.mark.parametrize(("written", "late"), [({}, None), ({"late": "run"}, True), ({"late": "skip"}, False)])
def test_what_becomes_of_late_events_hangs_on_them_unless_the_rule_tells(
    written: dict[str, str], late: bool | None
) -> None:
    assert compiled(**written).late is late


def test_limits_may_count_by_session() -> None:
    rule = compiled(
        dedupe={"key": "session", "period": "1h"}, throttle={"limit": 1, "period": "1h", "key": ["session"]}
    )
    assert rule.dedupe is not None
    assert rule.throttle is not None
    assert (rule.dedupe.key.parts, rule.throttle.key.parts) == (("session",), ("session",))


@pytest.mark.parametrize(
    "more",
    [
        {"conditions": [{"template": "{{ 'x' in session.text() }}"}]},
        {"conditions": [{"any": [{"not": {"template": "{{ session.text(last=none) == '' }}"}}]}]},
        {"variables": {"said": "{{ session.text() }}"}},
        {"dedupe": {"key": "{{ session.text('10s') }}", "period": "1h"}},
        {"actions": [{"if": "{{ session.text() }}", "then": [{"stop": "x"}]}]},
        {"actions": [{"repeat": {"count": 2, "sequence": [{"stop": "{{ session.text() }}"}]}}]},
        {"actions": [{"action": "log.write", "data": {"message": "{% if 1 %}{{ session['text']() }}{% endif %}"}}]},
    ],
)
def test_a_rule_knows_that_it_reads_its_session(more: dict[str, Any]) -> None:
    assert compiled(**more).uses_session


@pytest.mark.parametrize(
    "message",
    ["session.text()", "{{ event.session_id }}", "{% set session = 'x' %}{{ session }}", "{{ 'session' }}"],
)
def test_a_rule_without_a_session_reads_none(message: str) -> None:
    assert not compiled(actions=[{"action": "log.write", "data": {"message": message}}]).uses_session


def test_one_rule_of_a_file_may_read_its_session_and_the_next_one_not() -> None:
    rules = [
        {"id": name, "triggers": [{"trigger": "button_event"}], "actions": [{"stop": stop}]}
        for name, stop in (("a", "{{ session.text() }}"), ("b", "enough"))
    ]
    book = LOADER.load({"a.yaml": yaml.safe_dump({"rules": rules})})
    assert [rule.uses_session for rule in book.rules.rules] == [True, False]
