"""Which rules an event sets off."""

from __future__ import annotations

import pytest

from omiflow.engine.surroundings import App
from omiflow.model import Segment

SPOKEN = "{trigger: realtime_transcript, phrases: ['what do you think', 'do you (really|ever) think'], except: [nothing], id: asked}"


def fired(decision):
    return [verdict.rule for verdict in decision.verdicts if verdict.outcome == "fired"]


def test_rules_fire_in_the_order_of_the_file_and_only_those_that_listen(bench):
    world = bench(f"[{{triggers: [{SPOKEN}]}}, {{}}, {{triggers: [{{trigger: realtime_transcript}}]}}]")
    assert fired(world.say("So what do you think?")) == ["rule0", "rule2"]
    assert fired(world.say("nothing much")) == ["rule2"]
    assert fired(world.hook({})) == ["rule1"]
    assert fired(world.decide(world.event("webhook", {}, webhook="out"))) == []


SAID = ("Lights off in the kitchen!", "lights, off in the Entrance", "Remind me to buy oat milk. Now.")


def test_a_trigger_tells_what_was_said(bench, run_of):
    world = bench(f"[{{triggers: [{SPOKEN}]}}]")
    said = [
        Segment(id="1", text="So, what do", is_user=True),
        Segment(id="2", text="No!"),
        Segment(id="3", text="YOU think? Well.", is_user=True),
    ]
    trigger = run_of(world.hear(said)).inputs["trigger"]
    assert set(trigger) == {"id", "phrase", "text", "slots", "segments"}
    assert (trigger["id"], trigger["phrase"]) == ("asked", "what do you think")
    assert trigger["text"] == "what do YOU think"
    assert [segment["id"] for segment in trigger["segments"]] == ["1", "3"]


def test_a_trigger_tells_the_slots_of_all_phrases_of_its_rule(bench, run_of):
    world = bench(
        """
lists: {rooms: [kitchen, {say: [hall, entrance], value: {id: 7}}]}
rules:
  - triggers:
      - {trigger: realtime_transcript, phrases: ["lights off in the {room:list rooms}", "remind me to {task}"]}
      - {trigger: memory_created, phrases: ["call {who}"]}
"""
    )
    slots = [run_of(world.say(words)).inputs["trigger"]["slots"] for words in SAID]
    assert slots == [
        {"room": "kitchen", "task": None, "who": None},
        {"room": {"id": 7}, "task": None, "who": None},
        {"room": None, "task": "buy oat milk", "who": None},
    ]


def test_a_trigger_without_phrases_tells_what_its_speaker_said_anew(bench, run_of):
    world = bench("[{triggers: [{trigger: realtime_transcript, speaker: other}]}]")
    first = [Segment(id="1", text="mine", is_user=True), Segment(id="2", text=" yours "), Segment(id="3", text=" ")]
    trigger = run_of(world.hear(first)).inputs["trigger"]
    assert (trigger["text"], trigger["phrase"]) == ("yours", None)
    again = [*first, Segment(id="4", text="more", is_user=True)]
    assert fired(world.hear(again)) == []
    assert run_of(world.hear([*again, Segment(id="5", text="new")])).inputs["trigger"]["text"] == "new"
    assert fired(world.hear(first)) == []


def test_a_rule_fires_once_for_words_that_come_again_and_once_more_for_new_ones(bench):
    world = bench(f"[{{triggers: [{SPOKEN}]}}]")
    first = Segment(id="1", text="what do you think", is_user=True)
    assert fired(world.hear([first])) == ["rule0"]
    assert fired(world.hear([first])) == []
    assert fired(world.hear([Segment(id="1", text="what do you think about it", is_user=True)])) == []
    twice = "What do you think? I say, what do you think?"
    assert fired(world.hear([Segment(id="2", text=twice, is_user=True)])) == ["rule0", "rule0"]


def test_two_triggers_of_a_rule_on_the_same_words_are_one_occurrence(bench):
    both = "[{triggers: [{trigger: realtime_transcript, phrases: [do you think]}, {trigger: realtime_transcript}]}]"
    assert fired(bench(both).say("what do you think")) == ["rule0"]
    assert fired(bench(both).say("something else")) == ["rule0"]


@pytest.mark.parametrize(
    ("rule", "more", "starts"),
    [
        ("{apps: [default]}", {}, True),
        ("{apps: [other]}", {}, False),
        ("{apps: [other]}", {"app": "other"}, True),
        ("{users: [u1]}", {}, True),
        ("{users: [u2]}", {}, False),
        ("{users: [u1]}", {"uid": None}, False),
        ("{status: disabled}", {}, False),
        ("{}", {"late": True}, True),
    ],
)
def test_a_rule_starts_for_its_apps_and_users_only(bench, rule, more, starts):
    assert bool(fired(bench(f"[{rule}]").hook({}, **more))) is starts


@pytest.mark.parametrize(("late", "starts"), [(True, []), (False, ["rule0"])])
def test_late_speech_and_taps_start_nothing(bench, late, starts):
    world = bench(
        f"[{{triggers: [{SPOKEN}, {{trigger: button_event, gesture: long_tap}}, {{trigger: memory_created}}]}}]"
    )
    assert fired(world.say("what do you think", late=late)) == starts
    assert fired(world.decide(world.event("button_event", {"gesture": "long_tap"}, late=late))) == starts
    assert fired(world.remember({}, late=late)) == ["rule0"]


@pytest.mark.parametrize(
    ("body", "starts"),
    [
        ({}, True),
        ({"discarded": True}, False),
        ({"app_id": "app1"}, False),
        ({"app_id": "app2"}, True),
    ],
)
def test_discarded_and_own_conversations_start_nothing(bench, body, starts):
    apps = {"default": App("default", omi_app_id="app1")}
    world = bench("[{triggers: [{trigger: memory_created}]}]", apps=apps)
    assert bool(fired(world.remember(body))) is starts


@pytest.mark.parametrize(("gesture", "starts"), [("long_tap", True), ("single_tap", False), (None, False)])
def test_a_tap_starts_rules_of_its_gesture(bench, gesture, starts):
    world = bench("[{triggers: [{trigger: button_event, gesture: long_tap}]}]")
    assert bool(fired(world.decide(world.event("button_event", {"gesture": gesture})))) is starts


def test_a_conversation_starts_a_rule_once_however_often_the_phrase_is_in_it(bench, run_of):
    world = bench("[{triggers: [{trigger: memory_created, phrases: [buy milk, milk]}]}]")
    spoken = [Segment(id=str(number), text="buy milk and milk") for number in range(3)]
    decision = world.remember({}, segments=spoken)
    assert fired(decision) == ["rule0"]
    assert run_of(decision).inputs["trigger"]["text"] == "buy milk"
    assert fired(world.remember({}, segments=spoken)) == ["rule0"]


@pytest.mark.parametrize("body", [[{"a": 5}], "text", 5, None, {"a": 5}])
def test_any_json_may_come_to_a_webhook(bench, body):
    world = bench(
        "[{conditions: [{path: $, exists: true}]}, {conditions: [{path: '$[0].a', equals: 5}]}, {conditions: [{path: $.a, equals: 5}]}]"
    )
    expected = {"list": ["rule0", "rule1"], "dict": ["rule0", "rule2"], "NoneType": []}
    assert fired(world.hook(body)) == expected.get(type(body).__name__, ["rule0"])


def test_with_every_rule_also_those_are_told_that_did_not_start(bench):
    world = bench(
        f"""
- triggers: [{SPOKEN}]
- {{triggers: [{{trigger: realtime_transcript, speaker: other}}]}}
- {{triggers: [{{trigger: realtime_transcript}}], users: [u2]}}
- {{triggers: [{{trigger: realtime_transcript}}], status: disabled}}
- {{triggers: [{{trigger: realtime_transcript}}], conditions: [{{path: $.session_id, equals: u2}}]}}
- {{triggers: [{{trigger: realtime_transcript}}]}}
- {{}}
""",
        every=True,
    )
    world.say("hello")
    told = {found.rule.id: found.gates[-1].detail for found in world.matches if not found.passed}
    assert told == {
        "rule0": "none of its phrases was said",
        "rule1": "nothing new was said by speaker 'other'",
        "rule2": "the rule isn't for user 'u1'",
        "rule3": "the rule is disabled",
        "rule4": "$.session_id is \"u1\"; wanted equals 'u2'",
        "rule6": "listens to webhook in; this is realtime_transcript",
    }


def told(world):
    return {found.rule.id: found.gates[-1].detail for found in world.matches if not found.passed}


def test_a_phrase_that_was_said_in_vain_is_told_with_what_kept_it_from_starting_the_rule(bench):
    said = "trigger: realtime_transcript, phrases: [hello there]"
    world = bench(
        f"""
- {{triggers: [{{{said}}}], status: disabled}}
- {{triggers: [{{{said}}}], users: [zz]}}
- {{triggers: [{{{said}}}], apps: [other]}}
- {{triggers: [{{{said}, speaker: other}}]}}
- {{triggers: [{{{said}, except: [oh]}}]}}
- {{triggers: [{{{said}, except: [never]}}]}}
- {{triggers: [{{{said}, speaker: user}}]}}
- {{triggers: [{{trigger: memory_created}}, {{trigger: day_summary}}, {{trigger: webhook, name: w}}]}}
""",
        every=True,
    )
    first = Segment(id="1", text="oh hello there", is_user=True)
    assert fired(world.hear([first])) == ["rule5", "rule6"]
    reasons = {
        "rule0": "the rule is disabled",
        "rule1": "the rule isn't for user 'u1'",
        "rule2": "the rule isn't for app 'default'",
        "rule3": "'hello there' was not said by speaker 'other'",
        "rule4": "'except' vetoed 'hello there'",
        "rule7": "listens to memory_created and day_summary and webhook w; this is realtime_transcript",
    }
    assert told(world) == reasons
    world.hear([first])
    before = "'hello there' was said before; only what is said anew counts"
    assert told(world) == {**reasons, "rule5": before, "rule6": before}
    world.say("hello there", late=True)
    assert told(world)["rule5"] == "the event is late"


def test_conversations_that_start_nothing_are_told_as_such_whatever_was_said_in_them(bench):
    apps = {"default": App("default", omi_app_id="app1")}
    world = bench("[{triggers: [{trigger: memory_created, phrases: [hello there]}]}]", apps=apps, every=True)
    spoken = [Segment(id="1", text="hello there")]
    world.remember({"discarded": True}, segments=spoken)
    assert told(world) == {"rule0": "Omi discarded the conversation"}
    world.remember({"app_id": "app1"}, segments=spoken)
    assert told(world) == {"rule0": "this app imported the conversation itself"}


def test_a_webhook_of_another_name_is_told_as_such(bench):
    world = bench("[{triggers: [{trigger: webhook, name: a}, {trigger: webhook, name: b}]}]", every=True)
    world.hook({})
    assert told(world) == {"rule0": "listens to webhook a and webhook b; this is webhook in"}


TALKS = "{trigger: memory_created, phrases: ['call {who}', budget], id: said}, {trigger: memory_created, id: any}"


@pytest.mark.parametrize(
    ("condition", "started_by"),
    [
        ("trigger.slots.who == 'Tom'", ["call {who}"]),
        ("trigger.phrase == 'budget'", ["budget"]),
        ("trigger.id == 'any'", [None]),
        ("trigger.id", ["call {who}"]),
        ("trigger.id == 'none'", []),
        ("event.discarded", []),
    ],
)
def test_what_starts_a_rule_is_the_first_for_which_its_conditions_hold(bench, condition, started_by):
    world = bench(f"""[{{triggers: [{TALKS}], conditions: [{{not: {{template: "{{{{ not ({condition}) }}}}"}}}}]}}]""")
    words = ("Call Ana.", "Then call Tom.", "And the budget.")
    talk = [Segment(id=text, text=text, speaker=f"SPEAKER_0{number}") for number, text in enumerate(words)]
    decision = world.remember({}, segments=talk)
    assert [new.run.inputs["trigger"]["phrase"] for new in decision.runs] == started_by
    assert len(decision.verdicts) == 1


def test_speech_starts_a_rule_without_a_phrase_where_none_of_its_phrases_will_do(bench):
    both = "{trigger: realtime_transcript, phrases: [budget], id: said}, {trigger: realtime_transcript, id: any}"
    world = bench(f"""[{{triggers: [{both}], conditions: [{{template: "{{{{ trigger.id == 'any' }}}}"}}]}}]""")
    assert fired(world.say("the budget, the budget")) == ["rule0"]
