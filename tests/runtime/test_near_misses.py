"""Near misses are found beside a server at work: little by little, once, through kills, and never in its way."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from typing import Any

import pytest
import structlog

from omiflow.language.facts import AppFacts, Facts
from omiflow.language.load import Loader
from omiflow.model import Decision, Event, Problem
from omiflow.runtime import near_misses
from omiflow.runtime.near_misses import NearMisses
from omiflow.runtime.unhurried import SWITCH_INTERVAL, unhurried
from omiflow.store.near_misses import kept_misses, last_looked
from omiflow.store.records import event_rows
from omiflow.store.statements import Commit

RULES = """
rules:
  - id: advice
    triggers: [{trigger: realtime_transcript, phrases: [any advice, second opinion]}]
    actions: [{action: log.write, data: {message: x}}]
"""
PHRASE = "any advice"
ALL_OF_A_CORE = 1.0


def compiled(text: str) -> Any:
    return Loader(Facts(apps={"default": AppFacts("default")})).load({"r.yaml": text}).rules


def chore(door: Any, *, share: float = ALL_OF_A_CORE) -> NearMisses:
    """Give a chore of its own; what it logs goes where the door's log goes."""
    caught = structlog.testing.LogCapture()
    caught.entries = door.logged
    log = structlog.wrap_logger(None, processors=[caught], wrapper_class=structlog.BoundLogger)
    return NearMisses(store=door.store, live=door.intake.live, clock=door.clock, log=log, share=share)


async def kept(door: Any) -> list[tuple[str, int]]:
    return [(miss.said, miss.count) for miss in await door.store.read(kept_misses)]


async def say(door: Any, text: str, *, after: float = 1.0, **more: Any) -> None:
    door.clock.at += after
    start = door.clock.at % 10_000
    segment = {"id": f"{text}{start}", "text": text, "is_user": True, "speaker": "SPEAKER_00", "speaker_id": 0}
    await door.post("realtime_transcript", {"segments": [segment | {"start": start, "end": start + 0.9}]}, **more)


async def test_what_was_nearly_said_is_kept_and_counted_once(enter: Any) -> None:
    door = await enter(RULES)
    looking = chore(door)
    await looking.look()
    await say(door, "is there any advise on this")
    await say(door, "any advice")
    door.clock.at += 30
    await looking.look()
    await looking.look()
    assert await kept(door) == [("any advise", 1)]
    await say(door, "give me any advise please")
    door.clock.at += 30
    await looking.look()
    assert await kept(door) == [("any advise", 2)]
    (miss,) = await door.store.read(kept_misses, "advice")
    assert (miss.phrase, miss.edits, miss.uid, miss.app) == (PHRASE, 1, "u1", "default")
    assert miss.event_id == (await door.events())[-1].id


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
async def test_a_chore_that_was_ended_goes_on_where_it_was(enter: Any, cut: int) -> None:
    door = await enter(RULES)
    for number, text in enumerate(["is there any advise", "on this", "a second", "opinions", "and any", "advise"]):
        await say(door, text)
        if number == cut:
            door.clock.at += 3
            await chore(door).look()
    door.clock.at += 30
    await chore(door).look()
    await chore(door).look()
    assert await kept(door) == [("any advise", 2), ("second opinions", 1)]


async def test_what_was_still_open_when_a_chore_was_ended_is_judged_though_nothing_follows(enter: Any) -> None:
    door = await enter(RULES)
    await say(door, "any advise")
    door.clock.at += 3
    await chore(door).look()
    assert await kept(door) == []
    door.clock.at += 150
    await chore(door).look()
    await chore(door).look()
    assert await kept(door) == [("any advise", 1)]


@pytest.mark.parametrize("looks_between", [True, False])
async def test_what_a_rule_heard_is_no_miss_when_it_is_corrected(enter: Any, looks_between: bool) -> None:
    door = await enter(RULES)
    looking = chore(door)
    segment = {"id": "a", "text": "any advice", "is_user": True, "speaker": "SPEAKER_00", "start": 1.0, "end": 2.0}
    await door.post("realtime_transcript", {"segments": [segment]})
    for first, then in (("a", "b"), ("b", "c")):
        door.clock.at += 3
        if looks_between:
            await looking.look()
        changed = segment | {"id": first, "text": "any advise"}
        late = segment | {"id": then, "text": "second opinion", "start": 5.0, "end": 6.0}
        await door.post("realtime_transcript", {"segments": [changed, late]})
    door.clock.at += 30
    await looking.look()
    await chore(door).look()
    assert await kept(door) == []
    await say(door, "any advise")
    door.clock.at += 30
    await looking.look()
    assert await kept(door) == [("any advise", 1)]


async def test_rules_that_change_are_followed_and_phrases_that_are_gone_are_forgotten(enter: Any) -> None:
    door = await enter(RULES)
    looking = chore(door)
    await say(door, "any advise or a second opinions")
    door.clock.at += 30
    await looking.look()
    assert await kept(door) == [("any advise", 1), ("second opinions", 1)]
    door.intake.live.rules = compiled(RULES.replace("second opinion", "third opinion"))
    door.intake.live.problems = (Problem(file="r.yaml", line=1, column=1, message="broken"),)
    await looking.look()
    assert len(await kept(door)) == 2, "while a file is broken, what it said is not known"
    door.intake.live.rules = compiled(RULES.replace("second opinion", "third opinion"))
    door.intake.live.problems = ()
    await say(door, "a third opinions")
    door.clock.at += 30
    await looking.look()
    assert await kept(door) == [("any advise", 1), ("third opinions", 1)]


async def test_what_can_not_be_kept_is_found_again(enter: Any) -> None:
    door = await enter(RULES)
    looking = chore(door)
    await say(door, "any advise")
    door.clock.at += 30
    looking.store = Refusing(door.store)  # type: ignore[assignment]
    with pytest.raises(ZeroDivisionError):
        await looking.look()
    looking.store = door.store
    await looking.look()
    assert await kept(door) == [("any advise", 1)]


class Refusing:
    """A store that reads, and keeps nothing."""

    def __init__(self, store: Any) -> None:
        self.read = store.read

    def commit(self, rows: Commit) -> Any:
        raise ZeroDivisionError(len(rows.statements))


async def test_a_fault_does_not_end_the_chore(enter: Any) -> None:
    door = await enter(RULES)
    looking = chore(door)
    looking.every = 0.01
    await say(door, "any advise")
    door.clock.at += 30
    looking.store = Refusing(door.store)  # type: ignore[assignment]
    running = asyncio.create_task(looking.run())
    while not door.faults:
        await asyncio.sleep(0.01)
    looking.store = door.store
    while not await kept(door):
        await asyncio.sleep(0.01)
    running.cancel()
    assert "tried again" in door.faults[0]["event"]


async def fill(door: Any, count: int, *, at: float, texts: list[str]) -> None:
    """Store speech as if it had come long ago, one call a second."""
    for number in range(count):
        segment = {"id": f"f{number}", "text": texts[number % len(texts)], "start": number, "end": number + 0.9}
        segment |= {"is_user": True, "speaker": "SPEAKER_00", "speaker_id": 0}
        uid, received = f"u{number % 7}", at + number
        event = Event(
            id=door.intake.ids.event(),
            name="realtime_transcript",
            app="default",
            uid=uid,
            at=received,
            received=received,
            body=None,
        )
        kept = door.store.commit(
            event_rows(Decision(event=event), raw_body=json.dumps({"segments": [segment]}).encode())
        )
    await kept


async def test_when_it_is_hours_behind_it_goes_to_the_newest_words_and_says_so_once(enter: Any) -> None:
    door = await enter(RULES)
    count = near_misses.MANY + 60
    await fill(door, count, at=door.clock.at - 5 * 3600, texts=["any advise then and so on"])
    looking = chore(door)
    await looking.look()
    assert await kept(door) == [("any advise", near_misses.BITE)]
    assert [line["event"].partition(";")[0] for line in door.logged if line["log_level"] == "info"] == [
        "too much was said to look through all of it for near misses"
    ]
    looked = await door.store.read(last_looked)
    assert looked is not None
    assert looked.event_id == (await door.events())[-1].id


async def test_it_takes_its_share_and_holds_up_nobody(enter: Any, patience: float) -> None:
    door = await enter(phrases(300))
    await fill(door, 100, at=door.clock.at - 600, texts=["so is there any advise w12 w15 on what w3 w4 did with w7 w9"])
    looking = chore(door, share=0.1)
    began, processor = time.monotonic(), time.process_time()
    longest, ended = 0.0, asyncio.create_task(looking.look())
    while not ended.done():
        asked = time.monotonic()
        await asyncio.sleep(0)
        longest = max(longest, time.monotonic() - asked)
        await asyncio.sleep(0.005)
    await ended
    assert await kept(door)
    assert longest < 0.05 * patience
    assert time.process_time() - processor < 0.5 * (time.monotonic() - began)


async def test_it_leaves_a_reload_beside_it_the_settings_it_has(enter: Any) -> None:
    door = await enter(RULES)
    await say(door, "any advise")
    door.clock.at += 30
    with unhurried():
        await chore(door).look()
        assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL)
        assert not gc.isenabled()
    assert await kept(door) == [("any advise", 1)]


def phrases(count: int) -> str:
    listed = "".join(
        f"\n  - {{id: r{n}, triggers: [{{trigger: realtime_transcript, phrases: [w{n} w{n + 3} did]}}], actions: [&x{n} {{stop: x}}]}}"
        for n in range(count)
    )
    return f"rules:{listed}"
