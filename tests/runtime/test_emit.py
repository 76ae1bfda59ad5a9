"""Events that rules send to rules: let in once, in order, and never without end."""

from __future__ import annotations

import pytest

from omiflow.runtime.rebuilt import rebuilt
from omiflow.store.queries import find_delivery, list_events, list_runs, load_run

ASKS = "triggers: [{trigger: webhook, name: go}]"
HEARS = "triggers: [{trigger: event, name: task_found}]"
EMIT = "{emit: {name: task_found, data: {title: '{{ event.title }}', n: '{{ event.n + 1 }}'}}}"
LOG = "{action: log.write, data: {message: 'got {{ event.title }} {{ event.n }}'}}"


def rules(*listed: str) -> str:
    return "rules:\n" + "".join(f"  - {{id: r{number}, {rule}}}\n" for number, rule in enumerate(listed))


async def test_an_emitted_event_sets_off_the_rules_that_wait_for_its_name(works):
    made = await works(
        rules(
            f"{ASKS}, actions: [{EMIT}]",
            f"{HEARS}, actions: [{LOG}]",
            "triggers: [{trigger: event, name: other}], actions: [{stop: no}]",
        )
    )
    await made.post(body={"title": "Milk", "n": 1})
    await made.settle()
    assert await made.door.runs() == [("r0", "done"), ("r1", "done")]
    assert [line["message"] for line in made.door.logged if line["event"] == "log.write"] == ["got Milk 2"]
    [asked, emitted] = await made.door.events()
    assert (emitted.name, emitted.webhook, emitted.uid, emitted.app) == ("event", "task_found", "u1", "default")
    assert (emitted.body, emitted.request) == (
        b'{"title":"Milk","n":2}',
        {"depth": 1, "root": asked.id, "began_with": "webhook"},
    )
    assert asked.name == "webhook"


async def test_rules_that_set_off_each_other_are_stopped_after_eight_events(works):
    again = "{emit: {name: task_found, data: {title: x, n: '{{ event.n + 1 }}'}}}"
    made = await works(rules(f"{ASKS}, actions: [{EMIT}]", f"{HEARS}, actions: [{again}]"))
    await made.post(body={"title": "x", "n": 0})
    await made.settle()
    runs = await made.door.runs()
    assert runs == [("r0", "done"), *[("r1", "done")] * 7, ("r1", "failed")]
    reason = (await made.run()).run.reason
    assert reason == (
        "actions[0]: a chain of 8 emitted events led here; one more is stopped, as rules may be setting off each other"
    )


async def test_an_event_is_let_in_once_however_often_the_step_is_taken(works):
    made = await works(rules(f"{ASKS}, actions: [{EMIT}]", f"{HEARS}, actions: [{LOG}]"))
    await made.post(body={"title": "Milk", "n": 1})
    await made.settle()
    [line, *_] = [line for line in made.door.logged if line["event"] == "fired"]
    key = f"emit:{line['run_id']}:actions[0]"
    assert await made.store.read(find_delivery, "default", [key]) is not None
    first = (await made.door.events())[-1]
    await made.door.intake.let_in(rebuilt(first), key)
    await made.settle()
    assert await made.door.runs() == [("r0", "done"), ("r1", "done")]


async def test_one_event_leads_to_a_thousand_others_at_most(works):
    flood = "{repeat: {count: 40, sequence: [{emit: {name: more, data: {n: '{{ repeat.index }}'}}}]}}"
    more = "triggers: [{trigger: event, name: more}]"
    made = await works(rules(f"{ASKS}, actions: [{flood}]", f"{more}, actions: [{flood}]"))
    await made.post()
    await made.settle()
    events = await made.store.read(list_events, limit=2000)
    assert len(events) == 1_001
    reasons = {(await made.store.read(load_run, line.id)).run.reason for line in await failed(made)}
    assert {reason.partition(": ")[2] for reason in reasons} == {
        "1000 events were emitted because of one; more are stopped"
    }


async def failed(made):
    return await made.store.read(list_runs, limit=2000, state="failed")


@pytest.mark.parametrize("where", ["{if: '{{ true }}', then: [%s]}", "{repeat: {count: 1, sequence: [%s]}}"])
async def test_an_emit_may_stand_inside_other_steps(works, where):
    made = await works(rules(f"{ASKS}, actions: [{where % EMIT}]", f"{HEARS}, actions: [{LOG}]"))
    await made.post(body={"title": "Milk", "n": 1})
    await made.settle()
    assert await made.door.runs() == [("r0", "done"), ("r1", "done")]


@pytest.mark.parametrize(
    ("trigger", "state"),
    [
        ("{trigger: realtime_transcript, phrases: [open the garage]}", "failed"),
        ("{trigger: webhook, name: go}", "waiting"),
    ],
)
async def test_what_words_set_off_goes_stale_also_behind_an_emit(works, outside, trigger, state):
    call = "{action: http.request, connection: home, data: {method: POST, url: /garage}}"
    emit = "{emit: {name: task_found, data: {title: x}}}"
    made = await works(rules(f"triggers: [{trigger}], actions: [{emit}]", f"{HEARS}, actions: [{call}]"))
    outside.answer("/garage", 503, {})
    await made.door.say("Open the garage!")
    await made.post(body={})
    await made.settle()
    for _ in range(2):
        await made.pass_time(660)
    assert [line for line in await made.door.runs() if line[0] == "r1"] == [("r1", state)]


async def test_nobody_can_post_an_event_of_omiflows_own(works):
    made = await works(rules(f"{HEARS}, actions: [{LOG}]"))
    assert await made.door.post("event", {"title": "x", "n": 1}, webhook="task_found") == {}
    assert await made.door.events() == []
