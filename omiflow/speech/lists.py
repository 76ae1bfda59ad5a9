"""The lists of a rules folder: what can be said for an entry, and what the entry stands for.

Finding phrases around them is left to the phrase index, and mistakes in a list are told by the language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from omiflow.speech.fillers import FILLERS
from omiflow.speech.words import normalised

MOST_REMEMBERED = 256


class Entry(msgspec.Struct, frozen=True):
    """One entry of a list: every way to say it, and the value that a slot gets."""

    say: tuple[str, ...]
    value: Any


Lists = Mapping[str, tuple[Entry, ...]]
"""Lists by name."""


def entries(items: Iterable[str | Mapping[str, Any]]) -> tuple[Entry, ...]:
    """Give the entries that a list in a file stands for.

    A text is said as it is written and is its own value; `{say: [Tom, Tom Becker], value: uid_tom}` has several ways
    and one value; `say` may be one text, and without `value` the first way is the value.
    """
    return tuple(_entry(item) for item in items)


def said(entries: Iterable[Entry]) -> list[str]:
    """Give every way to say any of the entries, in order: the list as conditions and templates see it."""
    return [way for entry in entries for way in entry.say]


class WordList:
    """The entries of a list, ready to be looked for; what nobody can say is left out.

    `numbers` are the entries' by the words that say them, `lengths` how many words may follow a first one, itself
    included, and `fillers` the filler words that belong to an entry.
    """

    def __init__(self, ways: Iterable[tuple[str, ...]]) -> None:
        """Take the ways to say each entry; what is said for two entries means the first."""
        self.numbers: dict[str, int] = {}
        lengths: dict[str, set[int]] = {}
        for number, way in ((number, way) for number, entry in enumerate(ways) for way in entry):
            words = normalised(way)
            if words:
                self.numbers.setdefault(" ".join(words), number)
                lengths.setdefault(words[0], set()).add(len(words))
        self.lengths = {word: sorted(found, reverse=True) for word, found in lengths.items()}
        self.fillers = FILLERS.intersection(word for said in self.numbers for word in said.split())

    def said(self, words: Sequence[str], at: int) -> list[tuple[int, int]]:
        """Give the entries said from the word `at` on: how many words, and the entry's number; the longest first."""
        found = []
        for length in self.lengths.get(words[at], ()):
            number = self.numbers.get(" ".join(words[at : at + length]))
            if number is not None and at + length <= len(words):
                found.append((length, number))
        return found


def word_list(entries: Sequence[Entry]) -> WordList:
    """Give a list ready to be looked for; remembered, as a reload asks again."""
    return _word_list(tuple(entry.say for entry in entries))


@lru_cache(maxsize=MOST_REMEMBERED)
def _word_list(ways: tuple[tuple[str, ...], ...]) -> WordList:
    return WordList(ways)


def _entry(item: str | Mapping[str, Any]) -> Entry:
    if isinstance(item, str):
        return Entry((item,), item)
    say = item["say"]
    ways = (say,) if isinstance(say, str) else tuple(say)
    return Entry(ways, item.get("value", ways[0]))
