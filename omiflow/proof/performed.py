"""Drives a run to its end without a world: whoever calls plays it, and answers for what lies outside.

Which runs begin is decided by the engine, as for live events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from omiflow.actions.action import Action
from omiflow.actions.data import Data, rendered
from omiflow.actions.table import ACTIONS
from omiflow.engine.inline import ANSWERED_ALREADY
from omiflow.engine.interpret import Emit, Ended, Note, Perform, RunView, Told, Withheld, interpret
from omiflow.engine.rules import Rule
from omiflow.engine.values import outward
from omiflow.errors import TemplateFault
from omiflow.model import Done, Entry, NewRun, Rejected
from omiflow.proof.foreseen import ForeseenAction, Held


class Unwilling(Rejected, frozen=True):
    """The world won't do what is asked, because a test says so."""


class World(Protocol):
    """What lies outside of a run."""

    def refusal(self, action: Action) -> str | None:
        """Say why an action must not be done now, None when it may."""

    def answer(self, asked: Perform, action: Action, data: Data) -> Done | Rejected:
        """Answer to an action."""

    def emit(self, asked: Emit) -> Done | Rejected:
        """Take an event for other rules."""


@dataclass
class Performed:
    """What a run would do, and how it would end.

    `fault` is what it failed of by itself: neither because the rule stopped it, nor because the world would not.
    """

    ended: Ended
    actions: list[ForeseenAction] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    fault: str | None = None


def perform(rule: Rule, new: NewRun, view: RunView, world: World) -> Performed:
    """Drive a run that begins; its journal tells which of the actions in the answer were let through."""
    course = interpret(rule, view, {})
    performing = _Performing({entry.path: entry for entry in new.journal}, world)
    performed = performing.performed
    told: Told = None
    while True:
        try:
            asked = course.send(told)
        except StopIteration as stop:
            performed.ended = stop.value
            if performed.ended.state == "failed" and not performing.meant:
                performed.fault = performed.ended.reason
            return performed
        told = performing.told(asked)


class _Performing:
    """Answers what one run asks; `meant` tells that the last thing that went wrong was meant to."""

    def __init__(self, decided: Mapping[str, Entry], world: World) -> None:
        self.decided = decided
        self.world = world
        self.performed = Performed(Ended("done"))
        self.meant = False

    def told(self, asked: Note | Perform | Emit) -> Told:
        if isinstance(asked, Note):
            self.meant = asked.kind == "stop"
            if asked.missed is not None:
                self.performed.held.append(Held(action=asked.missed, path=asked.path, reason=str(asked.value)))
            return None
        self.meant = False
        if isinstance(asked, Emit):
            return self.world.emit(asked)
        return self.replied(asked) if asked.step.inline else self.sent(asked)

    def replied(self, asked: Perform) -> Told:
        """Tell what became of an action in the answer to Omi, which was decided with the event."""
        name, path = asked.step.action, asked.path
        entry = self.decided.get(path)
        if entry is not None and entry.kind in ("done", "owed"):
            self.performed.actions.append(ForeseenAction(action=name, path=path, data=entry.value))
            return Done()
        reason = str(entry.value) if entry is not None else ANSWERED_ALREADY
        if entry is not None and entry.kind == "rejected":
            return Rejected(reason)
        return self.hold(asked, reason)

    def sent(self, asked: Perform) -> Told:
        """Show an action as it would be sent, with the data as the action takes it."""
        action = ACTIONS[asked.step.action]
        try:
            data = rendered(action.data, asked.data)
        except TemplateFault as fault:
            return self.refuse(asked, str(fault))
        misused = action.misuse(asked.data, None) if action.misuse is not None else None
        if misused is not None:
            return self.refuse(asked, misused[1])
        reason = self.world.refusal(action)
        if reason is not None:
            return self.hold(asked, reason)
        given = data.given()
        shown = {key: outward(given[key]) for key in asked.data}
        self.performed.actions.append(ForeseenAction(action=action.name, path=asked.path, data=shown))
        told = self.world.answer(asked, action, data)
        self.meant = isinstance(told, Unwilling)
        if isinstance(told, Rejected) and asked.step.continue_on_error:
            self.performed.held.append(Held(action=action.name, path=asked.path, reason=told.reason))
        return told

    def refuse(self, asked: Perform, reason: str) -> Rejected:
        """Tell that an action can't be done; where the run goes on without it, that is shown."""
        if asked.step.continue_on_error:
            self.performed.held.append(Held(action=asked.step.action, path=asked.path, reason=reason))
        return Rejected(reason)

    def hold(self, asked: Perform, reason: str) -> Withheld:
        self.performed.held.append(Held(action=asked.step.action, path=asked.path, reason=reason))
        return Withheld(reason)
