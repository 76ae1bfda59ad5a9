"""The one thread that writes: all that waits goes into one transaction, and one answer wakes all who wait.

What is written is decided elsewhere. This writer is SQLite's; it is used from one event loop.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Any

import msgspec
from sqlalchemy import Insert
from sqlalchemy.dialects.sqlite import dialect, insert
from sqlalchemy.exc import DBAPIError

from omiflow.errors import StoreFault
from omiflow.store.changing import Change, Changing
from omiflow.store.database import Database, explain_sqlite
from omiflow.store.lasting import Lasting
from omiflow.store.statements import Commit, Params, statements

MOST_WAITING = 20_000
ROWS_AT_ONCE = (64, 32, 16, 8, 4, 2)
BYTES_AT_ONCE = 1_000_000
CHANGING_FOR = 0.05
"""How long changes may hold up a transaction, in seconds; those that then still wait are made in the next one."""
_CANT_BEGIN = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

Work = Commit | Change
Waiting = tuple[Work, Lasting[Any]]


class Failed(msgspec.Struct, frozen=True):
    """What became of work of which nothing was kept."""

    error: Exception


class Later(msgspec.Struct, frozen=True):
    """What became of work that no time was left for."""


class Prepared(msgspec.Struct, frozen=True):
    """A statement as SQL: `one` row at a time, and for inserts by the number of rows that go in at once."""

    table: str
    one: str
    many: dict[int, str]


class Writer:
    """Commits rows and changes in the order of the calls; `commits`, `batches` and `seconds` count what it did.

    Of what goes into one transaction, the rows come first. `waiting` commits are called for and not yet answered.
    `seconds` is the time spent in transactions. It is `failing` while the latest one kept nothing.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.perf_counter) -> None:
        """Start the thread; must be called where the event loop runs. `clock` gives seconds that only go forward."""
        self.commits = 0
        self.batches = 0
        self.seconds = 0.0
        self.waiting = 0
        self.failing = False
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self._connection = database.connect()
        self._changing = Changing(self._connection)
        self._path = database.path
        self._prepared = _prepare()
        self._gathered: list[Waiting] = []
        self._queue: SimpleQueue[list[Waiting] | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="omiflow-writer", daemon=True)
        self._thread.start()

    def commit(self, rows: Commit) -> Lasting[None]:
        """Keep `rows` for good; the future is done when they are on disk.

        Raises StoreFault at once when too much waits or the writer is closed, and from the future when nothing of
        `rows` could be kept. Giving up waiting doesn't take the rows back.
        """
        return self._take_on(rows)

    def change(self, change: Change) -> Lasting[Any]:
        """Let a function read and write in the writer's transaction; the future gives its answer once that is on disk.

        It may be called again when something else in the transaction failed, and it must neither begin nor end one.
        What it raises is raised from the future and undoes what it wrote, nothing else; StoreFaults as in `commit`.
        """
        return self._take_on(change)

    def _take_on(self, work: Work) -> Lasting[Any]:
        if self._closed:
            raise StoreFault("the database is closed; nothing more is written")
        if self.waiting >= MOST_WAITING:
            raise StoreFault(f"{self.waiting} commits wait for the disk already; try again later")
        future: Lasting[Any] = Lasting(loop=self._loop)
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append((work, future))
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

    def _settle(self, batch: list[Waiting], answers: list[Any]) -> None:
        self.waiting -= len(batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            if isinstance(answer, Failed):
                future.set_exception(answer.error)
            else:
                future.set_result(answer)

    def _work(self) -> None:
        left: list[Waiting] = []
        ended = False
        while left or not ended:
            taken, last = self._take(left)
            ended = ended or last
            if not taken:
                continue
            began = self._clock()
            settled = list(zip(taken, self._write([work for work, _ in taken]), strict=True))
            self.seconds += self._clock() - began
            left = [waiting for waiting, answer in settled if isinstance(answer, Later)]
            batch = [waiting for waiting, answer in settled if not isinstance(answer, Later)]
            answers = [answer for _, answer in settled if not isinstance(answer, Later)]
            failed = [answer.error for answer in answers if isinstance(answer, Failed)]
            self.commits += len(batch) - len(failed)
            self.batches += 1
            self.failing = len(failed) == len(batch) and all(isinstance(error, StoreFault) for error in failed)
            with suppress(RuntimeError):  # the loop is gone, and with it everybody who waited
                self._loop.call_soon_threadsafe(self._settle, batch, answers)
        self._changing.close()

    def _take(self, left: list[Waiting]) -> tuple[list[Waiting], bool]:
        """Wait for something unless something was left, then take all there is; True means that it is the last."""
        batch = left
        try:
            gathered = self._queue.get(block=not left)
            while gathered is not None:
                batch = batch + gathered
                gathered = self._queue.get_nowait()
        except Empty:
            return batch, False
        return batch, True

    def _write(self, batch: list[Work]) -> list[Any]:
        """Write all in one transaction, or else each in its own; give what came of each, in their order."""
        answers = self._transact(batch)
        if isinstance(answers, list):
            return answers
        if len(batch) == 1 or getattr(answers, "sqlite_errorcode", None) in _CANT_BEGIN:
            return [Failed(self._store_fault(answers)) for _ in batch]
        return [self._write([work])[0] for work in batch]

    def _transact(self, batch: list[Work]) -> list[Any] | Exception:
        """Write all of a batch but changes that fail, or nothing and give the fault.

        Whatever goes wrong must reach who waits, so everything is caught.
        """
        connection = self._connection
        try:
            groups = _group([work for work in batch if isinstance(work, Commit)], self._prepared)
            connection.execute("BEGIN IMMEDIATE")
            for statement, rows in groups:
                _execute(connection, statement, rows)
            until = self._clock() + CHANGING_FOR
            answers = [None if isinstance(work, Commit) else self._change(work, until=until) for work in batch]
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - see above
            if connection.in_transaction:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
            return error
        return answers

    def _change(self, change: Change, *, until: float) -> Any:
        """Give a change's answer, or its fault when it failed alone; raises the fault when nothing can be kept."""
        if self._clock() > until:
            return Later()
        try:
            return self._changing.run(change)
        except Exception as error:
            cause = error.orig if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error) else error
            if not self._connection.in_transaction:
                raise cause from error
            return Failed(self._store_fault(cause) if isinstance(cause, sqlite3.Error) else error)

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
