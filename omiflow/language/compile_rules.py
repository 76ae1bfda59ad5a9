"""Rules as written, compiled to what the engine decides with.

Reading files and folders is the business of `load`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from omiflow.engine.names import EVENT_WIDE
from omiflow.engine.rules import PAUSE, WITHIN, Key, Limit, Rule, Trigger
from omiflow.engine.templates import is_template
from omiflow.language.codes import UNKNOWN_NAME, WRONG_VALUE
from omiflow.language.compile_conditions import compile_conditions, finds_action_items
from omiflow.language.compile_phrases import Phrases, compile_phrases
from omiflow.language.compile_steps import StepCompiler, names_given
from omiflow.language.doubts.rules import doubt
from omiflow.language.inline_places import check_inline_places
from omiflow.language.looking_through import look_through
from omiflow.language.nearest import did_you_mean
from omiflow.language.salvage import LISTENED, salvaged, unread_keys
from omiflow.language.spec_rules import (
    ButtonTrigger,
    ConversationTrigger,
    EventTrigger,
    MemoryTrigger,
    RealtimeTrigger,
    RuleSpec,
    SpokenTrigger,
    TriggerSpec,
    WebhookTrigger,
)
from omiflow.language.telling import Loc
from omiflow.language.writing import Writing
from omiflow.model import SPEECH

KEY_PARTS = ("uid", "app", "rule", "session")


def compile_rule(writing: Writing, raw: Any, loc: Loc) -> Rule | None:
    """Compile one rule; None when it has mistakes, which are reported."""
    before = len(writing.problems)
    try:
        spec = RuleSpec.model_validate(raw)
    except ValidationError as error:
        _tell(writing, raw, error.errors(include_url=False), loc)
        return None
    rule = _compiled(writing, spec, raw, loc)
    mistaken = any(problem.severity == "error" for problem in writing.problems[before:])
    doubt(writing, rule, loc, whole=not mistaken)
    return None if mistaken else rule


def _tell(writing: Writing, raw: Any, errors: list[ErrorDetails], loc: Loc) -> None:
    """Report all that is wrong with a rule whose form has these errors."""
    source = writing.source
    meant, misspelt, errors = look_through(writing, RuleSpec, raw, errors, loc)
    rest = salvaged(RuleSpec, meant, errors)
    if rest is not None:
        guessed = [one for one in misspelt if one["type"] == "union_tag_not_found"]
        writing.unread = unread_keys(meant, [*guessed, *errors])
        writing.mended = frozenset(_untagged((*loc, *one["loc"])) for one in (*misspelt, *errors))
        doubt(writing, _compiled(writing, rest, {}, loc), loc, whole=False)
        writing.unread, writing.mended = frozenset(), frozenset()
    writing.source = source


def _untagged(loc: Loc) -> Loc:
    """Give a location without the names of pydantic's unions."""
    return tuple(part for part in loc if not str(part).startswith("<"))


def _compiled(writing: Writing, spec: RuleSpec, raw: Any, loc: Loc) -> Rule:
    apps = _apps(writing, spec, loc)
    writing.later = names_given(spec)
    writing.lists_used = set()
    writing.session_used = False
    triggers = _triggers(writing, spec, (*loc, "triggers"))
    writing.finds_items = finds_action_items(spec.conditions)
    conditions = compile_conditions(
        writing, spec.conditions, (*loc, "conditions"), names=EVENT_WIDE, place="conditions"
    )
    steps = StepCompiler(writing, apps=apps, names=set(EVENT_WIDE))
    variables = steps.variables(spec.variables, (*loc, "variables"))
    dedupe, throttle = _dedupe(writing, spec, loc), _throttle(writing, spec, loc)
    actions = steps.steps(spec.actions, (*loc, "actions"), "actions")
    return Rule(
        id=spec.id,
        file=writing.source.file,
        line=writing.line(loc),
        alias=spec.alias,
        status=spec.status,
        apps=frozenset(spec.apps) if spec.apps is not None else None,
        users=frozenset(spec.users) if spec.users is not None else None,
        priority=spec.priority,
        late=None if spec.late is None else spec.late == "run",
        triggers=triggers,
        conditions=conditions,
        dedupe=dedupe,
        throttle=throttle,
        variables=variables,
        actions=actions,
        has_inline=check_inline_places(writing, spec, loc, apps=apps),
        written=raw,
        written_digest=_digest(raw),
        reads=frozenset(writing.lists_used),
        uses_session=writing.session_used,
    )


def _digest(raw: Any) -> str:
    """Name a rule as it is written: the first 32 hexadecimal digits of the SHA-256 of its JSON."""
    text = json.dumps(raw, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def _apps(writing: Writing, spec: RuleSpec, loc: Loc) -> list[str]:
    known = list(writing.facts.apps)
    if not writing.facts.complete:
        return []
    for number, name in enumerate(spec.apps or ()):
        if name not in known:
            message = f"unknown app '{name}'{did_you_mean(name, known)}"
            writing.wrong((*loc, "apps", number), message, code=UNKNOWN_NAME)
    return [name for name in known if spec.apps is None or name in spec.apps]


def _triggers(writing: Writing, spec: RuleSpec, loc: Loc) -> tuple[Trigger, ...]:
    """Compile the triggers, whose slots all templates of the rule see."""
    before = len(writing.problems)
    triggers = tuple(
        _trigger(writing, trigger, (*loc, number), f"triggers[{number}]")
        for number, trigger in enumerate(spec.triggers)
    )
    mistaken = any(problem.severity == "error" for problem in writing.problems[before:])
    unread = mistaken or not writing.unread.isdisjoint({"triggers", LISTENED})
    writing.slots = None if unread else frozenset(slot for trigger in triggers for slot in trigger.slots)
    return triggers


def _trigger(writing: Writing, spec: TriggerSpec, loc: Loc, place: str) -> Trigger:
    phrases = excepts = Phrases()
    if isinstance(spec, SpokenTrigger):
        phrases = compile_phrases(writing, spec.phrases or (), (*loc, "phrases"))
        excepts = compile_phrases(writing, spec.except_ or (), (*loc, "except"))
    return Trigger(
        path=place,
        line=writing.line(loc),
        event=SPEECH if isinstance(spec, ConversationTrigger) else spec.trigger,
        id=spec.id,
        phrases=phrases.texts,
        excepts=excepts.texts,
        slots=phrases.slots,
        speaker=spec.speaker if isinstance(spec, SpokenTrigger) else "any",
        within=spec.within if isinstance(spec, RealtimeTrigger) else WITHIN,
        pause=spec.pause if isinstance(spec, RealtimeTrigger) else PAUSE,
        fuzzy=isinstance(spec, SpokenTrigger) and spec.match == "fuzzy",
        after_silence=spec.after_silence if isinstance(spec, ConversationTrigger) else None,
        gesture=spec.gesture if isinstance(spec, ButtonTrigger) else None,
        name=spec.name if isinstance(spec, WebhookTrigger | EventTrigger) else None,
        include_discarded=isinstance(spec, MemoryTrigger) and spec.include_discarded,
        own=isinstance(spec, MemoryTrigger) and spec.own,
    )


def _dedupe(writing: Writing, spec: RuleSpec, loc: Loc) -> Limit | None:
    if spec.dedupe is None:
        return None
    place = (*loc, "dedupe")
    key = _key(writing, spec.dedupe.key, (*place, "key"))
    return Limit("dedupe", writing.line(place), key, spec.dedupe.period)


def _throttle(writing: Writing, spec: RuleSpec, loc: Loc) -> Limit | None:
    if spec.cooldown is not None:
        return Limit("cooldown", writing.line((*loc, "cooldown")), Key(), spec.cooldown)
    if spec.throttle is None:
        return None
    place = (*loc, "throttle")
    key = Key() if spec.throttle.key is None else _key(writing, spec.throttle.key, (*place, "key"))
    return Limit("throttle", writing.line(place), key, spec.throttle.period, spec.throttle.limit)


def _key(writing: Writing, written: str | list[str], loc: Loc) -> Key:
    parts = []
    listed = written if isinstance(written, list) else [written]
    if not listed:
        writing.wrong(loc, "'key' is empty; at least one part is wanted", code=WRONG_VALUE, of_key=True)
    for number, part in enumerate(listed):
        place = (*loc, number) if isinstance(written, list) else loc
        if is_template(part):
            parts.append(writing.template(part, place, EVENT_WIDE) or part)
        elif part in KEY_PARTS:
            parts.append(part)
        else:
            known = ", ".join(f"'{name}'" for name in KEY_PARTS)
            meant = f", such as '{{{{ {part} }}}}'" if "." in part else ""
            message = f"'{part}' is no key; it is one of {known}, or a template{meant}"
            writing.wrong(place, message, code=WRONG_VALUE)
    return Key(tuple(parts))
