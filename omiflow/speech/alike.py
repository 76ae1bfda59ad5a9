"""Words that a recogniser takes for each other.

How many such mistakes a phrase bears, and where it was said, is the business of `fuzzy`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from omiflow.speech.confusable import HOMOPHONES
from omiflow.speech.told_apart import told_apart

SHORT = 3
"""Words of up to this many letters are short."""

_FEW = 4
_LONG = 8
_MOST_OF_OTHERS = 2
_MOST_OF_LONG = 3
_MOST_REMEMBERED = 20_000
"""Of so many words said it is remembered what they may be, for each vocabulary: the rest are rare."""

_DIGIT = re.compile(r"\d")
_DOUBLED = re.compile(r"(.)\1+")
_SYLLABLES = re.compile("[\uac00-\ud7a3]")  # Hangul, of which each is as much as several letters
_LETTER = re.compile(  # Thai, Lao, Myanmar, Khmer, Hiragana, Katakana: letters, of which words are made
    "[\u0e01-\u0e7f\u0e80-\u0eff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff\u3041-\u30ff\u31f0-\u31ff]"
)


def edits(word: str, said: str) -> int | None:
    """Count the letters that differ, or give None where the one is not taken for the other.

    A short word is taken for a homophone, or gains or loses one letter; one of four letters may differ in one, or go
    on with two more. Of a longer word two may differ, of one of eight letters and more three.
    What is told apart is never taken for each other, unless it sounds the same or only a letter is doubled.
    """
    if word == said:
        return 0
    if said in HOMOPHONES.get(word, ()):
        return Levenshtein.distance(word, said)
    most = _most(word, said)
    count = Levenshtein.distance(word, said, score_cutoff=most)
    return count if count <= most and (_doubled(word, said) or not told_apart(word, said)) else None


def split_edits(word: str, first: str, second: str) -> int | None:
    """Count the edits when a word was heard as two, letter for letter but for doubled ones; the space is one."""
    joined = first + second
    if _DIGIT.search(word) or _single(joined) != _single(word) or _single(word) in (_single(first), _single(second)):
        return None
    return 1 + Levenshtein.distance(word, joined)


def rest_of_joined(first: str, said: str) -> str | None:
    """Give what is left of a heard word for the second of two words, when it begins with the first one."""
    if not said.startswith(first) or said == first:
        return None
    rest = said[len(first) :]
    return None if first[-1].isdigit() and rest[0].isdigit() else rest


def is_letter(word: str) -> bool:
    """Tell whether a word is only a letter, as in Thai and kana; a Chinese character is a word."""
    return not word.isascii() and _LETTER.match(word) is not None


class Alike(NamedTuple):
    """What may have been heard as a word: words with their edits; and how it may be two, the first and the rest.

    `begins` tells that it may be the first part of a word that was heard as two.
    """

    words: Mapping[str, int]
    pairs: tuple[tuple[str, str], ...] = ()
    begins: bool = False


class Vocabulary:
    """The words that phrases have, to be found by what was said in their place."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._longest = max(map(len, self._words), default=0)
        self._long_by_length: dict[int, list[str]] = {}
        self._shortened: dict[str, list[str]] = {}
        self._by_single: dict[str, list[str]] = {}
        for word in sorted(self._words):
            self._by_single.setdefault(_single(word), []).append(word)
            if len(word) >= _LONG:
                self._long_by_length.setdefault(len(word), []).append(word)
            else:
                for shorter in _shortened(word):
                    self._shortened.setdefault(shorter, []).append(word)
        self._beginnings = {single[:end] for single in self._by_single for end in range(1, len(single))}
        self._remembered = lru_cache(maxsize=_MOST_REMEMBERED)(self._alike)

    def alike(self, said: str) -> Alike:
        """Give what may have been heard as this word."""
        return self._remembered(said) if len(said) <= 2 * self._longest else _NOTHING

    def split(self, first: str, second: str) -> list[tuple[str, int]]:
        """Give the words that may have been heard as these two, with their edits."""
        near = self._by_single.get(_single(first + second))
        if near is None:
            return []
        counted = [(word, split_edits(word, first, second)) for word in near]
        return [(word, count) for word, count in counted if count is not None]

    def _alike(self, said: str) -> Alike:
        firsts = (said[:end] for end in range(1, len(said)))
        rests = ((first, rest_of_joined(first, said)) for first in firsts if first in self._words)
        pairs = tuple((first, rest) for first, rest in rests if rest is not None)
        found = Alike(self._words_alike(said), pairs, _single(said) in self._beginnings)
        return found if found != _NOTHING else _NOTHING

    def _words_alike(self, said: str) -> dict[str, int]:
        near = {*self._by_single.get(_single(said), ()), *(self._words & HOMOPHONES.get(said, frozenset()))}
        if len(said) < _LONG + _MOST_OF_OTHERS:
            for shorter in _shortened(said):
                near.update(self._shortened.get(shorter, ()))
        for length, words in self._long_by_length.items():
            most = _most_of(length)
            if abs(length - len(said)) <= most:
                alike = process.extract(said, words, scorer=Levenshtein.distance, score_cutoff=most, limit=None)
                near.update(word for word, _, _ in alike)
        counted = [(word, edits(word, said)) for word in near]
        return {word: count for word, count in counted if count is not None}


_NOTHING = Alike({})


def _most(word: str, said: str) -> int:
    """Give the most letters in which a word may differ from what was said; 0 where it must be the same."""
    if len(word) <= SHORT:
        return 1 if len(word) != len(said) and min(len(word), len(said)) > 1 else 0
    if len(word) == _FEW:
        return _MOST_OF_OTHERS if said.startswith(word) else 0 if _SYLLABLES.search(word) else 1
    return _most_of(len(word))


def _most_of(length: int) -> int:
    """Give the most letters in which any word of this length may differ."""
    return min(length // 2, _MOST_OF_OTHERS if length < _LONG else _MOST_OF_LONG)


def _doubled(word: str, said: str) -> bool:
    return abs(len(word) - len(said)) == 1 and _single(word) == _single(said) and not _DIGIT.search(word)


def _shortened(word: str) -> set[str]:
    """Give a word, and what is left of it without one and two of its letters."""
    places = range(len(word))
    without = {word, *(word[:at] + word[at + 1 :] for at in places)}
    if len(word) > SHORT + 1:
        without.update([word[:at] + word[at + 1 : to] + word[to + 1 :] for to in places for at in range(to)])
    return without


@lru_cache(maxsize=_MOST_REMEMBERED)
def _single(word: str) -> str:
    """Write doubled letters once."""
    return _DOUBLED.sub(r"\1", word)
