"""What rules would do with recorded requests: decided as live, with limits and speech simulated, nothing sent or kept.

Printing it is the business of `cli`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import msgspec

from omiflow.actions.data import rendered
from omiflow.actions.table import ACTIONS
from omiflow.engine.index import RuleSet
from omiflow.engine.inline import Seal
from omiflow.engine.interpret import Note, Perform, RunView, Told, Withheld, interpret
from omiflow.engine.limits import keep_live
from omiflow.engine.match import Match, hear, match
from omiflow.engine.names import EventNames, event_names
from omiflow.engine.plan import plan
from omiflow.engine.rate import Allowance
from omiflow.engine.surroundings import Surroundings
from omiflow.engine.values import unpack
from omiflow.errors import BadRequest, TemplateFault
from omiflow.model import Decision, Done, Entry, Event, NewRun, Rejected, Spend, Verdict
from omiflow.omi.receive import EVENTS, Received, receive
from omiflow.omi.recorded import Recorded, event_of
from omiflow.speech.stream import Stream

SPOKEN = "realtime_transcript"
STARTS_AT = 1_772_442_000.0
"""The time of the first request that tells none: 2026-03-02T09:00:00Z."""
SWEEP_EVERY = 1_000
MOST_STREAMS = 50_000
MOST_DELIVERIES = 200_000


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """An action that would be done, with its data as it would be sent."""

    action: str
    path: str
    data: Any


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of one rule: its verdict, and the actions of its run in order."""

    verdict: Verdict
    outcome: str
    reason: str | None = None
    words: str | None = None
    actions: list[Action] = []


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of one recorded request; `error` tells why it would not be taken."""

    source: str
    event: str | None
    app: str
    uid: str | None
    at: float
    runs: list[DryRun] = []
    reply: Mapping[str, Any] = {}
    error: str | None = None
    duplicate: bool = False


@dataclass
class Simulation:
    """Decides recorded requests one after another, with all state in memory."""

    rules: RuleSet
    surroundings: Surroundings
    seal: Seal
    app: str
    requests_per_uid: float | None = 20.0
    every: bool = False
    now: float | None = None
    _streams: OrderedDict[str | None, Stream] = field(default_factory=OrderedDict)
    _allowances: OrderedDict[str | None, Allowance] = field(default_factory=OrderedDict)
    _tallies: dict[tuple[str, str], list[Spend]] = field(default_factory=dict)
    _answers: OrderedDict[str, Mapping[str, Any]] = field(default_factory=OrderedDict)
    _numbers: Iterator[int] = field(default_factory=count)

    def foresee(self, recorded: Recorded, *, event: str | None = None, uid: str | None = None) -> Foreseen:
        """Decide one request; `event` and `uid` say what the request itself doesn't."""
        name, webhook = event_of(recorded) or (event, None) if event is None else (event, None)
        if name is not None and name.startswith("webhook/"):
            name, webhook = "webhook", name.removeprefix("webhook/")
        uid = recorded.query.get("uid") or uid
        if name is None or name not in EVENTS:
            what = "nothing tells which event this is; say it with --event" if name is None else f"'{name}' is ignored"
            return self.refused(recorded, name, uid, what)
        try:
            received, now = self.received(recorded, name, uid)
        except BadRequest as refusal:
            return self.refused(recorded, name, uid, str(refusal))
        uid = uid or received.uid
        if uid is None and name != "webhook":
            return self.refused(recorded, name, uid, "the query parameter 'uid' is missing; say it with --uid")
        return self.decided(recorded, name, webhook, uid, received, now)

    def received(self, recorded: Recorded, name: str, uid: str | None) -> tuple[Received, float]:
        """Read a request as live, and tell when it arrives."""
        guess = self.now + 1.0 if self.now is not None else STARTS_AT
        received = receive(
            name,
            recorded.body,
            query=recorded.query,
            headers=recorded.headers,
            received=recorded.at if recorded.at is not None else guess,
            uid=uid,
        )
        now = recorded.at
        if now is None:
            now = received.at if received.at is not None and self.now is None else guess
        self.now = now
        return received, now

    def refused(self, recorded: Recorded, name: str | None, uid: str | None, error: str) -> Foreseen:
        """Say that a request would not be taken."""
        at = recorded.at if recorded.at is not None else self.now or STARTS_AT
        return Foreseen(source=recorded.source, event=name, app=self.app, uid=uid, at=at, error=error)

    def decided(
        self, recorded: Recorded, name: str, webhook: str | None, uid: str | None, received: Received, now: float
    ) -> Foreseen:
        """Decide a request that was read."""
        seen = Foreseen(source=recorded.source, event=name, app=self.app, uid=uid, at=now)
        allowed = self.surroundings.apps[self.app].users
        if allowed is not None and uid is not None and uid not in allowed:
            return msgspec.structs.replace(seen, error=f"user '{uid}' is not among the app's users")
        if uid is not None and name in (SPOKEN, "webhook") and not self.within_rate(uid, now):
            return msgspec.structs.replace(seen, error="over 'limits.requests_per_uid'")
        keys = received.keys if webhook is None else tuple(f"{webhook}:{key}" for key in received.keys)
        for key in keys:
            if key in self._answers:
                return msgspec.structs.replace(seen, reply=self._answers[key], duplicate=True)
        event = Event(
            id=f"dry-{next(self._numbers)}",
            name=name,
            app=self.app,
            uid=uid,
            at=now if received.at is None else received.at,
            received=now,
            body=received.body,
            segments=received.segments,
            webhook=webhook,
            late=received.late,
        )
        decision, matches = self.decide(event, now)
        self.remember(keys, decision)
        return msgspec.structs.replace(seen, runs=self.shown(event, decision, matches, now), reply=decision.answer)

    def decide(self, event: Event, now: float) -> tuple[Decision, list[Match]]:
        """Decide an event with the functions that serve live ones, and take its effects in."""
        stream = self.stream(event.uid) if event.name == SPOKEN else None
        heard = hear(self.rules, event, stream)
        matches = match(self.rules, event, heard, surroundings=self.surroundings, now=now, every=self.every)
        decision = plan(
            event,
            matches,
            uses=lambda tally, key: [spend.at for spend in self._tallies.get((tally, key), ())],
            surroundings=self.surroundings,
            seal=self.seal,
            now=now,
            new_id=lambda: f"run-{next(self._numbers)}",
            stream=stream,
        )
        for spend in decision.spends:
            self._tallies.setdefault((spend.tally, spend.key), []).append(spend)
        if stream is not None:
            stream.keep(event.segments)
            stream.restore_marks(decision.marks)
        return decision, matches

    def stream(self, uid: str | None) -> Stream:
        """Give what a user said before."""
        stream = self._streams.setdefault(uid, Stream())
        self._streams.move_to_end(uid)
        if len(self._streams) > MOST_STREAMS:
            self._streams.popitem(last=False)
        return stream

    def within_rate(self, uid: str, now: float) -> bool:
        """Tell whether a user's rate lets this request in."""
        if self.requests_per_uid is None:
            return True
        allowance = self._allowances.setdefault(uid, Allowance())
        self._allowances.move_to_end(uid)
        if len(self._allowances) > MOST_STREAMS:
            self._allowances.popitem(last=False)
        return allowance.take(self.requests_per_uid, now)

    def remember(self, keys: tuple[str, ...], decision: Decision) -> None:
        """Keep delivery keys, and forget from time to time what no longer counts."""
        for key in keys:
            self._answers[key] = decision.answer
        while len(self._answers) > MOST_DELIVERIES:
            self._answers.popitem(last=False)
        if next(self._numbers) % SWEEP_EVERY == 0:
            self._tallies = keep_live(self._tallies, decision.event.received)

    def shown(self, event: Event, decision: Decision, matches: list[Match], now: float) -> list[DryRun]:
        """Give each verdict with the actions that its run would do."""
        by_id = {new.run.id: new for new in decision.runs}
        shown = []
        for verdict in decision.verdicts:
            new = by_id.get(verdict.run_id or "")
            if new is None:
                if self.every:
                    shown.append(DryRun(verdict=verdict, outcome="not_matched", reason=_why_not(verdict)))
                continue
            words = new.run.inputs.get("trigger", {}).get("text") or None
            dry = DryRun(verdict=verdict, outcome=verdict.outcome, reason=verdict.reason, words=words)
            if verdict.outcome in ("fired", "failed") and new.run.inputs:
                dry = self.performed(event, new, dry, now)
            shown.append(dry)
        return shown

    def performed(self, event: Event, new: NewRun, dry: DryRun, now: float) -> DryRun:
        """Drive a run to its end with placeholders for the world's answers."""
        rule = self.rules.by_id[new.run.rule]
        zone = self.surroundings.person(event.uid).zone
        names = EventNames(event, event.payload(), zone)
        frozen = unpack(new.run.inputs)
        base = event_names(names, frozen=frozen, lists=rule.lists, now=now, zone=zone)
        view = RunView(payload=names, base={**base, **self.seal.names()}, matched=frozen["matched"])
        decided = {entry.path: entry for entry in new.journal}
        actions: list[Action] = []
        course = interpret(rule, view, {})
        told: Told = None
        while True:
            try:
                asked = course.send(told)
            except StopIteration as stop:
                ended = stop.value
                break
            told = None if isinstance(asked, Note) else _foretold(asked, decided, actions)
        if ended.state == "failed":
            return msgspec.structs.replace(dry, outcome="failed", reason=ended.reason, actions=actions)
        return msgspec.structs.replace(dry, actions=actions)


def _foretold(asked: Perform, decided: Mapping[str, Entry], actions: list[Action]) -> Told:
    """Answer for the world: what was decided inline, or the action's own placeholder."""
    step = asked.step
    if step.inline:
        entry = decided.get(asked.path)
        if entry is None or entry.kind != "done":
            return Withheld("" if entry is None else str(entry.value))
        actions.append(Action(action=step.action, path=asked.path, data=entry.value))
        return Done()
    action = ACTIONS[step.action]
    try:
        rendered(action.data, asked.data)
    except TemplateFault as fault:
        return Rejected(str(fault))
    actions.append(Action(action=step.action, path=asked.path, data=asked.data))
    return Done(action.placeholder_answer)


def _why_not(verdict: Verdict) -> str | None:
    failed = next((gate for gate in verdict.gates if not gate.passed), None)
    return failed.detail if failed is not None else None
