"""Phrases of triggers that are hardly meant as they are: never heard, too short for what they want, or only fillers.

What can't be understood in a phrase is told by `compile_phrases`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from omiflow.engine.rules import Trigger
from omiflow.language.codes import NEVER_HEARD, ONLY_FILLERS, TOO_SHORT
from omiflow.language.doubts.doubting import Doubting
from omiflow.language.telling import Loc
from omiflow.model import SPEECH
from omiflow.speech.fillers import FILLERS
from omiflow.speech.fuzzy import PER_EDIT, allowance
from omiflow.speech.slots import Sentence, Slot
from omiflow.speech.template import PhraseProblem, PhraseTemplate, read_phrase

Form = tuple[str | tuple[str, str | None], ...]
"""A sentence in which slots that take the same are equal, whatever their names."""


@dataclass(frozen=True)
class _Said:
    """A phrase with the trigger that listens for it."""

    form: PhraseTemplate
    trigger: Trigger
    loc: Loc

    @cached_property
    def at_once(self) -> set[Form]:
        """Give the sentences that are heard at their last word."""
        return _at_once(self.form)


def doubt_phrases(doubting: Doubting) -> None:
    """Warn of phrases for which nothing, or too much, is heard."""
    every = [_Said(form, trigger, loc) for trigger, loc, form in doubting.phrases() if trigger.event == SPEECH]
    for said in every:
        if all(word in FILLERS for sentence in said.form.sentences for word in sentence):
            message = f"'{said.form.text}' is a filler, which is said all the time; each one sets off the rule"
            doubting.warn(said.loc, message, code=ONLY_FILLERS)
    for number, trigger in enumerate(doubting.rule.triggers):
        forms = [form for one, _, form in doubting.phrases() if one is trigger] if trigger.fuzzy else []
        if forms and len(forms) == len(trigger.phrases) and not any(map(_may_be_misheard, forms)):
            message = (
                f"no phrase here is long enough for 'fuzzy', which takes one edit for each {PER_EDIT} "
                "letters that follow each other; leave it out"
            )
            doubting.warn((*doubting.loc, "triggers", number, "match"), message, code=TOO_SHORT)
    for said, earlier in _unheard(every):
        line = doubting.writing.line(earlier.loc)
        message = f"'{earlier.form.text}' (line {line}) is heard before this can be, and what is said counts once"
        doubting.warn(said.loc, f"{message}; {_advice(earlier, said)}", code=NEVER_HEARD)


def never_heard(triggers: Sequence[Trigger]) -> frozenset[str]:
    """Give the phrases of a rule's triggers in which another one is always heard first."""
    every = [
        _Said(read_phrase(phrase), trigger, (number, place))
        for number, trigger in enumerate(triggers)
        for place, phrase in enumerate(trigger.phrases if trigger.event == SPEECH else ())
    ]
    return frozenset(said.form.text for said, _ in _unheard(every))


def _may_be_misheard(form: PhraseTemplate) -> bool:
    """Tell whether `fuzzy` takes any other words for those of a phrase."""
    return any(allowance(run) for sentence in form.sentences for run in _runs(sentence))


def _runs(sentence: Sentence) -> Iterator[tuple[str, ...]]:
    """Give the words between the slots of a sentence."""
    for is_slot, words in groupby(sentence, key=lambda word: isinstance(word, Slot)):
        if not is_slot:
            yield tuple(str(word) for word in words)


def _unheard(every: Sequence[_Said]) -> Iterator[tuple[_Said, _Said]]:
    """Give phrases in which another one is always heard first, with that one: what is said counts once for a rule."""
    if len(every) < 2:  # noqa: PLR2004 - beside itself alone nothing comes first
        return
    first: dict[Form, list[_Said]] = {}
    for said in every:
        if said.at_once.issuperset(map(_form, said.form.sentences)):
            for form in said.at_once:
                first.setdefault(form, []).append(said)
    lengths = sorted({len(form) for form in first})
    for said in every:
        earlier = _always_before(said, first, lengths)
        if earlier is not None:
            yield said, earlier


def _at_once(form: PhraseTemplate) -> set[Form]:
    """Give the sentences that set off a rule at their last word: nothing that has a slot may still come behind it."""
    forms = [_form(sentence) for sentence in form.sentences]
    awaited: set[Form] = set()
    for one in forms:
        last = max((place for place, word in enumerate(one) if not isinstance(word, str)), default=0)
        awaited.update(one[:end] for end in range(1, last + 1))
    return {one for one in forms if isinstance(one[-1], str)} - awaited


def _form(sentence: Sentence) -> Form:
    return tuple(word if isinstance(word, str) else (word.kind, word.list) for word in sentence)


def _always_before(said: _Said, first: dict[Form, list[_Said]], lengths: Sequence[int]) -> _Said | None:
    """Give a phrase that is heard before any sentence of this one can be, None where one has its chance."""
    found = None
    for sentence in said.form.sentences:
        form = _form(sentence)
        parts = _inside(form, lengths, whole=form not in said.at_once)
        others = ((part, one) for part in parts for one in first.get(part, ()) if _hears_as_much(one, said))
        found = next((one for part, one in others if part != form or one.loc < said.loc), None)
        if found is None:
            return None
    return found


def _inside(form: Form, lengths: Iterable[int], *, whole: bool) -> Iterator[Form]:
    """Give the parts of a sentence that end before it, and itself where it is to be awaited as a `whole`."""
    for length in lengths:
        for begin in range(len(form) - length):
            yield form[begin : begin + length]
    if whole:
        yield form


def _hears_as_much(one: _Said, other: _Said) -> bool:
    """Tell whether a trigger hears a phrase wherever another trigger would."""
    mine, theirs = one.trigger, other.trigger
    return (
        one is not other
        and mine.speaker in ("any", theirs.speaker)
        and set(mine.excepts) <= set(theirs.excepts)
        and mine.within >= theirs.within
        and (mine.fuzzy or not theirs.fuzzy)
        and _wanted(one.form) <= _wanted(other.form)
    )


def _wanted(form: PhraseTemplate) -> set[str | None]:
    """Give what keeps fillers from being skipped: those of a phrase itself, and its lists, which may have some."""
    words = {word for sentence in form.sentences for word in sentence if isinstance(word, str)}
    return {*FILLERS.intersection(words), *(slot.list for slot in form.slots)} - {None}


def _advice(earlier: _Said, said: _Said) -> str:
    """Say how both can be heard, where they can."""
    begin, whole = earlier.form.text, said.form.text
    if set(map(_form, earlier.form.sentences)) <= set(map(_form, said.form.sentences)):
        return "leave that one out, as this hears it too"
    both = f"{begin} [{whole[len(begin) :].strip()}]"
    if whole.startswith(f"{begin} ") and said.form.slots:
        try:
            if not _at_once(read_phrase(both)).intersection(earlier.at_once):
                return f"write '{both}' for both"
        except PhraseProblem:
            pass
    return "remove one of them"
