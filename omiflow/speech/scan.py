"""Look for many sentences and templates with slots at once, in one automaton.

A template with slots is only tried where words were said that it can't do without. Which finds become hits is decided
in `phrases`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby

import ahocorasick

from omiflow.speech.lists import WordList
from omiflow.speech.scanned import Effect, Found, Scanned, Slotted
from omiflow.speech.slots import Sentence, Slot
from omiflow.speech.template import MOST_REMEMBERED, PhraseTemplate, read_phrase
from omiflow.speech.utterance import Utterance


@dataclass(frozen=True, slots=True)
class _OfList:
    """Any entry of a list, as what a template can't do without."""

    name: str


_Anchor = str | _OfList


class _Group:
    """Templates that are tried where the same words were said."""

    __slots__ = ("slotted",)

    def __init__(self) -> None:
        self.slotted: dict[Slotted, None] = {}


class _Words:
    """Words that are looked for: what is said by them alone, and the templates they may be part of."""

    __slots__ = ("effect", "groups", "length")

    def __init__(self, length: int) -> None:
        self.length = length
        self.effect: Effect | None = None
        self.groups: list[_Group] = []


class Scan:
    """The sentences and templates that skip the same fillers."""

    def __init__(self, skipped: frozenset[str], lists: Mapping[str, WordList]) -> None:
        self._skipped = skipped
        self._lists = lists
        self._words: dict[str, _Words] = {}
        self._slotted: dict[str, Slotted] = {}
        self._automaton = ahocorasick.Automaton()

    def effects(self, template: PhraseTemplate) -> list[Effect]:
        """Take a template in, and give what stands for its being said."""
        if not template.slots:
            return [self._effect(" ".join(map(str, sentence))) for sentence in template.sentences]
        slotted = self._slotted.get(template.text)
        if slotted is None:
            slotted = self._slotted[template.text] = Slotted(template)
        return [slotted.effect]

    def make_ready(self) -> None:
        """Make the automaton, once all templates are taken in."""
        for anchor, group in _anchored(self._slotted.values()).items():
            for words in self._ways_to_say(anchor):
                self._found_by(words).groups.append(group)
        for key, found in self._words.items():
            self._automaton.add_word(f" {key} ", found)
        self._automaton.make_automaton()

    def heard(self, utterance: Utterance) -> Scanned | None:
        """Give what was said, or None when it is nothing."""
        if not self._words:
            return None
        words = utterance.words
        kept = words if self._skipped.isdisjoint(words) else [word for word in words if word not in self._skipped]
        text = f" {' '.join(kept)} "
        ends = list(self._automaton.iter(text))
        if not ends:
            return None
        places = [at for at, word in enumerate(words) if word not in self._skipped]
        literal: list[Found] = []
        groups: dict[_Group, None] = {}
        last, counted = -1, 0
        for end, found in ends:
            groups.update(dict.fromkeys(found.groups))
            if found.effect is not None:
                last += text.count(" ", counted, end)
                counted = end
                literal.append(Found(places[last - found.length + 1], places[last], places[last], found.effect))
        slotted = dict.fromkeys(one for group in groups for one in group.slotted)
        return Scanned(utterance, (kept, places), literal=literal, slotted=slotted, lists=self._lists)

    def _ways_to_say(self, anchor: _Anchor) -> Iterable[str]:
        if isinstance(anchor, str):
            return (anchor,)
        listed = self._lists.get(anchor.name)
        return listed.numbers if listed else ()

    def _found_by(self, key: str) -> _Words:
        words = self._words.get(key)
        if words is None:
            words = self._words[key] = _Words(key.count(" ") + 1)
        return words

    def _effect(self, key: str) -> Effect:
        words = self._found_by(key)
        if words.effect is None:
            words.effect = Effect()
        return words.effect


def _anchored(templates: Iterable[Slotted]) -> dict[_Anchor, _Group]:
    """Choose for each sentence of each template something it can't do without, what few others have and is long."""
    anchors_of = {slotted: _anchors(slotted.template.text) for slotted in templates}
    used = Counter(anchor for of_sentence in anchors_of.values() for anchor in set(chain.from_iterable(of_sentence)))
    groups: dict[_Anchor, _Group] = {}
    for slotted, of_sentence in anchors_of.items():
        for anchors in of_sentence:
            best = min(anchors, key=lambda anchor: (isinstance(anchor, _OfList), used[anchor], -len(str(anchor))))
            groups.setdefault(best, _Group()).slotted[slotted] = None
    return groups


@lru_cache(maxsize=MOST_REMEMBERED)
def _anchors(template: str) -> tuple[tuple[_Anchor, ...], ...]:
    """Give for each sentence of a template its runs of words and its lists; remembered, as a reload asks again."""
    return tuple(tuple(_anchors_in(sentence)) for sentence in read_phrase(template).sentences)


def _anchors_in(sentence: Sentence) -> Iterator[_Anchor]:
    for is_text, words in groupby(sentence, lambda word: isinstance(word, str)):
        if is_text:
            yield " ".join(map(str, words))
        else:
            yield from (_OfList(slot.list) for slot in words if isinstance(slot, Slot) and slot.list is not None)
