"""Which databases are opened, which are refused, and with what words."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select

from omiflow.errors import EnvironmentFault
from omiflow.store.database import open_database
from omiflow.store.migrate import migrate
from omiflow.store.tables import SCHEMA, events, metadata


def url_of(path: Path) -> str:
    return f"sqlite:///{quote(str(path))}"


def make(path: Path) -> Path:
    with open_database(url_of(path)) as database:
        migrate(database)
    return path


def change(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(sql)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite://", "in memory forgets"),
        ("sqlite:///:memory:", "in memory forgets"),
        ("sqlite:///x.db?mode=memory", "a path and nothing else"),
        ("sqlite://host/x.db", "a path and nothing else"),
        ("postgresql://me:secret@host/omi", "postgresql comes later"),
        ("postgresql+psycopg://me:secret@host/omi", "postgresql comes later"),
        ("mysql://me:secret@host/omi", "no database is called 'mysql'"),
        ("omiflow.db", "is not a URL"),
        ("sqlite:////no/such/folder/x.db", "doesn't exist; create it"),
        ("sqlite:////", "is a folder"),
    ],
)
def test_a_url_that_cannot_keep_anything_is_refused_without_its_password(url: str, words: str) -> None:
    with pytest.raises(EnvironmentFault, match=words) as fault:
        open_database(url)
    assert "secret" not in str(fault.value)


def test_a_relative_url_is_a_file_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with open_database("sqlite:///omiflow.db") as database:
        migrate(database)
    assert (tmp_path / "omiflow.db").exists()


def test_a_path_with_odd_characters_is_that_path(tmp_path: Path) -> None:
    assert make(tmp_path / "a b?c#d%20é.db").exists()


def test_reading_a_database_that_does_not_exist_is_refused_and_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="there is no database at"):
        open_database(url_of(tmp_path / "none.db"), reading=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"dear database, " * 500)
    for reading in (True, False):
        with pytest.raises(EnvironmentFault, match="is not a database; choose another file"):
            open_database(url_of(path), reading=reading)
    assert path.read_bytes() == b"dear database, " * 500


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    change(path, "CREATE TABLE recipes (id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(EnvironmentFault, match="belongs to another program"):
        open_database(url_of(path))
    assert path.read_bytes() == before


def test_a_damaged_database_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = make(tmp_path / "o.db")
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(content)
    with pytest.raises(EnvironmentFault, match="is damaged; restore a backup"):
        open_database(url_of(path))


@pytest.mark.parametrize("reading", [True, False])
def test_the_database_of_a_newer_omiflow_is_refused(tmp_path: Path, reading: bool) -> None:
    path = make(tmp_path / "o.db")
    change(path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(EnvironmentFault, match=r"written by a newer omiflow .schema '9999'"):
        open_database(url_of(path), reading=reading)


def test_reading_an_empty_file_says_that_serve_brings_it_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "o.db"
    path.touch()
    with pytest.raises(EnvironmentFault, match="older than this omiflow; `omiflow serve`"):
        open_database(url_of(path), reading=True)
    assert make(path).stat().st_size > 0


def test_a_database_locked_by_another_program_is_a_fault_with_words(tmp_path: Path) -> None:
    path = tmp_path / "o.db"
    with open_database(url_of(path)) as database:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("PRAGMA journal_mode=WAL")
        holder.execute("BEGIN IMMEDIATE")
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
        with pytest.raises(EnvironmentFault, match="is locked by another process"):
            migrate(database)
        holder.close()


def test_only_one_process_serves_a_database_and_the_fault_names_it(tmp_path: Path) -> None:
    url = url_of(tmp_path / "o.db")
    with open_database(url) as first:
        first.lock()
        first.lock()
        words = rf"another omiflow is serving .*\(process {os.getpid()}\)"
        with open_database(url) as second, pytest.raises(EnvironmentFault, match=words):
            second.lock()
    with open_database(url) as third:
        third.lock()


def test_a_reader_works_beside_a_server_and_without_one_and_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "o.db"
    with open_database(url_of(path)) as server:
        server.lock()
        migrate(server)
        with open_database(url_of(path), reading=True) as reader, reader.engine.begin() as connection:
            assert connection.execute(select(events)).all() == []
    with open_database(url_of(path), reading=True) as reader:
        with reader.engine.begin() as connection:
            assert connection.execute(select(events)).all() == []
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.connect().execute("DELETE FROM events")


def test_the_migrations_make_the_tables_that_the_queries_know(tmp_path: Path) -> None:
    with open_database(url_of(tmp_path / "o.db")) as database:
        migrate(database)
        with database.engine.begin() as connection:
            difference = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
            assert difference == []
            made = dict(_schema(connection.connection.driver_connection))
            metadata.drop_all(connection)
            metadata.create_all(connection)
            assert dict(_schema(connection.connection.driver_connection)) == made


def _schema(connection: Any) -> list[tuple[str, str]]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return [(name, "".join(sql.split())) for name, sql in rows]


def test_the_schema_known_to_the_tables_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "omiflow.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [SCHEMA]


KILLED_MIGRATION = """
import os, signal, sys
from sqlalchemy import event
from omiflow.store.database import open_database
from omiflow.store.migrate import migrate

database = open_database(sys.argv[1])
left = int(sys.argv[2])

@event.listens_for(database.engine, "after_cursor_execute")
def kill(connection, cursor, statement, *rest):
    global left
    if statement.lstrip().startswith(("CREATE", "INSERT")):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

migrate(database)
"""


MADE_BY_0_1 = (Path(__file__).parent / "made_by_0_1.sql").read_text()


def make_old(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Make a database as 0.1 left it, and give its rows by table."""
    connection = sqlite3.connect(path)
    connection.executescript(MADE_BY_0_1)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return rows_of(path, OLD_TABLES)


def rows_of(path: Path, names: tuple[str, ...]) -> dict[str, list[tuple[Any, ...]]]:
    connection = sqlite3.connect(path)
    rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    connection.close()
    return rows


OLD_TABLES = ("events", "deliveries", "runs", "journal", "tallies", "marks", "sources", "rule_files")
KEPT = tuple(name for name in OLD_TABLES if name != "marks")
"""Marks that only counted said nothing of words; they were for a quarter of an hour."""


def test_a_database_of_0_1_keeps_everything_and_gets_the_tables_of_today(tmp_path: Path) -> None:
    path = tmp_path / "o.db"
    before = make_old(path)
    assert all(before.values())
    with pytest.raises(EnvironmentFault, match="is older than this omiflow"):
        open_database(url_of(path), reading=True)
    make(path)
    assert rows_of(path, (*KEPT, "marks")) == {**before, "marks": []}
    assert make(tmp_path / "new.db").exists()
    new, old = (sqlite3.connect(tmp_path / name) for name in ("new.db", "o.db"))
    assert dict(_schema(old)) == dict(_schema(new))
    new.close()
    old.close()


@pytest.mark.parametrize("statements", [1, 4, 6])
def test_an_old_database_survives_a_kill_while_it_is_brought_up_to_date(tmp_path: Path, statements: int) -> None:
    path = tmp_path / "o.db"
    before = make_old(path)
    child = subprocess.run([sys.executable, "-c", KILLED_MIGRATION, url_of(path), str(statements)], check=False)
    assert child.returncode == -signal.SIGKILL
    assert rows_of(path, OLD_TABLES) == before
    assert rows_of(make(path), (*KEPT, "marks")) == {**before, "marks": []}


def test_a_database_with_lists_and_values_keeps_them_and_gets_the_tables_of_today(tmp_path: Path) -> None:
    path = tmp_path / "o.db"
    make_old(path)
    with open_database(url_of(path)) as database, database.engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", "omiflow:store/migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.commit()
    change(path, "INSERT INTO kept_items VALUES ('user', 'u1', 'tea', 1, '\"milk\"', NULL)")
    change(path, "INSERT INTO kept_values VALUES ('user', 'u1', 'cups', '2', NULL)")
    change(path, "INSERT INTO changes VALUES ('r001', 'actions[0]', '{}', 1.0)")
    change(path, "INSERT INTO marks VALUES ('default', 'u1', 'milk', 's2', 2, 100.0)")
    kept = (*KEPT, "kept_items", "kept_values", "changes")
    before = rows_of(path, kept)
    assert all(before.values())
    assert rows_of(make(path), (*kept, "marks")) == {**before, "marks": []}


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    path = make(tmp_path / "o.db")
    before = path.read_bytes()
    assert make(path).read_bytes() == before


@pytest.mark.parametrize("statements", [1, 6, 22])
def test_a_migration_that_was_killed_is_made_again_at_the_next_start(tmp_path: Path, statements: int) -> None:
    path = tmp_path / "o.db"
    child = subprocess.run([sys.executable, "-c", KILLED_MIGRATION, url_of(path), str(statements)], check=False)
    assert child.returncode == -signal.SIGKILL
    with open_database(url_of(make(path)), reading=True) as database, database.engine.begin() as connection:
        assert connection.execute(select(events)).all() == []
