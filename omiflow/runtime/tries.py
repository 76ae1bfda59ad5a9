"""The tries of a run's steps: whether one more makes sense, and when.

How long the waits are is told by `waits`; writing the journal is the business of `carry`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from omiflow.actions.action import Action
from omiflow.engine.interpret import Perform
from omiflow.model import Entry, Retry
from omiflow.runtime.waits import give_up_after, goes_stale, latest_try, used_up, wait_before


@dataclass
class Tries:
    """What a journal tells of the tries; `began` is the time of the decision, `event` names what set it off."""

    began: float
    event: str
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, entries: Iterable[Entry]) -> None:
        """Take entries of the journal."""
        self.counted.update((entry.kind, entry.path) for entry in entries)

    def of(self, path: str) -> int:
        """Give how often a step was tried."""
        return self.counted["attempt", path] + self.counted["limit", path]

    def too_late(self, action: Action, asked: Perform, *, now: float) -> str | None:
        """Say that a step has become pointless, None while it has not."""
        policy, age = asked.step.retry, now - self.began
        stale = goes_stale(action, policy, self.event)
        if age <= latest_try(action, policy, self.event) or not (stale or self.of(asked.path)):
            return None
        return f"given up: {_span(age)} after the decision it is too late"

    def next(
        self, action: Action, asked: Perform, outcome: Retry, *, now: float, chance: Callable[[], float]
    ) -> float | str:
        """Give when a step that just failed is tried again, or say why it is not."""
        policy, path = asked.step.retry, asked.path
        kind = "limit" if outcome.throttled else "attempt"
        self.counted[kind, path] += 1
        tries = self.of(path)
        due = now + wait_before(self.counted[kind, path], outcome, chance=chance)
        if used_up(action, policy, failed=self.counted["attempt", path], tries=tries):
            return f"given up after {tries} {'try' if tries == 1 else 'tries'}: {outcome.reason}"
        latest = give_up_after if outcome.throttled or outcome.after is not None else latest_try
        if due - self.began > latest(action, policy, self.event):
            return f"given up, the next try would be too late: {outcome.reason}"
        return due


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds < 2 * 3600 else f"{seconds / 3600:.0f} hours"
