"""The JSON documents that commands and the API give out; section 2 of the interfaces."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from omiflow.engine.rules import Rule
from omiflow.engine.values import outward, unpack
from omiflow.errors import BadRequest
from omiflow.model import WEBHOOK, Gate, Problem, Run, Verdict
from omiflow.omi.times import iso
from omiflow.runtime.rebuilt import rebuilt
from omiflow.runtime.written_steps import action_at
from omiflow.store.stored import EventLine, RunLine, StoredEvent, StoredRun


def event_line(line: EventLine) -> dict[str, Any]:
    """Show an event in a list."""
    return {
        "id": line.id,
        "event": line.event,
        "name": line.name,
        "app": line.app,
        "uid": line.uid,
        "at": iso(line.at),
        "received": iso(line.received),
        "late": line.late,
        "runs": line.runs,
    }


def run_line(line: RunLine) -> dict[str, Any]:
    """Show a run in a list."""
    return {
        "id": line.id,
        "rule": line.rule,
        "event_id": line.event_id,
        "app": line.app,
        "uid": line.uid,
        "at": iso(line.at),
        "state": line.state,
        "reason": line.reason,
        "due": None if line.due is None else iso(line.due),
        "ended_at": None if line.ended_at is None else iso(line.ended_at),
    }


def event_page(event: StoredEvent, runs: Mapping[str, Run]) -> dict[str, Any]:
    """Show one event with the body that was received, what was decided, and where its `runs`, by id, stand now."""
    return {
        "id": event.id,
        "event": event.name,
        "webhook": event.webhook,
        "app": event.app,
        "uid": event.uid,
        "at": iso(event.at),
        "received": iso(event.received),
        "late": event.late,
        "body": _body(event),
        "answer": event.answer,
        "trace": [
            verdict_shape(verdict) | {"run": _standing(runs.get(verdict.run_id or ""))} for verdict in event.trace
        ],
    }


def run_page(stored: StoredRun, source: Any = None, *, sent: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Show one run with its journal; the source of its rule tells which action stands where, `sent` what went out."""
    run = stored.run
    return {
        "id": run.id,
        "rule": run.rule,
        "event_id": run.event_id,
        "app": run.app,
        "uid": run.uid,
        "at": iso(run.at),
        "state": run.state,
        "reason": run.reason,
        "due": None if run.due is None else iso(run.due),
        "ended_at": None if stored.ended_at is None else iso(stored.ended_at),
        "trigger": run.inputs.get("trigger"),
        "journal": [
            {
                "path": entry.path,
                "action": action_at(source, entry.path),
                "kind": entry.kind,
                "at": iso(entry.at),
                "data": (sent or {}).get(entry.path),
                "value": outward(unpack(entry.value)),
            }
            for entry in stored.journal
        ],
    }


def verdict_shape(verdict: Verdict) -> dict[str, Any]:
    """Show what became of one rule."""
    return {
        "rule": verdict.rule,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "run_id": verdict.run_id,
        "trace": [gate_shape(gate) for gate in verdict.gates],
    }


def _standing(run: Run | None) -> dict[str, Any] | None:
    return None if run is None else {"state": run.state, "reason": run.reason}


def gate_shape(gate: Gate) -> dict[str, Any]:
    """Show one gate."""
    return msgspec.structs.asdict(gate)


def problem_line(problem: Problem) -> dict[str, Any]:
    """Show one problem."""
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
    }


def rule_line(rule: Rule) -> dict[str, Any]:
    """Show a live rule."""
    return {
        "id": rule.id,
        "alias": rule.alias,
        "file": rule.file,
        "line": rule.line,
        "status": rule.status,
        "triggers": [trigger.event for trigger in rule.triggers],
    }


def _body(event: StoredEvent) -> Any:
    """Show what was received as JSON; of a webhook, whose body may be a form, what rules saw of it."""
    if event.name == WEBHOOK:
        with suppress(BadRequest):
            return rebuilt(event).payload()
    return body_value(event.body)


def body_value(body: bytes) -> Any:
    """Show a body as JSON if it is that, else as recorded requests write bytes."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"$binary": {"base64": base64.b64encode(body).decode()}}
