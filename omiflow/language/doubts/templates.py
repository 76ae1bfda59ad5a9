"""Templates that read what the payload of their rule's triggers does not have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from omiflow.actions.table import ACTIONS
from omiflow.engine.conditions import Condition, Group, TemplateCondition
from omiflow.engine.rules import (
    ActionStep,
    Check,
    ChooseStep,
    EmitStep,
    IfStep,
    RepeatStep,
    Step,
    StopStep,
    VariablesStep,
)
from omiflow.engine.templates import Template
from omiflow.language.codes import LEFT_AS_TEXT, NEVER_THERE, UNKNOWN_FIELD, UNKNOWN_VARIABLE
from omiflow.language.doubts.app_variables import apps_of, unknown_variables
from omiflow.language.doubts.doubting import Doubting
from omiflow.language.doubts.payload_fields import (
    ANYTHING,
    SPOKEN,
    PayloadShape,
    Seen,
    action_item_of,
    payload_of,
)
from omiflow.language.doubts.schema_shapes import shape_of
from omiflow.language.doubts.template_reads import Reads
from omiflow.language.forms import keys_of
from omiflow.language.session_reads import forgotten
from omiflow.language.telling import Loc
from omiflow.language.template_mistakes import PARTS, place_of, place_of_part
from omiflow.model import SPEECH

_TEXT = PayloadShape("text")
_OF_MOMENTS = (
    *("year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "date", "time", "timestamp"),
    *("strftime", "isoformat", "weekday", "isoweekday", "isocalendar", "replace", "astimezone"),
)
_MOMENT = PayloadShape("moment", fields=dict.fromkeys(_OF_MOMENTS, ANYTHING))
_BESIDE = {"id": _TEXT, "at": _MOMENT, "text": ANYTHING}
"""What `event` has where the payload has no such key."""
_ALWAYS = {
    "now": Seen("now", (_MOMENT,)),
    "user": Seen("user", (PayloadShape("object", fields=dict.fromkeys(PARTS["user"], _TEXT)),)),
    "app": Seen("app", (PayloadShape("object", fields={"name": _TEXT, "variables": ANYTHING}),)),
}
"""What is there whatever set off the rule; which parts it has is told elsewhere."""

_SINGLE_BRACES = re.compile(
    r"(?<![{$])\{ ?(?:event|trigger|user|app|matched|repeat|lists)(?:\.\w+)+ ?\}(?!\})", re.ASCII
)
_PATH = re.compile(r"\$\.((\w+)(?:\.\w+|\[\d+\])*)", re.ASCII)

Names = dict[str, Seen | None]


def doubt_templates(doubting: Doubting) -> None:
    """Warn of templates that read what is never there."""
    _Walk(doubting).rule()


class _Walk:
    def __init__(self, doubting: Doubting) -> None:
        self.doubting = doubting
        self.sandbox = doubting.writing.templates.sandbox
        self.apps = apps_of(doubting)
        triggers = doubting.rule.triggers
        events = doubting.events
        self.wordless = SPOKEN.isdisjoint(events) and not any(payload_of(event).free for event in events)
        self.of_omi = not any(payload_of(event).free for event in events)
        self.silent = not any(one.phrases or one.event == SPEECH for one in triggers)
        self.phraseless = not any(one.phrases for one in triggers)

    def rule(self) -> None:
        doubting, rule = self.doubting, self.doubting.rule
        names = self.names()
        self.conditions(rule.conditions, names)
        for limit in (rule.dedupe, rule.throttle):
            for number, part in enumerate(limit.key.parts if limit is not None else ()):
                if limit is not None and isinstance(part, Template):
                    loc = (*doubting.loc, limit.path, "key")
                    self.template(part, loc if isinstance(doubting.written(loc), str) else (*loc, number), names)
        self.variables(rule.variables, (*doubting.loc, "variables"), names)
        self.steps(rule.actions, names)

    def names(self) -> Names:
        payload = self.doubting.payload("event")
        shapes = tuple(
            shape if shape.free else replace(shape, fields={**shape.fields, **_BESIDE, **shape.fields})
            for shape in payload.shapes
        )
        items = tuple(PayloadShape("list", item=action_item_of(event)) for event in self.doubting.events)
        matched = tuple(PayloadShape("object", fields={"action_items": one}) for one in items)
        return {**_ALWAYS, "event": Seen("event", shapes), "matched": Seen("matched", matched)}

    def steps(self, steps: Iterable[Step], names: Names) -> None:
        for step in steps:
            self.step(step, names, self.doubting.loc_of(step.path))
            self.inside(step, names)

    def step(self, step: Step, names: Names, loc: Loc) -> None:
        """Look through what a step itself reads."""
        if isinstance(step, ActionStep):
            self.check(step.check, (*loc, "if"), names)
            self.tree(step.data, (*loc, "data"), names)
            self.tree(step.timeout, (*loc, "timeout"), names)
            self.tree(step.idempotency_key, (*loc, "idempotency_key"), names)
            if step.response_variable is not None:
                names[step.response_variable] = Seen(step.response_variable, (answer_of(step),))
        elif isinstance(step, IfStep):
            self.check(step.check, (*loc, "if"), names)
        elif isinstance(step, ChooseStep):
            for choice in step.choices:
                self.conditions(choice.conditions, names)
        elif isinstance(step, VariablesStep):
            self.variables(step.variables, (*loc, "variables"), names)
        elif isinstance(step, EmitStep):
            self.tree(step.data, (*loc, "emit", "data"), names)
        elif isinstance(step, StopStep):
            self.tree(step.reason, (*loc, "stop"), names)

    def inside(self, step: Step, names: Names) -> None:
        """Look through the steps inside a step; the names they give may or may not be there behind it."""
        if isinstance(step, RepeatStep):
            inner = {**names, "repeat": self.repeated(step, names)}
            self.steps(step.sequence, inner)
            ways = [inner]
        else:
            ways = [dict(names) for _ in branches(step)]
            for steps, way in zip(branches(step), ways, strict=True):
                self.steps(steps, way)
        for way in ways:
            names.update({name: None for name, seen in way.items() if name != "repeat" and names.get(name) != seen})

    def repeated(self, step: RepeatStep, names: Names) -> Seen | None:
        """Give what `repeat` is inside a repeat."""
        loc = (*self.doubting.loc_of(step.path), "repeat")
        self.tree(step.count, (*loc, "count"), names)
        if not isinstance(step.items, Template):
            self.tree(step.items, (*loc, "for_each"), names)
            return None
        listed = self.template(step.items, (*loc, "for_each"), names)
        item = listed.item if listed is not None else None
        return (
            Seen("repeat", tuple(PayloadShape("object", fields={"item": one}) for one in item.shapes)) if item else None
        )

    def variables(self, variables: Mapping[str, Any], loc: Loc, names: Names) -> None:
        for name, value in variables.items():
            if isinstance(value, Template):
                names[name] = self.template(value, (*loc, name), names)
            else:
                self.tree(value, (*loc, name), names)
                names[name] = None

    def check(self, check: Check | None, loc: Loc, names: Names) -> None:
        if isinstance(check, Template):
            self.template(check, loc, names)
        elif check is not None:
            self.conditions(check, names)

    def conditions(self, conditions: Iterable[Condition], names: Names) -> None:
        for condition in conditions:
            if isinstance(condition, Group):
                self.conditions(condition.inner, names)
            elif isinstance(condition, TemplateCondition):
                self.template(condition.template, (*self.doubting.loc_of(condition.path), "template"), names)

    def tree(self, value: Any, loc: Loc, names: Names) -> None:
        if isinstance(value, Template):
            self.template(value, loc, names)
        elif isinstance(value, str):
            self.left(value, loc)
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                self.tree(inner, (*loc, key), names)
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                self.tree(inner, (*loc, number), names)

    def template(self, template: Template, loc: Loc, names: Names) -> Seen | None:
        """Look through a template; give what it stands for where that is known."""
        reads = Reads(self.sandbox, self.doubting.senders)
        found = reads.look(template, names)
        taken: set[int] = set()
        for read in reads.missing:
            offset = read.offset(template.source, taken)
            taken.add(offset)
            self.doubting.warn_inside(
                loc, read.missing.name, read.missing.message, code=read.missing.code, offset=offset
            )
        self.left(template.source, loc)
        self.words(template, loc)
        self.uncalled(template, loc)
        for one in forgotten(template, self.sandbox):
            word = template.source[one.offset : one.offset + one.length]
            self.doubting.warn_inside(loc, word, one.message, code=one.code, offset=one.offset)
        for name, message in unknown_variables(template, self.apps, self.sandbox):
            offset = place_of_part(template.source, "variables", name)
            self.doubting.warn_inside(loc, name, message, code=UNKNOWN_VARIABLE, offset=offset)
        return found

    def left(self, text: str, loc: Loc) -> None:
        """Warn of what looks like a template or a path of the payload and is sent as it stands."""
        single = _SINGLE_BRACES.search(text)
        if single is not None:
            message = f"'{single[0]}' is sent as it stands; a template has double braces: '{{{single[0]}}}'"
            self.doubting.warn_inside(loc, single[0], message, code=LEFT_AS_TEXT, offset=single.start())
        path = _PATH.fullmatch(text.strip())
        if path is not None and any(path[2] in payload_of(event).fields for event in self.doubting.events):
            message = f"a path is sent as it stands; write '{{{{ event.{path[1]} }}}}'"
            self.doubting.warn(loc, message, code=LEFT_AS_TEXT)

    def uncalled(self, template: Template, loc: Loc) -> None:
        """Warn of `event.text` and `session.text` without their parentheses, which stand for nothing."""
        for name in ("event", "session"):
            if (name, "text") not in template.paths or name in template.own or (name == "event" and not self.of_omi):
                continue
            offset = place_of(template.source, rf"(?<![\w.]){name}\s*\.\s*text\b(?!\s*\()")
            if offset:
                offset = template.source.find("text", offset)
                message = f"'{name}.text' is a function; write '{name}.text()'"
                self.doubting.warn_inside(loc, "text", message, code=UNKNOWN_FIELD, offset=offset)

    def words(self, template: Template, loc: Loc) -> None:
        """Warn of words where none are said."""
        events = self.doubting.said_events
        giving = "realtime_transcript gives it, and memory_created with 'phrases'"
        for path, never, message in (
            (("event", "text"), self.wordless, f"'event.text()' is always empty here; no words come with {events}"),
            (("trigger", "text"), self.silent, f"'trigger.text' is always empty here; {giving}"),
            (("trigger", "segments"), self.silent, f"'trigger.segments' is always empty here; {giving}"),
            (
                ("trigger", "phrase"),
                self.phraseless,
                "'trigger.phrase' is always null here; no trigger of the rule has 'phrases'",
            ),
        ):
            if never and path in template.paths and path[0] not in template.own:
                offset = place_of(template.source, rf"(?<![\w.]){path[0]}\s*\.\s*{path[1]}\b")
                offset = max(template.source.find(path[1], offset + len(path[0])), 0)
                self.doubting.warn_inside(loc, path[1], message, code=NEVER_THERE, offset=offset)


def answer_of(step: ActionStep) -> PayloadShape:
    """Give the shape of what an action answers; of `json`, where the step may say which fields it wants."""
    action = ACTIONS[step.action]
    fields, keys = dict.fromkeys(action.answers, ANYTHING), keys_of(action.data)
    if "json" in fields and "schema" in keys and isinstance(step.data, Mapping) and step.data.keys() <= {*keys}:
        fields["json"] = shape_of(step.data["schema"]) if step.data.get("schema") else PayloadShape("nothing")
    return PayloadShape("object", fields=fields, closed=True) if fields else ANYTHING


def branches(step: Step) -> list[tuple[Step, ...]]:
    """List the ways that a step may go, of which a run goes one."""
    if isinstance(step, IfStep):
        return [step.then, step.otherwise]
    if isinstance(step, ChooseStep):
        return [*(choice.sequence for choice in step.choices), step.default]
    return []
