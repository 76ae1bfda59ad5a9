"""What is heard live, through kills, forgetting and a store that refuses, is what is heard when all goes well."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from omiflow.errors import StoreFault
from omiflow.omi.recorded import Recorded
from omiflow.proof.dry_run import Simulation
from omiflow.runtime.rebuilt import LARGE
from omiflow.runtime.users import RESTS_AFTER, STREAM_SPAN, Users
from omiflow.speech.stream import Stream
from omiflow.store.queries import list_runs, load_run
from omiflow.store.spoken import load_marks
from omiflow.store.tables import events

RULES = """
rules:
  - id: reminder
    triggers: [{trigger: realtime_transcript, phrases: ["remind me to {task}"], except: [do not]}]
    actions: [{action: log.write, data: {message: "{{ trigger.slots.task }}"}}]
  - id: call
    triggers: [{trigger: realtime_transcript, phrases: ["call me [about {thing}]"], speaker: user}]
    actions: [{action: log.write, data: {message: "{{ trigger.slots.thing }}"}}]
  - id: think
    triggers: [{trigger: realtime_transcript, phrases: ["what do you think"]}]
    actions: [{action: log.write, data: {message: "{{ trigger.text }}"}}]
"""
SAID = """remind me to buy milk. what do you think do not remind me to call me about Ana well call me
remind me to think. you what do you think about milk call me"""
WORDS = SAID.split()
GAPS = (0.2, 0.7, 1.9, 2.4, 3.5, 8.0, 70.0, 130.0, STREAM_SPAN + 60)


def calls(chance: random.Random, start: float, count: int) -> list[tuple[float, list[dict[str, Any]]]]:
    """Make calls in which words come in pieces, sometimes again, longer or corrected."""
    at, spoken, said = start, 100.0, 0
    made: list[tuple[float, list[dict[str, Any]]]] = []
    pieces: list[dict[str, Any]] = []
    for number in range(count):
        gap = chance.choices(GAPS, (6, 6, 4, 3, 3, 2, 1, 1, 1))[0]
        at += gap
        if gap > 100:
            pieces = []
        if pieces and chance.random() < 0.3:
            piece = dict(chance.choice(pieces[-3:]))
            if chance.random() < 0.6:
                piece["text"] += f" {WORDS[said % len(WORDS)]}"
                said += 1
        else:
            words = [WORDS[(said + n) % len(WORDS)] for n in range(chance.randint(1, 4))]
            said += len(words)
            spoken += gap
            user = chance.random() < 0.7
            piece = {"id": f"s{number}", "text": " ".join(words), "is_user": user, "speaker_id": int(not user)}
            piece |= {"speaker": f"SPEAKER_0{int(not user)}", "start": spoken - 0.15 * len(words), "end": spoken}
        pieces.append(piece)
        made.append((at, [piece]))
    return made


def refusing(_: Any) -> Any:
    raise StoreFault("no room")


async def heard_live(door: Any) -> list[tuple[str, str]]:
    lines = await door.store.read(list_runs, limit=1000)
    runs = [await door.store.read(load_run, line.id) for line in lines]
    return sorted((stored.run.rule, stored.run.inputs["trigger"]["text"]) for stored in runs)


def heard_at_best(door: Any, said: list[tuple[float, list[dict[str, Any]]]]) -> list[tuple[str, str]]:
    live = door.intake.live
    simulation = Simulation(live.rules, live.surroundings, live.seal, app="default", requests_per_uid=None)
    seen = []
    for at, segments in said:
        body = json.dumps({"segments": segments}).encode()
        seen += simulation.foresee(
            Recorded(event="realtime_transcript", body=body, query={"uid": "u1"}, at=at, source="a call")
        )
    return sorted((run.verdict.rule, run.words or "") for one in (*seen, *simulation.end()) for run in one.runs)


def users_of(door: Any, *, rests_after: float) -> None:
    """Forget the users; streams of others are packed after so many seconds."""
    door.intake.users = door.intake.lulls.users = Users(rests_after=rests_after)


@pytest.mark.parametrize("rests_after", [RESTS_AFTER, 0.0])
@pytest.mark.parametrize("seed", range(12))
async def test_what_was_said_is_heard_once_whatever_happens_to_the_process(enter, seed, rests_after):
    chance = random.Random(seed)
    door = await enter(RULES)
    users_of(door, rests_after=rests_after)
    clock = door.clock
    taken = []
    for at, segments in calls(chance, clock.at, 40):
        clock.at = at
        happens = chance.random()
        if happens < 0.15:
            door = await enter(RULES, clock=clock)
        if happens < 0.3:
            users_of(door, rests_after=rests_after)
        commit = door.store.writer.commit
        refused = chance.random() < 0.15
        if refused:
            door.store.writer.commit = refusing
        if chance.random() < 0.5:
            await door.intake.lulls.look()
        try:
            await door.post("realtime_transcript", {"segments": segments})
            taken.append((at, segments))
        except StoreFault:
            assert refused
        door.store.writer.commit = commit
        await asyncio.sleep(0)
        in_memory = door.intake.users.get("default", "u1", now=at).kept
        assert isinstance(in_memory, Stream if rests_after else bytes) or (refused and in_memory is None)
    clock.at += 10
    await door.intake.lulls.look()
    expected = heard_at_best(door, taken)
    assert len({rule for rule, _ in expected}) >= 2
    assert await heard_live(door) == expected


KILLED = """
  - id: hello
    triggers: [{trigger: conversation_started}]
    actions: [{action: log.write, data: {message: hello}}]
  - id: back
    triggers: [{trigger: conversation_started, after_silence: 6m}]
    actions: [{action: log.write, data: {message: back}}]
"""
TALK = st.lists(
    st.sampled_from(["call", "me", "about", "Ana.", "what do", "you think", "well", "remind me to"]),
    min_size=1,
    max_size=3,
)
CALL = st.tuples(
    st.sampled_from([0.5, 1.0, 2.5, 3.5, 20.0, 60.0, 110.0, 125.0, 180.0, 235.0, 245.0, 300.0]),
    st.lists(
        st.tuples(
            st.sampled_from(["new", "new", "new", "again", "longer", "longer", "corrected", "silent"]),
            st.integers(0, 9),
            TALK.map(" ".join),
        ),
        min_size=1,
        max_size=2,
    ),
    st.sampled_from([False, False, True]),
)


class Talk:
    """What Omi sends of a talk: new segments, and those from before again, longer or corrected."""

    def __init__(self) -> None:
        self.sent: dict[str, dict[str, Any]] = {}

    def call(self, changes: list[tuple[str, int, str]], *, at: float) -> list[dict[str, Any]]:
        sending = {}
        for kind, back, text in changes:
            if kind == "silent":
                continue
            if kind == "new" or not self.sent:
                key = f"s{len(self.sent)}"
                one = {"id": key, "text": text, "is_user": True, "speaker": "SPEAKER_00", "speaker_id": 0}
                one |= {"start": at - 1.0, "end": at - 0.2}
            else:
                one = dict(list(self.sent.values())[-1 - back % len(self.sent)])
                if kind == "longer":
                    one |= {"text": f"{one['text']} {text}", "end": max(at - 0.2, one["end"])}
                elif kind == "corrected":
                    one["text"] = f"{text} {one['text'].partition(' ')[2]}"
            self.sent[one["id"]] = sending[one["id"]] = one
        return list(sending.values())


async def left_of(door: Any, uid: str) -> list[Any]:
    """Give what a user's talk set off and left: runs, marks by the number of the event, and the stream."""
    lines = list(reversed(await door.store.read(list_runs, user=uid, limit=1000)))
    runs = [await door.store.read(load_run, line.id) for line in lines]
    numbers = {one.id: number for number, one in enumerate(await door.events(user=uid))}
    marks = await door.store.read(load_marks, "default", uid, 0.0)
    stream = await door.heard(uid)
    known = {key: known.segment.text for key, known in stream.known.items()}
    return [
        [(one.run.rule, one.run.at, one.run.inputs["trigger"].get("text")) for one in runs],
        sorted((numbers[event], msgspec.structs.astuple(mark)) for event, some in marks.items() for mark in some),
        (stream.began, stream.heard_at, known, {key: set(stream.marks[key].ranges) for key in stream.marks}),
    ]


@pytest.fixture
async def lived_and_killed(enter):
    """Give a function that tells what a talk left of a user who is remembered, and of one who is forgotten at times."""
    door = await enter(RULES + KILLED)

    async def play(said: list[Any]) -> tuple[list[Any], list[Any]]:
        door.clock.at += 10_000
        lived, killed = f"lived {door.clock.at}", f"killed {door.clock.at}"
        other = dataclasses.replace(door, intake=dataclasses.replace(door.intake, users=Users()))
        talk = Talk()
        for gap, changes, kills in said:
            door.clock.at += gap
            if kills:
                users_of(other, rests_after=RESTS_AFTER)
            await door.intake.lulls.look()
            await other.intake.lulls.look()
            body = {"segments": talk.call(changes, at=door.clock.at)}
            await asyncio.gather(
                door.post("realtime_transcript", body, uid=lived), other.post("realtime_transcript", body, uid=killed)
            )
        door.clock.at += 10
        await door.intake.lulls.look()
        users_of(other, rests_after=RESTS_AFTER)
        await other.intake.lulls.look()
        return await left_of(door, lived), await left_of(other, killed)

    return play


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CALL, min_size=2, max_size=16))
async def test_a_stream_that_is_made_again_goes_on_like_the_one_that_was_lost(lived_and_killed, said):
    lived, killed = await lived_and_killed(said)
    assert killed == lived


async def test_what_was_said_before_an_update_of_the_rules_is_not_heard_after_a_start(enter):
    door = await enter("rules: []")
    await door.say("what do you think", ids=["s1"])
    door = await enter(RULES, clock=door.clock)
    await door.say("what do you think", ids=["s1"])
    assert await door.runs() == []
    await door.say("what do you think", ids=["s2"])
    assert await door.runs() == [("think", "running")]


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(
    ("conversation", "ends"),
    [
        ({}, True),
        ({"finished_at": "2026-03-02T08:58:00Z"}, False),
        ({"finished_at": "2026-03-02T07:00:00Z"}, False),
    ],
    ids=["finished-now", "finished-before-the-words", "late"],
)
async def test_a_finished_conversation_ends_the_session(enter, conversation, ends, restart):
    door = await enter(RULES)
    await door.say("what do", ids=["s1"])
    door.clock.at += 1
    body = {"id": "m1", "structured": {}, "finished_at": "2026-03-02T09:00:01Z", **conversation}
    await door.post("memory_created", body)
    if restart:
        door = await enter(RULES, clock=door.clock)
    segment = {"id": "s2", "text": "you think", "is_user": True, "speaker": "SPEAKER_00", "start": 1, "end": 2}
    await door.post("realtime_transcript", {"segments": [segment]})
    assert await door.runs() == ([] if ends else [("think", "running")])


async def test_a_stream_of_new_words_is_made_again_of_what_came_while_it_reaches_back(enter):
    door = await enter(RULES)
    for number in range(60):
        await tells(door, key=f"s{number}", text="what do you think", start=10.0 * number)
        door.clock.at += 10
    door = await enter(RULES, clock=door.clock)
    read, asked = door.store.read, []

    async def noted(question: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(question.__name__)
        return await read(question, *args, **kwargs)

    door.store.read = noted
    stream = await door.heard("u1")
    assert asked == ["speech_before", "load_marks", "session_began"]
    assert len(stream.known) == STREAM_SPAN / 10 + 1


async def test_a_session_goes_on_after_a_start_although_it_began_long_ago(enter):
    door = await enter(RULES)
    began = door.clock.at
    for number in range(12):
        await door.say("well", ids=[f"s{number}"])
        door.clock.at += 100
    door = await enter(RULES, clock=door.clock)
    assert (await door.heard("u1")).began == began
    door.clock.at += 30
    await door.say("well", ids=["next"])
    assert (await door.heard("u1")).began == door.clock.at


async def test_a_stored_event_that_can_not_be_read_any_more_is_left_out(enter):
    door = await enter(RULES)
    for number, text in enumerate(("what do", "well", "you think")):
        await door.say(text, ids=[f"s{number}"])
        door.clock.at += 1
    broken = (await door.events())[1].id

    def spoil(connection: Any) -> None:
        connection.execute(update(events).where(events.c.id == broken).values(body=b"{"))

    await door.store.change(spoil)
    door = await enter(RULES, clock=door.clock)
    said = (await door.heard("u1")).session()
    assert [text for _, _, text in said] == ["what do", "you think"]
    await door.say("well", ids=["s9"])
    assert door.faults == []


@pytest.mark.parametrize("many", [True, False], ids=["many-bodies", "a-large-one"])
async def test_others_go_on_while_a_stream_is_made_again(enter, many):
    door = await enter(RULES)
    if many:
        for number in range(200):
            await tells(door, key=f"s{number}", text="well", start=number)
    else:
        await door.say("well " * (LARGE // 5), ids=["s1"])
    door = await enter(RULES, clock=door.clock)
    read, turns = door.store.read, [0]
    after_reading = []

    async def noted(*args: Any, **kwargs: Any) -> Any:
        answer = await read(*args, **kwargs)
        after_reading.append(turns[0])
        return answer

    async def turn() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    door.store.read = noted
    turning = asyncio.create_task(turn())
    await door.heard("u1")
    turning.cancel()
    assert turns[0] - after_reading[-1] >= (10 if many else 2)


LISTENING = {"is_user": True, "speaker": "SPEAKER_00", "speaker_id": 0}


async def tells(door: Any, *, key: str, text: str, start: float) -> None:
    """Send one segment, which began at a time and ends now."""
    segment = {"id": key, "text": text, "start": start, "end": start + 1.0, **LISTENING}
    await door.post("realtime_transcript", {"segments": [segment]})


@pytest.mark.parametrize("minutes", [5, 10, 25])
async def test_a_segment_that_grows_for_long_is_answered_once_also_by_a_new_process(enter, minutes):
    door = await enter(RULES)
    text = "what do you think"
    for number in range(minutes * 2):
        await tells(door, key="s1", text=text, start=0.0)
        text += " well"
        door.clock.at += 30
        if number == 1:
            text = f"so {text}"
    for kills in range(2):
        door = await enter(RULES, clock=door.clock)
        await tells(door, key="s1", text=f"{text} what do you think{' well' * kills}", start=0.0)
        assert await door.runs() == [("think", "running")] * 2


async def test_marks_move_with_corrections_that_came_before_a_stream_reaches_back(enter):
    door = await enter(RULES)
    for text, pause in (
        ("what do you think", 100),
        ("so well and what do you think", 130),
        ("so well and what do you think of it", 120),
    ):
        await tells(door, key="s1", text=text, start=0.0)
        door.clock.at += pause
    door = await enter(RULES, clock=door.clock)
    marks = (await door.heard("u1")).marks
    assert [(mark.first, mark.last) for mark in marks["s1"].ranges] == [(3, 6)]
    await tells(door, key="s1", text="so well and what do you think of it all", start=0.0)
    assert await door.runs() == [("think", "running")]


async def test_a_segment_from_before_that_comes_again_begins_no_session(enter):
    door = await enter(RULES)
    began = door.clock.at
    for number in range(40):
        await tells(door, key=f"s{number}", text="well", start=10.0 * number)
        if number == 20:
            await tells(door, key="s5", text="well", start=50.0)
        door.clock.at += 10
    door = await enter(RULES, clock=door.clock)
    stream = await door.heard("u1")
    assert stream.began == began
    assert len(stream.session()) >= 24


SILENCE = """
rules:
  - id: hello
    triggers: [{trigger: conversation_started, after_silence: SPAN}]
    actions: [{action: log.write, data: {message: hello}}]
"""


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(("span", "pause", "fires"), [("2m", 100, 1), ("2m", 130, 2), ("1h", 3000, 1), ("1h", 3700, 2)])
async def test_a_silence_is_as_long_as_it_was_also_for_a_new_process(enter, span, pause, fires, restart):
    rules = SILENCE.replace("SPAN", span)
    door = await enter(rules)
    await door.say("well", ids=["s1"])
    assert len(await door.runs()) == 1
    door.clock.at += pause
    if restart:
        door = await enter(rules, clock=door.clock)
    await door.say("well", ids=["s2"])
    assert len(await door.runs()) == fires


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("ids", [["s1"], []], ids=["repeated", "nothing"])
@pytest.mark.parametrize(
    "silence",
    [
        ("2m", (100, 30), 2),
        ("2m", (100, 10), 1),
        ("2m", (230, 100, 10), 2),
        ("1h", (1800, 1850), 2),
        ("1h", (1800, 1750), 1),
        ("1h", (230, 3000, 400), 2),
        ("1h", (3000, 580, 10), 1),
        ("1h", (3000, *[20] * 31), 2),
    ],
)
async def test_only_words_end_a_silence(enter, silence, ids, restart):
    span, pauses, fires = silence
    rules = SILENCE.replace("SPAN", span)
    door = await enter(rules)
    await door.say("well", ids=["s1"])
    for pause in pauses[:-1]:
        door.clock.at += pause
        await door.say(*(["well"] * len(ids)), ids=ids)
    door.clock.at += pauses[-1]
    if restart:
        door = await enter(rules, clock=door.clock)
    await door.say("well", ids=["s2"])
    assert len(await door.runs()) == fires


async def test_a_silence_is_as_long_as_it_was_for_a_user_who_was_forgotten(enter):
    door = await enter(SILENCE.replace("SPAN", "1h"))
    await door.say("well", ids=["s1"])
    for pause, uid, fires in ((1_000, "u2", 2), (1_000, "u3", 3), (500, "u1", 3), (3_700, "u1", 4)):
        door.clock.at += pause
        await door.say("well", ids=[f"{uid} {pause}"], uid=uid)
        assert len(await door.runs()) == fires


SESSION = """
rules:
  - id: summary
    triggers: [{trigger: button_event}]
    actions:
      - {action: http.request, connection: home, data: {method: POST, url: /said, json: {text: "{{ session.text() }}"}}}
"""


async def test_a_run_reads_what_was_said_before_it_was_decided(works):
    made = await works(SESSION)
    made.outside.answer("/said", 500)
    await made.door.say("shall we buy it", ids=["s1"])
    await made.post("button_event", {"event_id": "e1", "button_event": "single_tap"})
    await made.settle()
    await made.door.say("yes", uid="u2")
    made.clock.at += 1
    await made.door.say("no", ids=["s2"])
    await made.door.say("shall we sell it", ids=["s1"])
    made.door.intake.users = made.door.intake.lulls.users = Users()
    made.clock.at += STREAM_SPAN + 1
    await made.pass_time(10)
    assert [arrival.body for arrival in made.outside.to("/said")] == [{"text": "shall we buy it"}] * 2
