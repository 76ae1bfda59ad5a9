"""Carrying out one run: the interpreter is driven through its journal, and every answer is written down.

Which run comes next, and how many at once, is decided in `runner`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from omiflow.actions.action import Action
from omiflow.actions.data import rendered
from omiflow.actions.scope import Scope
from omiflow.actions.table import ACTIONS
from omiflow.engine.interpret import Ended, Note, Perform, RunView, Told, Withheld, interpret
from omiflow.engine.names import EventNames, event_names
from omiflow.engine.rules import Rule
from omiflow.engine.values import pack, unpack
from omiflow.errors import TemplateFault
from omiflow.model import Done, Entry, Event, Outcome, Rejected, Retry, Run
from omiflow.runtime.access import Access
from omiflow.runtime.clock import Clock
from omiflow.runtime.metrics import Metrics
from omiflow.runtime.waits import give_up_after, goes_stale, most_attempts, wait_before
from omiflow.store.records import journal_rows, run_state_rows
from omiflow.store.statements import Commit
from omiflow.store.store import Store

NOT_SETTLED = frozenset({"intent", "attempt"})
OUTCOME_UNKNOWN = "outcome unknown: omiflow stopped while it was being sent; not repeated, so nothing is created twice"


class Parked(Exception):  # noqa: N818
    """The run goes on later; a signal, not a fault."""

    def __init__(self, *, due: float, reason: str) -> None:
        super().__init__(reason)
        self.due = due
        self.reason = reason


@dataclass(frozen=True)
class Freight:
    """A run with all it needs to go on."""

    run: Run
    rule: Rule
    event: Event
    journal: list[Entry]


@dataclass
class Carrier:
    """Carries out runs, one `carry` each."""

    store: Store
    access: Access
    clock: Clock
    metrics: Metrics
    chance: Callable[[], float]
    zone_of: Callable[[str | None], Any]

    async def carry(self, freight: Freight) -> Run:
        """Take a run as far as it goes now, and give its new state, which is committed."""
        course = _Course(self, freight)
        try:
            ended = await course.follow()
        except Parked as parked:
            run = msgspec.structs.replace(freight.run, state="waiting", due=parked.due, reason=parked.reason)
            await course.keep(run_state_rows(run))
            return run
        run = msgspec.structs.replace(freight.run, state=ended.state, due=None, reason=ended.reason)
        await course.keep(run_state_rows(run, ended_at=self.clock.now()))
        return run


class _Course:
    def __init__(self, carrier: Carrier, freight: Freight) -> None:
        self.carrier = carrier
        self.freight = freight
        self.seq = len(freight.journal)
        self.unwritten: list[Entry] = []
        self.settled = {entry.path: _unpacked(entry) for entry in freight.journal if entry.kind not in NOT_SETTLED}
        self.intents = {entry.path for entry in freight.journal if entry.kind == "intent"}
        self.attempts: dict[str, int] = {}
        for entry in freight.journal:
            if entry.kind == "attempt":
                self.intents.discard(entry.path)
                self.attempts[entry.path] = self.attempts.get(entry.path, 0) + 1

    async def follow(self) -> Ended:
        """Drive the interpreter to the run's end, or to where it must wait."""
        course = interpret(self.freight.rule, self.view(), self.settled)
        told: Told = None
        while True:
            try:
                asked = course.send(told)
            except StopIteration as stop:
                ended: Ended = stop.value
                return ended
            told = None
            if isinstance(asked, Note):
                self.note(asked.path, asked.kind, pack(asked.value))
            else:
                told = await self.perform(asked)

    def view(self) -> RunView:
        run, event = self.freight.run, self.freight.event
        zone = self.carrier.zone_of(run.uid)
        names = EventNames(event, event.payload(), zone)
        frozen = unpack(run.inputs)
        base = event_names(
            names, frozen=frozen, lists=self.freight.rule.lists, now=self.carrier.clock.now(), zone=zone
        )
        return RunView(payload=names, base=base, matched=frozen["matched"])

    async def perform(self, asked: Perform) -> Told:
        """Do one action, or say why not; a wait for another try leaves by Parked."""
        step, path = asked.step, asked.path
        if step.inline:
            reason = "the call that set off this rule has been answered already"
            self.note(path, "throttled", reason)
            return Withheld(reason)
        action = ACTIONS[step.action]
        if not action.repeatable and path in self.intents:
            return self.rejected(path, OUTCOME_UNKNOWN)
        late = self.too_late(action, asked)
        if late is not None:
            return self.rejected(path, late)
        try:
            data = rendered(action.data, asked.data)
        except TemplateFault as fault:
            return self.rejected(path, str(fault))
        if not action.repeatable:
            self.note(path, "intent", None)
        await self.keep()
        outcome = await self.attempt(action, asked, data)
        self.carrier.metrics.attempts.labels(action.name, type(outcome).__name__.lower()).inc()
        if isinstance(outcome, Retry):
            return self.again(action, asked, outcome)
        if isinstance(outcome, Rejected):
            return self.rejected(path, outcome.reason)
        self.carrier.metrics.delivery.observe(max(self.carrier.clock.now() - self.freight.run.at, 0))
        self.note(path, "done", outcome.answer)
        return outcome

    async def attempt(self, action: Action, asked: Perform, data: Any) -> Outcome:
        run, access = self.freight.run, self.carrier.access
        step = asked.step
        perform = action.perform
        if perform is None:
            return Rejected(f"{action.name} can't be performed outside an answer")
        scope = Scope(
            uid=run.uid,
            app=access.apps[run.app],
            omi_base_url=access.omi_base_url,
            idempotency_key=asked.idempotency_key or f"{run.id}:{asked.path}",
            timeout=asked.timeout or action.timeout,
            http=access.http,
            log=access.log.bind(rule=run.rule, run_id=run.id),
            run_id=run.id,
            step=asked.path,
            connection=access.connections.get(step.connection) if step.connection else None,
        )
        if step.connection and scope.connection is None:
            return Rejected(f"connection '{step.connection}' is no longer in omiflow.yaml")
        try:
            return await perform(data, scope)
        except Exception as error:
            access.log.exception("an action failed in a way it should not", action=action.name, run_id=run.id)
            return Rejected(f"omiflow's own fault in {action.name}: {type(error).__name__}")

    def too_late(self, action: Action, asked: Perform) -> str | None:
        """Say that a step has become pointless, None while it has not."""
        policy, event = asked.step.retry, self.freight.event.name
        age = self.carrier.clock.now() - self.freight.run.at
        most = give_up_after(action, policy, event)
        if age <= most or not (goes_stale(action, policy, event) or self.attempts.get(asked.path)):
            return None
        return f"given up: {age / 60:.0f} minutes after the decision it is too late"

    def again(self, action: Action, asked: Perform, outcome: Retry) -> Told:
        """Park the run for another try, or give up."""
        policy, event, path = asked.step.retry, self.freight.event.name, asked.path
        tries = self.attempts.get(path, 0) + 1
        now = self.carrier.clock.now()
        due = now + wait_before(tries, outcome, chance=self.carrier.chance)
        self.note(path, "attempt", outcome.reason)
        if tries >= most_attempts(action, policy):
            return self.rejected(path, f"given up after {tries} tries: {outcome.reason}")
        if due - self.freight.run.at > give_up_after(action, policy, event):
            return self.rejected(path, f"given up, the next try would be too late: {outcome.reason}")
        raise Parked(due=due, reason=f"{path} ({action.name}): {outcome.reason}")

    def rejected(self, path: str, reason: str) -> Told:
        self.note(path, "rejected", reason)
        return Rejected(reason)

    def note(self, path: str, kind: str, value: Any) -> None:
        self.unwritten.append(Entry(path=path, kind=kind, at=self.carrier.clock.now(), value=value))

    async def keep(self, more: Commit | None = None) -> None:
        """Commit what is not yet written, together with `more`."""
        statements = list(more.statements) if more is not None else []
        if self.unwritten:
            statements = [*journal_rows(self.freight.run.id, self.seq, self.unwritten).statements, *statements]
            self.seq += len(self.unwritten)
            self.unwritten = []
        if statements:
            await self.carrier.store.commit(Commit(statements))


def _unpacked(entry: Entry) -> Entry:
    return msgspec.structs.replace(entry, value=unpack(entry.value))


def freight_rules(rules: Mapping[str, Rule], run: Run) -> Rule | None:
    """Give the rule a run began with if it is still the live one."""
    rule = rules.get(run.rule)
    return rule if rule is not None and rule.digest == run.source else None
