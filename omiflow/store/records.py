"""Values of the model turned into rows to commit; which values belong together is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from omiflow.model import Decision, Entry, Owed, Run, Spend, Verdict
from omiflow.store.statements import Commit, Params

_encode = msgspec.json.Encoder().encode


def event_rows(
    decision: Decision,
    *,
    raw_body: bytes,
    request: Mapping[str, Any] | None = None,
    keys: Sequence[str] = (),
) -> Commit:
    """Keep an event with everything it sets off.

    `raw_body` is the body as received, after decompression; `request` holds what else a replay needs (`method`,
    `query`, `headers`); `keys` are the delivery keys under which a second delivery is known within the app.
    """
    event = decision.event
    row = (
        event.id,
        event.app,
        event.uid,
        event.name,
        event.webhook,
        event.at,
        event.received,
        event.late,
        _json(request) if request else None,
        raw_body,
        _json(decision.answer) if decision.answer else None,
        _json(decision.verdicts) if decision.verdicts else None,
    )
    rows: list[tuple[str, Params | list[Params]]] = [("event", row)]
    if keys:
        rows.append(("delivery", [(event.app, key, event.id) for key in dict.fromkeys(keys)]))
    return Commit(rows + _effects(decision, at=event.received))


def afterwards_rows(decision: Decision, *, before: Sequence[Verdict], at: float) -> Commit:
    """Keep what an event that is stored sets off later; `before` is what its trace tells already."""
    trace = [("event_trace", (_json([*before, *decision.verdicts]), decision.event.id))] if decision.verdicts else []
    return Commit([*trace, *_effects(decision, at=at)])


def _effects(decision: Decision, *, at: float) -> list[tuple[str, Params | list[Params]]]:
    """Keep what a decision leaves, but its event."""
    event, uid = decision.event, decision.event.uid or ""
    rows: list[tuple[str, Params | list[Params]]] = []
    for new in decision.runs:
        rows.append(("run", _run(new.run)))
        if new.journal:
            rows += journal_rows(new.run.id, 0, new.journal).statements
    if decision.spends:
        rows += spend_rows(decision.spends).statements
    if decision.marks:
        marks: list[Params] = [
            (event.app, uid, event.id, mark.rule, mark.segment, mark.first, mark.last, at) for mark in decision.marks
        ]
        rows.append(("mark", marks))
    if decision.owed:
        owed: list[Params] = [
            (one.run_id, one.path, event.app, uid, one.field, _json(one.value), one.until, None)
            for one in decision.owed
        ]
        rows.append(("owed", owed))
    return rows


def session_rows(app: str, uid: str, began: float) -> Commit:
    """Keep when a user's session began; it takes the place of the one before."""
    return Commit([("session", (app, uid, began))])


def open_slot_rows(app: str, uid: str, due: float | None) -> Commit:
    """Keep when the clock ends what a user began to say, or that there is nothing to end."""
    return Commit([("open_slot_gone", (app, uid)) if due is None else ("open_slot", (app, uid, due))])


def paid_rows(paid: Sequence[Owed], *, by: str, at: float) -> Commit:
    """Keep that the answer to the event `by` carries what was owed; the runs go on from `at`."""
    return Commit(
        [row for one in paid for row in (("owed_paid", (by, one.run_id, one.path)), ("run_due", (at, one.run_id)))]
    )


def spend_rows(spends: Sequence[Spend]) -> Commit:
    """Keep marks in tallies."""
    rows: list[Params] = [(spend.tally, spend.key, spend.at, spend.expires) for spend in spends]
    return Commit([("spend", rows)] if rows else [])


def journal_rows(run_id: str, seq: int, entries: Sequence[Entry]) -> Commit:
    """Append `entries` to a run's journal, the first at place `seq` (counted from 0)."""
    return Commit(
        [
            (
                "journal",
                [
                    (
                        run_id,
                        place,
                        entry.path,
                        entry.kind,
                        entry.at,
                        None if entry.value is None else _json(entry.value),
                    )
                    for place, entry in enumerate(entries, seq)
                ],
            )
        ]
    )


def run_state_rows(run: Run, *, ended_at: float | None = None) -> Commit:
    """Keep where a run stands now: its `source`, `state`, `reason` and `due`; its other fields never change."""
    return Commit([("run_state", (run.source, run.state, run.reason, run.due, ended_at, run.id))])


def source_rows(digest: str, *, rule: str, source: Any, at: float) -> Commit:
    """Keep the source of a rule under its digest; a digest that is known already stays as it is."""
    return Commit([("source", (digest, rule, _json(source), at))])


def rule_file_rows(path: str, text: str | None, *, at: float) -> Commit:
    """Keep the last good text of a rule file, or forget the file when `text` is None."""
    return Commit([("rule_file_gone", (path,)) if text is None else ("rule_file", (path, text, at))])


def _run(run: Run) -> Params:
    return (
        run.id,
        run.rule,
        run.source,
        run.event_id,
        run.app,
        run.uid,
        run.at,
        run.state,
        run.reason,
        run.due,
        _json(run.inputs),
        run.at if run.due is None else None,
    )


def _json(value: Any) -> str:
    return _encode(value).decode()
