"""Drives a run to its end without a world: placeholders stand for what the world would answer.

Which runs begin is decided by the engine, as for live events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from omiflow.actions.data import rendered
from omiflow.actions.table import ACTIONS
from omiflow.engine.interpret import Ended, Note, Perform, RunView, Told, Withheld, interpret
from omiflow.engine.rules import Rule
from omiflow.errors import TemplateFault
from omiflow.model import Done, Entry, NewRun, Rejected
from omiflow.proof.foreseen import Action, Held


@dataclass
class Performed:
    """What a run would do; `ended` is how it would end if the world did all that is asked."""

    ended: Ended
    actions: list[Action] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)


def perform(rule: Rule, new: NewRun, view: RunView) -> Performed:
    """Drive a run that begins; its journal tells which of the actions in the answer were let through."""
    decided = {entry.path: entry for entry in new.journal}
    performed = Performed(Ended("done"))
    course = interpret(rule, view, {})
    told: Told = None
    while True:
        try:
            asked = course.send(told)
        except StopIteration as stop:
            performed.ended = stop.value
            return performed
        told = None if isinstance(asked, Note) else _foretold(asked, decided, performed)


def _foretold(asked: Perform, decided: Mapping[str, Entry], performed: Performed) -> Told:
    """Answer for the world: what the decision let through, or the action's own placeholder."""
    name, path = asked.step.action, asked.path
    if asked.step.inline:
        entry = decided.get(path)
        if entry is not None and entry.kind == "done":
            performed.actions.append(Action(action=name, path=path, data=entry.value))
            return Done()
        reason = str(entry.value) if entry is not None else "the call that set off this rule has been answered already"
        if entry is not None and entry.kind == "rejected":
            return Rejected(reason)
        performed.held.append(Held(action=name, path=path, reason=reason))
        return Withheld(reason)
    action = ACTIONS[name]
    try:
        sent = rendered(action.data, asked.data).given()
    except TemplateFault as fault:
        return Rejected(str(fault))
    data = {key: sent[key] for key in asked.data}
    performed.actions.append(Action(action=name, path=path, data=data))
    return Done(action.placeholder_answer)
