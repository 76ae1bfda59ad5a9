"""Questions to the store, each a function of a connection; callers run them in a thread.

Lists are newest first by time of arrival; `before` is the id of the last line of the page before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, Table, func, literal, select, tuple_

from omiflow.model import SPEECH, Entry, Run, Spend, Verdict
from omiflow.store.stored import EventLine, RunLine, StoredDelivery, StoredEvent, StoredRun
from omiflow.store.tables import (
    deliveries,
    events,
    journal,
    rule_files,
    runs,
    sources,
    tallies,
)

KEYS_AT_ONCE = 200
FEW_RUNS = 2000

_decode = msgspec.json.Decoder().decode
_BARE = [runs.c[name] for name in Run.__struct_fields__ if name != "inputs"]
_decode_trace = msgspec.json.Decoder(list[Verdict]).decode


def find_delivery(connection: Connection, app: str, keys: Sequence[str]) -> tuple[str, Mapping[str, Any]] | None:
    """Find the first event of an app that was delivered under one of `keys`: its id and the answer it got."""
    row = connection.execute(
        select(deliveries.c.event_id, events.c.answer)
        .outerjoin(events, events.c.id == deliveries.c.event_id)
        .where(deliveries.c.app == app, deliveries.c.key.in_(keys))
        .order_by(deliveries.c.event_id)
        .limit(1)
    ).first()
    return (row.event_id, _object(row.answer)) if row else None


def latest_arrival(connection: Connection) -> float | None:
    """Give when the latest event was received, None when there is none."""
    latest: float | None = connection.scalar(select(func.max(events.c.received)))
    return latest


def recent_deliveries(connection: Connection, since: float) -> list[StoredDelivery]:
    """Give the delivery keys of events received at or after `since`."""
    rows = connection.execute(
        select(deliveries.c.app, deliveries.c.key, deliveries.c.event_id, events.c.answer)
        .join(events, events.c.id == deliveries.c.event_id)
        .where(events.c.received >= since)
    )
    return [StoredDelivery(app=row.app, key=row.key, event_id=row.event_id, answer=_object(row.answer)) for row in rows]


def load_spends(
    connection: Connection, keys: Sequence[tuple[str, str]], *, now: float
) -> dict[tuple[str, str], list[Spend]]:
    """Give what still counts at `now` in each of the tallies `(tally, key)`, oldest first; every key has a list."""
    spends: dict[tuple[str, str], list[Spend]] = {key: [] for key in keys}
    wanted = list(spends)
    for start in range(0, len(wanted), KEYS_AT_ONCE):
        rows = connection.execute(
            select(tallies)
            .where(tuple_(tallies.c.tally, tallies.c.key).in_(wanted[start : start + KEYS_AT_ONCE]))
            .where(tallies.c.expires > now)
            .order_by(tallies.c.at)
        )
        for row in rows:
            spends[row.tally, row.key].append(Spend(tally=row.tally, key=row.key, at=row.at, expires=row.expires))
    return spends


def all_spends(connection: Connection, *, now: float, limit: int) -> list[Spend]:
    """Give up to `limit` marks that still count at `now`, whatever their tally."""
    rows = connection.execute(select(tallies).where(tallies.c.expires > now).order_by(tallies.c.at).limit(limit))
    return [Spend(**row) for row in rows.mappings()]


def speakers_since(connection: Connection, since: float, *, limit: int) -> list[tuple[str, str]]:
    """Give up to `limit` pairs of app and user whose speech was received at or after `since`."""
    rows = connection.execute(
        select(events.c.app, events.c.uid)
        .where(events.c.received >= since, events.c.name == SPEECH, events.c.uid.is_not(None))
        .distinct()
        .limit(limit)
    )
    return [(row.app, row.uid) for row in rows]


def due_runs(connection: Connection, now: float, limit: int) -> list[str]:
    """Give the ids of the runs that want to go on by `now`, the longest waiting first."""
    return list(
        connection.scalars(select(runs.c.id).where(runs.c.due <= now).order_by(runs.c.due, runs.c.id).limit(limit))
    )


def next_due(connection: Connection, *, after: float | None = None) -> float | None:
    """Give the time when the next run wants to go on, of those behind `after` if it is given; None when none does."""
    behind = runs.c.due.is_not(None) if after is None else runs.c.due > after
    due: float | None = connection.scalar(select(func.min(runs.c.due)).where(behind))
    return due


def waiting_runs(connection: Connection, rules: Sequence[str]) -> list[Run]:
    """Give the parked runs of some rules, without their inputs."""
    rows = connection.execute(select(*_BARE).where(runs.c.due.is_not(None), runs.c.state == "waiting"))
    wanted = set(rules)
    return [Run(**row) for row in rows.mappings() if row["rule"] in wanted]


def bare_run(connection: Connection, run_id: str) -> Run | None:
    """Give a run without its inputs, which can be had even where those can't be read."""
    row = connection.execute(select(*_BARE).where(runs.c.id == run_id)).mappings().first()
    return None if row is None else Run(**row)


def runs_of_event(connection: Connection, event_id: str) -> dict[str, Run]:
    """Give the runs that an event set off, by id, without their inputs."""
    rows = connection.execute(select(*_BARE).where(runs.c.event_id == event_id).order_by(runs.c.id)).mappings()
    return {row["id"]: Run(**row) for row in rows}


def load_run(connection: Connection, run_id: str) -> StoredRun | None:
    """Give a run with its journal and its event."""
    found = load_runs(connection, [run_id])
    return found[0] if found else None


def load_runs(connection: Connection, run_ids: Sequence[str]) -> list[StoredRun]:
    """Give runs with their journals and events, in the order of `run_ids`; those that aren't there are left out."""
    rows = {row.id: row for row in connection.execute(select(runs).where(runs.c.id.in_(run_ids)))}
    journals: dict[str, list[Entry]] = {run_id: [] for run_id in rows}
    for entry in connection.execute(
        select(journal).where(journal.c.run_id.in_(run_ids)).order_by(journal.c.run_id, journal.c.seq)
    ):
        value = _decode(entry.value) if entry.value else None
        journals[entry.run_id].append(Entry(path=entry.path, kind=entry.kind, at=entry.at, value=value))
    theirs = select(runs.c.event_id).where(runs.c.id.in_(run_ids))
    known = {row.id: event_in(row) for row in connection.execute(select(events).where(events.c.id.in_(theirs)))}
    return [
        StoredRun(run=_run(row), ended_at=row.ended_at, journal=journals[row.id], event=known.get(row.event_id))
        for row in (rows[run_id] for run_id in run_ids if run_id in rows)
    ]


def load_source(connection: Connection, digest: str) -> Any | None:
    """Give the source of a rule by its digest, None when it isn't known."""
    source = connection.scalar(select(sources.c.source).where(sources.c.digest == digest))
    return None if source is None else _decode(source)


def load_rule_files(connection: Connection) -> dict[str, str]:
    """Give the last good text of every rule file by its path."""
    rows = connection.execute(select(rule_files.c.path, rule_files.c.text).order_by(rule_files.c.path))
    return {row.path: row.text for row in rows}


def get_event(connection: Connection, event_id: str) -> StoredEvent | None:
    """Give an event as it was received and decided."""
    row = connection.execute(select(events).where(events.c.id == event_id)).first()
    return None if row is None else event_in(row)


def list_events(
    connection: Connection,
    *,
    limit: int = 50,
    rule: str | None = None,
    user: str | None = None,
    state: str | None = None,
    since: float | None = None,
    before: str | None = None,
) -> list[EventLine]:
    """List events; `rule` and `state` keep those with a run of that rule in that state."""
    count = select(func.count()).where(runs.c.event_id == events.c.id).scalar_subquery()
    query = select(
        events.c.id,
        events.c.name.label("event"),
        events.c.webhook.label("name"),
        events.c.app,
        events.c.uid,
        events.c.at,
        events.c.received,
        events.c.late,
        count.label("runs"),
    )
    if rule is not None or state is not None:
        fitting = select(runs.c.event_id).where(*_equal((runs.c.rule, rule), (runs.c.state, state)))
        if len(connection.execute(fitting.limit(FEW_RUNS)).all()) < FEW_RUNS:
            query = query.where(events.c.id.in_(fitting))
        else:
            query = query.where(_has_run(rule, state))
    query = query.where(*_equal((events.c.uid, user)))
    if since is not None:
        query = query.where(events.c.received >= since)
    rows = connection.execute(_page(query, events, "received", limit=limit, before=before))
    return [EventLine(**row) for row in rows.mappings()]


def list_runs(
    connection: Connection,
    *,
    limit: int = 50,
    rule: str | None = None,
    user: str | None = None,
    state: str | None = None,
    since: float | None = None,
    before: str | None = None,
) -> list[RunLine]:
    """List runs by the time of their decision."""
    query = select(*(runs.c[name] for name in RunLine.__struct_fields__))
    query = query.where(*_equal((runs.c.rule, rule), (runs.c.uid, user), (runs.c.state, state)))
    if since is not None:
        query = query.where(runs.c.at >= since)
    rows = connection.execute(_page(query, runs, "at", limit=limit, before=before))
    return [RunLine(**row) for row in rows.mappings()]


def rules_that_ran(connection: Connection) -> list[str]:
    """List the rules that have runs, by name."""
    return list(connection.scalars(select(runs.c.rule).distinct().order_by(runs.c.rule)))


def _run(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        rule=row.rule,
        source=row.source,
        event_id=row.event_id,
        app=row.app,
        uid=row.uid,
        at=row.at,
        state=row.state,
        reason=row.reason,
        due=row.due,
        inputs=_decode(row.inputs),
    )


def event_in(row: Row[Any]) -> StoredEvent:
    """Read a row of `events`."""
    return StoredEvent(
        id=row.id,
        app=row.app,
        uid=row.uid,
        name=row.name,
        webhook=row.webhook,
        at=row.at,
        received=row.received,
        late=row.late,
        request=_decode(row.request) if row.request else None,
        body=row.body,
        answer=_object(row.answer),
        trace=_decode_trace(row.trace) if row.trace else [],
    )


def _has_run(rule: str | None, state: str | None) -> ColumnElement[bool]:
    """Look at each event's own runs; quick where many events have such a run, and slow where few do.

    `coalesce` keeps the database from taking the index of the rule or the state, which finds far more than that.
    """
    wanted = _equal((func.coalesce(runs.c.rule, ""), rule), (func.coalesce(runs.c.state, ""), state))
    return select(runs.c.id).where(runs.c.event_id == events.c.id, *wanted).exists()


def _equal(*wanted: tuple[ColumnElement[Any], str | None]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in wanted if value is not None]


def _page(query: Select[Any], table: Table, time: str, *, limit: int, before: str | None) -> Select[Any]:
    if before is not None:
        last = table.alias()
        at = select(last.c[time]).where(last.c.id == before).scalar_subquery()
        query = query.where(tuple_(table.c[time], table.c.id) < tuple_(at, literal(before)))
    return query.order_by(table.c[time].desc(), table.c.id.desc()).limit(limit)


def _object(text: str | None) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = _decode(text) if text else {}
    return answer
