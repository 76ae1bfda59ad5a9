"""What a run sent can be told afterwards, from its journal and what was frozen with it."""

from __future__ import annotations

import msgspec
import pytest

from omiflow.engine.surroundings import App, Person, Surroundings
from omiflow.runtime.retold import retold

RULES = """
lists:
  wanted: [milk, bread]
rules:
  - id: r
    triggers: [{trigger: webhook, name: go}]
    variables: {greeting: "hello {{ user.name }}", began: "{{ now }}"}
    actions:
      - action: http.request
        connection: home
        response_variable: first
        data: {method: POST, url: "/first/{{ event.word }}", json: {said: "{{ greeting }}", now: "{{ now }}"}}
      - choose:
          - conditions: [{template: "{{ now.second == 6 }}"}]
            sequence:
              - repeat:
                  for_each: "{{ lists.wanted }}"
                  sequence:
                    - action: http.request
                      connection: home
                      if: "{{ repeat.item != 'bread' or now.second == 6 }}"
                      data: {method: PUT, url: "/items/{{ repeat.item }}", json: {of: "{{ first.status }}", now: "{{ now }}"}}
      - action: file.append
        continue_on_error: true
        response_variable: file
        data: {path: "../{{ event.word }}", text: "{{ greeting }}"}
      - emit: {name: told, data: {file: "{{ file }}", of: "{{ event.word }}"}}
      - action: http.request
        connection: home
        data: {method: DELETE, url: /last, json: {now: "{{ now }}", began: "{{ began }}"}}
"""


def answer_to(stored):
    """Give the paths of a run's steps that were answered."""
    return [entry.path for entry in stored.journal if entry.kind in ("done", "rejected")]


async def test_each_step_is_told_as_it_was_sent_whatever_has_changed_since(works, outside):
    made = await works(RULES, people={"u1": Person(uid="u1", timezone="Europe/Berlin", name="Kim")})
    outside.answer("/first", 503)
    await made.post(body={"word": "a b"})
    await made.settle()
    outside.answers.clear()
    outside.answer("/items/bread", 503)
    await made.pass_time(6)
    outside.answers.clear()
    await made.pass_time(301)
    stored = await made.run("r")
    assert stored.run.state == "done", stored.run.reason
    rule = made.runner.live.rules.by_id["r"]
    made.door.intake.live.surroundings = Surroundings(apps={"default": App("default")}, people={})
    await made.write(RULES.replace("milk, bread", "beer").replace("hello", "bye").replace("== 6", "== 7"))

    told = dict(retold(stored, rule))
    assert list(told) == answer_to(stored)
    bodies = [data["json"] for data in told.values() if "json" in data]
    sent = {arrival.path: arrival.body for arrival in outside.arrivals}
    assert bodies == list(sent.values())
    assert len({body["now"] for body in bodies}) == 3
    assert told["actions[0]"]["url"] == "/first/a%20b"
    assert told["actions[2]"] == {"path": "../a b", "text": "hello Kim"}
    assert told["actions[3]"] == {"file": None, "of": "a b"}
    assert dict(retold(stored, await made.runner.rule(stored.run))) == told


async def test_a_step_that_waits_is_told_as_it_will_be_sent(works, outside):
    made = await works(RULES)
    outside.answer("/first", 503)
    await made.post(body={"word": "x"})
    await made.settle()
    told = dict(retold(await made.run("r"), made.runner.live.rules.by_id["r"]))
    assert list(told) == ["actions[0]"]
    assert told["actions[0]"]["json"] == outside.arrivals[0].body


async def test_an_answer_to_omi_is_told_by_the_journal_alone(works):
    made = await works("""
rules:
  - id: r
    triggers: [{trigger: realtime_transcript}]
    actions:
      - {action: omi.prompt, data: {prompt: "{{ user_name }} said {{ trigger.text }}, {{ omi.user_facts }}"}}
      - {action: log.write, data: {message: "{{ trigger.text }}"}}
""")
    await made.post("realtime_transcript", {"segments": [{"text": "hi there", "is_user": True}]})
    await made.settle()
    stored = await made.run("r")
    assert stored.run.state == "done"
    assert [path for path, _ in retold(stored, made.runner.live.rules.by_id["r"])] == ["actions[1]"]


async def test_nothing_is_told_of_a_run_that_never_began(works):
    made = await works(RULES.replace("variables:", "cooldown: 1h\n    variables:"))
    for word in ("x", "y"):
        await made.post(body={"word": word})
    stored = await made.run("r")
    assert stored.run.state == "throttled"
    assert list(retold(stored, made.runner.live.rules.by_id["r"])) == []


async def test_nothing_is_told_where_the_rule_or_the_event_is_gone_or_unreadable(works):
    made = await works(RULES)
    await made.post(body={"word": "x"})
    await made.settle()
    stored = await made.run("r")
    assert list(retold(stored, None)) == []
    broken = msgspec.structs.replace(stored.event, name="realtime_transcript", body=b"[")
    for event in (None, broken):
        assert list(retold(msgspec.structs.replace(stored, event=event), made.runner.live.rules.by_id["r"])) == []


@pytest.mark.parametrize(
    ("event", "body", "before"),
    [
        (
            "webhook",
            {"word": "x"},
            """
      - {action: file.append, continue_on_error: true, data: {path: a, text: "{{ event.word + 1 }}"}}""",
        ),
        (
            "realtime_transcript",
            {"segments": [{"text": "hi there", "is_user": True}]},
            """
      - {action: log.write, data: {message: hi}}
      - variables: {word: x}
      - {action: omi.reply, data: {message: "you said {{ trigger.text }}"}}""",
        ),
    ],
    ids=["behind one that could not be asked for", "behind what was decided before the one that is first"],
)
async def test_a_step_is_told_with_the_time_it_was_sent_at(works, outside, event, body, before):
    trigger = "webhook, name: go" if event == "webhook" else event
    made = await works(f"""
rules:
  - id: r
    triggers: [{{trigger: {trigger}}}]
    actions:{before}
      - action: http.request
        connection: home
        data: {{method: POST, url: /last, json: {{now: "{{{{ now }}}}"}}}}
""")
    await made.post(event, body)
    await made.pass_time(5)
    stored = await made.run("r")
    assert stored.run.state == "done", stored.run.reason
    told = dict(retold(stored, made.runner.live.rules.by_id["r"]))
    assert [data["json"] for data in told.values() if "json" in data] == [outside.arrivals[0].body]
