"""Rules in the shadow decide and record, with tallies and an answer of their own."""

from __future__ import annotations

PROMPT = "{action: omi.prompt, data: {prompt: 'Answer {{ trigger.text }}'}}"
NOTIFY = "{action: omi.notify, data: {message: Hello}}"
SPOKEN = "triggers: [{trigger: realtime_transcript, phrases: [go]}]"


def test_a_shadow_takes_no_answer_from_a_live_rule(bench, outcome):
    world = bench(
        f"- {{{SPOKEN}, status: shadow, priority: 9, actions: [{PROMPT}]}}\n- {{{SPOKEN}, actions: [{PROMPT}]}}"
    )
    decision = world.say("go")
    assert [outcome(decision, rule).outcome for rule in ("rule0", "rule1")] == ["shadow", "fired"]
    assert {new.run.rule: new.run.state for new in decision.runs} == {"rule0": "shadow", "rule1": "answered"}
    assert decision.answer["notification"]["prompt"] == "Answer go"
    shadow = next(new for new in decision.runs if new.run.rule == "rule0")
    assert [(entry.path, entry.kind, entry.value) for entry in shadow.journal] == [
        ("actions[0]", "done", {"prompt": "Answer go"})
    ]


def test_a_shadow_alone_answers_nothing(bench):
    world = bench(f"[{{{SPOKEN}, status: shadow, actions: [{PROMPT}]}}]")
    assert world.say("go").answer == {}


def test_a_shadow_keeps_to_limits_of_its_own(bench, outcome):
    world = bench(f"[{{{SPOKEN}, status: shadow, actions: [{PROMPT}]}}, {{{SPOKEN}, actions: [{PROMPT}]}}]")
    assert sorted(spend.tally for spend in world.say("go").spends) == ["omi.prompt", "omi.prompt:shadow:rule0"]
    world.now += 10
    again = world.say("go")
    assert [outcome(again, rule).outcome for rule in ("rule0", "rule1")] == ["throttled", "throttled"]


def test_a_cooldown_in_the_shadow_is_not_that_of_the_live_rule(bench, outcome):
    world = bench("[{cooldown: 1h, status: shadow}]")
    assert outcome(world.hook({})).outcome == "shadow"
    assert outcome(world.hook({})).outcome == "throttled"
    assert {spend.tally for spend in world.spends} == {"throttle:rule0:shadow"}


def test_a_shadow_with_more_to_do_is_left_to_the_runner(bench):
    world = bench(f"[{{status: shadow, actions: [{NOTIFY}]}}]")
    [new] = world.hook({}).runs
    assert (new.run.state, new.run.due) == ("running", world.now)
