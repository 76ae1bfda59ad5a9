"""What became of the answers of a run that had no call to go with: carried by a later one, still waiting, or too late.

What is then sent instead is the business of `carry`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from omiflow.engine.interpret import Perform
from omiflow.engine.owing import SAID, said_by
from omiflow.engine.rules import ActionStep
from omiflow.model import Entry, Owed, Run
from omiflow.runtime.late_answers import LateAnswers
from omiflow.store.spoken import owed_of_run
from omiflow.store.store import Store

WAITING = "waits for a call of the user's that can carry its answer"


@dataclass(frozen=True)
class Carried:
    """A call has carried the answer; `told` is what the journal tells of it."""

    told: Mapping[str, object]


@dataclass(frozen=True)
class Waiting:
    """A call may still carry the answer, or is about to."""

    owed: Owed


@dataclass(frozen=True)
class Unheard:
    """No call came; `message` is what can be said in another way, None where nothing can."""

    message: str | None


Standing = Carried | Waiting | Unheard


async def standings(
    run: Run, settled: Mapping[str, Entry], *, store: Store, late: LateAnswers, now: float
) -> dict[str, Standing]:
    """Tell how the answers stand that a run's journal calls owed, by the paths of their steps."""
    paths = [path for path, entry in settled.items() if entry.kind == "owed"]
    given_up = {path for path in paths if late.give_up(run, path, now=now)}
    rows = await store.read(owed_of_run, run.id) if paths else {}
    return {path: _standing(rows.get(path), given_up=path in given_up, now=now) for path in paths}


def _standing(row: tuple[Owed, bool] | None, *, given_up: bool, now: float) -> Standing:
    """Give how an answer stands; once it was given up no call takes it any more, and the row read then is the last."""
    if row is None:
        return Unheard(None)
    owed, paid = row
    if paid:
        return Carried(said_by(owed))
    if now <= owed.until or not given_up:
        return Waiting(owed)
    return Unheard(owed.value if owed.field == SAID else None)


def notifying(path: str, message: str, *, line: int) -> Perform:
    """Ask for a notification in the place of a step whose answer no call has carried."""
    step = ActionStep(path=path, line=line, action="omi.notify", data={"message": message})
    return Perform(path=path, step=step, data=step.data, timeout=None, idempotency_key=None)
