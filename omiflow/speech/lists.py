"""The lists of a rules folder: what can be said for an entry, and what the entry stands for.

Finding phrases around them is left to the phrase index, and mistakes in a list are told by the language.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

import msgspec

from omiflow.speech.words import normalised

MOST_REMEMBERED = 256

EVERY = "*"
"""Stands for all lists, where only the values tell which are used."""


class Entry(msgspec.Struct, frozen=True):
    """One entry of a list: every way to say it, and the value that a slot gets."""

    say: tuple[str, ...]
    value: Any


class Entries(tuple[Entry, ...]):  # noqa: SLOT001 - keeps what was made of it
    """The entries of one list; what is made of them is made once, whoever uses the list."""

    @cached_property
    def ways(self) -> list[str]:
        """Give every way to say any of the entries, in order: the list as conditions and templates see it."""
        return [way for entry in self for way in entry.say]

    @cached_property
    def folded(self) -> list[str]:
        """Give the same ways with large and small letters the same."""
        return [way.casefold() for way in self.ways]

    @cached_property
    def digest(self) -> str:
        """Name what the list says: the SHA-256 of its JSON, in which 1 and true are not the same."""
        text = json.dumps([(entry.say, entry.value) for entry in self], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


Lists = Mapping[str, Entries]
"""Lists by name."""


def lists_among(lists: Lists, used: Collection[str]) -> dict[str, Entries]:
    """Give those lists that are used, all where `EVERY` is among these."""
    return {name: lists[name] for name in sorted(lists if EVERY in used else used) if name in lists}


def entries(items: Iterable[str | Mapping[str, Any]]) -> Entries:
    """Give the entries that a list in a file stands for.

    A text is said as it is written and is its own value; `{say: [Tom, Tom Becker], value: uid_tom}` has several ways
    and one value; `say` may be one text, and without `value` the first way is the value.
    """
    return Entries(_entry(item) for item in items)


class WordList:
    """The entries of a list, ready to be looked for; what nobody can say is left out.

    `numbers` are the entries' by the words that say them, `lengths` how many words may follow a first one, itself
    included, and `beginnings` what longer entries begin with.
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
        self.beginnings = {
            " ".join(words[:end]) for words in map(str.split, self.numbers) for end in range(1, len(words))
        }

    def among(self, words: frozenset[str]) -> frozenset[str]:
        """Give those of some words that belong to an entry."""
        return words & self._words

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(word for said in self.numbers for word in said.split())

    def may_go_on(self, words: Sequence[str], at: int) -> bool:
        """Say whether the words from `at` to the end are the beginning of a longer entry."""
        return at < len(words) and " ".join(words[at:]) in self.beginnings

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
