"""The runner: takes runs that are due from the store and carries them out, many at once.

What a run does is decided by `carry`; runs come from `intake`, or from an earlier life of the process.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

import msgspec

from omiflow.engine.interpret import Ended
from omiflow.engine.rules import Rule
from omiflow.language.load import Loader
from omiflow.model import Run
from omiflow.runtime.carry import Carrier
from omiflow.runtime.clock import Clock
from omiflow.runtime.freight import Freight
from omiflow.runtime.lanes import Crowded
from omiflow.runtime.live import Live
from omiflow.runtime.metrics import Metrics
from omiflow.runtime.put_off import PutOff
from omiflow.runtime.rebuilt import rebuilt
from omiflow.runtime.settling import WAITING
from omiflow.store.queries import bare_run, due_runs, load_run, load_runs, load_source, next_due, waiting_runs
from omiflow.store.records import run_state_rows
from omiflow.store.store import Store
from omiflow.store.stored import StoredRun

AT_ONCE = 256
LOADED_AT_ONCE = 64
FOUND_AT_ONCE = 1_000
LONGEST_SLEEP = 1.0
"""How long the runner sleeps at most, in seconds; clocks are set, and machines sleep."""
REST = 4.0
"""How long the runner rests after a look, in times of the look, which takes a while with many runs put off."""
MOST_PUT_OFF = 20_000
PUT_FAR_OFF = 60.0
MOST_OLD_RULES = 500
GRACE = 5.0
DISABLED = Ended("cancelled", "the rule was disabled")
OWN_FAULT = Ended("failed", "omiflow's own fault; see its log")


@dataclass
class Runner:
    """Runs until it is stopped; `wake` tells it that something is due, `swapped` that rules have changed."""

    store: Store
    live: Live
    carrier: Carrier
    clock: Clock
    metrics: Metrics
    loader: Loader
    log: Any
    active: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    put_off: PutOff = field(default_factory=PutOff)
    most_put_off: int = MOST_PUT_OFF
    found: deque[str] = field(default_factory=deque)
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)
    _caught_up: asyncio.Event = field(default_factory=asyncio.Event)
    _old_rules: OrderedDict[str, Rule] = field(default_factory=OrderedDict)
    _swapped: bool = False
    _stopping: bool = False

    def wake(self) -> None:
        """Look for runs that are due, soon."""
        self._caught_up.clear()
        self._stirred.set()

    async def caught_up(self, *, within: float) -> None:
        """Return when nothing is due and nothing is being carried out, or after `within` seconds."""
        if self._caught_up.is_set():
            return
        try:
            async with asyncio.timeout(within):
                await self._caught_up.wait()
        except TimeoutError:
            return

    def swapped(self) -> None:
        """Look, soon, for runs whose rules were disabled."""
        self._swapped = True
        self._stirred.set()

    async def run(self) -> None:
        """Carry out what is due until `stop`."""
        clock = asyncio.get_running_loop().time
        while not self._stopping:
            self._stirred.clear()
            began = clock()
            try:
                pause = await self.look()
            except Exception:
                self.log.exception("the runner could not look for runs; it tries again")
                pause = LONGEST_SLEEP
            if pause > 0:
                await asyncio.sleep(min((clock() - began) * REST, LONGEST_SLEEP))
                await self.rest(pause)

    async def stop(self) -> None:
        """Begin nothing new, and give what is being sent a moment to end; the rest goes on at the next start."""
        self._stopping = True
        self.wake()
        if self.active:
            await asyncio.wait(self.active.values(), timeout=GRACE)
        for task in list(self.active.values()):
            task.cancel()
        await asyncio.gather(*self.active.values(), return_exceptions=True)

    async def rest(self, pause: float) -> None:
        """Sleep until something stirs."""
        try:
            async with asyncio.timeout(pause):
                await self._stirred.wait()
        except TimeoutError:
            return

    async def look(self) -> float:
        """Begin runs that are due and not yet being carried out; give the seconds until it is worth looking again."""
        if self._swapped:
            self._swapped = False
            await self.cancel_disabled()
        room = min(AT_ONCE - len(self.active), LOADED_AT_ONCE)
        if room <= 0:
            return LONGEST_SLEEP
        now = self.clock.now()
        if not self.found:
            self.found.extend(await self.find(now))
        fresh = self.put_off.take(self.carrier.lanes.room, most=room)
        fresh += [self.found.popleft() for _ in range(min(room - len(fresh), len(self.found)))]
        for stored in await self.load(fresh):
            if self._stopping:
                return 0.0
            if stored.run.due is None:
                continue
            task = asyncio.create_task(self.one(stored), name=stored.run.id)
            self.active[stored.run.id] = task
            task.add_done_callback(self.ended)
        if len(fresh) == room:
            return 0.0
        if not fresh and not self.active and not self.put_off.ids and not self._stirred.is_set():
            self._caught_up.set()
        following = await self.store.read(next_due, after=now)
        return LONGEST_SLEEP if following is None else min(following - self.clock.now(), LONGEST_SLEEP)

    async def find(self, now: float) -> list[str]:
        """List runs that are due and neither being carried out nor put off."""
        passed = self.active.keys() | self.put_off.ids
        due = await self.store.read(due_runs, now, FOUND_AT_ONCE + len(passed))
        return [run_id for run_id in due if run_id not in passed]

    def ended(self, task: asyncio.Task[None]) -> None:
        """Free a run's place."""
        del self.active[task.get_name()]
        if len(self.active) >= AT_ONCE - 1 or self.put_off.ids or not self.active:
            self._stirred.set()

    async def load(self, run_ids: list[str]) -> list[StoredRun]:
        """Load runs; one that can't be read ends as failed, and holds up no other."""
        if not run_ids:
            return []
        try:
            return await self.store.read(load_runs, run_ids)
        except (msgspec.MsgspecError, ValueError):
            found = [await self.load_alone(run_id) for run_id in run_ids]
            return [stored for stored in found if stored is not None]

    async def load_alone(self, run_id: str) -> StoredRun | None:
        """Load one run, or end it."""
        try:
            return await self.store.read(load_run, run_id)
        except (msgspec.MsgspecError, ValueError):
            self.log.exception("a run can't be read from the store", run_id=run_id)
        run = await self.store.read(bare_run, run_id)
        if run is not None:
            self.tell(await self.carrier.end(run, OWN_FAULT))
        return None

    async def one(self, stored: StoredRun) -> None:
        """Carry out one run; one that makes omiflow itself fail ends, so that it doesn't do so for ever."""
        run = stored.run
        try:
            after = await self.carry(stored)
        except Crowded as crowded:
            await self.hold_back(run, crowded.destination)
            return
        except Exception:
            self.log.exception("a run failed in a way it should not", run_id=run.id)
            after = await self.carrier.end(run, OWN_FAULT)
        if self.is_disabled(after):
            after = await self.carrier.end(after, DISABLED)
        if after.due is not None:
            self.wake()
        if (after.state, after.reason) != (run.state, run.reason):
            self.tell(after)

    async def hold_back(self, run: Run, destination: str) -> None:
        """Let a run wait until there is a place for it; those that are too many to remember come back later."""
        if len(self.put_off.ids) < self.most_put_off:
            self.put_off.add(run.id, destination)
        else:
            later = msgspec.structs.replace(run, due=self.clock.now() + PUT_FAR_OFF)
            await self.carrier.keep(run_state_rows(later))

    async def carry(self, stored: StoredRun) -> Run:
        """Carry out a run on the version of the rule it began with; give its new state."""
        run = stored.run
        if self.is_disabled(run):
            return await self.carrier.end(run, DISABLED)
        rule = await self.rule(run)
        if rule is None:
            gone = "the version of the rule it began with can't be read any more; what it names may be gone"
            return await self.carrier.end(run, Ended("failed", gone))
        if stored.event is None:
            return await self.carrier.end(run, Ended("failed", "its event is no longer there"))
        return await self.carrier.carry(
            Freight(run=run, rule=rule, event=rebuilt(stored.event), journal=stored.journal)
        )

    async def rule(self, run: Run) -> Rule | None:
        """Give the version of the rule that a run began with, None when it can't be had."""
        current = self.live.rules.by_id.get(run.rule)
        if current is not None and current.digest == run.source:
            return current
        rule = self._old_rules.get(run.source)
        if rule is None:
            rule = await self.old_rule(run.source)
            if rule is not None:
                self._old_rules[run.source] = rule
                if len(self._old_rules) > MOST_OLD_RULES:
                    self._old_rules.popitem(last=False)
        return rule

    async def old_rule(self, digest: str) -> Rule | None:
        """Compile the source that was stored under a digest."""
        try:
            source: Any = await self.store.read(load_source, digest)
            return self.loader.compile_source(source, json.dumps(source["rule"], ensure_ascii=False))
        except (msgspec.MsgspecError, ValueError, TypeError, KeyError, AttributeError):
            self.log.exception("the stored source of a rule can't be read", source=digest)
            return None

    def is_disabled(self, run: Run) -> bool:
        """Tell whether a run waits for what its user has switched off."""
        current = self.live.rules.by_id.get(run.rule)
        return run.state == "waiting" and current is not None and not current.enabled

    async def cancel_disabled(self) -> None:
        """End the parked runs of rules that are disabled."""
        disabled = [rule.id for rule in self.live.rules.rules if not rule.enabled]
        parked = await self.store.read(waiting_runs, disabled) if disabled else []
        ending = [self.carrier.end(run, DISABLED) for run in parked if run.id not in self.active]
        for run in await asyncio.gather(*ending):
            self.tell(run)

    def tell(self, run: Run) -> None:
        """Count and log what became of a run."""
        if run.due is None:
            self.metrics.ended.labels(run.state).inc()
        bad = run.state in {"failed", "waiting", "cancelled"} and run.reason != WAITING
        write = self.log.warning if bad else self.log.info
        write(run.state, rule=run.rule, uid=run.uid, reason=run.reason, run_id=run.id, event_id=run.event_id)
