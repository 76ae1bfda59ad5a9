"""Answers to Omi that may be ready only when the call that could carry them is over (section 7.1 of the language)."""

from __future__ import annotations

from collections.abc import Iterator

from omiflow.engine import inline
from omiflow.engine.rules import ActionStep
from omiflow.language.codes import LATE_ANSWER
from omiflow.language.doubts.doubting import Doubting
from omiflow.model import SPEECH
from omiflow.speech.slots import Slot


def doubt_late_answers(doubting: Doubting) -> None:
    """Warn of prompts behind phrases that end in an open slot, and of replies that can't become notifications."""
    steps = [step for step in doubting.steps if isinstance(step, ActionStep) and step.inline]
    late = [step for step in steps if step.action == inline.PROMPT or not _can_notify(doubting)]
    opened = next(_open_slots(doubting), None) if late else None
    if opened is None:
        return
    slot, line = opened
    for step in late:
        message = (
            f"'{slot}' at the end of a phrase (line {line}) ends when the speaker pauses, often after the call that "
            f"{step.action} could answer; end the phrase in a word, or use omi.notify"
        )
        doubting.warn((*doubting.loc_of(step.path), "action"), message, code=LATE_ANSWER)


def _can_notify(doubting: Doubting) -> bool:
    """Tell whether a reply that comes too late reaches the user, as far as is known."""
    facts, named = doubting.writing.facts, doubting.rule.apps
    apps = [app for name, app in facts.apps.items() if named is None or name in named]
    return not facts.complete or all(app.has_key for app in apps)


def _open_slots(doubting: Doubting) -> Iterator[tuple[Slot, int]]:
    """Give the slots that end a sentence of what the rule hears, each with the line of its phrase."""
    for trigger, loc, form in doubting.phrases():
        for sentence in form.sentences if trigger.event == SPEECH else ():
            last = sentence[-1]
            if isinstance(last, Slot) and last.free:
                yield last, doubting.writing.line(loc)
