"""Place a template with slots in words that were said.

A placing is chosen word by word: an entry of a list goes on where it can, then a word of the template is preferred to
the beginning of a slot, a slot to the template's end, and the end to one more word in a slot. So slots of words are as
short as the rest lets them be, entries as long, and what may be said counts when it was. A slot of words at the
template's beginning is one word; at its end it takes all up to the end of the sentence.
Every way on from a word is tried once, so the time grows with words times points of the template, never faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from omiflow.speech.lists import WordList
from omiflow.speech.paths import Point


class Filled(NamedTuple):
    """A slot that was said: its words are from `first` up to before `end`; `entry` is a list's name and the number."""

    slot: str
    first: int
    end: int
    entry: tuple[str, int] | None


class Placing(NamedTuple):
    """Where a template was said: from the word `first` up to before `end`.

    `settled` is the last word before an open slot, or the last one where there is none.
    """

    first: int
    end: int
    settled: int
    filled: tuple[Filled, ...]


class _Chain(NamedTuple):
    """The slots of a placing from some word on."""

    filled: Filled
    rest: _Chain | None


class _Way(NamedTuple):
    """The best way on from a word: where it ends, and the slots it fills."""

    end: int
    chain: _Chain | None


class Said:
    """Words that were said, with what templates ask of them again and again."""

    def __init__(self, words: list[str], lists: Mapping[str, WordList], sentence: Callable[[int], int]) -> None:
        """Take the words, and the function that gives the number of a word's sentence."""
        self.words = words
        self._lists = lists
        self._sentence = sentence
        self._places: dict[str, list[int]] | None = None
        self._entries: dict[tuple[str, int], list[tuple[int, int]]] = {}

    def places(self, word: str) -> list[int]:
        """Give where a word was said."""
        if self._places is None:
            self._places = {}
            for at, one in enumerate(self.words):
                self._places.setdefault(one, []).append(at)
        return self._places.get(word, [])

    def places_of_list(self, name: str) -> list[int]:
        """Give where the first word of an entry was said."""
        listed = self._lists.get(name)
        if listed is None:
            return []
        return [at for word in dict.fromkeys(self.words) if word in listed.lengths for at in self.places(word)]

    def entries(self, name: str, at: int) -> list[tuple[int, int]]:
        """Give the entries of a list said from a word on: how many words, and the entry's number; the longest first."""
        found = self._entries.get((name, at))
        if found is None:
            listed = self._lists.get(name)
            found = self._entries[name, at] = listed.said(self.words, at) if listed else []
        return found

    def breaks(self, at: int) -> bool:
        """Say whether a sentence is over before the word `at`, which is not the first."""
        return at == len(self.words) or self._sentence(at) != self._sentence(at - 1)


def placings(beginning: Point, said: Said) -> Iterator[Placing]:
    """Give the best placing from each word where the template can begin, in order."""
    placer = _Placer(said)
    starts = _starts(beginning, said)
    for _, after in beginning.free:
        starts |= {at - 1 for at in _starts(after, said) if at}
    for first in sorted(starts):
        way = placer.fixed(beginning, first) or placer.leading(beginning, first)
        if way is not None:
            yield _placing(first, way)


def _starts(point: Point, said: Said) -> set[int]:
    starts = {at for word in point.runs for at in said.places(word)}
    for _, name, _ in point.lists:
        starts.update(said.places_of_list(name))
    return starts


def _placing(first: int, way: _Way) -> Placing:
    filled = []
    chain = way.chain
    while chain is not None:
        filled.append(chain.filled)
        chain = chain.rest
    is_open = bool(filled) and filled[-1].entry is None and filled[-1].end == way.end
    return Placing(first, way.end, (filled[-1].first if is_open else way.end) - 1, tuple(filled))


class _Placer:
    """The best ways of one template in one speaker's words, each found out once."""

    def __init__(self, said: Said) -> None:
        self._said = said
        self._ways: dict[tuple[Point, int], _Way | None] = {}
        self._closed: dict[tuple[Point, int, bool], tuple[int, _Way] | None] = {}

    def fixed(self, point: Point, at: int) -> _Way | None:
        """Give the best way that goes on with a word of the template or an entry of a list."""
        words = self._said.words
        if at == len(words):
            return None
        run = point.runs.get(words[at])
        if run is not None and words[at : at + len(run[0])] == run[0]:
            way = self._on(run[1], at + len(run[0]))
            if way is not None:
                return way
        entries = [
            (length, order, number)
            for order, (_, name, _) in enumerate(point.lists)
            for length, number in self._said.entries(name, at)
        ]
        for length, order, number in sorted(entries, key=lambda entry: -entry[0]):
            slot, name, after = point.lists[order]
            way = self._on(after, at + length)
            if way is not None:
                return _Way(way.end, _Chain(Filled(slot, at, at + length, (name, number)), way.chain))
        return None

    def leading(self, point: Point, at: int) -> _Way | None:
        """Give the best way whose first word is a slot's only one."""
        for slot, after in point.free:
            way = self.fixed(after, at + 1)
            if way is not None:
                return _Way(way.end, _Chain(Filled(slot, at, at + 1, None), way.chain))
        return None

    def _on(self, point: Point, at: int) -> _Way | None:
        """Give the best way on from behind something that was said."""
        key = (point, at)
        if key not in self._ways:
            self._ways[key] = self.fixed(point, at) or self._free(point, at) or (_Way(at, None) if point.ends else None)
        return self._ways[key]

    def _free(self, point: Point, at: int) -> _Way | None:
        for slot, after in point.free:
            closed = self._close(after, at)
            if closed is not None:
                end, way = closed
                return _Way(way.end, _Chain(Filled(slot, at, end, None), way.chain))
        return None

    def _close(self, after: Point, begun: int) -> tuple[int, _Way] | None:
        """Give where a slot of words that begins here is over, and the way on from there."""
        length = len(self._said.words)
        may_end = after.ends and begun < length and not self._said.breaks(begun)
        closed = None
        passed = []
        for at in range(begun + 1, length + 1):
            key = (after, at, may_end)
            if key in self._closed:
                closed = self._closed[key]
                break
            passed.append(key)
            way = self.fixed(after, at)
            if way is None and may_end and self._said.breaks(at):
                way = _Way(at, None)
            if way is not None:
                closed = (at, way)
                break
        for key in passed:
            self._closed[key] = closed
        return closed
