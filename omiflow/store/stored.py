"""What comes back from the store: rows as values, decoded; the queries that fetch them are elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from omiflow.model import Entry, Run, Verdict


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was received and decided; `body` is the raw body, `request` what else a replay needs."""

    id: str
    app: str
    uid: str | None
    name: str
    webhook: str | None
    at: float
    received: float
    late: bool
    request: Mapping[str, Any] | None
    body: bytes
    answer: Mapping[str, Any]
    trace: list[Verdict]


class StoredRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run with its journal in order; `event` is None once retention has removed it."""

    run: Run
    ended_at: float | None
    journal: list[Entry]
    event: StoredEvent | None


class StoredSpeech(msgspec.Struct, frozen=True, kw_only=True):
    """A realtime event or a conversation that a user's stream is rebuilt from; `body` is the raw body."""

    event_id: str
    name: str
    received: float
    request: Mapping[str, Any] | None
    body: bytes


class StoredDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery key that was seen, with the event it belongs to and the answer that was given."""

    app: str
    key: str
    event_id: str
    answer: Mapping[str, Any]


class EventLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line in the list of events; `runs` is the number of its runs, `name` that of a webhook or of an `emit`."""

    id: str
    event: str
    name: str | None
    app: str
    uid: str | None
    at: float
    received: float
    late: bool
    runs: int


class RunLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line in the list of runs."""

    id: str
    rule: str
    event_id: str
    app: str
    uid: str | None
    at: float
    state: str
    reason: str | None
    due: float | None
    ended_at: float | None
