"""Decides events with the functions that serve live ones, and keeps in memory what they leave behind.

Reading requests is left to `dry_run`, driving a run to its end to `performed`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import msgspec

from omiflow.actions.action import Action
from omiflow.actions.data import Data
from omiflow.actions.kept_data import KeptData
from omiflow.actions.omi_call import NO_USER
from omiflow.engine import attention
from omiflow.engine.emitting import MOST, TOO_MANY, emitted, too_deep
from omiflow.engine.hearing import Heard, hear, hush
from omiflow.engine.index import RuleSet
from omiflow.engine.inline import PROMPT, Seal
from omiflow.engine.interpret import Emit, Perform, RunView
from omiflow.engine.limits import keep_live, prompt_key
from omiflow.engine.match import Match, match
from omiflow.engine.names import EventNames, event_names
from omiflow.engine.owing import carried, prompt_spends
from omiflow.engine.plan import plan
from omiflow.engine.rules import Rule
from omiflow.engine.surroundings import Surroundings
from omiflow.engine.values import unpack
from omiflow.model import SPEECH, Decision, Done, Event, NewRun, Owed, Rejected, Retry, Spend, Verdict
from omiflow.proof.foreseen import DryRun
from omiflow.proof.kept_in_memory import KeptInMemory
from omiflow.proof.late_answers import UserKey
from omiflow.proof.mocks import Mocks
from omiflow.proof.open_slots import OpenSlots
from omiflow.proof.performed import perform
from omiflow.speech.stream import Stream

SWEEP_EVERY = 1_000
MOST_USERS = 50_000
"""The most users whose speech and rate are remembered."""

Value = TypeVar("Value")


@dataclass
class Decided:
    """What one event sets off: its runs, the answer to its sender, the events that rules emit, and what is owed.

    `paid` is what the answer carries beside, of what its user was owed.
    """

    runs: list[DryRun]
    reply: Mapping[str, Any]
    emitted: list[tuple[str, Event]]
    owed: Sequence[Owed] = ()
    paid: Sequence[Owed] = ()


@dataclass
class _Hearing:
    """What a user said lately, and the event that brought their last words."""

    stream: Stream = field(default_factory=Stream)
    last: Event | None = None


@dataclass
class Deciding:
    """Decides events one after another; `mocks` answer to actions instead of their placeholders."""

    rules: RuleSet
    surroundings: Surroundings
    seal: Seal
    mocks: Mocks = field(default_factory=Mocks)
    kept: KeptInMemory = field(default_factory=KeptInMemory)
    _heard: OrderedDict[UserKey, _Hearing] = field(default_factory=OrderedDict)
    _open: OpenSlots = field(default_factory=OpenSlots)
    _tallies: dict[tuple[str, str], list[Spend]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)
    _decided: int = 0

    def new_id(self, kind: str) -> str:
        """Give an id that no event or run has had."""
        return f"{kind}-{next(self._numbers)}"

    def decide(
        self,
        event: Event,
        *,
        every: bool = False,
        room: int = MOST,
        owed: Sequence[Owed] = (),
        fields: Collection[str] = (),
    ) -> Decided:
        """Decide an event and drive its runs; at most `room` events are emitted.

        With `every`, the rules that did not match are shown too, and all stand in the order of their files. Its answer
        carries what its user is `owed`, as far as Omi reads the `fields` for it.
        """
        heard = self.heard(event)
        now = event.received
        matches = match(self.rules, event, heard, surroundings=self.surroundings, now=now, every=every)
        decision = self.planned(event, matches, now=now)
        paid = carried(
            owed, decision.answer, now=now, fields=fields, prompted=self.uses(PROMPT, prompt_key(*_user(event)))
        )
        for spend in prompt_spends(paid, key=prompt_key(*_user(event)), now=now):
            self.spend(spend)
        self.swept(now)
        sent: list[tuple[str, Event]] = []
        runs = self.shown(event, decision, matches, sent=sent, room=room, now=now)
        if not every:
            runs = [run for run in runs if run.outcome != "not_matched"]
        else:
            place = {rule: number for number, rule in enumerate(self.rules.by_id)}
            runs.sort(key=lambda run: place[run.verdict.rule])
        reply = {**decision.answer, **{one.field: one.value for one in paid}}
        return Decided(runs, reply, sent, paid=paid)

    def heard(self, event: Event) -> Heard:
        """Hear an event, and remember what its user said."""
        user = _user(event)
        spoken = event.name == SPEECH
        hearing = used(self._heard, user, _Hearing()) if spoken else self._heard.get(user, _Hearing())
        heard = hear(self.rules, event, hearing.stream, surroundings=self.surroundings)
        if spoken:
            hearing.last = event
            self.opened(user)
        return heard

    def opened(self, user: UserKey) -> None:
        """Remember when the clock ends what a user began to say."""
        self._open.put(user, self._heard[user].stream.closes())

    def next_lull(self, until: float) -> tuple[float, UserKey] | None:
        """Give when the clock next ends what a user began to say, by `until`, and whose words these are."""
        return self._open.next(until)

    def decide_lull(self, user: UserKey, *, now: float, room: int = MOST) -> tuple[Event, Decided] | None:
        """Decide what the clock ends, with the user's last words; None when that sets nothing off."""
        self._open.put(user, None)
        hearing = self._heard.get(user)
        if hearing is None or hearing.last is None:
            return None
        event = hearing.last
        heard = hush(self.rules, event, hearing.stream, surroundings=self.surroundings, now=now)
        self.opened(user)
        matches = match(self.rules, event, heard, surroundings=self.surroundings, now=now)
        decision = self.planned(event, matches, now=now, answerable=False)
        sent: list[tuple[str, Event]] = []
        runs = self.shown(event, decision, matches, sent=sent, room=room, now=now)
        runs = [run for run in runs if run.outcome != "not_matched"]
        return (event, Decided(runs, {}, sent, owed=decision.owed)) if runs else None

    def planned(self, event: Event, matches: list[Match], *, now: float, answerable: bool = True) -> Decision:
        """Plan what becomes of matches, and take its effects in."""
        decision = plan(
            event,
            matches,
            uses=self.uses,
            surroundings=self.surroundings,
            seal=self.seal,
            now=now,
            new_id=lambda: self.new_id("run"),
            answerable=answerable,
        )
        for spend in decision.spends:
            self.spend(spend)
        return decision

    def uses(self, tally: str, key: str) -> list[float]:
        """Give the times at which a tally's key was used."""
        return [spend.at for spend in self._tallies.get((tally, key), ())]

    def spend(self, spend: Spend) -> None:
        """Count a use of a tally's key."""
        self._tallies.setdefault((spend.tally, spend.key), []).append(spend)

    def swept(self, now: float) -> None:
        """Forget from time to time what no longer counts."""
        self._decided += 1
        if self._decided % SWEEP_EVERY == 0:
            self._tallies = keep_live(self._tallies, now)

    def shown(
        self,
        event: Event,
        decision: Decision,
        matches: list[Match],
        *,
        sent: list[tuple[str, Event]],
        room: int,
        now: float,
    ) -> list[DryRun]:
        """Give each verdict with the actions that its run would do; what it would emit goes to `sent`."""
        by_id = {new.run.id: new for new in decision.runs}
        shown = []
        for verdict, found in zip(decision.verdicts, matches, strict=True):
            new = by_id.get(verdict.run_id or "")
            if new is None:
                shown.append(DryRun(verdict=verdict, outcome="not_matched", reason=_why_not(verdict)))
                continue
            around = _Around(self, event, self.rules.by_id[new.run.rule], new, sent=sent, room=room, now=now)
            shown.append(around.run(verdict, words=found.said.get("text") or None))
        return shown


@dataclass
class _Around:
    """What lies around one run: other rules, the user's patience, the world."""

    deciding: Deciding
    event: Event
    rule: Rule
    new: NewRun
    sent: list[tuple[str, Event]]
    room: int
    now: float

    def run(self, verdict: Verdict, *, words: str | None) -> DryRun:
        """Show the run: what it would do if it begins, and why it doesn't otherwise.

        One that fails with the decision does nothing but what went into the answer.
        """
        begins = verdict.outcome in ("fired", "shadow")
        journal = self.new.journal
        answered = {entry.path for entry in journal if entry.kind in ("done", "owed")}
        stopped = bool(journal) and journal[-1].kind == "stop"
        fault = verdict.reason if verdict.outcome == "failed" and not stopped else None
        dry = DryRun(verdict=verdict, outcome=verdict.outcome, reason=verdict.reason, words=words, fault=fault)
        if not begins and not answered:
            return dry
        done = perform(self.rule, self.new, self.view(), self)
        return msgspec.structs.replace(
            dry,
            outcome=done.ended.state if done.ended.state in ("failed", "throttled") else verdict.outcome,
            reason=done.ended.reason or dry.reason,
            actions=done.actions if begins else [one for one in done.actions if one.path in answered],
            held=done.held,
            fault=done.fault,
        )

    def view(self) -> RunView:
        """Give what the steps see."""
        event, zone = self.event, self.deciding.surroundings.person(self.event.uid).zone
        payload = event.payload()
        frozen = unpack(self.new.run.inputs)
        names = EventNames(event, payload, zone)
        base = event_names(names, frozen=frozen, lists=self.rule.lists, now=self.now, zone=zone)
        base = {**base, **self.deciding.seal.names()}
        return RunView(event=event, payload=payload, base=base, matched=frozen["matched"], lists=self.rule.lists)

    def refusal(self, action: Action) -> str | None:
        """Charge the app's budget for what interrupts its user."""
        app = self.deciding.surroundings.apps[self.event.app]
        budget, now = app.budget, self.now
        if not action.interrupts or self.rule.shadow or budget is None or budget.passes(self.rule.priority):
            return None
        key = prompt_key(app.name, self.event.uid)
        used = sorted(self.deciding.uses(attention.TALLY, key))
        zone = self.deciding.surroundings.person(self.event.uid).zone
        charged = attention.charged(budget, key=key, used=used, now=now, zone=zone)
        if isinstance(charged, str):
            return charged
        for spend in charged:
            self.deciding.spend(spend)
        return None

    def answer(self, asked: Perform, action: Action, data: Data) -> Done | Rejected:
        """Answer as a mock says, else with what is kept, else with the action's own placeholder.

        What Omi does for a user can't be done where there is none.
        """
        if action.needs_app_key and not self.rule.shadow and not (data.given().get("uid") or self.event.uid):
            return Rejected(NO_USER)
        mocked = self.deciding.mocks.answer(action, data, connection=asked.step.connection)
        if mocked is not None:
            return mocked
        if isinstance(data, KeptData) and not self.rule.shadow:
            return self.kept(data, path=asked.path)
        return Done(action.foretold(data))

    def kept(self, data: KeptData, *, path: str) -> Done | Rejected:
        """Do a step on a list or value that is kept, in memory."""
        run = self.new.run
        group = self.deciding.surroundings.person(run.uid).group
        now = self.now
        told = self.deciding.kept.perform(
            data, uid=run.uid, app=run.app, group=group, run_id=run.id, step=path, now=now
        )
        return Rejected(told.reason) if isinstance(told, Retry) else told

    def emit(self, asked: Emit) -> Done | Rejected:
        """Take an event for other rules; they decide on it when this event is done."""
        if self.rule.shadow:
            return Done()
        reason = too_deep(self.event.depth + 1)
        if len(self.sent) >= self.room:
            reason = TOO_MANY
        if reason is not None:
            return Rejected(reason)
        event_id = self.deciding.new_id("dry")
        event = emitted(self.event, event_id=event_id, name=asked.step.name, data=asked.data, at=self.now)
        self.sent.append((self.rule.id, event))
        return Done()


def used(things: OrderedDict[UserKey, Value], user: UserKey, new: Value) -> Value:
    """Give what belongs to a user, and forget that of the user who was longest not seen."""
    thing = things.setdefault(user, new)
    things.move_to_end(user)
    if len(things) > MOST_USERS:
        things.popitem(last=False)
    return thing


def _user(event: Event) -> UserKey:
    return event.app, event.uid


def _why_not(verdict: Verdict) -> str | None:
    failed = next((gate for gate in verdict.gates if not gate.passed), None)
    return failed.detail if failed is not None else None
