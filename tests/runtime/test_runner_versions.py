"""Which version of a rule a run ends on, and what becomes of runs that can't go on."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

RULE = """
rules:
  - id: r
    triggers: [{trigger: webhook, name: go}]
    actions:
      - {action: http.request, connection: home, data: {method: POST, url: /one}}
      - {action: http.request, connection: home, data: {method: POST, url: /old}}
"""
OTHER = RULE.replace("id: r", "id: other").replace("name: go", "name: elsewhere")
DISABLED = RULE.replace("id: r\n", "id: r\n    status: disabled\n")


async def parked(works, outside, rules=RULE):
    made = await works(rules)
    outside.answer("/one", 503)
    await made.post()
    await made.settle()
    assert (await made.run()).run.state == "waiting"
    outside.answers.clear()
    return made


def meddle(made, sql: str, *values) -> None:
    """Change the database behind omiflow's back."""
    with closing(sqlite3.connect(made.store.database.path)) as connection, connection:
        connection.execute(sql, values)


@pytest.mark.parametrize(
    "edited",
    [
        RULE.replace("/old", "/new"),
        RULE.replace("- {action: http.request, connection: home, data: {method: POST, url: /one}}", ""),
        RULE.replace("id: r\n", "id: renamed\n"),
        DISABLED.replace("id: r\n", "id: renamed\n"),
        "rules: []",
    ],
    ids=["edited", "shortened", "renamed", "renamed and disabled", "deleted"],
)
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_run_ends_on_the_version_it_began_with(works, outside, edited, restarted):
    made = await parked(works, outside)
    if restarted:
        made = await works(edited, clock=made.clock)
    else:
        await made.write(edited)
    await made.pass_time(6)
    assert (await made.run("r")).run.state == "done"
    assert [arrival.path for arrival in outside.arrivals] == ["/home/one", "/home/one", "/home/old"]


async def test_disabling_a_rule_ends_its_parked_runs_at_once(works, outside):
    made = await parked(works, outside, RULE + OTHER.replace("rules:\n", ""))
    outside.answer("/one", 503)
    await made.post(webhook="elsewhere")
    await made.settle()
    await made.write(DISABLED + OTHER.replace("rules:\n", ""))
    await made.settle()
    run = (await made.run("r")).run
    assert (run.state, run.reason, run.due) == ("cancelled", "the rule was disabled", None)
    assert (await made.run("other")).run.state == "waiting"
    before = len(outside.arrivals)
    await made.write(RULE)
    await made.pass_time(1_000)
    assert len([arrival for arrival in outside.arrivals[before:] if arrival.path == "/home/old"]) == 0


async def test_a_rule_disabled_while_omiflow_was_away_ends_its_parked_runs(works, outside):
    made = await parked(works, outside)
    made = await works(DISABLED, clock=made.clock)
    await made.settle()
    assert (await made.run()).run.state == "cancelled"
    assert len(outside.arrivals) == 1


async def test_a_rule_disabled_during_a_try_ends_the_run_behind_it(works, outside):
    made = await parked(works, outside)
    outside.answer("/one", 503)
    made.clock.at += 6
    await made.runner.look()
    await made.write(DISABLED)
    await made.settle()
    assert (await made.run()).run.state == "cancelled"
    assert len(outside.arrivals) == 2


async def test_a_run_that_has_begun_is_not_disturbed_by_disabling(works, outside):
    made = await works(RULE)
    await made.post()
    await made.write(DISABLED)
    await made.settle()
    assert (await made.run()).run.state == "done"


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM sources",
        "UPDATE sources SET source = '{not json'",
        "UPDATE sources SET source = '[1, 2]'",
        'UPDATE sources SET source = \'{"rule": {"id": "r"}, "lists": {}}\'',
        "UPDATE sources SET source = replace(source, 'home', 'gone')",
    ],
)
async def test_a_rule_that_can_not_be_read_any_more_fails_with_a_sentence(works, outside, sql):
    made = await parked(works, outside)
    await made.write("rules: []")
    meddle(made, sql)
    await made.pass_time(6)
    run = (await made.run()).run
    assert run.state == "failed"
    assert run.reason == "the version of the rule it began with can't be read any more; what it names may be gone"
    assert len(outside.arrivals) == 1


async def test_a_run_without_its_event_fails_with_a_sentence(works, outside):
    made = await parked(works, outside)
    meddle(made, "DELETE FROM events")
    await made.pass_time(6)
    run = (await made.run()).run
    assert (run.state, run.reason) == ("failed", "its event is no longer there")


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("UPDATE runs SET inputs = ? WHERE id = ?", "{not json"),
        ("UPDATE runs SET inputs = ? WHERE id = ?", "{}"),
        ("UPDATE runs SET inputs = ? WHERE id = ?", "[]"),
        ("UPDATE journal SET value = ? WHERE run_id = ?", "{not json"),
        ("UPDATE journal SET kind = 'variables', path = 'actions[0]', value = ? WHERE run_id = ?", "7"),
        ("UPDATE events SET trace = ? WHERE id = (SELECT event_id FROM runs WHERE id = ?)", "[{}]"),
        ("UPDATE events SET name = ? WHERE id = (SELECT event_id FROM runs WHERE id = ?)", "of_the_future"),
        ("UPDATE events SET body = ? WHERE id = (SELECT event_id FROM runs WHERE id = ?)", b"\xff\xfe{"),
    ],
)
async def test_a_run_that_makes_omiflow_fail_ends_and_holds_up_no_other(works, outside, sql, value):
    made = await parked(works, outside)
    poisoned = (await made.run()).run.id
    await made.post()
    meddle(made, sql, value, poisoned)
    await made.pass_time(6)
    runs = await made.door.runs()
    assert runs[1] == ("r", "done")
    assert runs[0][1] in {"failed", "done"}
    assert all(state != "waiting" for _, state in runs)
    looked = len(made.door.logged)
    await made.pass_time(1_000)
    assert len(made.door.logged) == looked
