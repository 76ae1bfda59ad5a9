"""What was nearly said, as it is kept: rows, the questions for them, and how far speech has been looked through.

Finding it, and when that is done, is the business of the runtime.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, func, select

from omiflow.model import SPEECH, Mark
from omiflow.store.queries import event_in
from omiflow.store.statements import Commit, Params
from omiflow.store.stored import StoredEvent
from omiflow.store.tables import events, looked_through, marks, near_misses

WHAT = "near_misses"


class NearMiss(msgspec.Struct, frozen=True, kw_only=True):
    """Words that nearly were a phrase of a rule: the letters that differ, how often they were said, and when last."""

    rule: str
    phrase: str
    said: str
    edits: int
    count: int = 1
    at: float
    app: str
    uid: str
    event_id: str


class Looked(NamedTuple):
    """How far speech was looked through: the last event, and when that was."""

    event_id: str
    at: float


def near_miss_rows(misses: Sequence[NearMiss], *, most: int, looked: Looked) -> Commit:
    """Count misses to those that are kept, the closest `most` of each phrase, and how far was looked."""
    rows: list[Params] = [msgspec.structs.astuple(miss) for miss in misses]
    phrases = dict.fromkeys((miss.rule, miss.phrase) for miss in misses)
    trimmed: list[Params] = [(*phrase, *phrase, most) for phrase in phrases]
    counted: list[tuple[str, Params | list[Params]]] = [("near_miss", rows), ("near_misses_trimmed", trimmed)]
    return Commit([*(counted if rows else []), ("looked_through", (WHAT, *looked))])


def forgotten_rows(phrases: Iterable[tuple[str, str]]) -> Commit:
    """Forget what was nearly some phrases, given by rule and phrase."""
    return Commit([("near_misses_gone", phrase) for phrase in phrases])


def kept_misses(connection: Connection, rule: str | None = None) -> list[NearMiss]:
    """Give what is kept, of one rule or of all, by rule and phrase, the closest and most frequent first."""
    query = select(near_misses).order_by(
        near_misses.c.rule,
        near_misses.c.phrase,
        near_misses.c.edits,
        near_misses.c.count.desc(),
        near_misses.c.at.desc(),
        near_misses.c.said,
    )
    if rule is not None:
        query = query.where(near_misses.c.rule == rule)
    return [NearMiss(**row) for row in connection.execute(query).mappings()]


def phrases_with_misses(connection: Connection) -> list[tuple[str, str]]:
    """List rules and phrases that have something kept."""
    return [
        (row.rule, row.phrase)
        for row in connection.execute(select(near_misses.c.rule, near_misses.c.phrase).distinct())
    ]


def last_looked(connection: Connection) -> Looked | None:
    """Give how far speech was looked through, None when it never was."""
    row = connection.execute(
        select(looked_through.c.event_id, looked_through.c.at).where(looked_through.c.what == WHAT)
    ).first()
    return None if row is None else Looked(row.event_id, row.at)


def speech_behind(connection: Connection, event_id: str, limit: int) -> list[StoredEvent]:
    """Give the next realtime events of users behind an event, in the order in which they were taken in."""
    rows = connection.execute(_speech(select(events)).where(events.c.id > event_id).order_by(events.c.id).limit(limit))
    return [event_in(row) for row in rows]


def speech_before(connection: Connection, event_id: str, *, since: float, limit: int) -> list[StoredEvent]:
    """Give of the last `limit` realtime events up to an event those received at or after `since`, the oldest first."""
    rows = connection.execute(
        _speech(select(events)).where(events.c.id <= event_id).order_by(events.c.id.desc()).limit(limit)
    ).all()
    return [event_in(row) for row in reversed(rows) if row.received >= since]


def marks_of(connection: Connection, stored: Sequence[StoredEvent]) -> dict[str, list[Mark]]:
    """Give what rules heard when these events came, by event."""
    rows = connection.execute(
        select(marks)
        .join(events, (marks.c.app == events.c.app) & (marks.c.uid == events.c.uid) & (marks.c.event_id == events.c.id))
        .where(events.c.id.in_([one.id for one in stored]))
        .order_by(marks.c.at, marks.c.rule, marks.c.segment, marks.c.first)
    )
    found: dict[str, list[Mark]] = {}
    for row in rows:
        mark = Mark(rule=row.rule, segment=row.segment, first=row.first, last=row.last)
        found.setdefault(row.event_id, []).append(mark)
    return found


def unread_speech(connection: Connection, event_id: str, *, most: int) -> int:
    """Count the realtime events behind an event, up to `most`."""
    behind = _speech(select(events.c.id)).where(events.c.id > event_id).limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(behind)) or 0


def event_before_last(connection: Connection, count: int) -> Looked:
    """Give the event behind which the last `count` realtime events are, with its arrival."""
    found = connection.execute(
        _speech(select(events.c.id, events.c.received)).order_by(events.c.id.desc()).offset(count).limit(1)
    ).first()
    return Looked("", 0.0) if found is None else Looked(found.id, found.received)


def _speech(query: Select[Any]) -> Select[Any]:
    return query.where(events.c.name == SPEECH, events.c.uid.is_not(None))
