"""Words that a recogniser takes for each other.

How many such mistakes a phrase bears, and where it was said, is the business of `fuzzy`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import LCSseq, Levenshtein

from omiflow.speech.confusable import HOMOPHONES, TOLD_APART

SHORT = 4
"""Words of up to this many letters are short."""

_MOST_DROPPED = 2
_SHARED = 0.5
_MOST_REMEMBERED = 50_000

_DIGIT = re.compile(r"\d")
_DOUBLED = re.compile(r"(.)\1+")
_NOT = re.compile("(?:ai|are|ca|could|did|do|does|had|has|have|is|might|must|need|ought|should|was|were|wo|would)nt")
_LETTER = re.compile(  # Thai, Lao, Myanmar, Khmer, Hiragana, Katakana: letters, of which words are made
    "[\u0e01-\u0e7f\u0e80-\u0eff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff\u3041-\u30ff\u31f0-\u31ff]"
)
_SOUNDS = (
    (re.compile("wr"), "r"),
    (re.compile("[kg]n"), "n"),
    (re.compile("who"), "h"),
    (re.compile("ph"), "f"),
    (re.compile("ps|c[eiy]|z"), "s"),
    (re.compile("[cq]"), "k"),
    (re.compile("e"), "a"),
)


def edits(word: str, said: str) -> int | None:
    """Count the letters that differ, or give None where the one is not taken for the other.

    A long word begins with the same sound and shares more than half of its letters, in order; it may also have lost up
    to two letters at its end to become a short one. Of a short word only a doubled letter is overlooked, a homophone,
    or that one of four letters lost an s, t or d at its end; in a word with a digit nothing is. An English "n't" is
    neither lost nor put in, and no number or day is taken for another one.
    """
    if word == said:
        return 0
    return Levenshtein.distance(word, said) if _alike(word, said) else None


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


def sound(word: str) -> str:
    """Give the sound that a word begins with, roughly, as English spells it; elsewhere its first letter."""
    for beginning, heard in _SOUNDS:
        if beginning.match(word):
            return heard
    return word[0] if word.isascii() else unicodedata.normalize("NFD", word)[0]


class Alike(NamedTuple):
    """What may have been heard as a word: words with their edits, and pairs of words with theirs.

    `begins` tells that it may be the first part of a word that was heard as two.
    """

    words: tuple[tuple[str, int], ...] = ()
    pairs: tuple[tuple[str, str, int], ...] = ()
    begins: bool = False


class Vocabulary:
    """The words that phrases have, to be found by what was said in their place."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._longest = max(map(len, self._words), default=0)
        self._by_sound: dict[str, list[str]] = {}
        self._by_single: dict[str, list[str]] = {}
        for word in sorted(self._words):
            self._by_single.setdefault(_single(word), []).append(word)
            if len(word) > SHORT:
                self._by_sound.setdefault(sound(word), []).append(word)
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
        pairs = [
            (first, word, count + 1)
            for first in (said[:end] for end in range(1, len(said)))
            if first in self._words and (rest := rest_of_joined(first, said)) is not None
            for word, count in self._words_alike(rest)
        ]
        return Alike(self._words_alike(said), tuple(pairs), _single(said) in self._beginnings)

    def _words_alike(self, said: str) -> tuple[tuple[str, int], ...]:
        sharing = process.extract_iter(
            said, self._by_sound.get(sound(said), ()), scorer=LCSseq.normalized_similarity, score_cutoff=_SHARED
        )
        near = {*self._by_single.get(_single(said), ()), *(word for word, _, _ in sharing)}
        near |= self._words & {*HOMOPHONES.get(said, ()), *(said + ending for ending in "std")}
        counted = [(word, edits(word, said)) for word in near]
        return tuple((word, count) for word, count in counted if count is not None)


_NOTHING = Alike()


def _alike(word: str, said: str) -> bool:
    if _DIGIT.search(word) or _DIGIT.search(said) or (word in TOLD_APART and said in TOLD_APART):
        return False
    if said in HOMOPHONES.get(word, ()):
        return True
    if len(word) <= SHORT:
        return _doubled(word, said) or _lost_its_end(word, said)
    if len(said) <= SHORT:
        return len(word) - len(said) <= _MOST_DROPPED and word.startswith(said) and not _NOT.fullmatch(word)
    return (
        sound(word) == sound(said)
        and LCSseq.normalized_similarity(word, said) > _SHARED
        and bool(_NOT.fullmatch(word)) == bool(_NOT.fullmatch(said))
    )


def _doubled(word: str, said: str) -> bool:
    return abs(len(word) - len(said)) == 1 and _single(word) == _single(said)


def _lost_its_end(word: str, said: str) -> bool:
    return len(word) == SHORT and word[-1] in "std" and said == word[:-1] and not _NOT.fullmatch(word)


def _single(word: str) -> str:
    """Write doubled letters once."""
    return _DOUBLED.sub(r"\1", word)
