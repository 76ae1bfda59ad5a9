"""Tries the tests of rule files: what happens in each is decided as live, and compared with what must come of it.

Nothing is sent, nothing is kept, nobody waits. What is compared is in `compared`, why not more was done in `reasons`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from omiflow.engine.emitting import NAME as EMITTED
from omiflow.engine.index import RuleSet
from omiflow.engine.inline import Seal
from omiflow.engine.rules import Rule
from omiflow.engine.surroundings import Surroundings
from omiflow.errors import UsageError
from omiflow.language.cases import Case, CaseEvent, Expected
from omiflow.model import Event
from omiflow.proof.compared import difference, shown
from omiflow.proof.dry_run import Simulation, foreseen
from omiflow.proof.filled import Filling
from omiflow.proof.foreseen import Foreseen, ForeseenAction
from omiflow.proof.mocks import Mocks
from omiflow.proof.reasons import UNCONCERNED, Reason, nearest_to_more, reasons

SEAL = "test"
MOST_REASONS = 5


@dataclass(frozen=True)
class Tried:
    """How a case ended; `detail` says on several lines what is wrong, and is empty when nothing is."""

    case: Case
    detail: str

    @property
    def passed(self) -> bool:
        """Tell whether all came as expected."""
        return not self.detail


@dataclass
class Trying:
    """Tries cases against rules, each from an empty beginning; rules in the shadow do what they would do live.

    `connections` are the settings of connections, as far as they are no secrets.
    """

    rules: RuleSet
    surroundings: Surroundings
    app: str
    connections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    requests_per_uid: float | None = None
    _alone: dict[tuple[str, ...], RuleSet] = field(default_factory=dict)

    def tried(self, case: Case) -> Tried:
        """Try a case."""
        if case.rule is not None and case.rule not in self.rules.by_id:
            return Tried(case, f"rule '{case.rule}' has mistakes")
        try:
            seen = self.foreseen(case, every=case.because is not None)
            wrong = list(_wrong(case, seen, self.rules_of(case)))
            less = sum(map(len, _done(seen).values())) < len(case.expect)
            if wrong and (case.because is not None or (less and not _faults(seen))):
                wrong += _explained(self.foreseen(case, every=True), self.rules_of(case))
        except UsageError as error:
            wrong = [str(error)]
        return Tried(case, "\n".join(wrong))

    def foreseen(self, case: Case, *, every: bool) -> list[Foreseen]:
        """Decide all that happens in a case, in order."""
        simulation = Simulation(
            rules=self.alone(self.rules_of(case)),
            surroundings=self.surroundings,
            seal=Seal(SEAL),
            app=self.app,
            requests_per_uid=self.requests_per_uid,
            every=every,
            mocks=Mocks(case.mocks, self.connections),
        )
        filling = Filling(case, zone=ZoneInfo(self.surroundings.timezone))
        found: list[Foreseen] = []
        for number, event in enumerate(case.events, 1):
            recorded = filling.request(event, number)
            if event.event == EMITTED:
                emitted = self.emitted(event, number=number, uid=recorded.query.get("uid"), at=recorded.at or 0.0)
                found += simulation.happen(emitted, foreseen(emitted, source=recorded.source))
            else:
                found += simulation.foresee(recorded)
        return [*found, *simulation.end()]

    def emitted(self, event: CaseEvent, *, number: int, uid: str | None, at: float) -> Event:
        """Make an event as another rule would emit it."""
        return Event(
            id=f"event-{number}",
            name=EMITTED,
            app=event.app or self.app,
            uid=uid,
            at=at,
            received=at,
            body=event.body,
            webhook=event.named,
            depth=1,
        )

    def alone(self, rules: Sequence[Rule]) -> RuleSet:
        """Give some rules as if there were no others, and none in the shadow."""
        ids = tuple(rule.id for rule in rules)
        if ids not in self._alone:
            live = [replace(rule, status="live") if rule.shadow else rule for rule in rules]
            self._alone[ids] = RuleSet(live, lists=self.rules.lists, fillers=self.rules.fillers)
        return self._alone[ids]

    def rules_of(self, case: Case) -> list[Rule]:
        """List the rules that a case is about: its own, else those of its file, else all."""
        if case.rule is not None:
            return [self.rules.by_id[case.rule]]
        return [rule for rule in self.rules.rules if rule.file == case.file] or list(self.rules.rules)


def _wrong(case: Case, seen: Sequence[Foreseen], rules: Sequence[Rule]) -> Iterator[str]:
    """Say what did not come as expected, after what went wrong on the way there."""
    for one in seen:
        if one.error is not None:
            yield f"{one.source} would be refused: {one.error}"
    yield from _faults(seen)
    done = _done(seen)
    unlike = difference(case.expect, done)
    if unlike is not None:
        yield unlike
        yield from _beside("expected:", [_wanted(one) for one in case.expect])
        yield from _beside("done:", [_did(rule, action) for rule, actions in done.items() for action in actions])
    if case.because is not None:
        yield from _other_reason(case.because, nearest_to_more(reasons(seen, rules)))


def _faults(seen: Sequence[Foreseen]) -> list[str]:
    """Say which runs failed of themselves, and of what."""
    return [
        f"'{run.verdict.rule}' failed on {one.source}: {run.fault}"
        for one in seen
        for run in one.runs
        if run.fault is not None
    ]


def _done(seen: Sequence[Foreseen]) -> dict[str, list[ForeseenAction]]:
    """Gather what was done, by rule."""
    done: dict[str, list[ForeseenAction]] = {}
    for one in seen:
        for run in one.runs:
            if run.actions:
                done.setdefault(run.verdict.rule, []).extend(run.actions)
    return done


def _other_reason(because: str, found: Sequence[Reason]) -> Iterator[str]:
    if not found:
        yield f"nothing stood in the way, and '{because}' should"
    elif not any(because in reason.words for reason in found):
        called = dict.fromkeys(_called(reason.words) for reason in found)
        yield f"the reason was not '{because}', it was {' and '.join(called)}"


def _called(words: Sequence[str]) -> str:
    """Give the word for a reason, and the other words for it that a test may use."""
    first, *others = (f"'{word}'" for word in words)
    return f"{first} (or {', '.join(others)})" if others else first


def _explained(seen: Sequence[Foreseen], rules: Sequence[Rule]) -> list[str]:
    """Say why not more was done, for those who wonder."""
    found = reasons(seen, rules)
    near = [one for one in found if one.reached > UNCONCERNED] or found
    lines = [f"'{one.rule}' on {one.source}: {one.says} (line {one.line})" for one in near]
    lines += [f"{one.source} was ignored: {one.ignored}" for one in seen if one.ignored is not None]
    lines += [f"{one.source} came before, as the same delivery" for one in seen if one.duplicate]
    more = [f"and {len(lines) - MOST_REASONS} more"] if len(lines) > MOST_REASONS else []
    return list(_beside("why not more:", lines[:MOST_REASONS] + more)) if lines else []


def _beside(head: str, lines: Sequence[str]) -> Iterator[str]:
    yield head if lines else f"{head} nothing"
    yield from (f"  {line}" for line in lines)


def _wanted(one: Expected) -> str:
    values = ", ".join(f"{'.'.join(value.keys)} {value.test.says}" for value in one.values)
    return f"{one.action} with {values}" if values else one.action


def _did(rule: str, action: ForeseenAction) -> str:
    return f"{action.action} by '{rule}' with {shown(action.data)}"
