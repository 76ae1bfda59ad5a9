"""What times in phrases need is loaded before their rules are live, so that no call waits for it.

What a time is, is decided in `speech`; when rules become live, in `reloader`.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from omiflow.engine.index import RuleSet
from omiflow.engine.surroundings import Surroundings
from omiflow.runtime.unhurried import unhurried
from omiflow.speech.template import read_phrase
from omiflow.speech.times import Times

ENGLISH = "en"
_ZONE = ZoneInfo("UTC")
_NOW = datetime(2026, 3, 2, 9, tzinfo=_ZONE)


def warm(rules: RuleSet, surroundings: Surroundings) -> None:
    """Load what it takes to hear times in the languages of a configuration, if any rule listens for them."""
    if not any(_asks_for_time(phrase) for phrase in _phrases(rules)):
        return
    people = {person.language for person in surroundings.people.values()}
    with unhurried():
        for language in sorted({ENGLISH, surroundings.language or ENGLISH, *filter(None, people)}):
            Times(language, _ZONE).said(["tomorrow"], 0, lambda _first, _last: "tomorrow", _NOW)


def _phrases(rules: RuleSet) -> set[str]:
    return {phrase for rule in rules.rules if rule.enabled for trigger in rule.triggers for phrase in trigger.phrases}


def _asks_for_time(phrase: str) -> bool:
    return any(slot.typed == "time" for slot in read_phrase(phrase).slots)
