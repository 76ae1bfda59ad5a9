"""Answers to Omi that may be ready only when the call that could carry them is over (section 7.1 of the language)."""

from __future__ import annotations

from collections.abc import Iterator

from omiflow.engine import inline
from omiflow.engine.rules import ActionStep
from omiflow.language.codes import LATE_ANSWER
from omiflow.language.doubts.doubting import Doubting
from omiflow.model import SPEECH
from omiflow.speech.lists import word_list
from omiflow.speech.slots import Slot
from omiflow.speech.stream import STILL_AFTER
from omiflow.speech.template import PhraseTemplate

_PATIENT = f"omiflow waits up to {STILL_AFTER:g} s for it"
_IN_TIME = "; end the phrase in a word, or "
_OTHERWISE = {
    inline.PROMPT: "use omi.reply, which becomes a notification by itself where the app has a key",
    inline.REPLY: "give the app a key, with which a late reply becomes a notification by itself",
}


def doubt_late_answers(doubting: Doubting) -> None:
    """Warn of prompts behind phrases that wait for more words, and of replies that can't become notifications."""
    steps = [step for step in doubting.steps if isinstance(step, ActionStep) and step.inline]
    late = [step for step in steps if step.action == inline.PROMPT or not _can_notify(doubting)]
    awaited = next(_awaited(doubting), None) if late else None
    for step in late if awaited is not None else ():
        message = f"{awaited}, often beyond the call that {step.action} could answer"
        advice = f"{_IN_TIME}{_OTHERWISE[step.action]}"
        doubting.warn((*doubting.loc_of(step.path), "action"), f"{message}{advice}", code=LATE_ANSWER)


def _can_notify(doubting: Doubting) -> bool:
    """Tell whether a reply that comes too late reaches the user, as far as is known."""
    facts, named = doubting.writing.facts, doubting.rule.apps
    apps = [app for name, app in facts.apps.items() if named is None or name in named]
    return not facts.complete or all(app.has_key for app in apps)


def _awaited(doubting: Doubting) -> Iterator[str]:
    """Say of each phrase that the rule hears why it may wait until the speaker pauses, where it may."""
    for trigger, loc, form in doubting.phrases():
        found = _waits(doubting, form) if trigger.event == SPEECH else None
        if found is not None:
            slot, why = found
            yield f"'{slot}' {why.format(line=doubting.writing.line(loc))}"


def _waits(doubting: Doubting, form: PhraseTemplate) -> tuple[Slot, str] | None:
    """Give the slot for which a phrase waits, and why; None where it is heard at its last word."""
    whole = frozenset(form.sentences)
    for sentence in form.sentences:
        last = sentence[-1]
        if isinstance(last, Slot) and last.free:
            return last, "at the end of a phrase (line {line}) ends when the speaker pauses"
        if isinstance(last, Slot) and _may_go_on(doubting, last):
            return last, f"at the end of a phrase (line {{line}}) may go on; {_PATIENT}"
        for end, word in enumerate(sentence):
            if isinstance(word, Slot) and any(sentence[:length] in whole for length in range(1, end + 1)):
                return word, f"may still follow a phrase (line {{line}}); {_PATIENT}"
    return None


def _may_go_on(doubting: Doubting, slot: Slot) -> bool:
    """Tell whether what a closed slot takes may be the beginning of something longer."""
    if slot.list is None:
        return True
    lists = doubting.writing.lists
    words = word_list(lists[slot.list]) if slot.list in lists else None
    return words is not None and not words.beginnings.isdisjoint(words.numbers)
