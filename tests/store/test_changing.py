"""Changes in the writer's transaction: they see what is there, fail alone, and answer when they are on disk."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from omiflow.errors import StoreFault
from omiflow.store.database import Database, open_database
from omiflow.store.migrate import migrate
from omiflow.store.statements import Commit, Params
from omiflow.store.tables import deliveries
from omiflow.store.writer import CHANGING_FOR, MOST_WAITING, Writer


class Lending(Database):
    """A database that remembers which connections it gave away."""

    def __init__(self, path: Path) -> None:
        self.given: list[sqlite3.Connection] = []
        super().__init__(path, reading=False)

    def connect(self) -> sqlite3.Connection:
        self.given.append(super().connect())
        return self.given[-1]


@pytest.fixture
def database(tmp_path: Path) -> Any:
    with open_database(f"sqlite:///{tmp_path}/o.db") as opened:
        migrate(opened)
        yield opened


@pytest.fixture
async def lent(database: Database) -> AsyncIterator[tuple[Writer, sqlite3.Connection]]:
    """Give a writer and the connection through which it writes."""
    lending = Lending(database.path)
    writer = Writer(lending, clock=lambda: 0.0)
    yield writer, lending.given[0]
    await writer.close()


@pytest.fixture
def writer(lent: tuple[Writer, sqlite3.Connection]) -> Writer:
    return lent[0]


def delivery(key: str) -> tuple[str, Params]:
    return ("delivery", ("a", key, "e"))


def keys(database: Database) -> list[str]:
    with database.engine.begin() as connection:
        return list(connection.scalars(select(deliveries.c.key).order_by(deliveries.c.key)))


def count_and_add(connection: Connection) -> int:
    count: int = connection.scalar(select(func.count()).select_from(deliveries)) or 0
    connection.execute(insert(deliveries).values(app="a", key=f"{count:03}", event_id="e"))
    return count


def add_twice(connection: Connection) -> None:
    connection.execute(insert(deliveries).values(app="a", key="twice", event_id="e"))
    connection.execute(insert(deliveries).values(app="a", key="twice", event_id="e"))


def add_and_raise(connection: Connection) -> None:
    connection.execute(insert(deliveries).values(app="a", key="raised", event_id="e"))
    raise LookupError("no tea")


async def test_changes_that_wait_together_see_each_other_in_the_order_of_the_calls(
    database: Database, writer: Writer
) -> None:
    answers = await asyncio.gather(*(writer.change(count_and_add) for _ in range(100)))
    assert answers == list(range(100))
    assert keys(database) == [f"{n:03}" for n in range(100)]
    assert (writer.commits, writer.waiting) == (100, 0)
    assert writer.batches == 1


async def test_a_change_sees_the_rows_of_its_transaction(writer: Writer) -> None:
    _, seen, _ = await asyncio.gather(
        writer.commit(Commit([delivery("x")])), writer.change(count_and_add), writer.commit(Commit([delivery("y")]))
    )
    assert seen == 2


async def test_a_change_is_readable_as_soon_as_it_is_answered(database: Database, writer: Writer) -> None:
    for number in range(3):
        await writer.change(count_and_add)
        assert len(keys(database)) == number + 1


@pytest.mark.parametrize(
    ("bad", "fault"), [(add_and_raise, LookupError), (add_twice, StoreFault), (lambda _: None + 1, TypeError)]
)
async def test_a_change_that_fails_leaves_nothing_and_disturbs_nobody(
    database: Database, writer: Writer, bad: Any, fault: type[Exception]
) -> None:
    answers = await asyncio.gather(
        writer.change(count_and_add),
        writer.change(bad),
        writer.commit(Commit([delivery("x")])),
        writer.change(count_and_add),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [int, fault, type(None), int]
    assert keys(database) == ["001", "002", "x"]
    assert (writer.batches, writer.commits, writer.failing) == (1, 3, False)


async def test_slow_changes_hold_up_rows_for_one_of_them_only(database: Database) -> None:
    now = 0.0
    asked = threading.Event()

    def slow(connection: Connection) -> int:
        nonlocal now
        now += 2 * CHANGING_FOR
        return count_and_add(connection)

    def as_slow(connection: Connection) -> int:
        asked.wait()
        return slow(connection)

    writer = Writer(database, clock=lambda: now)
    changes = [writer.change(slow), *(writer.change(as_slow) for _ in range(4))]
    await writer.commit(Commit([delivery("x")]))
    assert [change.done() for change in changes] == [True, False, False, False, False]
    ended: list[Any] = []
    rows = writer.commit(Commit([delivery("y")]))
    for future in (*changes, rows):
        future.add_done_callback(ended.append)
    await asyncio.sleep(0)
    asked.set()
    changes.append(writer.change(count_and_add))
    await writer.close()
    assert ended.index(rows) <= 3
    results = [change.result() for change in changes]
    assert results == sorted(set(results))
    assert len(keys(database)) == 8
    assert (writer.commits, writer.waiting) == (8, 0)


async def test_a_change_that_fails_of_its_own_doing_does_not_make_the_writer_fail(writer: Writer) -> None:
    with pytest.raises(LookupError, match="no tea"):
        await writer.change(add_and_raise)
    assert not writer.failing
    with pytest.raises(StoreFault, match="UNIQUE constraint failed"):
        await writer.change(add_twice)
    assert writer.failing


async def test_beside_rows_that_cannot_be_kept_a_change_is_made_once(database: Database, writer: Writer) -> None:
    await writer.commit(Commit([delivery("x")]))
    answers = await asyncio.gather(
        writer.change(count_and_add),
        writer.commit(Commit([delivery("x")])),
        writer.change(count_and_add),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [int, StoreFault, int]
    assert keys(database) == ["001", "002", "x"]


async def test_a_change_may_catch_a_fault_of_its_own(database: Database, writer: Writer) -> None:
    def careful(connection: Connection) -> str:
        try:
            add_twice(connection)
        except IntegrityError:
            return "there already"
        return "added"

    assert await writer.change(careful) == "there already"
    assert keys(database) == ["twice"]


async def test_a_full_disk_fails_changes_and_the_next_succeed_when_there_is_room(
    database: Database, lent: tuple[Writer, sqlite3.Connection]
) -> None:
    def add_much(connection: Connection) -> None:
        connection.execute(insert(deliveries).values(app="a", key="x" * 50_000, event_id="e"))

    writer, connection = lent
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")
    answers = await asyncio.gather(
        writer.change(add_much), writer.change(count_and_add), writer.change(add_much), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [StoreFault, int, StoreFault]
    assert "has no room to grow" in str(answers[0])
    assert keys(database) == ["000"]
    connection.execute("PRAGMA max_page_count=1000000")
    await writer.change(add_much)


async def test_a_database_that_is_locked_fails_changes_at_once(
    database: Database, lent: tuple[Writer, sqlite3.Connection]
) -> None:
    writer, connection = lent
    connection.execute("PRAGMA busy_timeout=0")
    holder = database.connect()
    holder.execute("BEGIN IMMEDIATE")
    answers = await asyncio.gather(*(writer.change(count_and_add) for _ in range(3)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {StoreFault}
    holder.execute("ROLLBACK")
    holder.close()
    assert await writer.change(count_and_add) == 0


async def test_a_transaction_that_a_change_lost_is_made_again_without_it(database: Database, writer: Writer) -> None:
    def lose(connection: Connection) -> None:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("SELECT * FROM nothing")

    answers = await asyncio.gather(
        writer.change(count_and_add), writer.change(lose), writer.change(count_and_add), return_exceptions=True
    )
    assert [answers[0], type(answers[1]), answers[2]] == [0, StoreFault, 1]
    assert keys(database) == ["000", "001"]


async def test_who_stops_waiting_disturbs_nobody_and_the_change_is_made(database: Database, writer: Writer) -> None:
    async def wait() -> None:
        await writer.change(count_and_add)

    impatient = asyncio.create_task(wait())
    await asyncio.sleep(0)
    patient = writer.change(count_and_add)
    impatient.cancel()
    assert await patient == 1
    assert keys(database) == ["000", "001"]


async def test_too_many_waiting_changes_are_refused_at_once_and_so_are_those_after_the_end(database: Database) -> None:
    writer = Writer(database)
    waiting = [writer.change(lambda _: 1) for _ in range(MOST_WAITING)]
    with pytest.raises(StoreFault, match="20000 commits wait"):
        writer.change(count_and_add)
    await writer.close()
    assert sum(await asyncio.gather(*waiting)) == MOST_WAITING
    with pytest.raises(StoreFault, match="is closed"):
        writer.change(count_and_add)
