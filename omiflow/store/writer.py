"""The one thread that writes: all commits that wait go into one transaction, and one answer wakes them together.

What is written is decided elsewhere. This writer is SQLite's; it is used from one event loop.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from contextlib import suppress
from itertools import chain
from queue import Empty, SimpleQueue

import msgspec
from sqlalchemy import Insert
from sqlalchemy.dialects.sqlite import dialect, insert

from omiflow.errors import StoreFault
from omiflow.store.database import Database, explain_sqlite
from omiflow.store.statements import Commit, Params, statements

MOST_WAITING = 20_000
ROWS_AT_ONCE = (64, 32, 16, 8, 4, 2)
BYTES_AT_ONCE = 1_000_000
_CANT_BEGIN = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

Waiting = tuple[Commit, "asyncio.Future[None]"]


class Prepared(msgspec.Struct, frozen=True):
    """A statement as SQL: `one` row at a time, and for inserts by the number of rows that go in at once."""

    table: str
    one: str
    many: dict[int, str]


class Writer:
    """Commits rows in the order of the calls; `commits`, `batches` and `seconds` count what it did.

    `waiting` commits are called for and not yet answered. `seconds` is the time spent in transactions. It is `failing`
    while the latest one kept nothing.
    """

    def __init__(self, database: Database) -> None:
        """Start the thread; must be called where the event loop runs."""
        self.commits = 0
        self.batches = 0
        self.seconds = 0.0
        self.waiting = 0
        self.failing = False
        self._loop = asyncio.get_running_loop()
        self._connection = database.connect()
        self._path = database.path
        self._prepared = _prepare()
        self._gathered: list[Waiting] = []
        self._queue: SimpleQueue[list[Waiting] | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="omiflow-writer", daemon=True)
        self._thread.start()

    def commit(self, rows: Commit) -> asyncio.Future[None]:
        """Keep `rows` for good; the future is done when they are on disk.

        Raises StoreFault at once when too much waits or the writer is closed, and from the future when nothing of
        `rows` could be kept. Giving up waiting doesn't take the rows back.
        """
        if self._closed:
            raise StoreFault("the database is closed; nothing more is written")
        if self.waiting >= MOST_WAITING:
            raise StoreFault(f"{self.waiting} commits wait for the disk already; try again later")
        future = self._loop.create_future()
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append((rows, future))
        self.waiting += 1
        return future

    async def close(self) -> None:
        """Write what waits, then end the thread."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._queue.put(None)
        while self._thread.is_alive():
            await asyncio.to_thread(self._thread.join)
        await asyncio.sleep(0)

    def _hand_over(self) -> None:
        """Give the thread what one turn of the loop has gathered, so that it is woken once for all of it."""
        if self._gathered:
            self._queue.put(self._gathered)
            self._gathered = []

    def _settle(self, batch: list[Waiting], faults: dict[int, StoreFault]) -> None:
        self.waiting -= len(batch)
        for place, (_, future) in enumerate(batch):
            if future.done():
                continue
            if place in faults:
                future.set_exception(faults[place])
            else:
                future.set_result(None)

    def _work(self) -> None:
        more = True
        while more:
            batch, more = self._take()
            if not batch:
                continue
            began = time.perf_counter()
            faults = self._write(batch)
            self.seconds += time.perf_counter() - began
            self.commits += len(batch) - len(faults)
            self.batches += 1
            self.failing = len(faults) == len(batch)
            with suppress(RuntimeError):  # the loop is gone, and with it everybody who waited
                self._loop.call_soon_threadsafe(self._settle, batch, faults)
        self._connection.close()

    def _take(self) -> tuple[list[Waiting], bool]:
        """Wait for something, then take all there is; False means that nothing comes any more."""
        batch: list[Waiting] = []
        gathered = self._queue.get()
        while gathered is not None:
            batch += gathered
            try:
                gathered = self._queue.get_nowait()
            except Empty:
                return batch, True
        return batch, False

    def _write(self, batch: list[Waiting]) -> dict[int, StoreFault]:
        """Write all in one transaction, or else each in its own; give the faults by place in the batch."""
        fault = self._transact([rows for rows, _ in batch])
        if fault is None:
            return {}
        if len(batch) == 1 or getattr(fault, "sqlite_errorcode", None) in _CANT_BEGIN:
            return {place: self._store_fault(fault) for place in range(len(batch))}
        alone = ((place, self._transact([rows])) for place, (rows, _) in enumerate(batch))
        return {place: self._store_fault(fault) for place, fault in alone if fault is not None}

    def _transact(self, commits: list[Commit]) -> Exception | None:
        """Write all of `commits` or nothing; whatever goes wrong must reach who waits, so everything is caught."""
        connection = self._connection
        try:
            groups = _group(commits, self._prepared)
            connection.execute("BEGIN IMMEDIATE")
            for statement, rows in groups:
                _execute(connection, statement, rows)
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - see above
            if connection.in_transaction:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
            return error
        return None

    def _store_fault(self, error: Exception) -> StoreFault:
        if isinstance(error, sqlite3.OperationalError):
            return StoreFault(explain_sqlite(self._path, error))
        return StoreFault(f"the rows can't be kept ({type(error).__name__}: {error})")


def _group(commits: list[Commit], prepared: dict[str, Prepared]) -> list[tuple[Prepared, list[Params]]]:
    """Bring rows of one statement together, without changing the order of what happens to any one table."""
    groups: list[tuple[Prepared, list[Params]]] = []
    newest: dict[str, tuple[Prepared, list[Params]]] = {}
    for commit in commits:
        for name, rows in commit.statements:
            statement = prepared[name]
            group = newest.get(statement.table)
            if group is None or group[0] is not statement:
                group = newest[statement.table] = (statement, [])
                groups.append(group)
            if isinstance(rows, list):
                group[1].extend(rows)
            else:
                group[1].append(rows)
    return groups


def _execute(connection: sqlite3.Connection, statement: Prepared, rows: list[Params]) -> None:
    """Write rows, many by one call where they are small.

    `sqlite3` gives up the interpreter's lock for each row of `executemany` and waits to get it back; beside a busy
    event loop that is up to some milliseconds a row (measured: seconds a batch).
    """
    start = 0
    for size in ROWS_AT_ONCE if statement.many else ():
        while len(rows) - start >= size:
            values = list(chain.from_iterable(rows[start : start + size]))
            if sum(len(value) for value in values if isinstance(value, (bytes, str))) > BYTES_AT_ONCE:
                break
            connection.execute(statement.many[size], values)
            start += size
    if start < len(rows):
        connection.executemany(statement.one, rows[start:])


def _prepare() -> dict[str, Prepared]:
    """Compile every statement to SQL with `?` in the order of its parameters."""
    prepared = {}
    for name, statement in statements(insert).items():
        compiled = statement.sql.compile(dialect=dialect(paramstyle="qmark"))
        order = tuple(getattr(compiled, "positiontup", ()))
        if order != statement.params:
            raise AssertionError(f"the parameters of '{name}' stand in the order {order}")
        one = str(compiled)
        many = {}
        if isinstance(statement.sql, Insert):
            row = f"({', '.join('?' * len(order))})"
            many = {size: one.replace(row, ", ".join([row] * size), 1) for size in ROWS_AT_ONCE}
        prepared[name] = Prepared(table=statement.table, one=one, many=many)
    return prepared
