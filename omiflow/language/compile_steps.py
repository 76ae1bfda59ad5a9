"""Steps as written, compiled to what the interpreter runs.

Action steps are compiled by `compile_actions`; where inline ones may stand is checked in `inline_places`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from omiflow.engine import inline
from omiflow.engine.names import NAMES
from omiflow.engine.rules import Check, Choice, ChooseStep, EmitStep, IfStep, RepeatStep, Step, StopStep, VariablesStep
from omiflow.engine.templates import is_template
from omiflow.language.codes import HIDDEN_NAME, WRONG_VALUE
from omiflow.language.compile_actions import compile_action
from omiflow.language.compile_conditions import compile_conditions
from omiflow.language.spec_rules import RuleSpec
from omiflow.language.spec_steps import (
    ActionSpec,
    ChooseSpec,
    EmitSpec,
    IfSpec,
    RepeatSpec,
    StopSpec,
    VariablesSpec,
    specs_inside,
)
from omiflow.language.telling import Loc
from omiflow.language.template_mistakes import PLANNED_NAMES
from omiflow.language.writing import Writing

RESERVED = frozenset({*NAMES, *PLANNED_NAMES, *inline.PLACEHOLDERS, "self", "range"})

LIST = "a list"

AnyStep = ActionSpec | IfSpec | ChooseSpec | RepeatSpec | VariablesSpec | EmitSpec | StopSpec


def names_given(rule: RuleSpec) -> frozenset[str]:
    """List the names that a rule gives anywhere."""
    names = set(rule.variables)
    waiting = list(rule.actions)
    while waiting:
        step = waiting.pop()
        if isinstance(step, ActionSpec) and step.response_variable is not None:
            names.add(step.response_variable)
        elif isinstance(step, VariablesSpec):
            names.update(step.variables)
        waiting += specs_inside(step)
    return frozenset(names)


class StepCompiler:
    """Compiles the steps of one rule; `names` grows as steps give names to those behind them."""

    def __init__(self, writing: Writing, *, apps: Sequence[str], names: set[str]) -> None:
        self.writing = writing
        self.apps = apps
        self.names = names

    def steps(self, specs: Sequence[AnyStep], loc: Loc, place: str) -> tuple[Step, ...]:
        """Compile a sequence that stands at `loc`; `place` is its path inside the rule."""
        compiled = [self.step(spec, (*loc, number), f"{place}[{number}]") for number, spec in enumerate(specs)]
        return tuple(step for step in compiled if step is not None)

    def step(self, spec: AnyStep, loc: Loc, place: str) -> Step | None:
        """Compile one step; None when it has mistakes that leave nothing to run."""
        if isinstance(spec, ActionSpec):
            return self.action(spec, loc, place)
        if isinstance(spec, IfSpec):
            return self.branches(spec, loc, place)
        if isinstance(spec, ChooseSpec):
            return self.choose(spec, loc, place)
        if isinstance(spec, RepeatSpec):
            return self.repeat(spec, (*loc, "repeat"), place)
        return self.plain(spec, loc, place)

    def plain(self, spec: VariablesSpec | EmitSpec | StopSpec, loc: Loc, place: str) -> Step:
        """Compile a step without others inside."""
        line, tree = self.writing.line(loc), self.writing.tree
        if isinstance(spec, EmitSpec):
            return EmitStep(place, line, spec.emit.name, tree(spec.emit.data, (*loc, "emit", "data"), self.names))
        if isinstance(spec, VariablesSpec):
            return VariablesStep(place, line, self.variables(spec.variables, (*loc, "variables")))
        return StopStep(place, line, tree(spec.stop, (*loc, "stop"), self.names), error=spec.error)

    def branches(self, spec: IfSpec, loc: Loc, place: str) -> Step | None:
        """Compile an if with its two ways."""
        check = self.check(spec.if_, (*loc, "if"), f"{place}.if")
        then = self.steps(spec.then, (*loc, "then"), f"{place}.then")
        otherwise = self.steps(spec.else_, (*loc, "else"), f"{place}.else")
        return IfStep(place, self.writing.line(loc), check, then, otherwise) if check is not None else None

    def choose(self, spec: ChooseSpec, loc: Loc, place: str) -> Step:
        """Compile a choose, each way with its conditions."""
        choices = []
        for number, way in enumerate(spec.choose):
            there, path = (*loc, "choose", number), f"{place}.choose[{number}]"
            conditions = compile_conditions(
                self.writing,
                way.conditions,
                (*there, "conditions"),
                names=self.names,
                place=f"{path}.conditions",
            )
            choices.append(Choice(conditions, self.steps(way.sequence, (*there, "sequence"), f"{path}.sequence")))
        default = self.steps(spec.default, (*loc, "default"), f"{place}.default")
        return ChooseStep(place, self.writing.line(loc), tuple(choices), default)

    def variables(self, written: Mapping[str, Any], loc: Loc) -> dict[str, Any]:
        """Compile variables, each of which may use those before it."""
        compiled = {}
        for name, value in written.items():
            self.name(name, (*loc, name), of_key=True)
            compiled[name] = self.writing.tree(value, (*loc, name), self.names)
            self.names.add(name)
        return compiled

    def name(self, name: str, loc: Loc, *, of_key: bool = False) -> None:
        """Check that a new name hides none of omiflow's."""
        if name in RESERVED:
            message = f"'{name}' is a name that omiflow gives; choose another"
            self.writing.wrong(loc, message, code=HIDDEN_NAME, of_key=of_key)

    def repeat(self, spec: RepeatSpec, loc: Loc, place: str) -> Step | None:
        """Compile a repeat; its steps see `repeat`."""
        body = spec.repeat
        items = None if body.for_each is None else self.measure(body.for_each, (*loc, "for_each"), LIST)
        count = None if body.count is None else self.measure(body.count, (*loc, "count"), "a number")
        had_repeat = "repeat" in self.names
        self.names.add("repeat")
        sequence = self.steps(body.sequence, (*loc, "sequence"), f"{place}.repeat.sequence")
        if not had_repeat:
            self.names.discard("repeat")
        if items is None and count is None:
            return None
        return RepeatStep(place, self.writing.line(loc), items, sequence, count)

    def measure(self, written: Any, loc: Loc, wanted: str) -> Any:
        """Compile what a repeat goes by: what is written there, or a template that gives it."""
        if not isinstance(written, str):
            return self.writing.tree(written, loc, self.names)
        if is_template(written):
            found = self.writing.template(written, loc, self.names)
            if found is not None and not found.typed and (found.around or wanted == LIST):
                message = (
                    f"'{loc[-1]}' wants {wanted}, and this gives text; write one '{{{{ … }}}}' and nothing beside it"
                )
                self.writing.wrong(loc, message, code=WRONG_VALUE)
            return found
        message = f"'{loc[-1]}' wants {wanted}, or a template that gives one, such as '{{{{ {written} }}}}'"
        self.writing.wrong(loc, message, code=WRONG_VALUE)
        return None

    def check(self, spec: Any, loc: Loc, place: str) -> Check | None:
        """Compile an `if`: a template, or a list of conditions."""
        if isinstance(spec, str):
            return self.writing.decision(spec, loc, self.names)
        return compile_conditions(self.writing, spec, loc, names=self.names, place=place)

    def action(self, spec: ActionSpec, loc: Loc, place: str) -> Step | None:
        """Compile an action step; what it answers gets its name for the steps behind it."""
        check = self.check(spec.if_, (*loc, "if"), f"{place}.if") if spec.if_ is not None else None
        step = compile_action(self.writing, spec, loc, apps=self.apps, names=self.names)
        if spec.response_variable is not None:
            self.name(spec.response_variable, (*loc, "response_variable"))
            self.names.add(spec.response_variable)
        return None if step is None else replace(step, path=place, check=check)
