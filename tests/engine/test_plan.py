"""What becomes of rules that matched: gates, limits, the one answer, and the runs that begin."""

from __future__ import annotations

from datetime import datetime

import pytest

from omiflow.engine.answer import DAILY
from omiflow.engine.surroundings import App

PROMPT = "{action: omi.prompt, data: {prompt: 'Answer {{ trigger.text }}'}}"
REPLY = "{action: omi.reply, data: {message: 'Noted: {{ trigger.text }}'}}"
NOTIFY = "{action: omi.notify, data: {message: Hello}}"
SPOKEN = "triggers: [{trigger: realtime_transcript, phrases: [go]}]"


def outcomes(decision):
    return {verdict.rule: (verdict.outcome, verdict.reason) for verdict in decision.verdicts}


def states(decision):
    return {new.run.rule: new.run.state for new in decision.runs}


def tallies(decision):
    return sorted(spend.tally for spend in decision.spends)


def test_gates_stand_in_their_order_with_what_was_seen(bench, outcome):
    world = bench(
        f"""
- {SPOKEN}
  conditions: [{{path: $.session_id, equals: u1}}]
  dedupe: {{key: "{{{{ trigger.text }}}}", period: 7d}}
  throttle: {{limit: 1, period: 2m}}
  actions: [{PROMPT}]
"""
    )
    gates = outcome(world.say("please go")).gates
    assert [(gate.gate, gate.path, gate.passed, gate.detail) for gate in gates] == [
        ("trigger", "triggers[0]", True, "heard 'go' for 'go'"),
        ("conditions", "conditions[0]", True, "$.session_id is \"u1\"; wanted equals 'u1'"),
        ("dedupe", "dedupe", True, 'room for ["go"]'),
        ("throttle", "throttle", True, 'room for ["default","u1"]'),
        ("actions", "actions[0]", True, "goes into the answer to Omi"),
    ]
    assert [gate.line > 0 for gate in gates] == [True] * 5
    world.now += 41
    again = outcome(world.say("Go"))
    assert (again.outcome, again.reason) == ("throttled", "fired 41s ago, limit 1 per 2m")
    assert [gate.passed for gate in again.gates] == [True, True, True, False]
    world.now += 79
    third = outcome(world.say("go"))
    assert (third.outcome, third.reason) == ("deduplicated", "fired 2m ago, limit 1 per 7d")
    assert [gate.gate for gate in third.gates] == ["trigger", "conditions", "dedupe"]


def test_a_cooldown_is_a_throttle_that_stands_elsewhere(bench, outcome):
    world = bench("[{cooldown: 2m}]")
    assert outcome(world.hook({})).gates[-1].path == "cooldown"
    world.now += 119.5
    assert outcome(world.hook({})).outcome == "throttled"
    world.now += 0.5
    assert outcome(world.hook({})).outcome == "fired"


def test_a_throttled_event_keeps_its_dedupe_key_free(bench, outcome):
    world = bench("[{dedupe: {key: '{{ event.k }}', period: 1d}, cooldown: 1m}]")
    assert outcome(world.hook({"k": 1})).outcome == "fired"
    assert outcome(world.hook({"k": 2})).outcome == "throttled"
    world.now += 60
    assert outcome(world.hook({"k": 2})).outcome == "fired"
    world.now += 60
    assert outcome(world.hook({"k": 2})).outcome == "deduplicated"


@pytest.mark.parametrize(
    ("key", "bodies", "seen"),
    [
        ("uid", [{}, {}], "FD"),
        ("rule", [{}, {}], "FD"),
        ("'{{ event.k }}'", [{"k": None}, {"k": None}, {}, {"k": 1}, {"k": "1"}, {"k": 1}], "FFFFFD"),
        ("[uid, '{{ event.k }}']", [{"k": None}, {"k": None}, {"k": 0}, {"k": 0}, {"k": ""}, {"k": ""}], "FFFDFD"),
        ("'k{{ event.k }}'", [{"k": None}, {}], "FD"),
    ],
)
def test_a_null_dedupe_key_never_counts(bench, outcome, key, bodies, seen):
    world = bench(f"[{{dedupe: {{key: {key}, period: 7d}}}}]")
    assert "".join(outcome(world.hook(body)).outcome[0].upper() for body in bodies) == seen
    null = bench("[{dedupe: {key: '{{ event.k }}', period: 7d}}]")
    gate = outcome(null.hook({})).gates[-1]
    assert (gate.gate, gate.passed, gate.detail) == ("dedupe", True, "the key is null, which never counts")


@pytest.mark.parametrize("key", ["uid", "[uid, rule]", "[app, uid, '{{ event.k }}']"])
def test_a_dedupe_by_user_never_counts_without_one(bench, outcome, key):
    world = bench(f"[{{dedupe: {{key: {key}, period: 7d}}}}]")
    given = [(None, "fired"), (None, "fired"), ("u1", "fired"), ("u1", "deduplicated")]
    assert [(uid, outcome(world.hook({"k": 1}, uid=uid)).outcome) for uid, _ in given] == given


def test_a_throttle_by_user_counts_also_without_one(bench, outcome):
    world = bench("[{throttle: {limit: 1, period: 1h, key: uid}}]")
    assert [outcome(world.hook({}, uid=uid)).outcome for uid in (None, None, "u1")] == ["fired", "throttled", "fired"]


def test_a_null_throttle_key_counts_like_any_other(bench, outcome):
    world = bench("[{throttle: {limit: 1, period: 1h, key: '{{ event.k }}'}}]")
    assert [outcome(world.hook(body)).outcome for body in ({}, {}, {"k": 1})] == ["fired", "throttled", "fired"]


def test_the_default_key_is_the_app_and_the_user(bench, outcome):
    world = bench("[{cooldown: 1h}]")
    seen = [
        outcome(world.hook({}, **more)).outcome
        for more in ({}, {"uid": "u2"}, {"app": "other"}, {"uid": "u2"}, {"uid": None})
    ]
    assert seen == ["fired", "fired", "fired", "throttled", "fired"]


def test_tallies_belong_to_one_rule(bench):
    world = bench("[{cooldown: 1h}, {cooldown: 1h}]")
    assert outcomes(world.hook({})) == {"rule0": ("fired", None), "rule1": ("fired", None)}


def test_a_key_that_fails_is_a_failed_run_that_spends_nothing(bench, outcome):
    world = bench(
        "[{dedupe: {key: '{{ event.k }}', period: 1d}, throttle: {limit: 1, period: 1h, key: '{{ 1 / event.n }}'}}]"
    )
    decision = world.hook({"n": 0, "k": 1})
    assert outcomes(decision) == {"rule0": ("failed", "throttle: ZeroDivisionError: division by zero")}
    assert decision.spends == []
    assert [(gate.gate, gate.passed) for gate in outcome(decision).gates][-2:] == [
        ("dedupe", True),
        ("throttle", False),
    ]
    assert outcome(world.hook({"n": 1, "k": 1})).outcome == "fired"


def test_several_occurrences_in_one_call_spend_the_same_throttle(bench):
    world = bench(f"[{{{SPOKEN}, throttle: {{limit: 2, period: 1h}}}}]")
    decision = world.say("Go. Now go. And go again.")
    assert [verdict.outcome for verdict in decision.verdicts] == ["fired", "fired", "throttled"]


# the one answer


def test_the_highest_priority_answers_then_the_order_of_the_file(bench, outcome):
    world = bench(
        f"[{{{SPOKEN}, actions: [{PROMPT}]}}, {{{SPOKEN}, priority: 5, actions: [{REPLY}, {PROMPT}]}}, {{{SPOKEN}, priority: 5, actions: [{REPLY}]}}]"
    )
    decision = world.say("go")
    assert decision.answer == {"notification": {"prompt": "Answer go", "params": []}, "message": "Noted: go"}
    assert outcomes(decision) == {
        "rule0": ("throttled", "outranked by rule1"),
        "rule1": ("fired", None),
        "rule2": ("throttled", "outranked by rule1"),
    }
    assert list(outcomes(decision)) == ["rule0", "rule1", "rule2"]
    gate = outcome(decision, "rule2").gates[-1]
    assert (gate.gate, gate.path, gate.passed, gate.detail) == ("actions", "actions[0]", False, "outranked by rule1")


def test_a_prompt_and_a_message_do_not_compete(bench):
    world = bench(f"[{{{SPOKEN}, actions: [{PROMPT}]}}, {{{SPOKEN}, actions: [{REPLY}]}}]")
    decision = world.say("go")
    assert sorted(decision.answer) == ["message", "notification"]
    assert set(states(decision).values()) == {"answered"}


def test_a_rule_that_is_outranked_and_does_nothing_else_spends_nothing(bench):
    loser = f"{{{SPOKEN}, cooldown: 1h, dedupe: {{key: uid, period: 1d}}, actions: [{{variables: {{a: 1}}}}, {REPLY}]}}"
    world = bench(f"[{{{SPOKEN}, cooldown: 1h, actions: [{REPLY}]}}, {loser}]")
    decision = world.say("go")
    assert states(decision) == {"rule0": "answered", "rule1": "throttled"}
    assert tallies(decision) == ["throttle:rule0"]
    assert [new.journal for new in decision.runs if new.run.state == "throttled"] == [[]]
    assert outcomes(world.say("go"))["rule1"] == ("fired", None)


@pytest.mark.parametrize(
    "other", [NOTIFY, "{action: log.write, data: {message: seen}}", f"{{if: '{{{{ true }}}}', then: [{NOTIFY}]}}"]
)
@pytest.mark.parametrize("first", [True, False])
def test_a_rule_that_is_outranked_goes_on_with_its_other_steps(bench, other, first):
    steps = f"{other}, {REPLY}" if first and "log" in other else f"{REPLY}, {other}"
    world = bench(f"[{{{SPOKEN}, actions: [{REPLY}]}}, {{{SPOKEN}, cooldown: 1h, actions: [{steps}]}}]")
    decision = world.say("go")
    assert states(decision) == {"rule0": "answered", "rule1": "running"}
    assert tallies(decision) == ["throttle:rule1"]
    journal = next(new.journal for new in decision.runs if new.run.rule == "rule1")
    assert [(entry.kind, entry.value) for entry in journal] == [("throttled", "outranked by rule0")]


def test_a_rule_whose_condition_fails_does_not_compete(bench):
    world = bench(
        f"[{{{SPOKEN}, priority: 9, conditions: [{{path: $.session_id, equals: u9}}], actions: [{REPLY}]}}, {{{SPOKEN}, actions: [{REPLY}]}}]"
    )
    assert states(world.say("go")) == {"rule1": "answered"}


def test_a_rule_that_is_throttled_does_not_compete(bench):
    world = bench(f"[{{{SPOKEN}, priority: 9, cooldown: 1h, actions: [{REPLY}]}}, {{{SPOKEN}, actions: [{REPLY}]}}]")
    world.say("go")
    assert states(world.say("go")) == {"rule0": "throttled", "rule1": "answered"}


def test_a_rule_that_omis_limits_stop_does_not_compete(bench):
    short = "{action: omi.reply, data: {message: Short}}"
    world = bench(f"[{{{SPOKEN}, priority: 9, actions: [{short}]}}, {{{SPOKEN}, actions: [{REPLY}]}}]")
    assert outcomes(world.say("go")) == {
        "rule0": ("throttled", "Omi drops messages of 5 characters or fewer"),
        "rule1": ("fired", None),
    }


@pytest.mark.parametrize(
    "fault",
    [
        "{action: omi.prompt, data: {prompt: '{{ 1 / 0 }}'}}",
        "{action: omi.prompt, data: {prompt: '{{ event.gone }}'}}",
        "{action: omi.prompt, data: {prompt: Please, context: '{{ trigger.text }}'}}",
        "{action: omi.prompt, data: {prompt: Please}, if: '{{ 1 / 0 }}'}",
        "{if: '{{ 1 / 0 }}', then: [{action: omi.prompt, data: {prompt: Please}}]}",
        "{variables: {a: '{{ 1 / 0 }}'}}",
    ],
)
def test_a_rule_whose_inline_template_fails_neither_competes_nor_spends(bench, fault, run_of):
    world = bench(
        f"[{{{SPOKEN}, priority: 9, cooldown: 1h, actions: [{REPLY}, {fault}, {PROMPT}]}}, {{{SPOKEN}, actions: [{REPLY}]}}]"
    )
    decision = world.say("go")
    assert states(decision) == {"rule0": "failed", "rule1": "answered"}
    assert decision.answer == {"message": "Noted: go"}
    assert decision.spends == []
    assert run_of(decision).due is None
    journal = next(new.journal for new in decision.runs if new.run.rule == "rule0")
    assert [entry.kind for entry in journal] == ["rejected"]


def test_what_fails_behind_the_answer_is_the_business_of_the_run(bench, run_of):
    broken = "{action: omi.notify, data: {message: '{{ 1 / 0 }}'}}"
    world = bench(
        f"[{{{SPOKEN}, cooldown: 1h, actions: [{REPLY}, {{variables: {{a: '{{{{ 1 / 0 }}}}'}}}}, {broken}]}}]"
    )
    decision = world.say("go")
    assert decision.answer == {"message": "Noted: go"}
    assert (run_of(decision).state, run_of(decision).due) == ("running", world.now)
    assert tallies(decision) == ["throttle:rule0"]


def test_a_rule_that_ends_itself_as_failed_has_answered_all_the_same(bench, run_of):
    world = bench(f"[{{{SPOKEN}, cooldown: 1h, actions: [{REPLY}, {{stop: enough, error: true}}]}}]")
    decision = world.say("go")
    assert decision.answer == {"message": "Noted: go"}
    assert (run_of(decision).state, run_of(decision).reason, run_of(decision).due) == ("failed", "enough", None)
    assert tallies(decision) == ["throttle:rule0"]


def test_a_run_without_an_answer_begins_with_nothing_decided(bench, run_of):
    world = bench(f"[{{variables: {{a: '{{{{ 1 / 0 }}}}'}}, actions: [{NOTIFY}]}}]")
    decision = world.hook({"a": 1})
    run = run_of(decision)
    assert (run.state, run.due, decision.runs[0].journal) == ("running", world.now, [])
    assert sorted(run.inputs) == ["app", "matched", "trigger", "user"]


# Omi's own limits


def test_omi_takes_one_prompt_in_thirty_seconds(bench, outcome):
    world = bench(f"[{{{SPOKEN}, cooldown: 1s, actions: [{PROMPT}]}}, {{{SPOKEN}, actions: [{REPLY}]}}]")
    first = world.say("go")
    assert tallies(first) == ["omi.prompt", "throttle:rule0"]
    world.now += 12
    decision = world.say("go")
    assert outcomes(decision)["rule0"] == ("throttled", "Omi takes one prompt in 30 s and got one 12 s ago")
    assert (decision.answer, decision.spends) == ({"message": "Noted: go"}, [])
    world.now += 17.9
    assert outcome(world.say("go")).outcome == "throttled"
    assert outcome(world.say("go", uid="u2")).outcome == "fired"
    assert outcome(world.say("go", app="other")).outcome == "fired"
    world.now += 0.1
    assert outcome(world.say("go")).outcome == "fired"


def test_a_prompt_that_was_not_sent_does_not_count_for_omi(bench, outcome):
    failing = f"{{{SPOKEN}, priority: 1, actions: [{PROMPT}, {{action: omi.reply, data: {{message: '{{{{ event.gone }}}}'}}}}]}}"
    world = bench(f"[{failing}, {{{SPOKEN}, actions: [{PROMPT}]}}]")
    assert outcomes(world.say("go")) == {
        "rule0": ("failed", "actions[1] (omi.reply): 'message' wants text, got null"),
        "rule1": ("fired", None),
    }


@pytest.mark.parametrize(
    ("zone", "times", "seen"),
    [
        ("Europe/Berlin", ["2026-03-02T08:00Z", "2026-03-02T09:00Z", "2026-03-02T22:59Z", "2026-03-02T23:00Z"], "FFTF"),
        (
            "America/New_York",
            ["2026-03-02T08:00Z", "2026-03-02T09:00Z", "2026-03-02T23:00Z", "2026-03-03T05:00Z"],
            "FFTF",
        ),
        ("Europe/Berlin", ["2026-03-28T23:00Z", "2026-03-29T00:30Z", "2026-03-29T21:59Z", "2026-03-29T22:00Z"], "FFTF"),
        ("Europe/Berlin", ["2026-10-24T22:00Z", "2026-10-25T00:30Z", "2026-10-25T22:59Z", "2026-10-25T23:00Z"], "FFTF"),
    ],
)
def test_prompts_per_day_count_in_the_users_day(bench, outcome, zone, times, seen):
    apps = {"default": App("default", prompts_per_day=2)}
    world = bench(f"[{{{SPOKEN}, actions: [{PROMPT}]}}]", apps=apps, timezone=zone)
    letters = ""
    for at in times:
        world.now = datetime.fromisoformat(at).timestamp()
        verdict = outcome(world.say("go"))
        letters += verdict.outcome[0].upper()
        assert verdict.reason in (None, "Omi takes 2 prompts a day and got them today")
    assert letters == seen
    assert sum(spend.tally == DAILY for spend in world.spends) == 3


def test_replies_count_for_no_limit_of_omis(bench):
    apps = {"default": App("default", prompts_per_day=1)}
    world = bench(f"[{{{SPOKEN}, actions: [{REPLY}]}}]", apps=apps)
    for _ in range(3):
        assert world.say("go").answer == {"message": "Noted: go"}


@pytest.mark.parametrize(
    ("message", "spoken", "remembered"),
    [
        ("12345", None, "12345"),
        ("123456", "123456", "123456"),
        ("1", None, "1"),
        ("'{{ 123456 }}'", "123456", "123456"),
        ("' '", None, None),
    ],
)
def test_a_reply_is_as_long_as_omi_wants_it(bench, message, spoken, remembered):
    quoted = message if message.startswith("'") else f"'{message}'"
    rule = f"{{triggers: [{{trigger: memory_created}}, {{trigger: realtime_transcript}}], actions: [{{action: omi.reply, data: {{message: {quoted}}}}}]}}"
    assert bench(f"[{rule}]").say("go").answer.get("message") == spoken
    assert bench(f"[{rule}]").remember({}).answer.get("message") == remembered


# prompts


def test_params_come_from_the_template_and_never_from_words(bench):
    prompt = "{action: omi.prompt, data: {prompt: '{{ trigger.text }} for {{ omi.user_name }} by {{ user_chat }}', context: {question: '{{ trigger.text }}?'}}}"
    rule = f"{{triggers: [{{trigger: realtime_transcript}}], actions: [{prompt}]}}"
    decision = bench(f"[{rule}]").say("tell {{user_facts}} or {{ omi.user_context }} {% if x %} ⟦1:1⟧")
    assert decision.answer["notification"] == {
        "prompt": "tell { {user_facts} } or { { omi.user_context } } {% if x %} ⟦1:1⟧ for {{user_name}} by {{user_chat}}",
        "params": ["user_name", "user_chat"],
        "context": {"question": "tell { {user_facts} } or { { omi.user_context } } {% if x %} ⟦1:1⟧?"},
    }


def test_the_journal_of_an_answer_holds_what_was_sent(bench):
    world = bench(f"[{{{SPOKEN}, variables: {{who: '{{{{ user.name }}}}'}}, actions: [{PROMPT}]}}]")
    journal = world.say("go").runs[0].journal
    assert [(entry.path, entry.kind, entry.value) for entry in journal] == [
        ("variables", "variables", {"who": "Kim"}),
        ("actions[0]", "done", {"prompt": "Answer go"}),
    ]


def test_no_match_is_an_empty_decision(bench):
    decision = bench("[{}]").say("nothing")
    assert (decision.verdicts, decision.runs, decision.spends, decision.answer) == ([], [], [], {})


def test_a_rule_that_did_not_match_is_told_and_not_stored_as_a_run(bench):
    decision = bench("[{conditions: [{path: $.a, equals: 1}]}]").hook({})
    assert outcomes(decision) == {"rule0": ("not_matched", None)}
    assert decision.runs == []
