"""What a dry-run finds out about one event; finding it out is left to `dry_run` and `performed`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from omiflow.model import Verdict


class ForeseenAction(msgspec.Struct, frozen=True, kw_only=True):
    """An action that would be done, with its data as it would be sent."""

    action: str
    path: str
    data: Any


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An action of a run that would not be done, and why; the run goes on without it."""

    action: str
    path: str
    reason: str


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of one rule: its verdict, and the actions of its run in order.

    `fault` is what a run failed of by itself, and not because the rule or the world ended it.
    """

    verdict: Verdict
    outcome: str
    reason: str | None = None
    words: str | None = None
    actions: list[ForeseenAction] = []
    held: list[Held] = []
    fault: str | None = None


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of one recorded request, or of an event that a rule would emit; `source` says where it is from.

    `webhook` is the name of a webhook or of an emitted event. `error` tells why its sender would be refused, `ignored`
    why it would be answered and nothing else. After a `lull` it tells of a request once more, at a later time: what the
    silence behind its words has set off; `answered_by` are the sources of the later requests whose answers carried what
    these rules had to say.
    """

    source: str
    event: str | None
    webhook: str | None = None
    app: str
    uid: str | None
    at: float
    runs: list[DryRun] = []
    reply: Mapping[str, Any] = {}
    error: str | None = None
    ignored: str | None = None
    duplicate: bool = False
    lull: bool = False
    answered_by: tuple[str, ...] = ()
