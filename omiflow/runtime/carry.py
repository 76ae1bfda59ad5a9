"""Carrying out one run: the interpreter is driven through its journal, and every answer is written down.

Which run comes next is decided in `runner`, how much goes to one destination at once in `lanes`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import msgspec

from omiflow.actions.action import Action
from omiflow.actions.data import rendered
from omiflow.actions.scope import Scope
from omiflow.actions.table import ACTIONS
from omiflow.engine.emitting import emitted, too_deep
from omiflow.engine.inline import ANSWERED_ALREADY
from omiflow.engine.interpret import Emit, Ended, Note, Perform, Told, Withheld, interpret
from omiflow.engine.owing import UNANSWERED
from omiflow.engine.values import pack
from omiflow.errors import TemplateFault
from omiflow.model import Done, Entry, Event, Outcome, Owed, Rejected, Retry, Run
from omiflow.runtime.access import Access
from omiflow.runtime.chains import Chains
from omiflow.runtime.clock import Clock
from omiflow.runtime.freight import Freight, Parked, destination
from omiflow.runtime.ids import Ids
from omiflow.runtime.interruptions import Interruptions
from omiflow.runtime.keeper import Keeper
from omiflow.runtime.lanes import Crowded, Lanes
from omiflow.runtime.late_answers import LateAnswers
from omiflow.runtime.metrics import Metrics
from omiflow.runtime.persisting import persist
from omiflow.runtime.run_names import NOT_SETTLED, names_of_run, settled
from omiflow.runtime.settling import WAITING, Carried, Waiting, notifying, standings
from omiflow.runtime.tries import Tries
from omiflow.store.records import journal_rows, run_state_rows, spend_rows
from omiflow.store.statements import Commit
from omiflow.store.store import Store

OUTCOME_UNKNOWN = "outcome unknown: omiflow stopped while it was being sent; not repeated, so nothing is created twice"
NOTHING = Commit([])


@dataclass
class Carrier:
    """Carries out runs, one `carry` each."""

    store: Store
    access: Access
    clock: Clock
    metrics: Metrics
    ids: Ids
    chance: Callable[[], float]
    interruptions: Interruptions
    let_in: Callable[[Event, str], Awaitable[None]]
    late: LateAnswers
    chains: Chains = field(default_factory=Chains)
    lanes: Lanes = field(default_factory=Lanes)

    async def carry(self, freight: Freight) -> Run:
        """Take a run as far as it goes now, and give its new state, which is committed.

        Raises Crowded when it has come to a step whose destination has no place for it; what came before is committed.
        """
        course = _Course(self, freight)
        try:
            ended = await course.follow()
        except Parked as parked:
            run = msgspec.structs.replace(freight.run, state="waiting", due=parked.due, reason=parked.reason)
            await self.keep(course.rows() + run_state_rows(run))
            return run
        except Crowded:
            await self.keep(course.rows())
            raise
        return await self.end(freight.run, ended, course.rows())

    async def end(self, run: Run, ended: Ended, rows: Commit = NOTHING) -> Run:
        """End a run, and keep `rows` with its end."""
        self.late.forget(run)
        after = msgspec.structs.replace(run, state=ended.state, due=None, reason=ended.reason)
        await self.keep(rows + run_state_rows(after, ended_at=self.clock.now()))
        return after

    async def keep(self, rows: Commit) -> None:
        """Commit what a run has come to, however long the store refuses; nothing that was done is forgotten."""
        if rows.statements:
            await persist(lambda: self.store.commit(rows), what="what a run came to", log=self.access.log)


class _Course:
    def __init__(self, carrier: Carrier, freight: Freight) -> None:
        self.carrier = carrier
        self.freight = freight
        self.seq = len(freight.journal)
        self.unwritten: list[Entry] = []
        self.settled = settled(freight.journal)
        self.latest = {entry.path: entry.kind for entry in freight.journal}
        self.resting = {entry.path: entry for entry in freight.journal if entry.kind == "later"}
        self.tries = Tries(freight.run.at, freight.event.began_with or freight.event.name)
        self.tries.count(freight.journal)
        began = max((entry.at for entry in self.settled.values()), default=freight.run.at)
        self.names = names_of_run(freight.run, freight.rule, freight.event, now=began)
        self.waiting: list[Owed] = []

    async def follow(self) -> Ended:
        """Drive the interpreter to the run's end, or to where it must wait; an answer that is owed holds up no step."""
        try:
            await self.settle_owed()
            ended = await self.interpreted()
        except Parked as parked:
            raise Parked(due=min(parked.due, self.back_at), reason=parked.reason) from parked
        if self.waiting:
            raise Parked(due=self.back_at, reason=WAITING)
        return ended

    @property
    def back_at(self) -> float:
        """Give when the run must see what became of the answers that wait for a call."""
        now = self.carrier.clock.now()
        return self.carrier.late.look_again(self.freight.run, self.waiting, now=now)

    async def settle_owed(self) -> None:
        """Note what became of the answers that had no call to go with."""
        now = self.carrier.clock.now()
        run, carrier = self.freight.run, self.carrier
        found = await standings(run, self.settled, store=carrier.store, late=carrier.late, now=now)
        for path, standing in found.items():
            if isinstance(standing, Waiting):
                self.waiting.append(standing.owed)
                continue
            if isinstance(standing, Carried):
                self.note(path, "done", pack(standing.told))
            else:
                await self.unheard(path, standing.message)
            self.settled[path] = self.unwritten[-1]

    async def unheard(self, path: str, message: str | None) -> None:
        """Notify the user of what no call of theirs has carried, if that can be said and the app has a key."""
        app = self.carrier.access.apps.get(self.freight.run.app)
        if message is None or app is None or not app.omi_app_id or not app.api_key:
            self.note(path, "throttled", UNANSWERED)
            return
        self.tries.counted["spent", path] += 1
        await self.perform(notifying(path, message, line=self.freight.rule.line))

    async def interpreted(self) -> Ended:
        """Drive the interpreter to its end."""
        course = interpret(self.freight.rule, self.names.view, self.settled)
        told: Told = None
        while True:
            try:
                asked = course.send(told)
            except StopIteration as stop:
                ended: Ended = stop.value
                return self.shadowed(ended)
            told = None
            if isinstance(asked, Note):
                self.note(asked.path, asked.kind, pack(asked.value))
            elif self.freight.rule.shadow:
                told = self.imagined(asked)
            elif isinstance(asked, Emit):
                told = await self.emit(asked)
            else:
                told = await self.perform(asked)

    def shadowed(self, ended: Ended) -> Ended:
        """Give how a run ended; one in the shadow that would have been done has the state of its own."""
        return Ended("shadow", ended.reason) if self.freight.rule.shadow and ended.state == "done" else ended

    def imagined(self, asked: Perform | Emit) -> Told:
        """Note what a rule in the shadow would have sent; the run goes on with what a dry-run would get."""
        if isinstance(asked, Emit):
            self.note(asked.path, "shadow", {"data": pack(asked.data), "answer": None})
            return Done()
        action = ACTIONS[asked.step.action]
        try:
            data = rendered(action.data, asked.data)
        except TemplateFault as fault:
            return self.rejected(asked.path, str(fault))
        answer = action.foretold(data)
        self.note(asked.path, "shadow", {"data": pack(data.given()), "answer": pack(answer)})
        return Done(answer)

    async def emit(self, asked: Emit) -> Told:
        """Let an event in; it is decided once, however often this is tried."""
        cause, run = self.freight.event, self.freight.run
        reason = too_deep(cause.depth + 1) or self.carrier.chains.charge(cause.root or cause.id)
        if reason is not None:
            return self.rejected(asked.path, reason)
        await self.carrier.keep(self.rows())
        key = f"emit:{run.id}:{asked.path}"
        at = self.carrier.clock.now()
        event = emitted(cause, event_id=self.carrier.ids.event(), name=asked.step.name, data=asked.data, at=at)
        log = self.carrier.access.log
        await persist(lambda: self.carrier.let_in(event, key), what="an event that a rule emitted", log=log)
        self.note(asked.path, "done", {"emitted": asked.step.name})
        return Done()

    async def perform(self, asked: Perform) -> Told:
        """Do one action, or say why not; a wait leaves by Parked or Crowded."""
        step, path = asked.step, asked.path
        if step.inline:
            self.note(path, "throttled", ANSWERED_ALREADY)
            return Withheld(ANSWERED_ALREADY)
        action = ACTIONS[step.action]
        if self.latest.get(path) == "intent":
            return self.rejected(path, OUTCOME_UNKNOWN)
        self.rest_of(path)
        try:
            data = rendered(action.data, asked.data)
        except TemplateFault as fault:
            return self.rejected(path, str(fault))
        await self.carrier.keep(self.rows())
        async with self.lane(asked):
            late = self.tries.too_late(action, asked, now=self.carrier.clock.now())
            if late is not None:
                return self.rejected(path, late)
            refused = await self.charged(action, path)
            if refused is not None:
                run = self.freight.run
                said = {"rule": run.rule, "uid": run.uid, "step": path, "reason": refused, "run_id": run.id}
                self.carrier.access.log.info("held back", action=action.name, **said)
                self.note(path, "throttled", refused)
                return Withheld(refused)
            await self.announced(action, path)
            outcome = await self.attempt(action, asked, data)
        self.carrier.metrics.attempts.labels(action.name, type(outcome).__name__.lower()).inc()
        return self.answered(action, asked, outcome)

    async def charged(self, action: Action, path: str) -> str | None:
        """Charge the app's budget for what interrupts a user, once a step; say why there must be no interruption."""
        if not action.interrupts or self.tries.counted["spent", path]:
            return None
        charged = await self.carrier.interruptions.charge(self.freight.run, self.freight.rule)
        if isinstance(charged, str):
            return charged
        if charged:
            self.note(path, "spent", None)
            await self.carrier.keep(self.rows() + spend_rows(charged))
        return None

    async def announced(self, action: Action, path: str) -> None:
        """Write down that a step is about to be sent, where it can't be repeated."""
        if not action.repeatable:
            self.note(path, "intent", None)
            await self.carrier.keep(self.rows())

    def answered(self, action: Action, asked: Perform, outcome: Outcome) -> Told:
        """Note what came of a step."""
        if isinstance(outcome, Retry):
            return self.again(action, asked, outcome)
        if isinstance(outcome, Rejected):
            return self.rejected(asked.path, outcome.reason)
        self.carrier.metrics.delivery.observe(max(self.carrier.clock.now() - self.freight.run.at, 0))
        self.note(asked.path, "done", pack(outcome.answer))
        return outcome

    def lane(self, asked: Perform) -> AbstractAsyncContextManager[None]:
        """Give the lane that a step must take, one that is always free where nothing goes outside."""
        if asked.step.deferrable or ACTIONS[asked.step.action].inside:
            return nullcontext()
        return self.carrier.lanes.place(destination(asked))

    async def attempt(self, action: Action, asked: Perform, data: Any) -> Outcome:
        run, access = self.freight.run, self.carrier.access
        step = asked.step
        if action.perform is None:
            return Rejected(f"{action.name} can't be performed outside an answer")
        if run.app not in access.apps:
            return Rejected(f"app '{run.app}' is no longer in omiflow.yaml")
        if step.connection and step.connection not in access.connections:
            return Rejected(f"connection '{step.connection}' is no longer in omiflow.yaml")
        scope = Scope(
            uid=run.uid,
            app=access.apps[run.app],
            omi_base_url=access.omi_base_url,
            idempotency_key=asked.idempotency_key or f"{run.id}:{asked.path}",
            timeout=asked.timeout or action.timeout,
            http=access.http,
            files=access.files,
            kept=Keeper(self.carrier.store, self.carrier.clock),
            log=access.log.bind(rule=run.rule, run_id=run.id),
            run_id=run.id,
            step=asked.path,
            group=self.names.group,
            connection=access.connections[step.connection] if step.connection else None,
            remembered=access.remembered,
        )
        try:
            return await action.perform(data, scope)
        except Exception as error:
            access.log.exception("an action failed in a way it should not", action=action.name, run_id=run.id)
            return Rejected(f"omiflow's own fault in {action.name}: {type(error).__name__}")

    def again(self, action: Action, asked: Perform, outcome: Retry) -> Told:
        """Park the run for another try, or give up; being asked to come less often is no failed try."""
        path, now = asked.path, self.carrier.clock.now()
        self.note(path, "limit" if outcome.throttled else "attempt", outcome.reason)
        found = self.tries.next(action, asked, outcome, now=now, chance=self.carrier.chance)
        if isinstance(found, str):
            return self.rejected(path, found)
        reason = f"{path} ({action.name}), try {self.tries.of(path)}: {outcome.reason}"
        if self.waiting:
            self.note(path, "later", {"due": found, "reason": reason})
        raise Parked(due=found, reason=reason)

    def rest_of(self, path: str) -> None:
        """Park again where the run has come back for an answer, and it is too early for the next try of a step."""
        entry = self.resting.get(path)
        if entry is not None and entry.value["due"] > self.carrier.clock.now():
            raise Parked(due=entry.value["due"], reason=entry.value["reason"])

    def rejected(self, path: str, reason: str) -> Told:
        self.note(path, "rejected", reason)
        return Rejected(reason)

    def note(self, path: str, kind: str, value: Any) -> None:
        """Take an entry for the journal; the next step's `now` is the time at which the one before was settled.

        So it is the same however often that step is tried, also by another process.
        """
        at = self.carrier.clock.now()
        self.unwritten.append(Entry(path=path, kind=kind, at=at, value=value))
        if kind not in NOT_SETTLED:
            self.names.go_on(at)

    def rows(self) -> Commit:
        """Give what is not yet written; it counts as written from now on."""
        if not self.unwritten:
            return NOTHING
        rows = journal_rows(self.freight.run.id, self.seq, self.unwritten)
        self.seq += len(self.unwritten)
        self.unwritten = []
        return rows
