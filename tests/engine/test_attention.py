"""The app's budget of interruptions, for what goes into the answer of a call."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from omiflow.engine.attention import Budget, refusal
from omiflow.engine.surroundings import App

UTC = ZoneInfo("UTC")
REPLY = "{action: omi.reply, data: {message: 'Noted: {{ trigger.text }}'}}"
SPOKEN = "triggers: [{trigger: realtime_transcript, phrases: [go]}]"


def apps(**budget):
    return {"default": App("default", budget=Budget(**budget)), "other": App("other")}


def test_an_app_interrupts_no_more_than_its_budget_over_all_rules(bench, outcome):
    rules = f"[{{{SPOKEN}, actions: [{REPLY}]}}, {{triggers: [{{trigger: realtime_transcript, phrases: [stop]}}], actions: [{REPLY}]}}]"
    world = bench(rules, apps=apps(limit=2, period=3600.0))
    assert outcome(world.say("go")).outcome == "fired"
    assert outcome(world.say("stop"), "rule1").outcome == "fired"
    third = outcome(world.say("go"))
    assert (third.outcome, third.reason) == ("throttled", "the app's budget of 2 interruptions per 1h is spent")
    world.now += 3600
    assert outcome(world.say("go")).outcome == "fired"


def test_the_budget_is_each_users_own(bench, outcome):
    world = bench(f"[{{{SPOKEN}, actions: [{REPLY}]}}]", apps=apps(limit=1, period=3600.0))
    assert outcome(world.say("go")).outcome == "fired"
    assert outcome(world.say("go", uid="u2")).outcome == "fired"
    assert outcome(world.say("go", app="other")).outcome == "fired"
    assert outcome(world.say("go")).outcome == "throttled"


def test_quiet_hours_are_the_users(bench, outcome):
    world = bench(f"[{{{SPOKEN}, actions: [{REPLY}]}}]", apps=apps(quiet=(time(22), time(7))))
    world.now = datetime(2026, 3, 2, 23, 30, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    assert outcome(world.say("go")).reason == "the app's quiet hours last until 07:00"
    world.now += 7.5 * 3600
    assert outcome(world.say("go")).outcome == "fired"


def test_a_rule_that_matters_more_passes_and_is_not_counted(bench, outcome):
    rules = f"[{{{SPOKEN}, priority: 11, actions: [{REPLY}]}}]"
    world = bench(rules, apps=apps(limit=1, period=3600.0, ignore_above=10))
    assert [outcome(world.say("go")).outcome for _ in range(3)] == ["fired"] * 3
    assert world.spends == []


def test_a_step_that_interrupts_nobody_goes_on(bench):
    note = "{action: log.write, data: {message: hi}}"
    world = bench(f"[{{{SPOKEN}, actions: [{REPLY}, {note}]}}]", apps=apps(quiet=(time(0), time(0))))
    [new] = world.say("go").runs
    assert (new.run.state, [entry.kind for entry in new.journal]) == ("running", ["throttled"])


@given(st.lists(st.integers(0, 400)), st.integers(1, 5), st.integers(1, 60))
def test_no_period_ever_holds_more_than_the_limit(wishes, limit, period):
    budget = Budget(limit=limit, period=float(period))
    used = []
    for now in sorted(wishes):
        if refusal(budget, used=used, now=float(now), zone=UTC) is None:
            used.append(float(now))
    assert all(last - first >= period for first, last in zip(used, used[limit:], strict=False))
