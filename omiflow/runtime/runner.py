"""The runner: takes runs that are due from the store and carries them out, many at once, few to one destination.

What a run does is decided by `carry`; runs come from `intake`, or from an earlier life of the process.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import msgspec

from omiflow.engine.interpret import Ended
from omiflow.engine.rules import ActionStep, IfStep, RepeatStep, Rule, Step
from omiflow.errors import StoreFault
from omiflow.language.load import Loader
from omiflow.model import Event, Run
from omiflow.omi.receive import receive
from omiflow.runtime.carry import Carrier, Freight, freight_rules
from omiflow.runtime.clock import Clock
from omiflow.runtime.live import Live
from omiflow.runtime.metrics import Metrics
from omiflow.store.queries import due_runs, load_run, load_source, next_due
from omiflow.store.records import run_state_rows
from omiflow.store.store import Store
from omiflow.store.stored import StoredEvent, StoredRun

AT_ONCE = 128
AT_ONE_DESTINATION = 24
LONGEST_SLEEP = 30.0
MOST_OLD_RULES = 500
GRACE = 10.0


@dataclass
class Runner:
    """Runs until it is stopped; `wake` tells it that something is due."""

    store: Store
    live: Live
    carrier: Carrier
    clock: Clock
    metrics: Metrics
    loader: Loader
    log: Any
    active: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    busy: dict[str, int] = field(default_factory=dict)
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)
    _old_rules: OrderedDict[str, Rule] = field(default_factory=OrderedDict)
    _stopping: bool = False

    def wake(self) -> None:
        """Look for runs that are due, soon."""
        self._stirred.set()

    async def run(self) -> None:
        """Carry out what is due until `stop`."""
        while not self._stopping:
            self._stirred.clear()
            try:
                started = await self.start_due()
                if started and len(self.active) < AT_ONCE:
                    continue
                pause = await self.pause()
            except Exception:
                self.log.exception("the runner could not look for runs; it tries again")
                pause = 1.0
            try:
                async with asyncio.timeout(pause):
                    await self._stirred.wait()
            except TimeoutError:
                continue

    async def stop(self) -> None:
        """Begin nothing new, and give what is being sent a moment to end; the rest goes on at the next start."""
        self._stopping = True
        self.wake()
        if self.active:
            await asyncio.wait(self.active.values(), timeout=GRACE)
        for task in list(self.active.values()):
            task.cancel()
        await asyncio.gather(*self.active.values(), return_exceptions=True)

    async def start_due(self) -> int:
        """Begin the runs that are due and not yet being carried out; give their number."""
        room = AT_ONCE - len(self.active)
        if room <= 0:
            return 0
        due = await self.store.read(due_runs, self.clock.now(), room + len(self.active))
        fresh = [run_id for run_id in due if run_id not in self.active][:room]
        for run_id in fresh:
            task = asyncio.create_task(self.one(run_id))
            self.active[run_id] = task
            task.add_done_callback(lambda _, run_id=run_id: self.ended(run_id))  # type: ignore[misc]
        return len(fresh)

    def ended(self, run_id: str) -> None:
        """Free a run's place."""
        self.active.pop(run_id, None)
        self.wake()

    async def pause(self) -> float:
        """Give the seconds until something is due."""
        if len(self.active) >= AT_ONCE:
            return LONGEST_SLEEP
        due = await self.store.read(next_due)
        if due is None:
            return LONGEST_SLEEP
        return min(max(due - self.clock.now(), 0.02), 1.0 if self.active else LONGEST_SLEEP)

    async def one(self, run_id: str) -> None:
        """Carry out one run; whatever goes wrong leaves it to be taken up again."""
        try:
            stored = await self.store.read(load_run, run_id)
            if stored is not None and stored.run.due is not None:
                await self.carry(stored)
        except StoreFault as fault:
            self.log.error("a run's result could not be stored; it is taken up again", run_id=run_id, reason=str(fault))
            await asyncio.sleep(1.0)
        except Exception:
            self.log.exception("a run failed in a way it should not", run_id=run_id)
            await self.end_failed(run_id)

    async def carry(self, stored: StoredRun) -> None:
        """Carry out a run on the version of the rule it began with."""
        run = stored.run
        current = self.live.rules.by_id.get(run.rule)
        if run.state == "waiting" and current is not None and not current.enabled:
            await self.end(run, Ended("cancelled", "the rule was disabled"))
            return
        rule = await self.rule(run)
        if rule is None or stored.event is None:
            what = "the version of the rule it began with" if rule is None else "its event"
            await self.end(run, Ended("failed", f"{what} is no longer there"))
            return
        destinations = _destinations(rule.actions)
        if any(self.busy.get(name, 0) >= AT_ONE_DESTINATION for name in destinations):
            await self.postpone(run)
            return
        for name in destinations:
            self.busy[name] = self.busy.get(name, 0) + 1
        try:
            event = rebuilt(stored.event)
            after = await self.carrier.carry(Freight(run=run, rule=rule, event=event, journal=stored.journal))
        finally:
            for name in destinations:
                self.busy[name] -= 1
        self.tell(after)

    async def postpone(self, run: Run) -> None:
        """Put a run behind the others, while its destination is answering slowly."""
        pause = 1.0 + min(len(self.active) / AT_ONE_DESTINATION, 10.0)
        later = msgspec.structs.replace(run, due=self.clock.now() + pause)
        await self.store.commit(run_state_rows(later))

    async def rule(self, run: Run) -> Rule | None:
        """Give the version of the rule that a run began with."""
        rule = freight_rules(self.live.rules.by_id, run) or self._old_rules.get(run.source)
        if rule is None:
            source = await self.store.read(load_source, run.source)
            if source is None:
                return None
            rule = self.loader.compile_source(source, json.dumps(source["rule"], ensure_ascii=False))
            if rule is not None:
                self._old_rules[run.source] = rule
                if len(self._old_rules) > MOST_OLD_RULES:
                    self._old_rules.popitem(last=False)
        return rule

    async def end_failed(self, run_id: str) -> None:
        """End a run that makes omiflow itself fail, so that it doesn't do so for ever."""
        stored = await self.store.read(load_run, run_id)
        if stored is not None and stored.run.due is not None:
            await self.end(stored.run, Ended("failed", "omiflow's own fault; see its log"))

    async def end(self, run: Run, ended: Ended) -> None:
        """End a run without carrying it any further."""
        after = msgspec.structs.replace(run, state=ended.state, due=None, reason=ended.reason)
        await self.store.commit(run_state_rows(after, ended_at=self.clock.now()))
        self.tell(after)

    def tell(self, run: Run) -> None:
        """Count and log what became of a run."""
        if run.due is None:
            self.metrics.ended.labels(run.state).inc()
        write = self.log.warning if run.state in {"failed", "waiting", "cancelled"} else self.log.info
        write(run.state, rule=run.rule, uid=run.uid, reason=run.reason, run_id=run.id, event_id=run.event_id)


def rebuilt(stored: StoredEvent) -> Event:
    """Make an event again from what was received."""
    request = stored.request or {}
    received = receive(
        stored.name,
        stored.body,
        query=request.get("query", {}),
        headers=request.get("headers", {}),
        received=stored.received,
        uid=stored.uid,
    )
    return Event(
        id=stored.id,
        name=stored.name,
        app=stored.app,
        uid=stored.uid,
        at=stored.at,
        received=stored.received,
        body=received.body,
        segments=received.segments,
        webhook=stored.webhook,
        late=stored.late,
    )


def _destinations(steps: tuple[Step, ...]) -> set[str]:
    """Name the outside systems that steps may call: a connection, or else the first part of an action's name."""
    found: set[str] = set()
    for step in steps:
        if isinstance(step, ActionStep):
            if not step.inline and not step.deferrable:
                found.add(step.connection or step.action.split(".")[0])
        elif isinstance(step, IfStep):
            found |= _destinations(step.then) | _destinations(step.otherwise)
        elif isinstance(step, RepeatStep):
            found |= _destinations(step.sequence)
    return found
