"""From matches to a decision: dedupe, throttle, the one answer, and the runs that begin.

Everything is decided here from values; storing the decision and carrying out its runs is the business of `runtime`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from omiflow.engine import attention, inline
from omiflow.engine.answer import DAILY, FIELDS, InlineAnswer
from omiflow.engine.interpret import Ended, Note, Perform, RunView, Told, Withheld, interpret_inline
from omiflow.engine.limits import Tallies, Uses, over_limit, prompt_key, shared_tally, tally_name
from omiflow.engine.match import Match
from omiflow.engine.names import EventNames, event_names
from omiflow.engine.owing import WAITS
from omiflow.engine.rules import ActionStep, Limit, Rule
from omiflow.engine.surroundings import Surroundings
from omiflow.engine.values import pack
from omiflow.model import Decision, Done, Entry, Event, Gate, NewRun, Owed, Rejected, Run, Verdict

NewId = Callable[[], str]
NO_CALL = f"goes into the answer to the user's next call, if one comes within {WAITS:.0f} s"


def tally_keys(event: Event, matches: Sequence[Match]) -> list[tuple[str, str]]:
    """List the tallies and keys that a plan for these matches will look at."""
    keys = []
    for found in matches:
        if not found.passed:
            continue
        keys += [(tally_name(gate, found.rule), key) for gate, key in found.keys.items() if key is not None]
        if found.rule.has_inline:
            key = prompt_key(event.app, event.uid)
            keys += [(shared_tally(name, found.rule), key) for name in (inline.PROMPT, DAILY, attention.TALLY)]
    return list(dict.fromkeys(keys))


def plan(
    event: Event,
    matches: Sequence[Match],
    *,
    uses: Uses,
    surroundings: Surroundings,
    seal: inline.Seal,
    now: float,
    new_id: NewId,
    answerable: bool = True,
) -> Decision:
    """Decide what becomes of `matches`; `uses` tells what of each tally is already spent.

    Where the clock set the rules off there is no call to answer, and nothing is `answerable`: what would have been
    answered is owed. Rules compete in order of priority, then of file; verdicts stand in file order.
    """
    if not matches:
        return Decision(event=event)
    planner = _Planner(event, uses, surroundings, seal, now=now, new_id=new_id, answerable=answerable)
    ranked = sorted(range(len(matches)), key=lambda number: (-matches[number].rule.priority, number))
    for number in ranked:
        planner.decide(matches[number], number)
    verdicts = [planner.verdicts[number] for number in sorted(planner.verdicts)]
    return Decision(
        event=event,
        verdicts=verdicts,
        runs=[planner.runs[number] for number in sorted(planner.runs)],
        spends=planner.tallies.reserved,
        answer=planner.answer.body if answerable else {},
        owed=[one for number in sorted(planner.owed) for one in planner.owed[number]],
    )


class _Planner:
    def __init__(
        self,
        event: Event,
        uses: Uses,
        surroundings: Surroundings,
        seal: inline.Seal,
        *,
        now: float,
        new_id: NewId,
        answerable: bool,
    ) -> None:
        self.event = event
        self.tallies = Tallies(uses)
        self.person = surroundings.person(event.uid)
        self.app = surroundings.apps[event.app]
        self.seal = seal
        self.now = now
        self.new_id = new_id
        self.answerable = answerable
        self.answer = self.new_answer()
        self.shadows: dict[str, InlineAnswer] = {}
        self.verdicts: dict[int, Verdict] = {}
        self.runs: dict[int, NewRun] = {}
        self.owed: dict[int, list[Owed]] = {}
        self.payload = event.payload()
        self.names = EventNames(event, self.payload, self.person.zone)

    def new_answer(self) -> InlineAnswer:
        """Give an answer with nothing in it."""
        return InlineAnswer(
            event=self.event, tallies=self.tallies, app=self.app, person=self.person, seal=self.seal, now=self.now
        )

    def answer_for(self, rule: Rule) -> InlineAnswer:
        """Give the answer to Omi, or for a rule in the shadow one that nobody gets."""
        return self.shadows.setdefault(rule.id, self.new_answer()) if rule.shadow else self.answer

    def decide(self, found: Match, number: int) -> None:
        """Take one match through the gates behind its conditions."""
        if not found.passed:
            self.verdicts[number] = Verdict(rule=found.rule.id, outcome="not_matched", gates=found.gates)
            return
        before = len(self.tallies.reserved)
        refused = self.reserve(found)
        if refused is not None:
            self.tallies.release(before)
            self.record(found, number, *refused)
            return
        start = _InlinePart(self, found).drive()
        if not start.begins:
            self.tallies.release(before)
        run = self.record(found, number, start.state, start.reason, start.journal)
        if start.owed:
            until = self.now + WAITS
            self.owed[number] = [
                Owed(run_id=run.id, path=path, field=field, value=self.answer.body[field], until=until)
                for path, field in start.owed.items()
            ]

    def reserve(self, found: Match) -> tuple[str, str] | None:
        """Reserve dedupe and throttle; give state and reason when a gate is closed."""
        for gate, state, limit in (
            ("dedupe", "deduplicated", found.rule.dedupe),
            ("throttle", "throttled", found.rule.throttle),
        ):
            if limit is None:
                continue
            if gate in found.faults:
                self.passed(found, gate, limit, passed=False, detail=f"the key failed: {found.faults[gate]}")
                return "failed", f"{limit.path}: {found.faults[gate]}"
            key = found.keys[gate]
            if key is None:
                self.passed(found, gate, limit, passed=True, detail="the key is null, which never counts")
                continue
            tally = tally_name(gate, found.rule)
            used = self.tallies.used(tally, key, after=self.now - limit.period, before=self.now + limit.period)
            refusal = over_limit(limit, used, self.now)
            self.passed(found, gate, limit, passed=refusal is None, detail=refusal or f"room for {key}")
            if refusal is not None:
                return state, refusal
            self.tallies.reserve(tally, key, at=self.now, period=limit.period)
        return None

    def passed(self, found: Match, gate: str, place: Limit | ActionStep, *, passed: bool, detail: str) -> None:
        """Write into the trace what was seen at a gate."""
        found.gates.append(Gate(gate=gate, path=place.path, passed=passed, detail=detail, line=place.line))

    def record(self, found: Match, number: int, state: str, reason: str | None, journal: Sequence[Entry] = ()) -> Run:
        """Write down a run and the verdict that names it."""
        shadow = found.rule.shadow
        state = "shadow" if shadow and state in {"answered", "done"} else state
        run = Run(
            id=self.new_id(),
            rule=found.rule.id,
            source=found.rule.digest,
            event_id=self.event.id,
            app=self.event.app,
            uid=self.event.uid,
            at=self.now,
            state=state,
            reason=reason,
            due=self.now if state == "running" else None,
            inputs={} if state in {"throttled", "deduplicated"} else pack(found.frozen),
        )
        self.runs[number] = NewRun(run=run, journal=list(journal))
        begun = "shadow" if shadow else "fired"
        outcome = state if state in {"throttled", "deduplicated", "failed"} else begun
        self.verdicts[number] = Verdict(
            rule=found.rule.id, outcome=outcome, gates=found.gates, reason=reason, run_id=run.id
        )
        return run


@dataclass
class _Start:
    state: str
    reason: str | None
    journal: list[Entry]
    begins: bool = True
    owed: dict[str, str] = field(default_factory=dict)


class _InlinePart:
    """Drives a run as far as the decision itself carries it: up to the first step that needs the world."""

    def __init__(self, planner: _Planner, found: Match) -> None:
        self.planner = planner
        self.found = found
        self.answer = planner.answer_for(found.rule)
        self.journal: list[Entry] = []
        self.placed: list[str] = []
        self.owed: dict[str, str] = {}
        self.refusals: list[str] = []
        self.more = False

    def drive(self) -> _Start:
        """Give the state a run begins in, with its journal."""
        rule = self.found.rule
        if not rule.has_inline:
            return _Start("running", None, [])
        planner = self.planner
        base = event_names(
            planner.names,
            frozen=self.found.frozen,
            lists=rule.lists,
            now=planner.now,
            zone=planner.person.zone,
        )
        view = RunView(
            event=planner.event,
            payload=planner.payload,
            base={**base, **planner.seal.names()},
            matched=self.found.frozen["matched"],
            lists=rule.lists,
        )
        ended = self.follow(interpret_inline(rule, view))
        if ended is None:
            return _Start("running", None, self.journal, owed=self.owed)
        if ended.state == "failed" and not self.stopped:
            self.answer.take_back(self.placed)
            return _Start("failed", ended.reason, self.unanswered(), begins=False)
        if self.more or self.owed:
            return _Start("running", None, self.journal, owed=self.owed)
        if self.refusals and not self.placed:
            return _Start("throttled", self.refusals[0], [], begins=False)
        state = "answered" if self.placed and ended.state == "done" else ended.state
        return _Start(state, ended.reason, self.journal)

    @property
    def stopped(self) -> bool:
        """Tell whether the rule itself ended the run."""
        return bool(self.journal) and self.journal[-1].kind == "stop"

    def unanswered(self) -> list[Entry]:
        """Give the journal without the answers that were taken back."""
        return [entry for entry in self.journal if entry.kind not in ("done", "owed")]

    def follow(self, course: Any) -> Ended | None:
        told: Told = None
        while True:
            try:
                asked = course.send(told)
            except StopIteration as stop:
                return stop.value  # type: ignore[no-any-return]
            told = None
            if isinstance(asked, Note):
                self.note(asked.path, asked.kind, asked.value)
            elif isinstance(asked, Perform) and asked.step.inline:
                told = self.reply(asked)
            else:
                self.more = True
                told = Done()

    def note(self, path: str, kind: str, value: Any) -> None:
        self.journal.append(Entry(path=path, kind=kind, at=self.planner.now, value=pack(value)))

    def reply(self, asked: Perform) -> Told:
        told = self.answer.place(self.found.rule, asked)
        if isinstance(told, Withheld):
            self.refusals.append(told.reason)
            self.planner.passed(self.found, "actions", asked.step, passed=False, detail=told.reason)
            self.note(asked.path, "throttled", told.reason)
        elif isinstance(told, Rejected):
            self.planner.passed(self.found, "actions", asked.step, passed=False, detail=told.reason)
            self.note(asked.path, "rejected", told.reason)
        else:
            late = not (self.planner.answerable or self.found.rule.shadow)
            detail = NO_CALL if late else "goes into the answer to Omi"
            self.planner.passed(self.found, "actions", asked.step, passed=True, detail=detail)
            self.placed.append(asked.step.action)
            if late:
                self.owed[asked.path] = FIELDS[asked.step.action]
            self.note(asked.path, "owed" if late else "done", asked.data)
        return told
