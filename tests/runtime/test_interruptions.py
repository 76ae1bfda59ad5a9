"""The app's budget of interruptions, for what is sent after the decision."""

from __future__ import annotations

from datetime import time

import pytest

from omiflow.engine.attention import Budget
from omiflow.engine.surroundings import App
from omiflow.store.queries import list_runs

NOTIFY = "{action: omi.notify, data: {message: 'hi {{ event.n }}'}}"
RULES = f"rules: [{{id: r, triggers: [{{trigger: webhook, name: go}}], actions: [{NOTIFY}]}}]"


def apps(**budget):
    return {"default": App("default", budget=Budget(**budget))}


async def posted(made, n):
    await made.post(body={"n": n})
    await made.settle()
    stored = await made.run()
    return stored.run.state, [(entry.kind, entry.value) for entry in stored.journal]


async def test_notifications_over_the_budget_are_not_sent(works, outside):
    made = await works(RULES, apps=apps(limit=2, period=3600.0))
    assert [kind for kind, _ in (await posted(made, 1))[1]] == ["spent", "done"]
    await posted(made, 2)
    state, journal = await posted(made, 3)
    assert (state, journal) == ("throttled", [("throttled", "the app's budget of 2 interruptions per 1h is spent")])
    assert len(outside.arrivals) == 2
    made.clock.at += 3600
    assert [kind for kind, _ in (await posted(made, 4))[1]] == ["spent", "done"]


async def test_a_step_that_is_tried_again_is_charged_once(works, outside):
    made = await works(RULES, apps=apps(limit=1, period=86_400.0))
    outside.answer("/", 503, {})
    assert (await posted(made, 1))[0] == "waiting"
    outside.answer("/", 200, {})
    await made.pass_time(10)
    stored = await made.run()
    assert (stored.run.state, [entry.kind for entry in stored.journal]) == ("done", ["spent", "attempt", "done"])


async def test_a_budget_is_remembered_by_the_next_process(works):
    made = await works(RULES, apps=apps(limit=1, period=3600.0))
    await posted(made, 1)
    again = await works(RULES, apps=apps(limit=1, period=3600.0))
    assert [kind for kind, _ in (await posted(again, 2))[1]] == ["throttled"]


async def test_quiet_hours_hold_for_notifications_and_not_for_rules_that_matter(works, outside):
    made = await works(RULES, apps=apps(quiet=(time(0), time(0)), ignore_above=5))
    assert (await posted(made, 1))[1] == [("throttled", "the app's quiet hours last until 00:00")]
    await made.write(RULES.replace("id: r", "id: r, priority: 6"))
    assert (await posted(made, 2))[1][-1][0] == "done"
    assert len(outside.arrivals) == 1


WELL = "{action: log.write, data: {message: well}}"
QUIET = "the app's quiet hours last until 00:00"


@pytest.mark.parametrize(
    ("actions", "state", "reason"),
    [
        ([NOTIFY], "throttled", QUIET),
        ([NOTIFY, NOTIFY], "throttled", QUIET),
        ([NOTIFY, "{stop: enough}"], "throttled", QUIET),
        ([NOTIFY, "{action: log.write, if: '{{ false }}', data: {message: never}}"], "throttled", QUIET),
        (["{repeat: {count: 2, sequence: [" + NOTIFY + "]}}"], "throttled", QUIET),
        ([NOTIFY, WELL], "done", f"omi.notify held back: {QUIET}"),
        ([WELL, NOTIFY, "{stop: enough}"], "done", "enough"),
        ([NOTIFY, "{emit: {name: gone, data: {}}}"], "done", f"omi.notify held back: {QUIET}"),
        ([NOTIFY, "{stop: 'no', error: true}"], "failed", "no"),
        ([WELL], "done", None),
    ],
)
async def test_a_run_that_could_do_nothing_counts_as_throttled_and_any_other_tells_what_it_held_back(
    works, actions, state, reason
):
    rule = f"{{id: r, triggers: [{{trigger: webhook, name: go}}], actions: [{', '.join(actions)}]}}"
    made = await works(f"rules: [{rule}]", apps=apps(quiet=(time(0), time(0))))
    await posted(made, 1)
    assert [(line.state, line.reason) for line in await made.store.read(list_runs)] == [(state, reason)]
    if state != "failed":
        assert [line.state for line in await made.store.read(list_runs, state=state)] == [state]


async def test_a_run_that_goes_on_after_a_wait_still_knows_what_was_skipped_and_what_was_held_back(works, outside):
    skipped = "{action: log.write, if: '{{ false }}', data: {message: never}}"
    post = "{action: http.request, connection: home, data: {method: GET, url: x}}"
    rule = f"{{id: r, triggers: [{{trigger: webhook, name: go}}], actions: [{skipped}, {NOTIFY}, {post}]}}"
    made = await works(f"rules: [{rule}]", apps=apps(quiet=(time(0), time(0))))
    outside.answer("/", 503, {})
    assert (await posted(made, 1))[0] == "waiting"
    outside.answer("/", 200, {})
    await made.pass_time(10)
    stored = await made.run()
    assert (stored.run.state, stored.run.reason) == ("done", f"omi.notify held back: {QUIET}")
