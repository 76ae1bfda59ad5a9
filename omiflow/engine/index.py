"""Rules ordered so that an event meets only those it can set off.

Phrases of all rules are one automaton per event; equality conditions are looked up in a hash; the rest is listed.
Whether a rule found here really fires is decided in `match`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from omiflow.engine.conditions import PathCondition
from omiflow.engine.operators import number
from omiflow.engine.rules import Rule, Trigger
from omiflow.speech.fillers import FILLERS
from omiflow.speech.lists import Lists
from omiflow.speech.phrases import Phrase, PhraseIndex

Place = tuple[int, int]
"""A trigger: the number of its rule in the rule set, and its own number in the rule."""


@dataclass
class _Shelf:
    """The triggers of one event name that want no phrase."""

    by_value: dict[tuple[str, ...], dict[str, list[Place]]] = field(default_factory=dict)
    rest: list[Place] = field(default_factory=list)

    def put(self, place: Place, rule: Rule) -> None:
        wish = _equality(rule)
        if wish is None:
            self.rest.append(place)
            return
        fields, values = wish
        shelf = self.by_value.setdefault(fields, {})
        for value in values:
            shelf.setdefault(value, []).append(place)

    def find(self, payload: Any) -> list[Place]:
        found = list(self.rest)
        for fields, shelf in self.by_value.items():
            value = payload
            for name in fields:
                value = value.get(name) if isinstance(value, dict) else None
            if isinstance(value, str):
                found.extend(shelf.get(value, ()))
        return found


class RuleSet:
    """All rules that are live together; an immutable value that a reload swaps as a whole."""

    def __init__(self, rules: Iterable[Rule], *, lists: Lists | None = None, fillers: frozenset[str] = FILLERS) -> None:
        """Order the rules; `fillers` are all that any user's speech is heard without."""
        self.rules: tuple[Rule, ...] = tuple(rules)
        self.by_id = {rule.id: rule for rule in self.rules}
        self.lists: Lists = dict(lists or {})
        self.fillers = fillers
        self.choosy = any(rule.apps is not None or rule.users is not None for rule in self.rules)
        self.uses_session = any(rule.uses_session for rule in self.rules)
        self._shelves: dict[tuple[str, str | None], _Shelf] = {}
        self._starters: list[tuple[float, Place]] = []
        spoken: dict[str, list[Phrase]] = {}
        for number_of_rule, rule in enumerate(self.rules):
            if not rule.enabled:
                continue
            for number_of_trigger, trigger in enumerate(rule.triggers):
                place = (number_of_rule, number_of_trigger)
                if trigger.after_silence is not None:
                    self._starters.append((trigger.after_silence, place))
                elif trigger.phrases:
                    spoken.setdefault(trigger.event, []).extend(_phrases(rule, trigger, place))
                else:
                    self._shelves.setdefault((trigger.event, trigger.name), _Shelf()).put(place, rule)
        self._starters.sort()
        self.spoken = {event: PhraseIndex(phrases, self.lists, fillers=fillers) for event, phrases in spoken.items()}

    def silent(self, event: str, name: str | None, payload: Any) -> list[Place]:
        """List the triggers without phrases that this payload may set off."""
        shelf = self._shelves.get((event, name))
        return sorted(shelf.find(payload)) if shelf else []

    def started(self, silence: float) -> list[Place]:
        """List the triggers that want no more silence than this before the words of an event."""
        return [place for _, place in self._starters[: bisect_right(self._starters, silence, key=itemgetter(0))]]

    @property
    def longest_silence(self) -> float:
        """Give the longest silence that any trigger waits for, in seconds; 0 where none does."""
        return self._starters[-1][0] if self._starters else 0.0

    def wants(self, event: str, name: str | None) -> bool:
        """Tell whether any trigger without phrases listens to this event."""
        return (event, name) in self._shelves


def _phrases(rule: Rule, trigger: Trigger, place: Place) -> list[Phrase]:
    return [
        Phrase(
            template=phrase,
            owner=place,
            speaker=trigger.speaker,
            excepts=trigger.excepts,
            rule=rule.id,
            within=trigger.within,
            pause=trigger.pause,
            fuzzy=trigger.fuzzy,
        )
        for phrase in trigger.phrases
    ]


def _equality(rule: Rule) -> tuple[tuple[str, ...], Sequence[str]] | None:
    """Find a condition that a hash can answer: one definite path that must equal one of some plain texts."""
    for condition in rule.conditions:
        if not isinstance(condition, PathCondition) or not condition.jsonpath.fields or condition.quantifier == "none":
            continue
        test = condition.test
        if len(test.operators) != 1 or test.negated or test.ignore_case:
            continue
        name, operand, _ = test.operators[0]
        compared = test.compared_with(operand, rule.lists)
        values = [compared] if name == "equals" else compared if name == "in" else []
        if values and all(isinstance(value, str) and number(value) is None for value in values):
            return condition.jsonpath.fields, values
    return None
