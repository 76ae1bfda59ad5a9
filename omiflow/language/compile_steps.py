"""Steps as written, compiled to what the interpreter runs.

Where inline actions may stand is checked in `inline_places`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from omiflow.actions.action import Action
from omiflow.actions.data import check_data
from omiflow.actions.table import ACTIONS, PLANNED
from omiflow.engine import inline
from omiflow.engine.names import EVENT_WIDE
from omiflow.engine.rules import ActionStep, Check, IfStep, RepeatStep, RetryPolicy, Step, StopStep, VariablesStep
from omiflow.engine.templates import Template, is_template
from omiflow.language.codes import (
    BAD_TEMPLATE,
    CONNECTION,
    HIDDEN_NAME,
    MISSING,
    MISUSE,
    NO_APP_KEY,
    NOT_YET,
    SCOPE,
    UNKNOWN_NAME,
    WRONG_VALUE,
)
from omiflow.language.compile_conditions import compile_conditions
from omiflow.language.mistakes import problems_of
from omiflow.language.nearest import did_you_mean
from omiflow.language.spec_rules import RuleSpec
from omiflow.language.spec_steps import ActionSpec, IfSpec, RepeatSpec, StopSpec, VariablesSpec
from omiflow.language.telling import Loc, not_yet
from omiflow.language.template_mistakes import PLANNED_NAMES, place_of
from omiflow.language.writing import Writing

RESERVED = frozenset({*EVENT_WIDE, *PLANNED_NAMES, *inline.PLACEHOLDERS, "omi", "repeat", "self", "timedelta", "range"})

AnyStep = ActionSpec | IfSpec | RepeatSpec | VariablesSpec | StopSpec


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
        elif isinstance(step, IfSpec):
            waiting += [*step.then, *step.else_]
        elif isinstance(step, RepeatSpec):
            waiting += step.repeat.sequence
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
        line = self.writing.line(loc)
        if isinstance(spec, ActionSpec):
            return self.action(spec, loc, place)
        if isinstance(spec, IfSpec):
            check = self.check(spec.if_, (*loc, "if"), f"{place}.if")
            then = self.steps(spec.then, (*loc, "then"), f"{place}.then")
            otherwise = self.steps(spec.else_, (*loc, "else"), f"{place}.else")
            return IfStep(place, line, check, then, otherwise) if check is not None else None
        if isinstance(spec, RepeatSpec):
            return self.repeat(spec, (*loc, "repeat"), place)
        if isinstance(spec, VariablesSpec):
            return VariablesStep(place, line, self.variables(spec.variables, (*loc, "variables")))
        reason = self.writing.tree(spec.stop, (*loc, "stop"), self.names)
        return StopStep(place, line, reason, error=spec.error)

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
        listed = spec.repeat.for_each
        items: Template | list[Any] | None
        if isinstance(listed, str):
            items = self.writing.template(listed, (*loc, "for_each"), self.names) if is_template(listed) else None
            if not is_template(listed):
                message = f"'for_each' wants a list, or a template that gives one, such as '{{{{ {listed} }}}}'"
                self.writing.wrong((*loc, "for_each"), message, code=WRONG_VALUE)
        else:
            items = self.writing.tree(listed, (*loc, "for_each"), self.names)
        had_repeat = "repeat" in self.names
        self.names.add("repeat")
        sequence = self.steps(spec.repeat.sequence, (*loc, "sequence"), f"{place}.repeat.sequence")
        if not had_repeat:
            self.names.discard("repeat")
        return RepeatStep(place, self.writing.line(loc), items, sequence) if items is not None else None

    def check(self, spec: Any, loc: Loc, place: str) -> Check | None:
        """Compile an `if`: a template, or a list of conditions."""
        if isinstance(spec, str):
            return self.writing.decision(spec, loc, self.names)
        return compile_conditions(self.writing, spec, loc, names=self.names, place=place)

    def action(self, spec: ActionSpec, loc: Loc, place: str) -> Step | None:
        """Compile an action step against the action's own description."""
        writing = self.writing
        check = self.check(spec.if_, (*loc, "if"), f"{place}.if") if spec.if_ is not None else None
        known = ACTIONS.get(spec.action)
        if known is None:
            self.unknown_action(spec.action, (*loc, "action"))
            self.answer(spec, loc)
            return None
        self.data(known, spec, loc)
        if known.inline:
            self.refuse_outward_options(spec, loc)
        data = self.templates(spec, (*loc, "data"))
        params = self.params(data, (*loc, "data", "prompt")) if spec.action == inline.PROMPT else ()
        if known.needs_app_key:
            self.want_app_keys(spec.action, (*loc, "action"))
        connection = self.connection(known, spec.connection, loc)
        self.misuse(known, spec.data, connection, (*loc, "data"))
        step = ActionStep(
            path=place,
            line=writing.line(loc),
            action=spec.action,
            data=data,
            inline=known.inline,
            deferrable=spec.action == "log.write",
            connection=connection,
            check=check,
            response_variable=spec.response_variable,
            timeout=writing.tree(spec.timeout, (*loc, "timeout"), self.names),
            retry=RetryPolicy(spec.retry.attempts, spec.retry.give_up_after) if spec.retry else RetryPolicy(),
            idempotency_key=writing.tree(spec.idempotency_key, (*loc, "idempotency_key"), self.names),
            continue_on_error=spec.continue_on_error,
            params=params,
        )
        self.answer(spec, loc)
        return step

    def answer(self, spec: ActionSpec, loc: Loc) -> None:
        """Let the steps behind this one see its answer by name."""
        if spec.response_variable is not None:
            self.name(spec.response_variable, (*loc, "response_variable"))
            self.names.add(spec.response_variable)

    def data(self, action: Action, spec: ActionSpec, loc: Loc) -> None:
        """Check the data of a step against what its action takes."""
        errors = check_data(action.data, spec.data)
        if errors and "data" not in spec.model_fields_set:
            wanted = ", ".join(f"'{error['loc'][-1]}'" for error in errors if error["type"] == "missing")
            message = f"'data' is missing; {action.name} needs {wanted}" if wanted else "'data' is missing"
            self.writing.wrong((*loc, "action"), message, code=MISSING)
            return
        self.writing.problems += problems_of(
            errors, source=self.writing.source, model=action.data, prefix=(*loc, "data")
        )

    def misuse(self, action: Action, data: Mapping[str, Any], connection: str | None, loc: Loc) -> None:
        """Report data at `loc` that could never be sent through the connection of the step."""
        if action.misuse is None:
            return
        facts = self.writing.facts
        settings = facts.connections.get(connection, {}) if connection else {}
        certain = settings.get("type") == action.connection if connection else facts.complete
        found = action.misuse(data, settings if certain else None)
        if found is not None:
            key, message = found
            self.writing.wrong((*loc, key), message, code=MISUSE)

    def templates(self, spec: ActionSpec, loc: Loc) -> dict[str, Any]:
        """Compile the templates of a step's data; only a prompt itself may have Omi's placeholders."""
        prompt = {*self.names, *inline.PLACEHOLDERS, "omi"} if spec.action == inline.PROMPT else self.names
        return {
            name: self.writing.tree(value, (*loc, name), prompt if name == "prompt" else self.names)
            for name, value in spec.data.items()
        }

    def unknown_action(self, name: str, loc: Loc) -> None:
        """Report an action that there isn't, or isn't yet."""
        if name in PLANNED:
            self.writing.wrong(loc, not_yet(name), code=NOT_YET)
        else:
            self.writing.wrong(loc, f"unknown action '{name}'{did_you_mean(name, list(ACTIONS))}", code=UNKNOWN_NAME)

    def refuse_outward_options(self, spec: ActionSpec, loc: Loc) -> None:
        """Report options that mean nothing on an action that travels in the answer."""
        for option in ("connection", "response_variable", "timeout", "retry", "idempotency_key"):
            if getattr(spec, option) is not None:
                message = f"'{option}' has no meaning for {spec.action}, which travels in the answer to Omi; remove it"
                self.writing.wrong((*loc, option), message, code=WRONG_VALUE, of_key=True)

    def params(self, data: Any, loc: Loc) -> tuple[str, ...]:
        """List the placeholders that a prompt's template uses, in Omi's order."""
        template = data.get("prompt")
        if not isinstance(template, Template):
            return ()
        if "omi" in template.whole:
            message = "'omi' can't be used as a whole; write 'omi.user_name' for a placeholder"
            offset = place_of(template.source, r"(?<![\w.])omi\b(?!\s*(?:\.|\[\s*(?:'\w*'|\"\w*\")\s*\]))")
            self.writing.wrong_inside(loc, offset, message, code=BAD_TEMPLATE, length=len("omi"))
        by_omi = {path[1] for path in template.paths if path[0] == "omi" and len(path) > 1}
        for name in sorted(by_omi - set(inline.PLACEHOLDERS)):
            message = f"Omi has no placeholder '{name}'{did_you_mean(name, inline.PLACEHOLDERS)}"
            offset = place_of(template.source, rf"(?<=\.){re.escape(name)}\b")
            self.writing.wrong_inside(loc, offset, message, code=UNKNOWN_NAME, length=len(name))
        used = tuple(name for name in inline.PLACEHOLDERS if name in template.names or name in by_omi)
        for name in used:
            for app in self.apps:
                scopes = self.writing.facts.apps[app].scopes
                if scopes is not None and name not in scopes:
                    message = f"app '{app}' lacks the scope '{name}'; add it to its 'scopes' in omiflow.yaml"
                    offset = place_of(template.source, rf"\b{name}\b")
                    self.writing.wrong_inside(loc, offset, message, code=SCOPE, length=len(name))
        return used

    def want_app_keys(self, action: str, loc: Loc) -> None:
        """Warn of apps whose keys Omi will ask for."""
        for app in self.apps:
            if not self.writing.facts.apps[app].has_key:
                message = f"{action} needs 'omi_app_id' and 'api_key' of app '{app}' in omiflow.yaml"
                self.writing.warn(loc, message, code=NO_APP_KEY)

    def connection(self, action: Action, named: str | None, loc: Loc) -> str | None:
        """Choose the connection of a step: the named one, or the only one that can serve."""
        facts = self.writing.facts
        place = (*loc, "connection")
        if action.connection is None:
            if named is not None and not action.inline:
                self.writing.wrong(place, f"{action.name} uses no connection; remove it", code=CONNECTION, of_key=True)
            return None
        if not facts.complete:
            return named
        usable = facts.of_type(action.connection, action.connection_setting)
        if named is None:
            return self.only_connection(action, usable, (*loc, "action"))
        if named not in facts.connections:
            guess = did_you_mean(named, facts.of_type(action.connection))
            self.writing.wrong(place, f"unknown connection '{named}'{guess}", code=CONNECTION)
        elif facts.connections[named].get("type") != action.connection:
            kind = facts.connections[named].get("type")
            message = f"connection '{named}' is of type '{kind}'; {action.name} wants '{action.connection}'"
            self.writing.wrong(place, message, code=CONNECTION)
        elif named not in usable:
            message = f"connection '{named}' has no '{action.connection_setting}', which {action.name} needs"
            self.writing.wrong(place, message, code=CONNECTION)
        return named

    def only_connection(self, action: Action, usable: list[str], loc: Loc) -> str | None:
        """Give the one usable connection; report none or several, where one is needed."""
        if len(usable) == 1:
            return usable[0]
        if action.connection_setting is None:
            return None
        if not usable:
            message = (
                f"{action.name} needs a connection of type '{action.connection}' with '{action.connection_setting}' "
                "in omiflow.yaml, and there is none"
            )
        else:
            listed = ", ".join(f"'{name}'" for name in usable)
            message = f"{action.name} can use several connections; name one of {listed} as 'connection'"
        self.writing.wrong(loc, message, code=CONNECTION)
        return None
