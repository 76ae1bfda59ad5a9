"""A dry-run decides what silence ends at its time, and tells what became of the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omiflow.engine.inline import Seal
from omiflow.engine.owing import UNANSWERED
from omiflow.engine.surroundings import App, Surroundings
from omiflow.language.facts import AppFacts, Facts
from omiflow.language.load import Loader
from omiflow.omi.recorded import Recorded
from omiflow.proof.dry_run import STARTS_AT, Simulation
from omiflow.proof.foreseen import Foreseen
from omiflow.proof.trying import Trying

RULES = """
rules:
  - id: reminder
    triggers: [{trigger: realtime_transcript, phrases: ["remind me to {task}"]}]
    actions:
      - {action: omi.reply, data: {message: "I will remind you to {{ trigger.slots.task }}"}}
  - id: asked
    triggers: [{trigger: realtime_transcript, phrases: ["what about {thing}"]}]
    actions:
      - {action: omi.prompt, data: {prompt: "Think about {{ trigger.slots.thing }}"}}
      - {action: log.write, data: {message: asked}}
      - {emit: {name: asked, data: {}}}
  - id: emitted
    triggers: [{trigger: event, name: asked}]
    actions: [{action: log.write, data: {message: heard}}]
  - id: brief
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions: [{action: omi.reply, data: {message: Here you are}}]
"""
SAID = "remind me to buy milk"
REPLY = {"message": "I will remind you to buy milk"}


@pytest.fixture(params=[True, False], ids=["with-a-key", "without-a-key"])
def has_key(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def begin(*, has_key: bool = True, **options: Any) -> Simulation:
    book = Loader(Facts(apps={"default": AppFacts("default", has_key=True)})).load({"r.yaml": RULES})
    around = Surroundings(apps={"default": App("default", has_key=has_key)})
    return Simulation(book.rules, around, Seal("test"), app="default", requests_per_uid=None, **options)


def said(text: str, at: float, *, uid: str = "u1", **headers: str) -> Recorded:
    end = 100 + at
    segment = {
        "id": f"{text} {at}",
        "text": text,
        "is_user": True,
        "speaker": "SPEAKER_00",
        "start": end - 2,
        "end": end,
    }
    return Recorded(
        event="realtime_transcript",
        body=json.dumps({"segments": [segment]}).encode(),
        query={"uid": uid},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        at=STARTS_AT + at,
        source=f"{text} at {at:g}",
    )


def told(seen: list[Foreseen]) -> list[tuple[str, float, bool, list[str], dict[str, Any]]]:
    """Give source, time, whether it is told of a lull, what was done or held, and the reply."""
    return [
        (
            one.source,
            one.at - STARTS_AT,
            one.lull,
            [f"{run.verdict.rule} {run.outcome} {action.action}" for run in one.runs for action in run.actions]
            + [f"{run.verdict.rule} {run.outcome} not {held.action}" for run in one.runs for held in run.held],
            dict(one.reply),
        )
        for one in seen
    ]


def test_the_answer_goes_into_the_next_request_and_stands_before_it():
    simulation = begin()
    assert told(simulation.foresee(said(SAID, 0))) == [(f"{SAID} at 0", 0, False, [], {})]
    assert told(simulation.foresee(said("well", 20))) == [
        (f"{SAID} at 0", 3, True, ["reminder fired omi.reply"], {}),
        ("well at 20", 20, False, [], REPLY),
    ]
    assert told(simulation.foresee(said("so", 30))) == [("so at 30", 30, False, [], {})]
    assert simulation.end() == []


def test_a_reply_that_no_request_carries_is_notified_where_the_app_can(has_key):
    simulation = begin(has_key=has_key)
    simulation.foresee(said(SAID, 0))
    [lull, later] = simulation.foresee(said("well", 64))
    assert told([later]) == [("well at 64", 64, False, [], {})]
    [run] = lull.runs
    if has_key:
        assert [(action.action, action.data) for action in run.actions] == [("omi.notify", REPLY)]
        assert run.outcome == "fired"
    else:
        assert (run.outcome, run.reason, run.actions) == ("throttled", UNANSWERED, [])


def test_a_prompt_that_no_request_carries_is_held_and_the_rest_is_done():
    simulation = begin()
    simulation.foresee(said("what about the budget", 0))
    [lull, emitted] = simulation.end()
    assert (emitted.source, emitted.event) == ("emitted by asked", "event")
    assert told([lull])[0][3] == ["asked fired log.write", "asked fired not omi.prompt"]


@pytest.mark.parametrize(("headers", "carried"), [({}, True), ({"idempotency_key": "k1"}, False)])
def test_a_developer_webhook_carries_no_prompt(headers, carried):
    simulation = begin()
    simulation.foresee(said("what about the budget", 0))
    seen = simulation.foresee(said("well", 10, **headers))
    assert ("notification" in seen[-1].reply) is carried


def test_a_request_of_somebody_else_carries_nothing_and_time_goes_on():
    simulation = begin()
    simulation.foresee(said(SAID, 0))
    assert told(simulation.foresee(said("well", 10, uid="u2"))) == [("well at 10", 10, False, [], {})]
    assert simulation.foresee(said("well", 20))[-1].reply == REPLY


def test_an_own_answer_comes_first():
    simulation = begin()
    simulation.foresee(said(SAID, 0))
    assert simulation.foresee(said("any advice", 10))[-1].reply == {"message": "Here you are"}
    assert simulation.foresee(said("well", 20))[-1].reply == REPLY


def test_a_request_that_came_before_is_answered_as_before():
    simulation = begin()
    simulation.foresee(said(SAID, 0))
    first = simulation.foresee(said("well", 10, idempotency_key="k1"))
    again = simulation.foresee(said("well", 20, idempotency_key="k1"))
    assert [one.reply for one in (first[-1], again[-1])] == [REPLY, REPLY]
    assert again[-1].duplicate


def test_a_test_sees_what_silence_ends():
    text = (
        RULES
        + """
tests:
  - name: milk
    events: [{realtime_transcript: {uid: u1, segments: [{text: remind me to buy milk, is_user: true}]}}]
    expect: [{action: omi.notify, data: {message: I will remind you to buy milk}}]
  - name: milk, and a call
    events:
      - realtime_transcript: {uid: u1, segments: [{text: remind me to buy milk, is_user: true}]}
      - realtime_transcript: {uid: u1, segments: [{text: well, is_user: true}]}
        after: 30s
    expect: [{action: omi.reply, data: {message: I will remind you to buy milk}}]
"""
    )
    facts = Facts(apps={"default": AppFacts("default", has_key=True)})
    book = Loader(facts, tests=True).load({"r.yaml": text})
    around = Surroundings(apps={"default": App("default", has_key=True)})
    trying = Trying(rules=book.rules, surroundings=around, app="default")
    cases = [case for file in book.files.values() for case in file.cases]
    assert [trying.tried(case).detail for case in cases] == ["", ""]
