"""Every statement that writes, by name, with the order of its parameters; the writer compiles and executes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Column, Table, bindparam, delete, func, select, update
from sqlalchemy.sql import ClauseElement

from omiflow.store.tables import (
    changes,
    deliveries,
    events,
    journal,
    kept_items,
    kept_values,
    looked_through,
    marks,
    near_misses,
    open_slots,
    owed,
    rule_files,
    runs,
    sessions,
    sources,
    tallies,
)

Params = tuple[Any, ...]


class Commit(msgspec.Struct, frozen=True):
    """What is kept together or not at all: names of statements, each with the parameters of one row or of several."""

    statements: list[tuple[str, Params | list[Params]]]

    def __add__(self, other: Commit) -> Commit:
        """Join two commits into one."""
        return Commit([*self.statements, *other.statements]) if other.statements else self


class Statement(msgspec.Struct, frozen=True):
    """One way to write to one table; `params` names the parameters in their order."""

    table: str
    sql: ClauseElement
    params: tuple[str, ...]


def statements(insert: Callable[[Table], Any]) -> dict[str, Statement]:
    """Give the statements by name; `insert` is the one of the database's dialect, because it can meet conflicts."""
    new_file, new_session, new_slot = insert(rule_files), insert(sessions), insert(open_slots)
    new_miss, new_look = insert(near_misses), insert(looked_through)
    return {
        "event": _whole_row(events, insert(events)),
        "event_trace": Statement(
            "events",
            update(events).where(events.c.id == bindparam("event")).values(trace=bindparam("new_trace")),
            ("new_trace", "event"),
        ),
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
        "run_due": Statement(
            "runs",
            update(runs)
            .where(runs.c.id == bindparam("run_id"), runs.c.due.is_not(None))
            .values(due=bindparam("new_due")),
            ("new_due", "run_id"),
        ),
        "journal": _whole_row(journal, insert(journal)),
        "spend": _whole_row(tallies, insert(tallies)),
        "mark": _whole_row(marks, insert(marks).on_conflict_do_nothing()),
        "session": _whole_row(
            sessions,
            new_session.on_conflict_do_update(
                index_elements=["app", "uid"], set_={"began": new_session.excluded.began}
            ),
        ),
        "open_slot": _whole_row(
            open_slots,
            new_slot.on_conflict_do_update(index_elements=["app", "uid"], set_={"due": new_slot.excluded.due}),
        ),
        "open_slot_gone": Statement(
            "open_slots",
            delete(open_slots).where(open_slots.c.app == bindparam("whose"), open_slots.c.uid == bindparam("gone")),
            ("whose", "gone"),
        ),
        "owed": _whole_row(owed, insert(owed)),
        "owed_paid": Statement(
            "owed",
            update(owed)
            .where(owed.c.run_id == bindparam("of_run"), owed.c.path == bindparam("at_path"))
            .values(paid_by=bindparam("event")),
            ("event", "of_run", "at_path"),
        ),
        "near_miss": _whole_row(
            near_misses,
            new_miss.on_conflict_do_update(
                index_elements=["rule", "phrase", "said"],
                set_={"count": near_misses.c.count + new_miss.excluded.count}
                | {name: new_miss.excluded[name] for name in ("edits", "at", "app", "uid", "event_id")},
            ),
        ),
        "near_misses_trimmed": _trimming(near_misses),
        "near_misses_gone": Statement(
            "near_misses",
            delete(near_misses).where(
                near_misses.c.rule == bindparam("of_rule"), near_misses.c.phrase == bindparam("of_phrase")
            ),
            ("of_rule", "of_phrase"),
        ),
        "looked_through": _whole_row(
            looked_through,
            new_look.on_conflict_do_update(
                index_elements=["what"], set_={name: new_look.excluded[name] for name in ("event_id", "at")}
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
        "sweep_sessions": _sweeping(sessions, sessions.c.began),
        "sweep_owed": _sweeping(owed, owed.c.until),
        "sweep_near_misses": _sweeping(near_misses, near_misses.c.at),
        "sweep_items": _sweeping(kept_items, kept_items.c.expires),
        "sweep_values": _sweeping(kept_values, kept_values.c.expires),
        "sweep_changes": _sweeping(changes, changes.c.at),
    }


def _whole_row(table: Table, sql: ClauseElement) -> Statement:
    return Statement(table.name, sql, tuple(table.columns.keys()))


def _sweeping(table: Table, time: Column[float]) -> Statement:
    return Statement(table.name, delete(table).where(time <= bindparam("until")), ("until",))


def _trimming(table: Table) -> Statement:
    """Leave of a rule's phrase the closest misses, of those the most frequent, of those the latest."""
    order = (table.c.edits, table.c.count.desc(), table.c.at.desc(), table.c.said)
    placed = (
        select(table.c.said, func.row_number().over(order_by=order).label("place"))
        .where(table.c.rule == bindparam("its_rule"), table.c.phrase == bindparam("its_phrase"))
        .subquery()
    )
    kept = select(placed.c.said).where(placed.c.place <= bindparam("most"))
    others = delete(table).where(
        table.c.rule == bindparam("of_rule"), table.c.phrase == bindparam("of_phrase"), table.c.said.not_in(kept)
    )
    return Statement(table.name, others, ("of_rule", "of_phrase", "its_rule", "its_phrase", "most"))
