"""What events say over calls: sessions, the clock, the first words after a silence, and late events."""

from __future__ import annotations

import pytest

from omiflow.engine.hearing import MOST_HITS, hear
from omiflow.engine.surroundings import App
from omiflow.model import Realtime, Segment

REMIND = "{trigger: realtime_transcript, phrases: ['remind me to {task}']}"
ADVICE = "{trigger: realtime_transcript, phrases: [any advice]}"
STARTED = "{trigger: conversation_started}"


def fired(decision):
    return [verdict.rule for verdict in decision.verdicts if verdict.outcome == "fired"]


def test_an_open_slot_is_ended_by_the_clock_once_and_tells_what_was_said(bench, run_of):
    world = bench(f"[{{triggers: [{REMIND}]}}]")
    assert fired(world.say("remind me to buy milk")) == []
    assert world.stream.closes() == world.now + 3
    assert fired(world.hush(2.9)) == []
    trigger = run_of(world.hush(0.1)).inputs["trigger"]
    assert (trigger["slots"], trigger["text"]) == ({"task": "buy milk"}, "remind me to buy milk")
    assert fired(world.hush()) == []
    assert world.stream.closes() is None


def test_words_over_calls_start_a_rule_in_the_call_that_brings_the_last(bench):
    world = bench(f"[{{triggers: [{ADVICE}]}}, {{triggers: [{REMIND}]}}]")
    assert [fired(world.say(word)) for word in ("any", "um", "advice", "remind me", "to sing.")] == [
        [], [], ["rule0"], [], ["rule1"]
    ]  # fmt: skip


def test_a_decision_leaves_marks_whether_or_not_the_conditions_held(bench):
    world = bench(
        f"""[{{triggers: [{ADVICE}], conditions: [{{template: "{{{{ event.segments | length > 1 }}}}"}}]}}]"""
    )
    said = [Segment(id="1", text="any advice", is_user=True)]
    assert fired(world.hear(said)) == []
    assert set(world.stream.marks) == {"1"}
    more = Segment(id="1", text="any advice please", is_user=True)
    assert fired(world.hear([more, Segment(id="2", text="hello", is_user=True)])) == []


@pytest.mark.parametrize(
    ("pauses", "starts"),
    [
        ([0], [True]),
        ([0, 1, 119, 119], [True, False, False, False]),
        ([0, 120, 1], [True, True, False]),
        ([0, 1, 3600], [True, False, True]),
    ],
)
def test_the_first_words_after_two_minutes_start_a_conversation(bench, pauses, starts):
    world = bench(f"[{{triggers: [{STARTED}]}}]")
    heard = []
    for pause in pauses:
        world.now += pause
        heard.append(bool(fired(world.say("hello"))))
    assert heard == starts


def test_how_long_the_silence_is_can_be_set(bench):
    world = bench("[{triggers: [{trigger: conversation_started, after_silence: 1h}]}, {triggers: [{trigger: conversation_started, after_silence: 10s}]}]")  # fmt: skip
    heard = []
    for pause in (0, 10, 3599, 3600):
        world.now += pause
        heard.append(fired(world.say("hello")))
    assert heard == [["rule0", "rule1"], ["rule1"], ["rule1"], ["rule0", "rule1"]]


@pytest.mark.parametrize("text", ["...", " "])
def test_what_has_no_words_starts_no_conversation(bench, text):
    world = bench(f"[{{triggers: [{STARTED}]}}]")
    world.say("hello")
    world.now += 600
    assert fired(world.say(text)) == []
    world.now += 1
    assert fired(world.say("well")) == ["rule0"]
    assert fired(world.say("so")) == []


def test_words_that_come_again_start_no_conversation(bench):
    world = bench(f"[{{triggers: [{STARTED}]}}]")
    said = [Segment(id="1", text="hello", is_user=True)]
    assert fired(world.hear(said)) == ["rule0"]
    world.now += 600
    assert fired(world.hear(said)) == []
    assert fired(world.hear([Segment(id="2", text="hello", is_user=True)])) == ["rule0"]


def test_a_rule_hears_phrases_in_the_first_words_too(bench):
    world = bench(f"[{{triggers: [{STARTED}, {ADVICE}]}}]")
    assert fired(world.say("any advice")) == ["rule0"]
    assert fired(world.say("hello")) == []
    assert fired(world.say("any advice")) == ["rule0"]


@pytest.mark.parametrize(
    ("between", "fires"),
    [
        (lambda world: world.say("and then"), False),
        (lambda world: setattr(world, "now", world.now + 120), True),
        (lambda world: world.remember({}), True),
        (lambda world: world.remember({}, late=True), False),
        (lambda world: world.remember({}, at=world.now - 60), False),
        (lambda world: world.remember({"app_id": "app1"}), False),
        (lambda world: world.remember({"app_id": "app2"}), True),
        (lambda world: world.hook({}), False),
    ],
)
def test_a_throttle_by_session_lets_a_rule_run_once_in_each(bench, between, fires):
    throttle = "throttle: {limit: 1, period: 1d, key: session}"
    apps = {"default": App("default", omi_app_id="app1")}
    world = bench(f"[{{triggers: [{ADVICE}], {throttle}}}]", apps=apps)
    assert fired(world.say("any advice")) == ["rule0"]
    world.now += 1
    between(world)
    assert bool(fired(world.say("any advice"))) is fires


def test_nothing_matches_across_a_finished_conversation(bench):
    world = bench(f"[{{triggers: [{ADVICE}]}}]")
    world.say("any")
    world.remember({})
    assert fired(world.say("advice")) == []


def test_session_text_has_what_was_said_in_the_session_with_the_words_of_the_call(bench, run_of):
    action = """{action: log.write, data: {message: "{{ session.text(last='2m') }}"}}"""
    condition = """{template: "{{ session.text(speaker='user') == 'one three any advice' }}"}"""
    world = bench(f"[{{triggers: [{ADVICE}], conditions: [{condition}], actions: [{action}]}}]")
    world.say("zero")
    world.now += 120
    world.say("one")
    world.say("two", is_user=False)
    world.say("three")
    assert fired(world.say("any advice")) == ["rule0"]


@pytest.mark.parametrize(
    ("late", "event_late", "fires"),
    [("", False, True), ("", True, False), ("late: run, ", True, True), ("late: skip, ", True, False)],
)
def test_late_speech_starts_only_rules_that_run_late_and_is_heard_all_the_same(bench, late, event_late, fires):
    world = bench(f"[{{{late}triggers: [{ADVICE}]}}]")
    assert fired(world.say("any", late=event_late)) == []
    assert bool(fired(world.say("advice", late=event_late))) is fires
    assert fired(world.say("more advice")) == []
    assert bool(world.stream.marks)


def test_an_open_slot_in_late_words_starts_nothing_either(bench):
    world = bench(f"[{{triggers: [{REMIND}]}}]")
    world.say("remind me to sing", late=True)
    assert fired(world.hush()) == []


@pytest.mark.parametrize(("rule", "fires"), [("apps: [other]", False), ("apps: [default]", True), ("users: [u2]", False), ("users: [u1]", True)])  # fmt: skip
def test_phrases_are_heard_for_the_apps_and_users_of_their_rule(bench, rule, fires):
    world = bench(f"[{{{rule}, triggers: [{ADVICE}]}}]")
    assert bool(fired(world.say("any advice"))) is fires
    assert bool(world.stream.marks) is fires


@pytest.mark.parametrize(
    ("language", "text", "fires"),
    [
        (None, "any um advice", True),
        (None, "any euh advice", True),
        ("en", "any um advice", True),
        ("en-US", "any um advice", True),
        ("en", "any euh advice", False),
        ("fr", "any euh advice", True),
        ("fr", "any um advice", False),
    ],
)
def test_fillers_are_those_of_the_users_language(bench, language, text, fires):
    world = bench(f"[{{triggers: [{ADVICE}]}}]", language=language)
    assert bool(fired(world.say(text))) is fires


def test_within_and_pause_are_options_of_a_trigger(bench):
    near = "{trigger: realtime_transcript, phrases: [any advice], within: 3s}"
    quick = "{trigger: realtime_transcript, phrases: ['remind me to {task}'], pause: 1s}"
    world = bench(f"[{{triggers: [{near}]}}, {{triggers: [{quick}]}}]")

    def said(key, text, start, end):
        return Segment(id=key, text=text, is_user=True, start=start, end=end)

    assert fired(world.hear([said("1", "any", 0.0, 1.0), said("2", "advice", 4.0, 5.0)])) == []
    assert fired(world.hear([said("3", "any", 10.0, 11.0), said("4", "advice", 12.0, 13.0)])) == ["rule0"]
    assert fired(world.hear([said("5", "remind me to sing", 20, 22), said("6", "now", 23.1, 24)])) == ["rule1"]


def test_the_segments_of_a_trigger_are_those_with_its_words_also_from_earlier_calls(bench, run_of):
    world = bench(f"[{{triggers: [{ADVICE}]}}]")
    world.say("so any")
    run = run_of(world.say("advice please"))
    assert [segment["text"] for segment in run.inputs["trigger"]["segments"]] == ["so any", "advice please"]
    assert run.inputs["trigger"]["text"] == "any advice"


def test_what_is_heard_does_not_depend_on_rules_that_listen_later(bench, compiled):
    world = bench("[{}]")
    world.say("any advice any")
    world.rules = compiled(f"[{{triggers: [{ADVICE}]}}]")
    assert fired(world.say("advice")) == ["rule0"]
    assert fired(world.say("remind me to sing")) == []
    world.rules = compiled(f"[{{triggers: [{REMIND}]}}]")
    assert fired(world.hush()) == ["rule0"]


def test_one_event_sets_off_no_more_than_the_first_five_hundred_occurrences(bench):
    world = bench(f"[{{triggers: [{ADVICE}]}}]")
    said = [Segment(id=str(number), text="any advice", is_user=True) for number in range(MOST_HITS + 10)]
    body = Realtime(segments=said, session_id="u1")
    event = world.event("realtime_transcript", body, segments=said)
    heard = hear(world.rules, event, None, surroundings=world.surroundings)
    assert [hit.segments[0].id for hit in heard.hits] == [str(number) for number in range(MOST_HITS)]
    again = hear(world.rules, event, heard.stream, surroundings=world.surroundings)
    assert (again.fresh, again.hits, again.marks, again.silence) == ((), (), (), 0.0)
