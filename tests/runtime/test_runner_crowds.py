"""Many runs at once: destinations that hang or are dead, a store that fails, and the end of it all."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import asynccontextmanager, closing

import msgspec
import pytest

from omiflow.model import Decision, NewRun
from omiflow.runtime.lanes import IN_LINE, PLACES, Lanes
from omiflow.runtime.runner import AT_ONCE, rebuilt
from omiflow.store.records import event_rows

RULES = """
rules:
  - id: hanging
    triggers: [{trigger: webhook, name: hanging}]
    actions: [{action: http.request, connection: home, timeout: 5m, data: {method: POST, url: /hang}}]
  - id: prompt
    triggers: [{trigger: webhook, name: prompt}]
    actions: [{action: slack.post_message, data: {channel: "#c", text: "hi {{ event.n }}"}}]
  - id: both
    triggers: [{trigger: webhook, name: both}]
    actions:
      - {action: http.request, connection: home, timeout: 5m, data: {method: POST, url: /hang}}
      - {action: slack.post_message, data: {channel: "#c", text: both}}
  - id: creating
    triggers: [{trigger: webhook, name: creating}]
    actions: [{action: omi.create_memories, data: {memories: [{content: tea}]}}]
"""


@asynccontextmanager
async def at_work(made):
    """Let the runner work by itself."""
    working = asyncio.create_task(made.runner.run())
    try:
        yield
    finally:
        await made.runner.stop()
        await working


@pytest.fixture
def hanging(outside):
    """Let one path of the outside hang until the test has ended."""
    released = threading.Event()
    outside.answers["/hang"] = lambda _: (released.wait(), (200, {}, {}))[1]
    yield released
    released.set()


async def until(true) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.005)


async def cancelled(*tasks) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def many(made, webhook: str, count: int) -> None:
    """Let one event begin so many runs."""
    await made.post(webhook=webhook)
    first = await made.run()
    event = msgspec.structs.replace(rebuilt(first.event), id="e-of-many")
    runs = [
        NewRun(run=msgspec.structs.replace(first.run, id=f"r{number:06}", event_id=event.id))
        for number in range(1, count)
    ]
    await made.store.commit(event_rows(Decision(event=event, runs=runs), raw_body=b"{}"))


@pytest.mark.parametrize("name", ["hanging", "both"])
async def test_a_destination_that_hangs_holds_up_no_other(works, outside, hanging, name):
    made = await works(RULES)
    made.runner.carrier.lanes = Lanes(patience=0.1)
    for _ in range(PLACES + IN_LINE + 40):
        await made.post(webhook=name)
    async with at_work(made):
        await until(lambda: len(outside.to("/hang")) == PLACES)
        took = []
        for n in range(20):
            began = time.perf_counter()
            await made.post(webhook="prompt", body={"n": n})
            await until(lambda n=n: len(outside.to("chat.postMessage")) == n + 1)
            took.append(time.perf_counter() - began)
        assert min(took) < 0.5
        assert len(outside.to("/hang")) == PLACES
        hanging.set()
        async with asyncio.timeout(60):
            while {state for _, state in await made.door.runs()} != {"done"}:
                await asyncio.sleep(0.02)
        assert len(outside.to("/hang")) == PLACES + IN_LINE + 40
    assert not made.door.faults


async def test_five_thousand_runs_to_a_destination_that_hangs_cost_little(works, outside, hanging):
    made = await works(RULES)
    made.runner.carrier.lanes = Lanes(patience=0.1)
    await many(made, "hanging", 5_000)
    await made.post(webhook="prompt", body={"n": 0})
    async with at_work(made):
        await until(lambda: len(outside.to("chat.postMessage")) == 1)
        await until(lambda: len(made.runner.put_off.ids) == 5_000 - PLACES)
        await until(lambda: len(made.runner.active) == PLACES)
        for n in range(1, 6):
            await made.post(webhook="prompt", body={"n": n})
            await until(lambda n=n: len(outside.to("chat.postMessage")) == n + 1)
        worked = time.process_time()
        await asyncio.sleep(1)
        assert time.process_time() - worked < 0.5
        assert len(outside.to("/hang")) == PLACES
        assert len(made.runner.active) <= AT_ONCE
        hanging.set()


async def test_runs_to_a_dead_destination_are_parked_and_others_go(works, outside):
    made = await works(RULES.replace("/hang", "http://127.0.0.1:9/"))
    await asyncio.gather(*(made.post(webhook="hanging", body={"n": n}) for n in range(300)))
    await made.post(webhook="prompt")
    await made.settle()
    states = [state for _, state in await made.door.runs()]
    assert (states.count("waiting"), states.count("done")) == (300, 1)
    await made.pass_time(6)
    await made.post(webhook="prompt")
    await made.settle()
    states = [state for _, state in await made.door.runs()]
    assert (states.count("waiting"), states.count("done")) == (300, 2)
    assert made.runner.active == {}
    assert made.runner.put_off.ids == set()


@asynccontextmanager
async def refusing(made, what: str):
    """Let the database refuse a kind of row for a while."""
    path = made.store.database.path
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TRIGGER refuse BEFORE {what} BEGIN SELECT RAISE(ABORT, 'no room'); END")
    try:
        yield
    finally:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DROP TRIGGER refuse")


@pytest.mark.parametrize(("name", "path"), [("prompt", "chat.postMessage"), ("creating", "/memories")])
async def test_a_result_that_can_not_be_stored_is_not_lost(works, outside, name, path):
    made = await works(RULES)
    await made.post(webhook=name)
    async with at_work(made):
        async with refusing(made, "UPDATE ON runs"):
            made.runner.wake()
            await until(lambda: len(made.door.faults) >= 2)
            assert len(made.runner.active) == 1
        await until(lambda: not made.runner.active)
    stored = await made.run()
    assert stored.run.state == "done"
    assert [entry.kind for entry in stored.journal][-1] == "done"
    assert len(outside.to(path)) == 1
    assert 2 <= len(made.door.faults) <= 6


async def test_an_import_is_not_sent_before_its_intent_is_stored(works, outside):
    made = await works(RULES)
    await made.post(webhook="creating")
    async with at_work(made):
        async with refusing(made, "INSERT ON journal"):
            await until(lambda: len(made.door.faults) >= 2)
            assert not outside.arrivals
        await until(lambda: not made.runner.active)
    assert (await made.run()).run.state == "done"
    assert len(outside.arrivals) == 1


async def test_what_was_not_stored_when_omiflow_stopped_is_done_at_least_once_more(works, outside):
    made = await works(RULES)
    await made.post(webhook="prompt")
    async with refusing(made, "UPDATE ON runs"):
        working = asyncio.create_task(made.runner.run())
        await until(lambda: len(outside.to("chat.postMessage")) == 1)
        await until(lambda: bool(made.door.faults))
        await cancelled(working)
        await cancelled(*made.runner.active.values())
    made = await works(RULES, clock=made.clock)
    await made.settle()
    assert (await made.run()).run.state == "done"
    assert len(outside.to("chat.postMessage")) == 2


async def test_stopping_lets_what_is_being_sent_end(works, outside):
    made = await works(RULES)
    outside.answers["/slack"] = lambda _: (time.sleep(0.3), (200, {}, {"ok": True, "ts": "1", "channel": "C"}))[1]
    await made.post(webhook="prompt")
    working = asyncio.create_task(made.runner.run())
    await until(lambda: len(outside.to("chat.postMessage")) == 1)
    await made.post(webhook="prompt")
    await made.runner.stop()
    await working
    states = sorted(state for _, state in await made.door.runs())
    assert states in (["done", "done"], ["done", "running"])


async def test_a_reader_that_fails_for_a_moment_stops_nothing(works, outside):
    made = await works(RULES)
    path = made.store.database.path
    async with at_work(made):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("ALTER TABLE runs RENAME TO hidden")
        made.runner.wake()
        await until(lambda: bool(made.door.faults))
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("ALTER TABLE hidden RENAME TO runs")
        await made.post(webhook="prompt")
        await until(lambda: len(outside.to("chat.postMessage")) == 1)


async def test_a_clock_that_jumps_is_noticed(works, outside):
    made = await works(RULES)
    outside.answer("/slack", 503)
    await made.post(webhook="prompt")
    async with at_work(made):
        await until(lambda: len(outside.to("chat.postMessage")) == 1)
        await until(lambda: not made.runner.active)
        made.clock.at += 6
        await until(lambda: len(outside.to("chat.postMessage")) == 2)


async def test_more_runs_than_can_be_remembered_come_back_later(works, outside, hanging):
    made = await works(RULES)
    made.runner.carrier.lanes = Lanes(patience=0.05)
    made.runner.most_put_off = 20
    await many(made, "hanging", 100)
    async with at_work(made):
        await until(lambda: len(made.runner.put_off.ids) == 20 and len(made.runner.active) == PLACES)
        assert len(outside.to("/hang")) == PLACES
        hanging.set()
        async with asyncio.timeout(60):
            while len(outside.to("/hang")) < 100:
                made.clock.at += 61
                await asyncio.sleep(0.05)
    assert len(outside.to("/hang")) == 100
    assert {state for _, state in await made.door.runs()} == {"done"}
