"""Find the phrases of all rules in what one speaker said.

The time it takes grows with the words said and the phrases found, not with the phrases there are. Whether a found
phrase was answered before is the stream's affair.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Literal

import ahocorasick
import msgspec

from omiflow.model import Segment
from omiflow.speech.fillers import FILLERS
from omiflow.speech.template import sentences
from omiflow.speech.utterance import Utterance, segment_key

Speaker = Literal["any", "user", "other"]


class Phrase(msgspec.Struct, frozen=True):
    """A template somebody waits for; `excepts` are templates that veto it."""

    template: str
    owner: Hashable
    speaker: Speaker = "any"
    excepts: tuple[str, ...] = ()


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A phrase that was said.

    `phrase` is the template, `text` the words as spoken, `segments` those that carry the words and `segment_ids` their
    keys; `first` and `last` are positions in the utterance's words, `speaker` is the utterance's.
    """

    owner: Hashable
    phrase: str
    text: str
    segments: tuple[Segment, ...]
    segment_ids: tuple[str, ...]
    speaker: str
    first: int
    last: int


class _Sentence:
    """One sentence some templates stand for: the numbers of the phrases it fulfils and of those it vetoes."""

    __slots__ = ("length", "phrases", "vetoes")

    def __init__(self, length: int) -> None:
        self.length = length
        self.phrases: dict[int, None] = {}
        self.vetoes: set[int] = set()


_Found = tuple[int, int, _Sentence]


class PhraseIndex:
    """All phrases of all rules, ready to be looked for at once."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        """Take the phrases in; raise PhraseProblem for a template that can't be understood."""
        self._phrases = tuple(phrases)
        sentences: dict[frozenset[str], dict[str, _Sentence]] = {}
        for number, phrase in enumerate(self._phrases):
            for sentence in _sentences(phrase.template, sentences):
                sentence.phrases[number] = None
            for template in phrase.excepts:
                for sentence in _sentences(template, sentences):
                    sentence.vetoes.add(number)
        self._scans = tuple(_Scan(FILLERS - wanted, keyed) for wanted, keyed in sentences.items())

    def find(self, utterance: Utterance) -> list[Hit]:
        """Give what was said, in order; overlapping phrases of one owner are one hit, the leftmost and longest."""
        found: list[_Found] = []
        for scan in self._scans:
            found += scan.found(utterance.words)
        if not found:
            return []
        vetoing = [one for one in found if one[2].vetoes]
        refused: Speaker = "other" if utterance.is_user else "user"
        said = [
            (first, -last, number)
            for first, last, sentence in found
            for number in sentence.phrases
            if self._phrases[number].speaker != refused
            and not (self._phrases[number].excepts and _vetoed(utterance, number, last, vetoing))
        ]
        hits: list[Hit] = []
        reached: dict[Hashable, int] = {}
        for first, minus_last, number in sorted(said):
            phrase = self._phrases[number]
            if first > reached.get(phrase.owner, -1):
                reached[phrase.owner] = -minus_last
                hits.append(_hit(utterance, phrase, first, -minus_last))
        return hits


class _Scan:
    """The sentences that skip the same fillers, in one automaton."""

    def __init__(self, skipped: frozenset[str], sentences: dict[str, _Sentence]) -> None:
        self._skipped = skipped
        self._automaton = ahocorasick.Automaton()
        for key, sentence in sentences.items():
            self._automaton.add_word(key, sentence)
        self._automaton.make_automaton()

    def found(self, words: Sequence[str]) -> list[_Found]:
        """Give first word, last word and sentence for all that was said."""
        kept = words if self._skipped.isdisjoint(words) else [word for word in words if word not in self._skipped]
        text = f" {' '.join(kept)} "
        ends = list(self._automaton.iter(text))
        if not ends:
            return []
        positions = [at for at, word in enumerate(words) if word not in self._skipped]
        found: list[_Found] = []
        last, counted = -1, 0
        for end, sentence in ends:
            last += text.count(" ", counted, end)
            counted = end
            found.append((positions[last - sentence.length + 1], positions[last], sentence))
        return found


def _sentences(template: str, known: dict[frozenset[str], dict[str, _Sentence]]) -> list[_Sentence]:
    """Give the entries for what a template stands for, under the fillers it has itself, and make the missing ones."""
    variants = sentences(template)
    wanted = frozenset(word for words in variants for word in words if word in FILLERS)
    keyed = known.setdefault(wanted, {})
    return [keyed.setdefault(f" {' '.join(words)} ", _Sentence(len(words))) for words in variants]


def _vetoed(utterance: Utterance, number: int, last: int, found: Iterable[_Found]) -> bool:
    """Say whether an except of the phrase lies in the sentence of its last word, begun before it and over by then."""
    spoken = utterance.spoken
    return any(
        number in sentence.vetoes and begun < last and ended <= last and spoken[begun].sentence == spoken[last].sentence
        for begun, ended, sentence in found
    )


def _hit(utterance: Utterance, phrase: Phrase, first: int, last: int) -> Hit:
    spans = utterance.spans(first, last)
    segments = tuple(utterance.segments[number] for number, _, _ in spans)
    return Hit(
        owner=phrase.owner,
        phrase=phrase.template,
        text=" ".join(utterance.segments[number].text[start:end] for number, start, end in spans),
        segments=segments,
        segment_ids=tuple(segment_key(segment) for segment in segments),
        speaker=utterance.speaker,
        first=first,
        last=last,
    )
