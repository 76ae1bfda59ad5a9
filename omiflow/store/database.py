"""The database file: found, opened, locked for serving and looked at with suspicion; its schema is made elsewhere.

SQLite is the only one for now. The file is in WAL mode with `synchronous=FULL`: a commit that returned is on disk.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from omiflow.errors import EnvironmentFault
from omiflow.store.tables import SCHEMA

BUSY_SECONDS = 5.0
CHECKPOINT_PAGES = 4000
WAL_LEFT_OVER = 64 * 1024 * 1024
CACHE_KIB = 4 * 1024


class ServedFault(EnvironmentFault):
    """Another process serves the database."""


class Database:
    """An open database; `engine` gives connections in which every transaction reads one state of things."""

    def __init__(self, path: Path, *, reading: bool) -> None:
        self.path = path
        self.reading = reading
        self.engine: Engine = create_engine("sqlite://", creator=self.connect, poolclass=QueuePool)
        event.listen(self.engine, "begin", _begin)
        self._lock: int | None = None

    def connect(self) -> sqlite3.Connection:
        """Open one more raw connection in autocommit mode, usable from any one thread at a time."""
        connection = _connect(self.path, mode="ro" if self.reading else "rwc")
        try:
            if not self.reading:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
                connection.execute(f"PRAGMA journal_size_limit={WAL_LEFT_OVER}")
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def lock(self) -> None:
        """Become the only process that serves this database, until it is closed or the process ends."""
        if self._lock is not None:
            return
        path = self.path.with_name(self.path.name + ".lock")
        try:
            held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise EnvironmentFault(
                f"the lock '{path}' can't be made ({error.strerror}); make its folder writable"
            ) from error
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(held, 32).decode(errors="replace").strip() or "unknown"
            os.close(held)
            raise ServedFault(
                f"another omiflow is serving this database (process {owner}); stop it or choose another database"
            ) from error
        os.ftruncate(held, 0)
        os.write(held, f"{os.getpid()}\n".encode())
        self._lock = held

    def close(self) -> None:
        """Close all connections and let go of the lock."""
        self.engine.dispose()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_database(url: str, *, reading: bool = False) -> Database:
    """Open the database at `url`; one opened for `reading` must exist, is never changed and needs no lock.

    Raises EnvironmentFault for whatever isn't a database of this omiflow. A database that isn't opened for reading
    may lack tables until `migrate` has made them.
    """
    path = sqlite_path(url)
    if path.is_dir():
        raise EnvironmentFault(f"'{path}' is a folder; give the path of a file")
    if reading and not path.exists():
        raise EnvironmentFault(f"there is no database at '{path}'; `omiflow serve` makes it at its first start")
    if not path.parent.is_dir():
        raise EnvironmentFault(f"the folder '{path.parent}' of the database doesn't exist; create it")
    if path.exists():
        _refuse_strangers(path, reading=reading)
    return Database(path, reading=reading)


def explain_sqlite(path: Path, error: Exception) -> str:
    """Say what a fault of SQLite means for the file at `path` and what to do."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    advice = {
        sqlite3.SQLITE_NOTADB: "is not a database; choose another file or move it away",
        sqlite3.SQLITE_CORRUPT: "is damaged; restore a backup, or save what is left with `sqlite3 FILE .recover`",
        sqlite3.SQLITE_BUSY: "is locked by another process; stop what else is writing to it",
        sqlite3.SQLITE_CANTOPEN: "can't be opened; make the file and its folder readable and writable",
        sqlite3.SQLITE_READONLY: "is read-only; make the file and its folder writable",
        sqlite3.SQLITE_PERM: "can't be opened; make the file and its folder readable and writable",
        sqlite3.SQLITE_FULL: "has no room to grow; free some disk space",
        sqlite3.SQLITE_IOERR: "can't be read or written; look at the disk",
    }.get(primary if primary is not None else -1, "can't be used")
    return f"the database '{path}' {advice} ({error})"


def sqlite_path(url: str) -> Path:
    """Give the file of a database URL; raises EnvironmentFault for one that names none."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise EnvironmentFault("the database is not a URL; write it like 'sqlite:///omiflow.db'") from error
    if parsed.drivername.partition("+")[0] in ("postgresql", "postgres"):
        raise EnvironmentFault("postgresql comes later; write the database like 'sqlite:///omiflow.db'")
    if parsed.drivername != "sqlite":
        raise EnvironmentFault(f"no database is called '{parsed.drivername}'; write it like 'sqlite:///omiflow.db'")
    if parsed.host or parsed.query:
        raise EnvironmentFault("a sqlite URL has a path and nothing else; write it like 'sqlite:///omiflow.db'")
    if not parsed.database or parsed.database == ":memory:":
        raise EnvironmentFault("a database in memory forgets; write it like 'sqlite:///omiflow.db'")
    return Path(parsed.database)


def _connect(path: Path, *, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )


def _refuse_strangers(path: Path, *, reading: bool) -> None:
    """Refuse files that aren't databases, are another program's, or have another schema than this omiflow's."""
    version: str | None = None
    try:
        with closing(_connect(path, mode="ro")) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "alembic_version" in tables:
                row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
                version = row[0] if row else None
    except sqlite3.Error as error:
        raise EnvironmentFault(explain_sqlite(path, error)) from error
    if tables and not {"alembic_version", "events"} <= tables:
        raise EnvironmentFault(f"the database '{path}' belongs to another program; choose another file")
    if version is not None and version > SCHEMA:
        raise EnvironmentFault(
            f"the database '{path}' was written by a newer omiflow (schema '{version}', this one knows '{SCHEMA}'); "
            "install that version or restore an older backup"
        )
    if reading and version != SCHEMA:
        raise EnvironmentFault(
            f"the database '{path}' is older than this omiflow; `omiflow serve` brings it up to date"
        )


def _begin(connection: Connection) -> None:
    options: Any = connection.get_execution_options()
    connection.exec_driver_sql(f"BEGIN {options.get('begin', 'DEFERRED')}")
