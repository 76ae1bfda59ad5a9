"""The interpreter of a rule's actions: plain recursive code that asks its caller for everything outside itself.

It yields what is to be noted or performed and is told the outcome; what the journal already knows is not asked again.
Durable runs, dry-runs and the inline part of a decision all drive this one generator.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from omiflow.engine.conditions import check_all
from omiflow.engine.rules import (
    ActionStep,
    Check,
    ChooseStep,
    EmitStep,
    IfStep,
    RepeatStep,
    Rule,
    Step,
    StopStep,
    VariablesStep,
    render,
    steps_inside,
)
from omiflow.engine.step_values import counted, key_of, listed, timeout_of
from omiflow.engine.templates import Template
from omiflow.engine.values import outward, plain, truth
from omiflow.errors import TemplateFault
from omiflow.model import Done, Entry, Event, Rejected
from omiflow.speech.lists import Lists


@dataclass(frozen=True)
class Note:
    """Something decided inside the run, to be written into the journal; the answer is ignored.

    `missed` names the action that could not even be asked for, and that the run goes on without.
    """

    path: str
    kind: str
    value: Any = None
    missed: str | None = None


@dataclass(frozen=True)
class Perform:
    """Something to do outside; the answer is Done, Rejected or Withheld."""

    path: str
    step: ActionStep
    data: Any
    timeout: float | None
    idempotency_key: str | None


@dataclass(frozen=True)
class Emit:
    """An event to let in; the answer is Done, Rejected or Withheld."""

    path: str
    step: EmitStep
    data: Any


@dataclass(frozen=True)
class Withheld:
    """An action that was not done, though nothing is wrong with it."""

    reason: str


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    state: str
    reason: str | None = None


@dataclass
class RunView:
    """What steps see: the names of the run, which grow as it goes on, and the event for conditions."""

    event: Event
    payload: Any
    base: Mapping[str, Any]
    matched: dict[str, Any]
    variables: dict[str, Any] = field(default_factory=dict)
    lists: Lists = field(default_factory=dict)

    def names(self) -> Mapping[str, Any]:
        """Give base names and variables; a variable never hides a base name (check refuses that)."""
        return {**self.base, **self.variables}


class _Stop(Exception):
    """The run is over; a signal, not a fault. Without `ended` it goes on elsewhere."""

    def __init__(self, ended: Ended | None) -> None:
        super().__init__()
        self.ended = ended


Asked = Note | Perform | Emit
Told = Done | Rejected | Withheld | None
Course = Generator[Asked, Told, None]


def interpret(rule: Rule, view: RunView, journal: Mapping[str, Entry]) -> Generator[Asked, Told, Ended]:
    """Run a rule's variables and actions; `journal` holds the settled entry of each path."""
    ended = yield from _followed(_Interpreter(view, journal), rule)
    return ended or Ended("done")


def interpret_inline(rule: Rule, view: RunView) -> Generator[Asked, Told, Ended | None]:
    """Run a rule only as far as its answer to Omi needs; give None when there is more to do."""
    return _followed(_Interpreter(view, {}, inline=True), rule)


def _followed(course: _Interpreter, rule: Rule) -> Generator[Asked, Told, Ended | None]:
    try:
        yield from course.variables("variables", rule.variables)
        yield from course.steps(rule.actions, "actions")
    except _Stop as stop:
        return None if stop.ended is None else course.concluded(stop.ended)
    return course.concluded(Ended("done"))


class _Interpreter:
    def __init__(self, view: RunView, journal: Mapping[str, Entry], *, inline: bool = False) -> None:
        self.view = view
        self.journal = journal
        self.inline = inline
        self.ahead: list[tuple[Step, ...]] = []
        self.acted = False
        self.held: list[tuple[str, str]] = []

    def concluded(self, ended: Ended) -> Ended:
        """Say of a run that ends well what it held back; if it did nothing else, it was throttled."""
        if ended.state != "done" or not self.held:
            return ended
        action, reason = self.held[0]
        if not self.acted:
            return Ended("throttled", reason)
        return Ended("done", ended.reason or f"{action} held back: {reason}")

    def steps(self, steps: tuple[Step, ...], place: str) -> Course:
        for number, step in enumerate(steps):
            if self.inline and self.goes_on_elsewhere(steps[number:]):
                raise _Stop(None)
            self.ahead.append(steps[number + 1 :])
            path = f"{place}[{number}]"
            try:
                self.want_unspoilt(step, path)
                yield from self.step(step, path)
            except TemplateFault as fault:
                missed = step.action if isinstance(step, ActionStep) and step.continue_on_error else None
                yield Note(path, "rejected", str(fault), missed)
                self.settle(step, path, Rejected(str(fault)))
            self.ahead.pop()

    def goes_on_elsewhere(self, steps: tuple[Step, ...]) -> bool:
        """Tell whether what comes now asks something of the world, and no answer to Omi waits behind it."""
        left = [step for ahead in (steps, *self.ahead) for step in ahead]
        if not any(_asks(step, inline=False) for step in left):
            return False
        return not any(_asks(step, inline=True) for step in left) or _leaves(steps[0])

    def want_unspoilt(self, step: Step, path: str) -> None:
        """End the run where a step other than an action failed before."""
        known = self.journal.get(path)
        if known is not None and known.kind == "rejected" and not isinstance(step, ActionStep):
            self.settle(step, path, Rejected(str(known.value)))

    def step(self, step: Step, path: str) -> Course:
        if isinstance(step, ActionStep):
            yield from self.action(step, path)
        elif isinstance(step, IfStep):
            chosen = yield from self.branch(step.check, path)
            branch, name = (step.then, "then") if chosen else (step.otherwise, "else")
            yield from self.steps(branch, f"{path}.{name}")
        elif isinstance(step, ChooseStep):
            yield from self.choose(step, path)
        elif isinstance(step, RepeatStep):
            yield from self.repeat(step, path)
        elif isinstance(step, VariablesStep):
            yield from self.variables(path, step.variables)
        elif isinstance(step, EmitStep):
            yield from self.emit(step, path)
        else:
            yield from self.stop(step, path)

    def variables(self, path: str, trees: Mapping[str, Any]) -> Course:
        if not trees:
            return
        known = self.journal.get(path)
        if known is not None:
            if known.kind == "rejected":
                raise _Stop(_failed(path, str(known.value)))
            self.view.variables.update(known.value)
            return
        values: dict[str, Any] = {}
        try:
            for name, tree in trees.items():
                values[name] = self.view.variables[name] = plain(render(tree, self.view.names(), name))
        except TemplateFault as fault:
            yield Note(path, "rejected", str(fault))
            raise _Stop(_failed(path, str(fault))) from fault
        yield Note(path, "variables", values)

    def branch(self, check: Check, path: str) -> Generator[Asked, Told, bool]:
        known = self.journal.get(path)
        if known is not None:
            return bool(known.value)
        chosen = self.holds(check)
        yield Note(path, "branch", chosen)
        return chosen

    def choose(self, step: ChooseStep, path: str) -> Course:
        known = self.journal.get(path)
        if known is not None:
            chosen = known.value
        else:
            ways = enumerate(step.choices)
            chosen = next((number for number, way in ways if self.holds(way.conditions)), None)
            yield Note(path, "branch", chosen)
        if chosen is None:
            yield from self.steps(step.default, f"{path}.default")
        else:
            yield from self.steps(step.choices[chosen].sequence, f"{path}.choose[{chosen}].sequence")

    def holds(self, check: Check) -> bool:
        if isinstance(check, Template):
            return truth(check.render(self.view.names()))
        return check_all(check, replace(self.view, matched={}))[0]

    def repeat(self, step: RepeatStep, path: str) -> Course:
        known = self.journal.get(path)
        if known is not None:
            items = known.value
        else:
            items = self.items(step)
            yield Note(path, "items", items)
        outer = self.view.variables.get("repeat")
        for index, item in enumerate(items):
            self.view.variables["repeat"] = {
                "item": item,
                "index": index + 1,
                "first": index == 0,
                "last": index == len(items) - 1,
            }
            yield from self.steps(step.sequence, f"{path}.repeat[{index}].sequence")
        if outer is None:
            self.view.variables.pop("repeat", None)
        else:
            self.view.variables["repeat"] = outer

    def items(self, step: RepeatStep) -> list[Any]:
        """Give what a repeat goes over: its items, or numbers from 1 where it only counts."""
        if step.count is None:
            return listed(render(step.items, self.view.names()))
        return list(range(1, counted(render(step.count, self.view.names())) + 1))

    def emit(self, step: EmitStep, path: str) -> Course:
        known = self.journal.get(path)
        if known is not None:
            told = told_by(known)
        else:
            told = yield Emit(path=path, step=step, data=outward(plain(render(step.data, self.view.names()))))
        self.settle(step, path, told)

    def stop(self, step: StopStep, path: str) -> Course:
        known = self.journal.get(path)
        if known is not None:
            reason = known.value
        else:
            reason = step.reason.render(self.view.names()) if isinstance(step.reason, Template) else step.reason
            reason = "" if reason is None else str(reason)
            yield Note(path, "stop", reason)
        raise _Stop(Ended("failed" if step.error else "done", reason))

    def action(self, step: ActionStep, path: str) -> Course:
        known = self.journal.get(path)
        if known is not None:
            self.settle(step, path, told_by(known))
            return
        if step.check is not None and not self.holds(step.check):
            yield Note(path, "skipped", "its 'if' does not hold")
            self.settle(step, path, None)
            return
        names = self.view.names()
        told = yield Perform(
            path=path,
            step=step,
            data=outward(plain(render(step.data, names))),
            timeout=timeout_of(step, names),
            idempotency_key=key_of(step, names),
        )
        self.settle(step, path, told)

    def settle(self, step: Step, path: str, told: Told) -> None:
        """Go on with what was told, or end the run; the variable of an answer that there isn't is null."""
        self.acted = self.acted or isinstance(told, Done | Rejected)
        if not isinstance(step, ActionStep):
            if isinstance(told, Rejected):
                raise _Stop(_failed(path, told.reason))
            return
        if isinstance(told, Withheld):
            self.held.append((step.action, told.reason))
        if isinstance(told, Rejected) and not step.continue_on_error:
            raise _Stop(_failed(f"{path} ({step.action})", told.reason))
        if step.response_variable is not None:
            self.view.variables[step.response_variable] = told.answer if isinstance(told, Done) else None


def _failed(place: str, reason: str) -> Ended:
    return Ended("failed", f"{place}: {reason}")


def _asks(step: Step, *, inline: bool) -> bool:
    """Tell whether a step may perform an action of this kind."""
    if isinstance(step, ActionStep):
        return step.inline == inline
    if isinstance(step, EmitStep):
        return not inline
    return any(_asks(inner, inline=inline) for inner in steps_inside(step))


def _leaves(step: Step) -> bool:
    """Tell whether a step must wait for the world before the next one can begin."""
    if isinstance(step, ActionStep):
        return not (step.inline or step.deferrable)
    return isinstance(step, RepeatStep | EmitStep)


def told_by(entry: Entry) -> Told:
    """Give what an action was told, by the entry that settled it."""
    if entry.kind == "done":
        return Done(entry.value)
    if entry.kind == "shadow":
        return Done(entry.value["answer"])
    if entry.kind == "rejected":
        return Rejected(str(entry.value))
    return Withheld(str(entry.value)) if entry.kind == "throttled" else None
