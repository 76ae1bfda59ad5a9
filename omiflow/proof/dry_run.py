"""What rules would do with recorded requests: decided as live, with limits and speech simulated, nothing sent or kept.

Printing it is the business of `cli`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import msgspec

from omiflow.engine.index import RuleSet
from omiflow.engine.inline import Seal
from omiflow.engine.interpret import RunView
from omiflow.engine.limits import keep_live
from omiflow.engine.match import Match, hear, match
from omiflow.engine.names import EventNames, event_names
from omiflow.engine.plan import plan
from omiflow.engine.rate import Allowance
from omiflow.engine.surroundings import Surroundings
from omiflow.engine.values import unpack
from omiflow.errors import BadRequest
from omiflow.model import Decision, Event, NewRun, Spend, Verdict
from omiflow.omi.receive import EVENTS, Received, receive
from omiflow.omi.recorded import Recorded, event_of
from omiflow.proof.foreseen import DryRun, Foreseen
from omiflow.proof.performed import perform
from omiflow.speech.stream import Stream

SPOKEN = "realtime_transcript"
WEBHOOK = "webhook"
STARTS_AT = 1_772_442_000.0
"""The time of the first request that tells none: 2026-03-02T09:00:00Z."""
LONGEST_UID = 256
SWEEP_EVERY = 1_000
MOST_USERS = 50_000
MOST_DELIVERIES = 200_000

UserKey = tuple[str, str | None]
Value = TypeVar("Value")


@dataclass
class Simulation:
    """Decides recorded requests one after another, with all state in memory.

    `app`, `event` (with `webhook`) and `uid` stand for what a request doesn't tell. With `starts_at`, requests without
    `at` arrive from then on, a second apart; without it, at the time their payload tells. `every` also shows the rules
    that did not match.
    """

    rules: RuleSet
    surroundings: Surroundings
    seal: Seal
    app: str
    event: str | None = None
    webhook: str | None = None
    uid: str | None = None
    requests_per_uid: float | None = 20.0
    every: bool = False
    starts_at: float | None = None
    _now: float | None = None
    _streams: OrderedDict[UserKey, Stream] = field(default_factory=OrderedDict)
    _allowances: OrderedDict[UserKey, Allowance] = field(default_factory=OrderedDict)
    _tallies: dict[tuple[str, str], list[Spend]] = field(default_factory=dict)
    _answers: OrderedDict[tuple[str, str], Mapping[str, Any]] = field(default_factory=OrderedDict)
    _numbers: Iterator[int] = field(default_factory=count)
    _decided: int = 0

    def foresee(self, recorded: Recorded) -> Foreseen:
        """Decide one request."""
        name, webhook = event_of(recorded) or (self.event, self.webhook)
        if name == WEBHOOK == self.event:
            webhook = webhook or self.webhook
        seen = Foreseen(
            source=recorded.source,
            event=name,
            webhook=webhook,
            app=recorded.app if recorded.app is not None and recorded.app in self.surroundings.apps else self.app,
            uid=recorded.query.get("uid") or self.uid,
            at=self.arrival(recorded, None),
        )
        seen = _addressed(seen, recorded.path)
        if seen.error is not None or seen.ignored is not None:
            return seen
        try:
            received = self.read(recorded, seen, seen.at)
            now = self.arrival(recorded, received)
            if now != seen.at:
                received = self.read(recorded, seen, now)
        except BadRequest as refusal:
            return _but(seen, error=str(refusal))
        self._now = now
        return self.admitted(_but(seen, at=now, uid=seen.uid or received.uid), received)

    def read(self, recorded: Recorded, seen: Foreseen, arrived: float) -> Received:
        """Read a request as live."""
        return receive(
            seen.event or "",
            recorded.body,
            query=recorded.query,
            headers=recorded.headers,
            received=arrived,
            uid=seen.uid,
            webhook=seen.webhook,
        )

    def arrival(self, recorded: Recorded, received: Received | None) -> float:
        """Tell when a request arrives: as recorded, else the payload's own time, else a second after the last one."""
        if recorded.at is not None:
            return recorded.at
        if received is not None and self.starts_at is None:
            own = received.claimed_at if received.at is None else received.at
            if own is not None:
                return own
        if self._now is None:
            return STARTS_AT if self.starts_at is None else self.starts_at
        return self._now + 1.0

    def admitted(self, seen: Foreseen, received: Received) -> Foreseen:
        """Decide a request that was read, unless its user isn't allowed, it comes too fast, or came before."""
        uid = seen.uid
        if uid is not None and len(uid) > LONGEST_UID:
            return _but(seen, error=f"the user's 'uid' is longer than {LONGEST_UID} characters")
        allowed = self.surroundings.apps[seen.app].users
        if allowed is not None and uid is not None and uid not in allowed:
            return _but(seen, ignored=f"user '{uid}' is not among the users of app '{seen.app}'")
        if uid is not None and seen.event in (SPOKEN, WEBHOOK) and not self.within_rate((seen.app, uid), seen.at):
            over = "more requests of this user than 'limits.requests_per_uid' allows"
            return _but(seen, ignored=over) if seen.event == SPOKEN else _but(seen, error=over)
        for key in received.keys:
            if (seen.app, key) in self._answers:
                return _but(seen, reply=self._answers[seen.app, key], duplicate=True)
        event = received.event(
            seen.event or "",
            event_id=f"dry-{next(self._numbers)}",
            app=seen.app,
            uid=uid,
            arrived=seen.at,
            webhook=seen.webhook,
        )
        decision, matches = self.decide(event)
        self.remember(received.keys, decision)
        return _but(seen, runs=self.shown(event, decision, matches), reply=decision.answer)

    def decide(self, event: Event) -> tuple[Decision, list[Match]]:
        """Decide an event with the functions that serve live ones, and take its effects in."""
        stream = _used(self._streams, (event.app, event.uid), Stream()) if event.name == SPOKEN else None
        now = event.received
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

    def within_rate(self, user: UserKey, now: float) -> bool:
        """Tell whether a user's rate lets this request in."""
        rate = self.requests_per_uid
        return rate is None or _used(self._allowances, user, Allowance()).take(rate, now)

    def remember(self, keys: tuple[str, ...], decision: Decision) -> None:
        """Keep delivery keys, and forget from time to time what no longer counts."""
        for key in keys:
            self._answers[decision.event.app, key] = decision.answer
        while len(self._answers) > MOST_DELIVERIES:
            self._answers.popitem(last=False)
        self._decided += 1
        if self._decided % SWEEP_EVERY == 0:
            self._tallies = keep_live(self._tallies, decision.event.received)

    def shown(self, event: Event, decision: Decision, matches: list[Match]) -> list[DryRun]:
        """Give each verdict, in the order of the rules, with the actions that its run would do."""
        by_id = {new.run.id: new for new in decision.runs}
        shown = []
        for verdict, found in zip(decision.verdicts, matches, strict=True):
            new = by_id.get(verdict.run_id or "")
            if new is not None:
                shown.append(self.run(event, new, verdict, words=found.said.get("text") or None))
            elif self.every:
                shown.append(DryRun(verdict=verdict, outcome="not_matched", reason=_why_not(verdict)))
        place = {rule: number for number, rule in enumerate(self.rules.by_id)}
        return sorted(shown, key=lambda run: place[run.verdict.rule]) if self.every else shown

    def run(self, event: Event, new: NewRun, verdict: Verdict, *, words: str | None) -> DryRun:
        """Show a run: what it would do if it begins, and why it doesn't otherwise.

        One that fails with the decision does nothing but what went into the answer.
        """
        dry = DryRun(verdict=verdict, outcome=verdict.outcome, reason=verdict.reason, words=words)
        answered = {entry.path for entry in new.journal if entry.kind == "done"}
        if verdict.outcome != "fired" and not answered:
            return dry
        rule = self.rules.by_id[new.run.rule]
        zone = self.surroundings.person(event.uid).zone
        payload = event.payload()
        names = EventNames(event, payload, zone)
        frozen = unpack(new.run.inputs)
        base = event_names(names, frozen=frozen, lists=rule.lists, now=event.received, zone=zone)
        view = RunView(payload=payload, base={**base, **self.seal.names()}, matched=frozen["matched"])
        done = perform(rule, new, view)
        return msgspec.structs.replace(
            dry,
            outcome="failed" if done.ended.state == "failed" else "fired",
            reason=done.ended.reason or dry.reason,
            actions=done.actions
            if verdict.outcome == "fired"
            else [one for one in done.actions if one.path in answered],
            held=done.held,
        )


def _addressed(seen: Foreseen, path: str) -> Foreseen:
    """Say what is wrong with a request already before its body is read."""
    error = ignored = None
    if seen.event is None and path:
        ignored = f"omiflow knows no event at '{path}'"
    elif seen.event is None:
        error = "nothing tells which event this is; say it with --event"
    elif seen.event not in EVENTS:
        ignored = f"omiflow knows no event '{seen.event}'"
    elif seen.event == WEBHOOK and seen.webhook is None:
        error = "nothing tells the webhook's name; say it with --event webhook/NAME"
    elif seen.uid is None and seen.event != WEBHOOK:
        error = "the query parameter 'uid' is missing; say it with --uid"
    return _but(seen, error=error, ignored=ignored)


def _but(seen: Foreseen, **changes: Any) -> Foreseen:
    return msgspec.structs.replace(seen, **changes)


def _used(things: OrderedDict[UserKey, Value], user: UserKey, new: Value) -> Value:
    """Give what belongs to a user, and forget that of the user who was longest not seen."""
    thing = things.setdefault(user, new)
    things.move_to_end(user)
    if len(things) > MOST_USERS:
        things.popitem(last=False)
    return thing


def _why_not(verdict: Verdict) -> str | None:
    failed = next((gate for gate in verdict.gates if not gate.passed), None)
    return failed.detail if failed is not None else None
