"""What of many phrases was said in one utterance, before it is decided which of them are hits.

Where to look at all is found in `scan`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from omiflow.speech.lists import WordList
from omiflow.speech.paths import Point, paths
from omiflow.speech.placing import Filled, Said, placings
from omiflow.speech.template import PhraseTemplate
from omiflow.speech.utterance import Utterance


class Effect:
    """The numbers of the phrases that are fulfilled when something is said, and of those that are vetoed."""

    __slots__ = ("phrases", "vetoes")

    def __init__(self) -> None:
        self.phrases: dict[int, None] = {}
        self.vetoes: set[int] = set()


class Slotted:
    """A template with slots, and what saying it does."""

    def __init__(self, template: PhraseTemplate) -> None:
        self.template = template
        self.effect = Effect()

    @cached_property
    def beginning(self) -> Point:
        """Give the ways through the template, which are made once it may have been said."""
        return paths(self.template.sentences)


class Found(NamedTuple):
    """What was said, from the word `first` of the utterance to `last`; `settled` is the last in no open slot."""

    first: int
    last: int
    settled: int
    effect: Effect
    filled: tuple[Filled, ...] = ()


class Scanned:
    """What one scan found in an utterance."""

    def __init__(
        self,
        utterance: Utterance,
        kept: tuple[list[str], list[int]],
        *,
        literal: list[Found],
        slotted: Iterable[Slotted],
        lists: Mapping[str, WordList],
    ) -> None:
        """Take the words that are kept with their places in the utterance, and what was or may have been said."""
        self._utterance = utterance
        self._words, self._places = kept
        self._lists = lists
        self.found = literal
        self._vetoing = [one for one in literal if one.effect.vetoes]
        self._slotted_vetoing = []
        said = Said(self._words, lists, self._sentence)
        for one in slotted:
            if one.effect.vetoes:
                self._slotted_vetoing.append(one)
            if one.effect.phrases:
                self.found.extend(self._placed(one, said))

    def vetoed(self, number: int, last: int) -> bool:
        """Say whether an except of a phrase lies in the sentence of its last word, begun before it and over by then."""
        spoken = self._utterance.spoken
        sentence = spoken[last].sentence
        if any(
            number in veto.effect.vetoes
            and veto.first < last
            and veto.last <= last
            and spoken[veto.first].sentence == sentence
            for veto in self._vetoing
        ):
            return True
        return any(number in veto.effect.vetoes and self._vetoes(veto, last) for veto in self._slotted_vetoing)

    def _vetoes(self, slotted: Slotted, last: int) -> bool:
        """Say whether a template was said between the beginning of a word's sentence and that word."""
        sentence = self._utterance.spoken[last].sentence
        end = bisect_right(self._places, last)
        begun = bisect_left(self._places, sentence, hi=end, key=lambda place: self._utterance.spoken[place].sentence)
        said = Said(self._words[begun:end], self._lists, lambda _: sentence)
        return any(self._places[begun + one.first] < last for one in placings(slotted.beginning, said))

    def _placed(self, slotted: Slotted, said: Said) -> Iterable[Found]:
        places = self._places
        for one in placings(slotted.beginning, said):
            filled = tuple(slot._replace(first=places[slot.first], end=places[slot.end - 1] + 1) for slot in one.filled)
            yield Found(places[one.first], places[one.end - 1], places[one.settled], slotted.effect, filled)

    def _sentence(self, at: int) -> int:
        return self._utterance.spoken[self._places[at]].sentence
