"""Questions to the store about what users said: their words, what was heard in them, and what they are still owed.

Each is a function of a connection; callers run them in a thread.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Row, Select, Table, and_, or_, select

from omiflow.model import SPEECH, Mark, Owed
from omiflow.store.queries import event_in
from omiflow.store.stored import StoredEvent, StoredSpeech
from omiflow.store.tables import events, marks, open_slots, owed, runs, sessions

CONVERSATION = "memory_created"

_decode = msgspec.json.Decoder().decode


def speech_before(
    connection: Connection,
    app: str,
    uid: str,
    *,
    before: StoredSpeech | None,
    since: float,
    span: float,
    few: int,
    limit: int,
) -> list[StoredSpeech]:
    """Give the realtime events and conversations of a user before one of them, or the last ones, oldest first.

    They reach back `span` seconds from the latest realtime event, `few` events if that is further, and are no more than
    `limit`. There are none where that event was received before `since`.
    """
    latest = _latest_speech(events.c.received, app=app, uid=uid)
    said = (
        select(events.c.id, events.c.name, events.c.received, events.c.request, events.c.body)
        .where(events.c.uid == uid, events.c.app == app, events.c.name.in_((SPEECH, CONVERSATION)))
        .order_by(events.c.received.desc(), events.c.id.desc())
    )
    if before is not None:
        latest, said = (_earlier(query, before) for query in (latest, said))
    spoke_at = connection.scalar(latest)
    if spoke_at is None or spoke_at < since:
        return []
    rows = connection.execute(said.where(events.c.received >= spoke_at - span).limit(limit)).all()
    if len(rows) < few:
        rows = connection.execute(said.limit(few)).all()
    return [
        StoredSpeech(
            event_id=row.id,
            name=row.name,
            received=row.received,
            request=_decode(row.request) if row.request else None,
            body=row.body,
        )
        for row in reversed(rows)
    ]


def last_speech(connection: Connection, app: str, uid: str) -> StoredEvent | None:
    """Give a user's latest realtime event."""
    row = connection.execute(_latest_speech(events, app=app, uid=uid)).first()
    return None if row is None else event_in(row)


def _latest_speech(what: Table | Column[float], *, app: str, uid: str) -> Select[Any]:
    return (
        select(what)
        .where(events.c.uid == uid, events.c.app == app, events.c.name == SPEECH)
        .order_by(events.c.received.desc(), events.c.id.desc())
        .limit(1)
    )


def _earlier(query: Select[Any], one: StoredSpeech) -> Select[Any]:
    at_once = and_(events.c.received == one.received, events.c.id < one.event_id)
    return query.where(events.c.received <= one.received, or_(events.c.received < one.received, at_once))


def load_marks(connection: Connection, app: str, uid: str, since: float) -> dict[str, list[Mark]]:
    """Give what rules fired on in a user's words received at or after `since`, by the event that was decided."""
    first = select(events.c.id).where(events.c.uid == uid, events.c.received >= since)
    rows = connection.execute(
        select(marks)
        .where(marks.c.app == app, marks.c.uid == uid)
        .where(marks.c.event_id >= first.order_by(events.c.received, events.c.id).limit(1).scalar_subquery())
        .order_by(marks.c.event_id, marks.c.at, marks.c.rule, marks.c.segment, marks.c.first)
    )
    found: dict[str, list[Mark]] = {}
    for row in rows:
        mark = Mark(rule=row.rule, segment=row.segment, first=row.first, last=row.last)
        found.setdefault(row.event_id, []).append(mark)
    return found


def session_began(connection: Connection, app: str, uid: str) -> float | None:
    """Give when a user's latest session began."""
    began: float | None = connection.scalar(
        select(sessions.c.began).where(sessions.c.app == app, sessions.c.uid == uid)
    )
    return began


def all_open_slots(connection: Connection) -> list[tuple[str, str, float]]:
    """Give app, user and time of all that the clock will end, the earliest first."""
    rows = connection.execute(select(open_slots).order_by(open_slots.c.due))
    return [(row.app, row.uid, row.due) for row in rows]


def unpaid(connection: Connection, now: float) -> list[tuple[str, str, Owed]]:
    """Give app, user and what they are still owed at `now`, the oldest first; runs that were ended owe nothing."""
    rows = connection.execute(
        select(owed)
        .join(runs, runs.c.id == owed.c.run_id)
        .where(owed.c.until >= now, owed.c.paid_by.is_(None), runs.c.due.is_not(None))
        .order_by(owed.c.until, owed.c.run_id)
    )
    return [(row.app, row.uid, _owed(row)) for row in rows]


def owed_of_run(connection: Connection, run_id: str) -> dict[str, tuple[Owed, bool]]:
    """Give what a run's steps owed, by their paths, and whether it was paid."""
    rows = connection.execute(select(owed).where(owed.c.run_id == run_id))
    return {row.path: (_owed(row), row.paid_by is not None) for row in rows}


def _owed(row: Row[Any]) -> Owed:
    return Owed(run_id=row.run_id, path=row.path, field=row.field, value=_decode(row.body), until=row.until)
