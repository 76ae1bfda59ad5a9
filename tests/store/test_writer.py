"""Group commit: all that waits lands together, what fails fails alone, what was acknowledged survives a kill."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.errors import StoreFault
from omiflow.store.database import Database, open_database
from omiflow.store.migrate import migrate
from omiflow.store.statements import Commit, Params
from omiflow.store.writer import MOST_WAITING, Writer


@pytest.fixture
def database(tmp_path: Path) -> Any:
    with open_database(f"sqlite:///{tmp_path}/o.db") as opened:
        migrate(opened)
        yield opened


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[Writer]:
    writer = Writer(database)
    yield writer
    await writer.close()


class Lending(Database):
    """A database that remembers which connections it gave away."""

    def __init__(self, path: Path) -> None:
        self.given: list[sqlite3.Connection] = []
        super().__init__(path, reading=False)

    def connect(self) -> sqlite3.Connection:
        self.given.append(super().connect())
        return self.given[-1]


@pytest.fixture
async def lent(database: Database) -> AsyncIterator[tuple[Writer, sqlite3.Connection]]:
    """Give a writer and the connection through which it writes."""
    lending = Lending(database.path)
    writer = Writer(lending)
    yield writer, lending.given[0]
    await writer.close()


def event(number: int, *, body: object = b"{}") -> tuple[str, Params]:
    return ("event", (f"e{number:06}", "a", "u", "webhook", None, 1.0, 2.0, False, None, body, None, None))


def delivery(key: str) -> tuple[str, Params]:
    return ("delivery", ("a", key, "e"))


def mark(first: int) -> tuple[str, Params]:
    return ("mark", ("a", "u", "e", "rule", "segment", first, first + 1, 1.0))


def rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    with database.engine.begin() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


async def test_many_commits_at_once_all_land_in_few_transactions(database: Database, writer: Writer) -> None:
    await asyncio.gather(*(writer.commit(Commit([event(n), delivery(f"k{n}")])) for n in range(1000)))
    assert rows(database, "SELECT count(*), count(DISTINCT id) FROM events") == [(1000, 1000)]
    assert rows(database, "SELECT count(*) FROM deliveries") == [(1000,)]
    assert (writer.commits, writer.batches, writer.waiting) == (1000, 1, 0)
    assert writer.seconds > 0


async def test_a_commit_is_readable_as_soon_as_it_is_acknowledged(database: Database, writer: Writer) -> None:
    for number in range(5):
        await writer.commit(Commit([event(number)]))
        assert rows(database, "SELECT max(id) FROM events") == [(f"e{number:06}",)]


BAD_COMMITS = {
    "a row that is there already": [event(500), event(0)],
    "a row that lacks what it needs": [event(500, body=None)],
    "a value no column can hold": [event(500, body=object())],
    "text that is no text": [event(500), ("delivery", ("a", "\ud800", "e"))],
    "a number too big": [event(500, body=2**70)],
    "too few values": [event(500), ("delivery", ("a", "b"))],
    "a statement nobody knows": [event(500), ("tea", ("a",))],
}


@pytest.mark.parametrize("bad", BAD_COMMITS.values(), ids=BAD_COMMITS.keys())
async def test_a_commit_that_fails_fails_alone_and_leaves_nothing(
    database: Database, writer: Writer, bad: list[tuple[str, Any]]
) -> None:
    await writer.commit(Commit([event(0)]))
    answers = await asyncio.gather(
        *(writer.commit(Commit([event(n)])) for n in range(1, 50)),
        writer.commit(Commit(bad)),
        *(writer.commit(Commit([event(n)])) for n in range(50, 100)),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers if answer is not None] == [StoreFault]
    assert rows(database, "SELECT count(*), max(id) FROM events") == [(100, "e000099")]
    await writer.commit(Commit([event(500)]))


async def test_of_two_commits_with_the_same_key_only_the_first_is_kept(database: Database, writer: Writer) -> None:
    first, second = await asyncio.gather(
        writer.commit(Commit([event(1), delivery("k")])),
        writer.commit(Commit([event(2), delivery("k")])),
        return_exceptions=True,
    )
    assert first is None
    assert isinstance(second, StoreFault)
    assert rows(database, "SELECT id FROM events") == [("e000001",)]


SMALL_COMMITS = st.lists(
    st.lists(
        st.one_of(
            st.integers(0, 9).map(lambda n: delivery(f"k{n}")),
            st.integers(1, 9).map(mark),
            st.tuples(st.just("rule_file"), st.tuples(st.sampled_from("xy"), st.text("ab", max_size=3), st.just(1.0))),
            st.tuples(st.just("rule_file_gone"), st.tuples(st.sampled_from("xy"))),
            st.lists(st.integers(0, 9), min_size=1, max_size=4).map(
                lambda numbers: ("spend", [("t", str(n), float(n), float(n)) for n in numbers])
            ),
            st.integers(0, 9).map(lambda n: ("sweep_tallies", (float(n),))),
        ),
        min_size=1,
        max_size=4,
    ),
    max_size=25,
)

CONTENT = (
    "SELECT key, 1, 1 FROM deliveries",
    "SELECT segment, first, last, at FROM marks",
    "SELECT path, text, at FROM rule_files",
    "SELECT key, at, expires FROM tallies",
)


@settings(max_examples=40, deadline=None)
@given(commits=SMALL_COMMITS)
def test_one_batch_leaves_what_the_commits_one_by_one_would_leave(
    tmp_path_factory: pytest.TempPathFactory, commits: list[list[tuple[str, Any]]]
) -> None:
    async def content(together: bool) -> tuple[list[bool], list[list[tuple[Any, ...]]]]:
        with open_database(f"sqlite:///{tmp_path_factory.mktemp('db')}/o.db") as database:
            migrate(database)
            writer = Writer(database)
            if together:
                futures = [writer.commit(Commit(statements)) for statements in commits]
                answers = await asyncio.gather(*futures, return_exceptions=True)
            else:
                answers = []
                for statements in commits:
                    answers += await asyncio.gather(writer.commit(Commit(statements)), return_exceptions=True)
            await writer.close()
            return [answer is None for answer in answers], [sorted(rows(database, sql)) for sql in CONTENT]

    assert asyncio.run(content(together=True)) == asyncio.run(content(together=False))


@pytest.mark.parametrize("size", [1, 2, 3, 63, 64, 65, 200])
async def test_every_number_of_rows_is_written_once_and_in_order(database: Database, writer: Writer, size: int) -> None:
    await writer.commit(Commit([("spend", [("t", f"{n}", float(n), 0.0) for n in range(size)])]))
    assert rows(database, "SELECT key FROM tallies ORDER BY rowid") == [(f"{n}",) for n in range(size)]


async def test_big_bodies_arrive_whole_beside_small_ones(database: Database, writer: Writer) -> None:
    bodies = [bytes([n]) * (300_000 if n % 3 else 10) for n in range(20)]
    await asyncio.gather(*(writer.commit(Commit([event(n, body=body)])) for n, body in enumerate(bodies)))
    assert rows(database, "SELECT body FROM events ORDER BY id") == [(body,) for body in bodies]


async def test_a_full_disk_fails_every_commit_and_the_next_succeed_when_there_is_room(
    database: Database, lent: tuple[Writer, sqlite3.Connection]
) -> None:
    writer, connection = lent
    await writer.commit(Commit([event(0)]))
    pages = rows(database, "PRAGMA page_count")[0][0]
    connection.execute(f"PRAGMA max_page_count={pages}")
    answers = await asyncio.gather(
        *(writer.commit(Commit([event(n, body=b"x" * 50_000)])) for n in range(1, 9)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [StoreFault] * 8
    assert "has no room to grow; free some disk space" in str(answers[0])
    assert rows(database, "SELECT count(*) FROM events") == [(1,)]
    connection.execute("PRAGMA max_page_count=1000000")
    await writer.commit(Commit([event(1)]))


async def test_a_database_that_is_locked_fails_the_batch_at_once(
    database: Database, lent: tuple[Writer, sqlite3.Connection]
) -> None:
    writer, connection = lent
    connection.execute("PRAGMA busy_timeout=0")
    holder = database.connect()
    holder.execute("BEGIN IMMEDIATE")
    answers = await asyncio.gather(*(writer.commit(Commit([event(n)])) for n in range(9)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {StoreFault}
    assert "is locked by another process" in str(answers[0])
    holder.execute("ROLLBACK")
    holder.close()
    await writer.commit(Commit([event(1)]))


async def test_too_many_waiting_commits_are_refused_at_once(writer: Writer) -> None:
    waiting = [writer.commit(Commit([("spend", ("t", "k", 1.0, 2.0))])) for _ in range(MOST_WAITING)]
    with pytest.raises(StoreFault, match="20000 commits wait"):
        writer.commit(Commit([event(1)]))
    await asyncio.gather(*waiting)
    await writer.commit(Commit([event(1)]))


async def test_who_stops_waiting_disturbs_nobody_and_the_rows_are_kept(database: Database, writer: Writer) -> None:
    async def wait() -> None:
        await writer.commit(Commit([event(1)]))

    impatient = asyncio.create_task(wait())
    await asyncio.sleep(0)
    patient = writer.commit(Commit([event(2)]))
    impatient.cancel()
    await patient
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert rows(database, "SELECT count(*) FROM events") == [(2,)]


async def test_closing_writes_what_waits_and_refuses_what_comes_later(database: Database) -> None:
    writer = Writer(database)
    futures = [writer.commit(Commit([event(n)])) for n in range(100)]
    await writer.close()
    assert all(future.done() and future.exception() is None for future in futures)
    assert rows(database, "SELECT count(*) FROM events") == [(100,)]
    with pytest.raises(StoreFault, match="is closed"):
        writer.commit(Commit([event(200)]))
    await writer.close()


KILLED_SERVER = """
import asyncio, sys
from omiflow.store.records import event_rows
from omiflow.store.store import open_store
from omiflow.model import Decision, Event, NewRun, Run, Entry

async def client(store, number):
    count = 0
    while True:
        id = f"{number:02}-{count:06}"
        event = Event(id=id, name="webhook", app="a", uid="u", at=1.0, received=1.0, body=None)
        run = Run(id=id, rule="r", source="s", event_id=id, app="a", uid="u", at=1.0, state="running", due=1.0)
        decision = Decision(event=event, runs=[NewRun(run=run, journal=[Entry(path="p", kind="done", at=1.0)])])
        await store.commit(event_rows(decision, raw_body=b"x" * 1500, keys=[id]))
        sys.stdout.write(id + "\\n")
        sys.stdout.flush()
        count += 1

async def main():
    store = await open_store(sys.argv[1])
    await asyncio.gather(*(client(store, number) for number in range(8)))

asyncio.run(main())
"""


@pytest.mark.parametrize("seed", range(5))
def test_every_acknowledged_commit_survives_a_kill_and_no_commit_is_half_there(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "o.db"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_SERVER, f"sqlite:///{path}"], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        try:
            acknowledged = [child.stdout.readline().strip() for _ in range(random.Random(seed).randint(1, 400))]
        finally:
            child.kill()
        acknowledged += [line.strip() for line in child.stdout.read().split("\n")[:-1]]
    with open_database(f"sqlite:///{path}", reading=True) as database:
        kept = {name for (name,) in rows(database, "SELECT id FROM events")}
        assert set(acknowledged) <= kept
        for column, table in (("event_id", "deliveries"), ("id", "runs"), ("run_id", "journal")):
            assert {name for (name,) in rows(database, f"SELECT {column} FROM {table}")} == kept
        assert rows(database, "PRAGMA integrity_check") == [("ok",)]


def test_the_writer_syncs_every_commit(database: Database) -> None:
    connection = database.connect()
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()
