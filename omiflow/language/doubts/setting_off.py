"""Rules that set themselves off, alone or in a circle: by what they import into Omi, or by what they emit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from omiflow.actions import omi_create_conversation
from omiflow.engine.conditions import Condition, PathCondition, TemplateCondition
from omiflow.engine.emitting import DEEPEST, NAME
from omiflow.engine.rules import ActionStep, EmitStep, Rule
from omiflow.engine.templates import Template
from omiflow.language.codes import SETS_ITSELF_OFF
from omiflow.language.doubts.doubting import Doubting, every_step

ORIGIN = frozenset({"source", "app_id", "external_data"})
"""The fields that tell where a conversation comes from (Omi's protocol, 3.1)."""


def doubt_import(doubting: Doubting) -> None:
    """Warn of a rule that imports conversations and is set off by what it imports."""
    rule = doubting.rule
    if not any(trigger.event == "memory_created" and trigger.own for trigger in rule.triggers):
        return
    if any(_asks_origin(condition) for condition in doubting.conditions()):
        return
    for step in doubting.steps:
        if not isinstance(step, ActionStep) or step.action != omi_create_conversation.ACTION.name:
            continue
        if isinstance(step.check, Template) and _reads_origin(step.check):
            continue
        message = (
            f"{step.action} makes a conversation, which sets off this rule again, as its trigger has 'own: true'; "
            "leave that out, or add a condition on $.source or $.app_id"
        )
        doubting.warn((*doubting.loc_of(step.path), "action"), message, code=SETS_ITSELF_OFF)
        return


def _asks_origin(condition: Condition) -> bool:
    if isinstance(condition, PathCondition):
        return bool(condition.jsonpath.route) and condition.jsonpath.route[0] in ORIGIN
    if isinstance(condition, TemplateCondition):
        return _reads_origin(condition.template)
    return False


def _reads_origin(template: Template) -> bool:
    return "event" in template.whole or any(path[0] == "event" and path[1] in ORIGIN for path in template.paths)


def circles(rules: Sequence[Rule]) -> Iterator[tuple[Rule, EmitStep, str]]:
    """Give the emits that close a circle of live rules, each circle once, with what to say of it."""
    listening: dict[str | None, list[str]] = {}
    for rule in rules:
        for trigger in rule.triggers if rule.status == "live" else ():
            if trigger.event == NAME:
                listening.setdefault(trigger.name, []).append(rule.id)
    if not listening:
        return
    emits = {rule.id: _emits(rule, listening) for rule in rules if rule.status == "live"}
    by_id = {rule.id: rule for rule in rules}
    for chain in _circles({name: list(heard) for name, heard in emits.items()}, order=list(by_id)):
        circle = " → ".join(f"'{name}'" for name in chain)
        message = f"this sets off the rule itself again: {circle}; a chain ends after {DEEPEST} events"
        yield by_id[chain[0]], emits[chain[0]][chain[1]], message


def _emits(rule: Rule, listening: Mapping[str | None, list[str]]) -> dict[str, EmitStep]:
    """Give the rules that a rule sets off, each with the step that does."""
    found: dict[str, EmitStep] = {}
    for step in every_step(rule):
        if isinstance(step, EmitStep):
            for other in listening.get(step.name, ()):
                found.setdefault(other, step)
    return found


def _circles(following: dict[str, list[str]], *, order: Sequence[str]) -> Iterator[list[str]]:
    """Give circles as chains that begin and end with the rule that stands first, until none is left."""
    for name in [name for name in order if name in following.get(name, ())]:
        yield [name, name]
        del following[name]
    while True:
        try:
            TopologicalSorter(following).prepare()
        except CycleError as error:
            backwards: list[str] = error.args[1][1:]
            chain = backwards[::-1]
            first = min(range(len(chain)), key=lambda number: order.index(chain[number]))
            yield [*chain[first:], *chain[: first + 1]]
            for name in chain:
                following.pop(name, None)
        else:
            return
