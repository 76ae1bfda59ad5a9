"""Replaying a run from its journal: nothing is decided twice, whatever has changed around it meanwhile."""

from __future__ import annotations

import dataclasses

import pytest

from omiflow.engine.surroundings import App, Person, Surroundings
from omiflow.model import Entry
from omiflow.store.records import journal_rows

EVERYTHING = """
lists:
  wanted: [milk, bread]
rules:
  - id: r
    triggers: [{trigger: webhook, name: go}]
    variables:
      greeting: "hello {{ user.name }} of {{ app.variables.team }}"
      began: "{{ now }}"
    actions:
      - if: "{{ event.n > 3 }}"
        then:
          - variables: {branch: big}
        else:
          - variables: {branch: small}
      - action: http.request
        connection: home
        response_variable: first
        data:
          method: POST
          url: /first
          json: &seen
            greeting: "{{ greeting }}"
            branch: "{{ branch }}"
            name: "{{ user.name }} {{ user.timezone }} {{ app.variables.team }}"
            lists: "{{ lists.wanted }}"
            began: "{{ began }}"
            now: "{{ now }}"
            at: "{{ event.at }}"
      - repeat:
          for_each: "{{ lists.wanted }}"
          sequence:
            - action: http.request
              connection: home
              if: "{{ repeat.item != 'bread' or now.minute == 0 }}"
              response_variable: item
              data: {method: POST, url: "/items/{{ repeat.item }}", json: {of: "{{ first.json.ts }}", seen: "{{ now }}"}}
      - action: http.request
        connection: home
        data: {method: POST, url: /last, json: *seen}
"""
TEAM = {"default": App("default", variables={"team": "red"})}
KIM = {"u1": Person(uid="u1", timezone="Europe/Berlin", name="Kim")}


async def change_everything(made) -> None:
    """Change whatever a template can read: app, user, time zone, lists, rule and time."""
    made.door.intake.live.surroundings = Surroundings(
        apps={"default": App("default", variables={"team": "blue"})},
        people={"u1": Person(uid="u1", timezone="Asia/Tokyo", name="Lee")},
        timezone="Asia/Tokyo",
    )
    await made.write(EVERYTHING.replace("[milk, bread]", "[beer]").replace("hello", "bye").replace("n > 3", "n < 3"))


def decided(entry) -> tuple:
    """Give an entry without what an answer says of its own time."""
    return (entry.path, entry.kind, None if entry.kind == "done" else entry.value)


async def test_nothing_is_decided_twice(works, outside):
    made = await works(EVERYTHING, apps=TEAM, people=KIM)
    outside.answer("/first", 503)
    await made.post(body={"n": 7})
    await made.settle()
    await change_everything(made)
    await made.pass_time(6)
    outside.answers.clear()
    outside.answer("/items/milk", 503)
    await made.pass_time(300)
    await change_everything(made)
    await made.pass_time(6)
    outside.answers.clear()
    outside.answer("/last", 503)
    await made.pass_time(300)
    await made.pass_time(6)
    outside.answers.clear()
    await made.pass_time(300)
    stored = await made.run()
    assert stored.run.state == "done", stored.run.reason

    first, last = outside.to("/first"), outside.to("/last")
    assert len(first) == 3
    assert len({str(arrival.body) for arrival in first}) == 1
    assert first[0].body == {
        "greeting": "hello Kim of red",
        "branch": "big",
        "name": "Kim Europe/Berlin red",
        "lists": ["milk", "bread"],
        "began": "2026-03-02T10:00:00+01:00",
        "now": "2026-03-02T10:00:00+01:00",
        "at": "2026-03-02T10:00:00+01:00",
    }
    assert len({str(arrival.body) for arrival in last}) == 1
    assert last[0].body == first[0].body | {"now": last[0].body["now"]}
    items = outside.to("/items")
    assert [arrival.path for arrival in items] == ["/home/items/milk"] * 3
    assert len({str(arrival.body) for arrival in items}) == 1
    assert items[0].body["of"] == "1.0"


@pytest.mark.parametrize("limit", range(1, 12))
async def test_a_run_goes_on_from_any_place_in_its_journal(works, outside, limit):
    """Cut the journal of a whole run anywhere: what it says was done is not done again, the rest is done the same."""
    made = await works(EVERYTHING, apps=TEAM, people=KIM)
    await made.post(body={"n": 7})
    await made.settle()
    whole = await made.run()
    assert whole.run.state == "done"
    sent = [(arrival.path, arrival.body) for arrival in outside.arrivals]
    done = sum(entry.kind == "done" for entry in whole.journal[:limit])
    outside.arrivals.clear()
    await made.post(body={"n": 7})
    fresh = await made.run()
    await made.store.commit(journal_rows(fresh.run.id, 0, whole.journal[:limit]))
    await change_everything(made)
    await made.settle()
    again = await made.run()
    assert again.run.state == "done"
    assert [decided(entry) for entry in again.journal] == [decided(entry) for entry in whole.journal]
    assert [(arrival.path, arrival.body) for arrival in outside.arrivals] == sent[done:]


async def test_now_is_the_time_at_which_a_step_came_up(works, outside):
    made = await works(EVERYTHING, apps=TEAM, people=KIM)
    outside.answer("/first", 503)
    await made.post(body={"n": 1})
    await made.settle()
    outside.answers.clear()
    await made.pass_time(5)
    assert outside.to("/first")[-1].body["now"] == "2026-03-02T10:00:00+01:00"
    assert outside.to("/last")[-1].body["now"] == "2026-03-02T10:00:05+01:00"


async def test_values_that_look_like_ours_come_back_as_they_were(works, outside):
    rules = """
rules:
  - id: r
    triggers: [{trigger: webhook, name: go}]
    variables: {said: "{{ event.said }}", later: "{{ event.at + timedelta(hours=2) }}", span: "{{ timedelta(minutes=3) }}"}
    actions:
      - {action: http.request, connection: home, response_variable: got, data: {method: GET, url: /a}}
      - action: http.request
        connection: home
        data:
          method: POST
          url: /b
          json: {said: "{{ said }}", got: "{{ got.json }}", later: "{{ later }}", hour: "{{ later.hour }}", span: "{{ span }}"}
"""
    made = await works(rules)
    tricky = {"$at": "never"}
    outside.answer("/a", 200, {"$plain": {"$seconds": 3}})
    outside.answer("/b", 503)
    await made.post(body={"said": tricky})
    await made.settle()
    outside.answer("/b", 200)
    await made.pass_time(6)
    before, after = outside.to("/b")
    assert before.body == after.body
    assert before.body["said"] == tricky
    assert before.body["got"] == {"$plain": {"$seconds": 3}}
    assert before.body["later"] == "2026-03-02T11:00:00+00:00"
    assert (before.body["hour"], before.body["span"]) == (11, 180.0)


async def test_a_stop_and_its_reason_end_the_run(works, outside):
    rules = """
rules:
  - id: r
    triggers: [{trigger: webhook, name: go}]
    actions:
      - {action: http.request, connection: home, data: {method: POST, url: /a}}
      - if: "{{ event.bad }}"
        then: [{stop: "{{ event.why }}", error: true}]
      - {stop: enough}
      - {action: http.request, connection: home, data: {method: POST, url: /b}}
"""
    made = await works(rules)
    for body, expected in [({"bad": True, "why": "it is bad"}, ("failed", "it is bad")), ({}, ("done", "enough"))]:
        await made.post(body=body)
        await made.settle()
        run = (await made.run()).run
        assert (run.state, run.reason) == expected
    assert not outside.to("/b")


@pytest.mark.parametrize("before", [[], ["intent", "attempt"], ["intent", "attempt"] * 3])
async def test_an_import_that_was_being_sent_when_omiflow_stopped_is_not_sent_again(works, outside, before):
    rules = """
rules:
  - id: r
    triggers: [{trigger: webhook, name: go}]
    actions:
      - {action: omi.create_memories, data: {memories: [{content: tea}]}}
      - {action: http.request, connection: home, data: {method: POST, url: /after}}
"""
    made = await works(rules)
    await made.post()
    run = (await made.run()).run
    sent = [Entry(path="actions[0]", kind=kind, at=made.clock.at) for kind in [*before, "intent"]]
    await made.store.commit(journal_rows(run.id, 0, sent))
    await made.settle()
    ended = await made.run()
    assert ended.run.state == "failed"
    assert ended.run.reason.startswith("actions[0] (omi.create_memories): outcome unknown")
    assert not outside.arrivals


async def test_an_inline_part_is_not_told_twice(works, outside):
    rules = """
rules:
  - id: r
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions:
      - {action: log.write, data: {message: first}}
      - {action: omi.prompt, data: {prompt: "Advise {{ user_name }}"}}
      - {action: http.request, connection: home, data: {method: POST, url: /after}}
"""
    made = await works(rules, apps={"default": App("default", scopes=("user_name",))})
    outside.answer("/after", 503)
    answer = await made.door.say("any advice")
    assert answer["notification"]["prompt"] == "Advise {{user_name}}"
    await made.settle()
    outside.answers.clear()
    await made.pass_time(6)
    stored = await made.run()
    assert stored.run.state == "done"
    assert [(entry.path, entry.kind) for entry in stored.journal] == [
        ("actions[1]", "done"),
        ("actions[0]", "done"),
        ("actions[2]", "attempt"),
        ("actions[2]", "done"),
    ]
    assert [line["message"] for line in made.door.logged if line["event"] == "log.write"] == ["first"]


async def test_a_waiting_run_uses_the_connection_as_it_is_now(works, outside):
    made = await works(EVERYTHING, apps=TEAM, people=KIM)
    outside.answer("/first", 503)
    await made.post(body={"n": 1})
    await made.settle()
    access = made.runner.carrier.access
    mended = {**access.connections, "home": access.connections["home"] | {"base_url": f"{outside.url}/moved"}}
    made.runner.carrier.access = dataclasses.replace(access, connections=mended)
    outside.answers.clear()
    await made.pass_time(6)
    assert outside.to("/moved/first")
