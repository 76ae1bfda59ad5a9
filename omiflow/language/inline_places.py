"""Where inline actions may stand: their answer must be ready before anything slow begins, and somebody must read it."""

from __future__ import annotations

from collections.abc import Sequence

from omiflow.actions import omi_notify
from omiflow.engine import inline
from omiflow.engine.rules import STARTED
from omiflow.engine.templates import is_template
from omiflow.language.codes import DROPPED_ANSWER, INLINE_PLACE, UNREAD_ANSWER
from omiflow.language.spec_rules import RuleSpec
from omiflow.language.spec_steps import ActionSpec, ChooseSpec, EmitSpec, IfSpec, RepeatSpec
from omiflow.language.telling import Loc
from omiflow.language.writing import Writing
from omiflow.model import SPEECH

INLINE_ACTIONS = frozenset({inline.PROMPT, inline.REPLY})
READ_BY_OMI = {
    inline.PROMPT: frozenset({SPEECH, STARTED}),
    inline.REPLY: frozenset({SPEECH, STARTED, "memory_created"}),
}


def check_inline_places(writing: Writing, rule: RuleSpec, loc: Loc, *, apps: Sequence[str]) -> bool:
    """Report inline actions where they can't work, in a rule of these apps; tell whether the rule has any."""
    can_notify = bool(apps) and all(writing.facts.apps[app].has_key for app in apps)
    walk = _Walk(writing, rule, loc, can_notify=can_notify)
    walk.steps(rule.actions, (*loc, "actions"), repeated=False)
    return walk.found


class _Walk:
    def __init__(self, writing: Writing, rule: RuleSpec, loc: Loc, *, can_notify: bool) -> None:
        self.writing = writing
        self.rule = rule
        self.loc = loc
        self.can_notify = can_notify
        self.slow: str | None = None
        self.found = False

    def steps(self, steps: Sequence[object], loc: Loc, *, repeated: bool) -> None:
        for number, step in enumerate(steps):
            place = (*loc, number)
            if isinstance(step, ActionSpec):
                self.action(step, place, repeated=repeated)
            elif isinstance(step, IfSpec):
                ways = [(step.then, (*place, "then")), (step.else_, (*place, "else"))]
                self.branches(ways, repeated=repeated)
            elif isinstance(step, ChooseSpec):
                choices = enumerate(step.choose)
                ways = [(way.sequence, (*place, "choose", number, "sequence")) for number, way in choices]
                self.branches([*ways, (step.default, (*place, "default"))], repeated=repeated)
            elif isinstance(step, EmitSpec):
                self.slow = self.slow or "emit"
            elif isinstance(step, RepeatSpec):
                self.steps(step.repeat.sequence, (*place, "repeat", "sequence"), repeated=True)
                self.slow = self.slow or "repeat"

    def branches(self, ways: Sequence[tuple[Sequence[object], Loc]], *, repeated: bool) -> None:
        before = behind = self.slow
        for steps, place in ways:
            self.slow = before
            self.steps(steps, place, repeated=repeated)
            behind = behind or self.slow
        self.slow = behind

    def action(self, step: ActionSpec, place: Loc, *, repeated: bool) -> None:
        if step.action not in INLINE_ACTIONS:
            if step.action != "log.write":
                self.slow = self.slow or step.action
            return
        self.found = True
        self.unread(step, place)
        if repeated:
            message = f"{step.action} can't stand in a 'repeat': Omi reads one answer"
            self.writing.wrong((*place, "action"), message, code=INLINE_PLACE)
        elif self.slow is not None:
            message = (
                f"{step.action} travels in the answer to Omi and can't wait for '{self.slow}'; put it before that step"
            )
            notifying = self.can_notify and step.action == inline.REPLY
            hint = f"{omi_notify.ACTION.name} can stand behind it" if notifying else None
            self.writing.wrong((*place, "action"), message, code=INLINE_PLACE, hint=hint)
        self.unheard(step, place)

    def unread(self, step: ActionSpec, place: Loc) -> None:
        """Warn of a text that Omi will drop."""
        key = "prompt" if step.action == inline.PROMPT else "message"
        text = step.data.get(key)
        if not isinstance(text, str) or not text or is_template(text):
            return
        for trigger in self.rule.triggers:
            event = SPEECH if trigger.trigger == STARTED else trigger.trigger
            reason = inline.unread_reason(step.action, step.data, event)
            if reason is not None:
                self.writing.warn((*place, "data", key), reason, code=DROPPED_ANSWER)
                return

    def unheard(self, step: ActionSpec, place: Loc) -> None:
        """Report an answer that Omi does not read after one of the triggers."""
        for number, trigger in enumerate(self.rule.triggers):
            if trigger.trigger not in READ_BY_OMI[step.action]:
                line = self.writing.line((*self.loc, "triggers", number))
                message = f"Omi does not read {step.action} in the answer to '{trigger.trigger}' (line {line})"
                hint = "omi.notify reaches the user from every trigger"
                self.writing.wrong((*place, "action"), message, code=UNREAD_ANSWER, hint=hint)
                break
