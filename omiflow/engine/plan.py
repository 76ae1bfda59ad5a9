"""From matches to a decision: dedupe, throttle, the one answer, and the runs that begin.

Everything is decided here from values; storing the decision and carrying out its runs is the business of `runtime`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from omiflow.engine import inline
from omiflow.engine.interpret import Ended, Note, Perform, RunView, Told, Withheld, interpret
from omiflow.engine.limits import PROMPT_PAUSE, Tallies, Uses, day_end, day_start, over_limit, prompt_key, tally_name
from omiflow.engine.match import Match
from omiflow.engine.names import EventNames, event_names
from omiflow.engine.surroundings import Surroundings
from omiflow.engine.values import pack
from omiflow.errors import TemplateFault
from omiflow.model import Decision, Done, Entry, Event, Gate, Mark, NewRun, Rejected, Run, Verdict
from omiflow.speech.phrases import Hit
from omiflow.speech.stream import Stream

NewId = Callable[[], str]

DAILY = "omi.prompts_per_day"


@dataclass
class _Answer:
    """What goes back to Omi, and whose it is."""

    body: dict[str, Any] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)


def tally_keys(event: Event, matches: Sequence[Match]) -> list[tuple[str, str]]:
    """List the tallies and keys that a plan for these matches will look at."""
    keys = []
    for found in matches:
        if not found.passed:
            continue
        keys += [(tally_name(gate, found.rule), key) for gate, key in found.keys.items() if key is not None]
        if found.rule.has_inline:
            keys += [(inline.PROMPT, prompt_key(event.app, event.uid)), (DAILY, prompt_key(event.app, event.uid))]
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
    stream: Stream | None = None,
) -> Decision:
    """Decide what becomes of `matches`; `uses` tells what of each tally is already spent.

    `stream` is what the user said before, for marking the words that fired.

    Rules compete in order of priority, then of file; verdicts stand in file order.
    """
    if not matches:
        return Decision(event=event)
    planner = _Planner(event, uses, surroundings, seal, now, new_id)
    ranked = sorted(range(len(matches)), key=lambda number: (-matches[number].rule.priority, number))
    for number in ranked:
        planner.decide(matches[number], number)
    verdicts = [planner.verdicts[number] for number in sorted(planner.verdicts)]
    return Decision(
        event=event,
        verdicts=verdicts,
        runs=[planner.runs[number] for number in sorted(planner.runs)],
        spends=planner.tallies.reserved,
        marks=_marks([matches[number] for number in sorted(planner.fired)], stream),
        answer=planner.answer.body,
    )


class _Planner:
    def __init__(
        self, event: Event, uses: Uses, surroundings: Surroundings, seal: inline.Seal, now: float, new_id: NewId
    ) -> None:
        self.event = event
        self.tallies = Tallies(uses)
        self.app = surroundings.apps[event.app]
        self.person = surroundings.person(event.uid)
        self.seal = seal
        self.now = now
        self.new_id = new_id
        self.answer = _Answer()
        self.verdicts: dict[int, Verdict] = {}
        self.runs: dict[int, NewRun] = {}
        self.fired: set[int] = set()
        self.names = EventNames(event, event.payload(), self.person.zone)

    def decide(self, found: Match, number: int) -> None:
        """Take one match through the gates behind its conditions."""
        if not found.passed:
            self.verdicts[number] = Verdict(rule=found.rule.id, outcome="not_matched", gates=found.gates)
            return
        self.fired.add(number)
        before = len(self.tallies.reserved)
        refused = self.reserve(found)
        if refused is not None:
            self.tallies.release(before)
            self.record(found, number, *refused)
            return
        start = _InlinePart(self, found).drive()
        if start.state in {"throttled", "failed"}:
            self.tallies.release(before)
        self.record(found, number, start.state, start.reason, start.journal)

    def reserve(self, found: Match) -> tuple[str, str] | None:
        """Reserve dedupe and throttle; give state and reason when a gate is closed."""
        if found.fault is not None:
            return "failed", found.fault
        for gate, state, limit in (
            ("dedupe", "deduplicated", found.rule.dedupe),
            ("throttle", "throttled", found.rule.throttle),
        ):
            key = found.keys.get(gate)
            if limit is None or key is None:
                continue
            tally = tally_name(gate, found.rule)
            refusal = over_limit(limit, self.tallies.used(tally, key, self.now - limit.period), self.now)
            detail = refusal or f"room for {key}"
            found.gates.append(
                Gate(gate=gate, path=limit.path, passed=refusal is None, detail=detail, line=limit.line)
            )
            if refusal is not None:
                return state, refusal
            self.tallies.reserve(tally, key, at=self.now, period=limit.period)
        return None

    def record(
        self, found: Match, number: int, state: str, reason: str | None, journal: Sequence[Entry] = ()
    ) -> None:
        """Write down a run and the verdict that names it."""
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
        outcome = state if state in {"throttled", "deduplicated", "failed"} else "fired"
        self.verdicts[number] = Verdict(
            rule=found.rule.id, outcome=outcome, gates=found.gates, reason=reason, run_id=run.id
        )


@dataclass
class _Start:
    state: str
    reason: str | None
    journal: list[Entry]


class _InlinePart:
    """Drives a run as far as the decision itself carries it: up to the first step that needs the world."""

    def __init__(self, planner: _Planner, found: Match) -> None:
        self.planner = planner
        self.found = found
        self.journal: list[Entry] = []
        self.answered = False
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
            payload=planner.names,
            base={**base, **planner.seal.names()},
            matched=self.found.frozen["matched"],
        )
        answer_before = dict(planner.answer.body), dict(planner.answer.owners)
        ended = self.follow(interpret(rule, view, {}))
        if ended is None:
            return _Start("running", None, self.journal)
        if ended.state == "failed":
            planner.answer.body, planner.answer.owners = answer_before
            return _Start("failed", ended.reason, self.journal)
        if self.more:
            return _Start("running", None, self.journal)
        if self.refusals and not self.answered:
            return _Start("throttled", self.refusals[0], [])
        return _Start("answered" if self.answered else "done", ended.reason, self.journal)

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
            elif asked.step.inline:
                told = self.reply(asked)
            elif asked.step.deferrable:
                self.more = True
                told = Done()
            else:
                course.close()
                return None

    def note(self, path: str, kind: str, value: Any) -> None:
        self.journal.append(Entry(path=path, kind=kind, at=self.planner.now, value=pack(value)))

    def reply(self, asked: Perform) -> Told:
        told = self.place(asked)
        if isinstance(told, Withheld):
            self.refusals.append(told.reason)
            self.note(asked.path, "throttled", told.reason)
        elif isinstance(told, Rejected):
            self.note(asked.path, "rejected", told.reason)
        else:
            self.answered = True
            self.note(asked.path, "done", asked.data)
        return told

    def place(self, asked: Perform) -> Told:
        """Put an inline action's data into the answer, or say why it can't go there."""
        planner = self.planner
        action = asked.step.action
        try:
            data = _checked(action, asked.data)
        except TemplateFault as fault:
            return Rejected(str(fault))
        if action == inline.PROMPT:
            data["prompt"] = planner.seal.open(data["prompt"])
        unread = inline.unread_reason(action, data, planner.event.name) or self.omi_limit(action)
        if unread is not None:
            return Withheld(unread)
        owner = planner.answer.owners.setdefault(action, self.found.rule.id)
        field_name = "notification" if action == inline.PROMPT else "message"
        if field_name in planner.answer.body:
            return Withheld(f"outranked by {owner}")
        if action == inline.PROMPT:
            planner.answer.body[field_name] = inline.notification(data, asked.step.params)
            self.spend_prompt()
        else:
            planner.answer.body[field_name] = data["message"]
        asked.data.update(data)
        return Done()

    def omi_limit(self, action: str) -> str | None:
        planner = self.planner
        if action != inline.PROMPT or inline.PROMPT in planner.answer.owners:
            return None
        key = prompt_key(planner.event.app, planner.event.uid)
        recent = planner.tallies.used(inline.PROMPT, key, planner.now - PROMPT_PAUSE)
        if recent:
            return f"Omi takes one prompt in {PROMPT_PAUSE:.0f} s and got one {planner.now - recent[-1]:.0f} s ago"
        most = planner.app.prompts_per_day
        if most is not None:
            today = planner.tallies.used(DAILY, key, day_start(planner.now, planner.person.zone) - 1e-6)
            if len(today) >= most:
                return f"Omi takes {most} prompts a day and got them today"
        return None

    def spend_prompt(self) -> None:
        planner = self.planner
        key = prompt_key(planner.event.app, planner.event.uid)
        planner.tallies.reserve(inline.PROMPT, key, at=planner.now, period=PROMPT_PAUSE)
        if planner.app.prompts_per_day is not None:
            left = day_end(planner.now, planner.person.zone) - planner.now
            planner.tallies.reserve(DAILY, key, at=planner.now, period=left)


def _checked(action: str, data: Any) -> dict[str, Any]:
    """Check the types of a rendered inline action; the shape was checked with the rule."""
    wanted = "prompt" if action == inline.PROMPT else "message"
    if not isinstance(data.get(wanted), str):
        raise TemplateFault(f"'{wanted}' wants text, got {'null' if data.get(wanted) is None else data[wanted]!r}")
    return dict(data)


def _marks(fired: Sequence[Match], stream: Stream | None) -> list[Mark]:
    if stream is None:
        return []
    by_rule: dict[str, list[Hit]] = {}
    for found in fired:
        if found.hit is not None:
            by_rule.setdefault(found.rule.id, []).append(found.hit)
    return [mark for rule, hits in by_rule.items() for mark in stream.marks(rule, hits)]
