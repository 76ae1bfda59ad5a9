"""Every statement that writes, by name, with the order of its parameters; the writer compiles and executes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Column, Table, bindparam, delete, update
from sqlalchemy.sql import ClauseElement

from omiflow.store.tables import (
    changes,
    deliveries,
    events,
    journal,
    kept_items,
    kept_values,
    marks,
    rule_files,
    runs,
    sources,
    tallies,
)

Params = tuple[Any, ...]


class Commit(msgspec.Struct, frozen=True):
    """What is kept together or not at all: names of statements, each with the parameters of one row or of several."""

    statements: list[tuple[str, Params | list[Params]]]

    def __add__(self, other: Commit) -> Commit:
        """Join two commits into one."""
        return Commit([*self.statements, *other.statements])


class Statement(msgspec.Struct, frozen=True):
    """One way to write to one table; `params` names the parameters in their order."""

    table: str
    sql: ClauseElement
    params: tuple[str, ...]


def statements(insert: Callable[[Table], Any]) -> dict[str, Statement]:
    """Give the statements by name; `insert` is the one of the database's dialect, because it can meet conflicts."""
    new_mark, new_file = insert(marks), insert(rule_files)
    return {
        "event": _whole_row(events, insert(events)),
        "delivery": _whole_row(deliveries, insert(deliveries)),
        "run": _whole_row(runs, insert(runs)),
        "run_state": Statement(
            "runs",
            update(runs)
            .where(runs.c.id == bindparam("run_id"))
            .values(
                source=bindparam("new_source"),
                state=bindparam("new_state"),
                reason=bindparam("new_reason"),
                due=bindparam("new_due"),
                ended_at=bindparam("new_ended_at"),
            ),
            ("new_source", "new_state", "new_reason", "new_due", "new_ended_at", "run_id"),
        ),
        "journal": _whole_row(journal, insert(journal)),
        "spend": _whole_row(tallies, insert(tallies)),
        "mark": _whole_row(
            marks,
            new_mark.on_conflict_do_update(
                index_elements=["app", "uid", "rule", "segment"],
                set_={"count": new_mark.excluded.count, "at": new_mark.excluded.at},
            ),
        ),
        "source": _whole_row(sources, insert(sources).on_conflict_do_nothing(index_elements=["digest"])),
        "rule_file": _whole_row(
            rule_files,
            new_file.on_conflict_do_update(
                index_elements=["path"], set_={"text": new_file.excluded.text, "at": new_file.excluded.at}
            ),
        ),
        "rule_file_gone": Statement(
            "rule_files", delete(rule_files).where(rule_files.c.path == bindparam("gone")), ("gone",)
        ),
        "sweep_tallies": _sweeping(tallies, tallies.c.expires),
        "sweep_marks": _sweeping(marks, marks.c.at),
        "sweep_items": _sweeping(kept_items, kept_items.c.expires),
        "sweep_values": _sweeping(kept_values, kept_values.c.expires),
        "sweep_changes": _sweeping(changes, changes.c.at),
    }


def _whole_row(table: Table, sql: ClauseElement) -> Statement:
    return Statement(table.name, sql, tuple(table.columns.keys()))


def _sweeping(table: Table, time: Column[float]) -> Statement:
    return Statement(table.name, delete(table).where(time <= bindparam("until")), ("until",))
