"""Which rules an event sets off: trigger, then conditions.

What becomes of them (limits, answers, runs) is decided in `plan`; the words are found by `speech`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from omiflow.engine.conditions import Condition, Group, TemplateCondition, check_all
from omiflow.engine.hearing import Heard, listener_for
from omiflow.engine.index import Place, RuleSet
from omiflow.engine.interpret import RunView
from omiflow.engine.names import EventNames, event_names, spoken_text
from omiflow.engine.rules import Limit, Rule, Trigger
from omiflow.engine.surroundings import Surroundings
from omiflow.engine.templates import Template
from omiflow.errors import TemplateFault
from omiflow.model import SPEECH, Event, Gate, Segment
from omiflow.speech.phrases import Hit, Phrase, PhraseIndex, Speaker

Why = tuple[str, str]
"""Where in a rule stands what did not let it start, and what was seen there."""
LATE_IS_SKIPPED = frozenset({"realtime_transcript", "button_event"})


@dataclass
class Match:
    """One start of a rule by an event: `passed` tells whether its conditions held.

    `keys` are the tally keys of `dedupe` and `throttle`, None where that gate doesn't count this event; `faults` tell
    of keys that could not be had.
    `hit` is the phrase that set it off, if one did.
    """

    rule: Rule
    trigger: Trigger
    said: dict[str, Any]
    gates: list[Gate]
    passed: bool
    frozen: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, str | None] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    hit: Hit | None = None


def match(
    rules: RuleSet, event: Event, heard: Heard, *, surroundings: Surroundings, now: float, every: bool = False
) -> list[Match]:
    """List the rules whose trigger this event sets off, conditions checked, in file order.

    With `every`, also the rules whose trigger it doesn't set off, for showing why not.
    """
    silent = rules.wants(event.name, event.webhook) and (event.name != SPEECH or bool(heard.fresh))
    started = rules.started(heard.silence) if heard.silence and heard.fresh and rules.longest_silence else []
    if not heard.hits and not silent and not started and not every:
        return []
    course = _Matching(rules, event, heard, surroundings, now)
    found = course.spoken() + [(place, None) for place in started] + (course.silent() if silent else [])
    matches = course.started(sorted(found, key=lambda item: item[0][:1] if event.name == SPEECH else item[0]))
    if every:
        matches += course.unmoved({found.rule.id for found in matches})
    return matches


class _Matching:
    def __init__(self, rules: RuleSet, event: Event, heard: Heard, surroundings: Surroundings, now: float) -> None:
        self.rules = rules
        self.event = event
        self.heard = heard
        self.now = now
        self.surroundings = surroundings
        self.app = surroundings.apps[event.app]
        self.person = surroundings.person(event.uid)
        self.payload = event.payload()
        self.names = EventNames(event, self.payload, self.person.zone)

    def spoken(self) -> list[tuple[Place, Hit | None]]:
        return [(_place(hit), hit) for hit in self.heard.hits]

    def silent(self) -> list[tuple[Place, Hit | None]]:
        return [(place, None) for place in self.rules.silent(self.event.name, self.event.webhook, self.payload)]

    def started(self, found: list[tuple[Place, Hit | None]]) -> list[Match]:
        """Start each rule by every occurrence of a phrase in speech, else once: by the first whose conditions hold."""
        of_rule: dict[int, list[Match]] = {}
        settled: set[int] = set()
        settled_unsaid: set[int] = set()
        for place, hit in found:
            number = place[0]
            rule = self.rules.rules[number]
            trigger = rule.triggers[place[1]]
            each = hit is not None and self.event.name == SPEECH
            if number in (settled_unsaid if each else settled) or self.refusal(rule, trigger) is not None:
                continue
            match = self.checked(rule, trigger, hit)
            before = of_rule.setdefault(number, [])
            if each or not before:
                before.append(match)
            elif match.passed:
                before[:] = [match]
            if match.passed or not _hangs_on_trigger(match):
                settled.add(number)
                if hit is None:
                    settled_unsaid.add(number)
        return [match for matches in of_rule.values() for match in matches]

    def unmoved(self, known: set[str]) -> list[Match]:
        return [self.resting(rule) for rule in self.rules.rules if rule.id not in known]

    def resting(self, rule: Rule) -> Match:
        """Show why a rule was not started: by the first of its triggers that listens to such an event, if any does."""
        event = (self.event.name, self.event.webhook)
        listening = [one for one in rule.triggers if (one.event, one.name) == event]
        trigger = next((one for one in listening if one.after_silence is None), next(iter(listening), None))
        if trigger is None:
            trigger = rule.triggers[0]
            listens = dict.fromkeys(_named(one.listens_to, one.name) for one in rule.triggers)
            why: Why | None = (trigger.path, f"listens to {' and '.join(listens)}; this is {_named(*event)}")
        else:
            why = self.refusal(rule, trigger) or (self.unheard(trigger) if trigger.phrases else None)
        if why is None:
            return self.checked(rule, trigger, None)
        path, detail = why
        gate = Gate(gate="trigger", path=path, passed=False, detail=detail, line=trigger.line)
        return Match(rule=rule, trigger=trigger, said={}, gates=[gate], passed=False)

    def unheard(self, trigger: Trigger) -> Why:
        """Say why no phrase of a trigger was found: another said it, it was vetoed, or said before, or never."""
        anybody = self.said(trigger, speaker="any")
        said = self.said(trigger, speaker=trigger.speaker)
        if anybody is not None and said is None:
            return f"{trigger.path}.speaker", f"'{anybody.text}' was not said by speaker '{trigger.speaker}'"
        if said is not None and self.said(trigger, speaker=trigger.speaker, excepts=trigger.excepts) is None:
            return f"{trigger.path}.except", f"'except' vetoed '{said.text}'"
        if self.goes_on(trigger):
            detail = "what was said may go on; it counts when the sentence ends, at a pause, or after 3 s of silence"
            return f"{trigger.path}.phrases", detail
        if said is not None:
            return f"{trigger.path}.phrases", f"'{said.text}' was said before; only what is said anew counts"
        return f"{trigger.path}.phrases", "none of its phrases was said"

    def goes_on(self, trigger: Trigger) -> bool:
        """Say whether a phrase of a trigger is heard up to where it may still go on."""
        lines = self.heard.stream.lines.values()
        return any(one.template.text in trigger.phrases for line in lines for one in line.open)

    def said(self, trigger: Trigger, *, speaker: Speaker, excepts: tuple[str, ...] = ()) -> Hit | None:
        phrases = [
            Phrase(
                template=one,
                owner=trigger.path,
                speaker=speaker,
                excepts=excepts,
                within=trigger.within,
                pause=trigger.pause,
                fuzzy=trigger.fuzzy,
            )
            for one in trigger.phrases
        ]
        index = PhraseIndex(phrases, self.rules.lists, fillers=self.rules.fillers)
        listener = listener_for(self.event, self.surroundings, now=self.now)
        if self.event.name != SPEECH:
            return next(iter(index.find(self.event.segments, listener)), None)
        return next(iter(index.find_with(self.event.segments, self.heard.stream, listener)), None)

    def refusal(self, rule: Rule, trigger: Trigger) -> Why | None:  # noqa: PLR0911 - one for each reason
        """Say why a trigger that was found doesn't start its rule, None when it does."""
        if not rule.enabled:
            return "status", "the rule is disabled"
        if rule.apps is not None and self.event.app not in rule.apps:
            return "apps", f"the rule isn't for app '{self.event.app}'"
        if rule.users is not None and self.event.uid not in rule.users:
            return "users", f"the rule isn't for user '{self.event.uid}'"
        if self.event.late and not (rule.late if rule.late is not None else self.event.name not in LATE_IS_SKIPPED):
            return "late", "the event is late"
        if self.event.name == "memory_created":
            if self.payload.get("discarded") and not trigger.include_discarded:
                return f"{trigger.path}.include_discarded", "Omi discarded the conversation"
            mine = self.app.omi_app_id and self.payload.get("app_id") == self.app.omi_app_id
            if mine and not trigger.own:
                return f"{trigger.path}.own", "this app imported the conversation itself"
        if trigger.after_silence is not None and self.heard.silence < trigger.after_silence:
            return f"{trigger.path}.after_silence", "there was no such silence before these words"
        if trigger.gesture is not None and self.payload.get("gesture") != trigger.gesture:
            seen = f"the gesture is '{self.payload.get('gesture')}'; wanted '{trigger.gesture}'"
            return f"{trigger.path}.gesture", seen
        if not trigger.phrases and self.event.name == SPEECH and not self.heard_speaker(trigger):
            return f"{trigger.path}.speaker", f"nothing new was said by speaker '{trigger.speaker}'"
        return None

    def heard_speaker(self, trigger: Trigger) -> bool:
        return bool(spoken_text(self.heard.fresh, trigger.speaker))

    def checked(self, rule: Rule, trigger: Trigger, hit: Hit | None) -> Match:
        said = self.trigger_names(rule, trigger, hit)
        matched: dict[str, Any] = {}
        frozen: dict[str, Any] = {
            "trigger": said,
            "matched": matched,
            "user": self.person.names(),
            "app": self.app.names(),
        }
        if rule.uses_session:
            frozen["session"] = {"said": self.heard.stream.session(), "now": self.now}
        base = event_names(
            self.names,
            frozen=frozen,
            lists=rule.lists,
            now=self.now,
            zone=self.person.zone,
        )
        view = RunView(event=self.event, payload=self.payload, base=base, matched=matched, lists=rule.lists)
        gate = Gate(gate="trigger", path=trigger.path, passed=True, detail=_why(trigger, said), line=trigger.line)
        passed, gates = check_all(rule.conditions, view)
        found = Match(
            rule=rule,
            trigger=trigger,
            said=said,
            gates=[gate, *gates],
            passed=passed,
            frozen=frozen,
            hit=hit,
        )
        for gate_name, limit in (("dedupe", rule.dedupe), ("throttle", rule.throttle)) if passed else ():
            try:
                if limit is not None:
                    found.keys[gate_name] = _key(gate_name, limit, base, self.fixed(rule))
            except TemplateFault as fault:
                found.faults[gate_name] = str(fault)
        return found

    def fixed(self, rule: Rule) -> dict[str, Any]:
        """Give the parts of keys that have a name of their own; a session is told by who is in it and since when."""
        app, uid, began = self.event.app, self.event.uid, self.heard.stream.began
        return {"uid": uid, "app": app, "rule": rule.id, "session": None if began is None else [app, uid, began]}

    def trigger_names(self, rule: Rule, trigger: Trigger, hit: Hit | None) -> dict[str, Any]:
        if hit is not None:
            text, segments = hit.text, hit.segments
        elif self.event.name == SPEECH:
            segments = tuple(
                segment
                for segment in self.heard.fresh
                if trigger.speaker == "any" or segment.is_user == (trigger.speaker == "user")
            )
            text = spoken_text(segments)
        else:
            text, segments = "", ()
        return {
            "id": trigger.id,
            "phrase": hit.phrase if hit is not None else None,
            "text": text,
            "slots": {**dict.fromkeys(slots_of(rule)), **(hit.slots if hit is not None else {})},
            "segments": [_segment_names(segment) for segment in segments],
        }


def _hangs_on_trigger(found: Match) -> bool:
    """Tell whether what did not hold asks for the trigger, so that it may hold for another one."""
    failed = next((one for one in found.rule.conditions if one.path == found.gates[-1].path), None)
    return failed is not None and _asks_for_trigger(failed)


def _asks_for_trigger(condition: Condition) -> bool:
    if isinstance(condition, Group):
        return any(_asks_for_trigger(inner) for inner in condition.inner)
    return isinstance(condition, TemplateCondition) and "trigger" in condition.template.names


def slots_of(rule: Rule) -> list[str]:
    """List the slots that the phrases of any of a rule's triggers have."""
    return [slot for trigger in rule.triggers for slot in trigger.slots]


def _segment_names(segment: Segment) -> dict[str, Any]:
    return {name: getattr(segment, name) for name in segment.__struct_fields__}


def _place(hit: Hit) -> Place:
    owner: Any = hit.owner
    return cast("Place", owner)


def _why(trigger: Trigger, said: Mapping[str, Any]) -> str:
    if said["phrase"] is not None:
        return f"heard '{said['text']}' for '{said['phrase']}'"
    if trigger.after_silence is not None:
        return "the first words after a silence"
    return f"{_named(trigger.event, trigger.name)} arrived"


def _named(event: str, webhook: str | None) -> str:
    return event if webhook is None else f"{event} {webhook}"


def _key(gate: str, limit: Limit, names: Mapping[str, Any], fixed: Mapping[str, Any]) -> str | None:
    """Give the tally key; None when a part of a dedupe's key is null, which never counts."""
    values = [part.render(names) if isinstance(part, Template) else fixed[part] for part in limit.key.parts]
    if gate == "dedupe" and any(value is None for value in values):
        return None
    return json.dumps(values, ensure_ascii=False, default=str, separators=(",", ":"))
