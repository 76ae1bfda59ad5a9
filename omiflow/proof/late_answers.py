"""Answers that wait for a call of their user's, in simulated time: carried by one, or told in another way.

What a call can carry is decided in `engine.owing`, as for live events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

import msgspec

from omiflow.engine.owing import SAID, UNANSWERED
from omiflow.engine.surroundings import App
from omiflow.model import Owed
from omiflow.proof.foreseen import DryRun, Foreseen, ForeseenAction, Held

UserKey = tuple[str, str | None]
NOTIFY = "omi.notify"


@dataclass
class _Told:
    """What is to be told once nothing of it waits any more."""

    seen: Foreseen
    waiting: list[Owed]
    followed: Sequence[Foreseen]


@dataclass
class LateAnswers:
    """What users are owed; what their runs come to is told when that is known, in the order in which they began."""

    apps: Mapping[str, App]
    _told: list[_Told] = field(default_factory=list)

    def add(self, seen: Foreseen, owed: Sequence[Owed], *, followed: Sequence[Foreseen]) -> None:
        """Take what a lull has set off, what of it waits for a call, and which events rules emitted because of it."""
        self._told.append(_Told(seen, list(owed), followed))

    def of(self, user: UserKey) -> list[Owed]:
        """List what a user is owed, oldest first."""
        return [one for told in self._told if (told.seen.app, told.seen.uid) == user for one in told.waiting]

    def paid(self, owed: Sequence[Owed], *, by: str) -> None:
        """Note that the call of a source carries these."""
        for told in self._told:
            left = [one for one in told.waiting if one not in owed]
            if len(left) < len(told.waiting):
                told.seen = msgspec.structs.replace(told.seen, answered_by=(*told.seen.answered_by, by))
            told.waiting = left

    def told(self, *, now: float = inf) -> list[Foreseen]:
        """Give what is known by then; what no call has carried in time is notified, or left unanswered."""
        found: list[Foreseen] = []
        for told in self._told:
            for one in [one for one in told.waiting if one.until < now]:
                told.waiting.remove(one)
                told.seen = self._unheard(told.seen, one)
        while self._told and not self._told[0].waiting:
            known = self._told.pop(0)
            found += [known.seen, *known.followed]
        return found

    def _unheard(self, seen: Foreseen, owed: Owed) -> Foreseen:
        instead = owed.field == SAID and self.apps[seen.app].has_key
        runs = [
            run if run.verdict.run_id != owed.run_id else _notified(run, owed) if instead else _unanswered(run, owed)
            for run in seen.runs
        ]
        return msgspec.structs.replace(seen, runs=runs)


def _notified(run: DryRun, owed: Owed) -> DryRun:
    sent = ForeseenAction(action=NOTIFY, path=owed.path, data={"message": owed.value})
    return msgspec.structs.replace(run, actions=[sent if one.path == owed.path else one for one in run.actions])


def _unanswered(run: DryRun, owed: Owed) -> DryRun:
    """Give a run without an answer; one that had nothing else to do was throttled, as it is live."""
    left = [one for one in run.actions if one.path != owed.path]
    held = [Held(action=one.action, path=one.path, reason=UNANSWERED) for one in run.actions if one.path == owed.path]
    run = msgspec.structs.replace(run, actions=left, held=[*run.held, *held])
    if left or run.outcome != "fired":
        return run
    return msgspec.structs.replace(run, outcome="throttled", reason=UNANSWERED)
