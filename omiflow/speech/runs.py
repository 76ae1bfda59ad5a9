"""Find runs of words where their last word was said: the same words one after the other, however many runs there are.

Which words are left out of what was said is told by the walk; what a run means, by `scan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from omiflow.speech.walk import Walk

MOST_COMPARED = 4


class Said(NamedTuple):
    """A run that was said: from the position `first` of the line to `last`; `run` is its words with spaces between."""

    first: int
    last: int
    run: str


class Runs:
    """Runs by their last four words, so that only those are looked at whose end was said; `lasts` are the last ones."""

    def __init__(self, runs: Iterable[str]) -> None:
        listed = [tuple(run.split(" ")) for run in dict.fromkeys(runs)]
        self._runs = frozenset(listed)
        self._longest = max(map(len, listed), default=0)
        self.lasts = frozenset(words[-1] for words in listed)
        self._ends: dict[int, dict[tuple[str, ...], set[int]]] = {}
        for words in listed:
            end = words[-MOST_COMPARED:]
            self._ends.setdefault(len(end), {}).setdefault(end, set()).add(len(words))

    def said(self, walk: Walk) -> Iterator[Said]:
        """Give the runs whose last word is a new one."""
        words, places = self._near(walk)
        for size, ends in self._ends.items():
            said = zip(*(words[at:] for at in range(size)), strict=False)
            for first in [at for at, end in enumerate(said) if end in ends]:
                last = first + size - 1
                if places[last] >= walk.since:
                    yield from self._ending(words, places, last, ends[tuple(words[first : last + 1])])

    def _ending(self, words: Sequence[str], places: Sequence[int], last: int, lengths: Iterable[int]) -> Iterator[Said]:
        """Give the runs of some lengths that end with a word."""
        for length in lengths:
            first = last - length + 1
            run = tuple(words[first : last + 1]) if first >= 0 else ()
            if run in self._runs:
                yield Said(places[first], places[last], " ".join(run))

    def _near(self, walk: Walk) -> tuple[Sequence[str], Sequence[int]]:
        """Give the new words with as many before them as the longest run has, without fillers; and where they stand."""
        line, skipped = walk.line.words, walk.skipped
        low = max(walk.low, walk.since - max(self._longest - 1, 0))
        words = line[low : walk.high]
        if skipped.isdisjoint(words):
            return words, range(low, walk.high)
        lacking = sum(word in skipped for word in line[low : walk.since])
        while low > walk.low and lacking:
            low -= 1
            lacking -= line[low] not in skipped
        places = [at for at in range(low, walk.high) if line[at] not in skipped]
        return [line[at] for at in places], places
