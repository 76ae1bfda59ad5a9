"""Rules whose answer to Omi is never read, because that of another is always there first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from omiflow.engine import inline
from omiflow.engine.rules import PAUSE, WITHIN, ActionStep, Rule, Step, Trigger
from omiflow.engine.templates import Template
from omiflow.language.doubts.doubting import every_step
from omiflow.speech.template import read_phrase

_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_DATA = {inline.PROMPT: "prompt", inline.REPLY: "message"}

Scope = tuple[frozenset[str] | None, frozenset[str] | None]
Rank = tuple[int, int]


@dataclass(frozen=True)
class Outranked:
    """A step whose answer never reaches Omi, and the rule that is always first."""

    rule: Rule
    step: ActionStep
    winner: Rule


_Heard = tuple[str, Trigger, str | None]
"""An action, and a trigger with one of its phrases."""


def outranked(rules: Sequence[Rule]) -> Iterator[Outranked]:
    """Give the inline steps that another rule always outranks; only what is certain.

    Rules stand in file order, and of each group only the first is kept: time grows with the rules, not their pairs.
    """
    live = [(number, rule) for number, rule in enumerate(rules) if rule.status == "live" and rule.has_inline]
    first: dict[_Heard, dict[Scope, tuple[Rank, Rule]]] = {}
    for number, rule in live:
        for action in _always(rule):
            for trigger in rule.triggers:
                for heard in _heard(action, trigger):
                    best = first.setdefault(heard, {})
                    scope, rank = (rule.apps, rule.users), (-rule.priority, number)
                    if scope not in best or rank < best[scope][0]:
                        best[scope] = rank, rule
    if not first:
        return
    for number, rule in live:
        for action in _DATA:
            step = next((one for one in every_step(rule) if isinstance(one, ActionStep) and one.action == action), None)
            winner = _winner(first, rule, action, (-rule.priority, number)) if step is not None else None
            if step is not None and winner is not None:
                yield Outranked(rule, step, winner)


def _winner(first: dict[_Heard, dict[Scope, tuple[Rank, Rule]]], rule: Rule, action: str, rank: Rank) -> Rule | None:
    """Find who is first whatever sets off the rule, None where nobody may be."""
    scopes = {(apps, users) for apps in (None, rule.apps) for users in (None, rule.users)}
    found = None
    for trigger in rule.triggers:
        for heard in _heard(action, trigger):
            others = (heard, _whatever(heard)) if _fires_in_a_call(heard) else (heard,)
            known = [first.get(one, {}).get(scope) for one in others for scope in scopes]
            better = [one for one in known if one is not None and one[0] < rank]
            if not better:
                return None
            found = min(better, key=lambda one: one[0])[1]
    return found


def _heard(action: str, trigger: Trigger) -> list[_Heard]:
    """Give what a trigger waits for, the same for two triggers that are set off together."""
    bare = replace(trigger, path="", line=0, id=None, phrases=(), slots=())
    return [(action, bare, phrase) for phrase in trigger.phrases or (None,)]


def _whatever(heard: _Heard) -> _Heard:
    """Give the same trigger without phrases, which is set off by whatever is said."""
    action, trigger, _ = heard
    bare = replace(trigger, excepts=(), within=WITHIN, pause=PAUSE, fuzzy=False, after_silence=None)
    return action, bare, None


def _fires_in_a_call(heard: _Heard) -> bool:
    """Tell whether a trigger fires in a call that brings words: a slot may end when nobody speaks any more."""
    _, _, phrase = heard
    return phrase is None or not read_phrase(phrase).slots


def _always(rule: Rule) -> list[str]:
    """List the inline actions that a rule does whenever one of its triggers is set off."""
    if rule.conditions or rule.dedupe is not None or rule.throttle is not None or rule.variables:
        return []
    found = []
    for step in rule.actions:
        if isinstance(step, ActionStep) and step.inline:
            if step.check is None and _is_long_enough(step):
                found.append(step.action)
        elif not _passes(step):
            break
    return found


def _passes(step: Step) -> bool:
    """Tell whether a step always lets the run go on to the next one at once."""
    return isinstance(step, ActionStep) and step.deferrable and step.check is None and not _rendered(step.data)


def _rendered(data: object) -> bool:
    if isinstance(data, dict):
        return any(_rendered(one) for one in data.values())
    return isinstance(data, Template) or (isinstance(data, list) and any(_rendered(one) for one in data))


def _is_long_enough(step: ActionStep) -> bool:
    """Tell whether Omi never drops the answer for its length, whatever its template gives."""
    text = step.data.get(_DATA[step.action])
    written = _TAGS.sub("", text.source) if isinstance(text, Template) else text
    return isinstance(written, str) and len(written.strip()) > inline.SHORTEST
