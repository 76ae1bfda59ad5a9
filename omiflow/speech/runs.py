"""Find runs of words where their last word was said: the same words one after the other, however many runs there are.

Which words are left out of what was said is told by the walk; what a run means, by `scan`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from omiflow.speech.walk import Walk

SHORT = ""
"""Stands in the place of a word where a run has no more."""


class Said(NamedTuple):
    """A run that was said: from the position `first` of the line to `last`; `run` is its words with spaces between."""

    first: int
    last: int
    run: str


class Runs:
    """Runs by their last four words, so that only those are looked at whose end was said."""

    def __init__(self, runs: Iterable[str]) -> None:
        self._runs = frozenset(runs)
        ends: dict[str, dict[str, dict[str, dict[str, set[int]]]]] = {}
        for run in self._runs:
            words = run.split(" ")
            fourth, third, second, last = [SHORT, SHORT, SHORT, *words][-4:]
            thirds = ends.setdefault(last, {}).setdefault(second, {})
            thirds.setdefault(third, {}).setdefault(fourth, set()).add(len(words))
        self._longest = max((len(run.split(" ")) for run in self._runs), default=0)
        self._ends = ends
        self.lasts = ends.keys()

    def said(self, walk: Walk) -> Iterator[Said]:
        """Give the runs whose last word is a new one, in order of their last words."""
        words, places = self._near(walk)
        ends = self._ends
        for at in range(bisect_left(places, walk.since), len(words)):
            word = words[at]
            seconds = ends.get(word)
            if seconds is None:
                continue
            if SHORT in seconds:
                yield Said(places[at], places[at], word)
            thirds = seconds.get(words[at - 1]) if at else None
            if thirds is None:
                continue
            if SHORT in thirds:
                yield Said(places[at - 1], places[at], f"{words[at - 1]} {word}")
            fourths = thirds.get(words[at - 2]) if at > 1 else None
            if fourths is None:
                continue
            if SHORT in fourths:
                yield Said(places[at - 2], places[at], f"{words[at - 2]} {words[at - 1]} {word}")
            for length in fourths.get(words[at - 3], ()) if at > 2 else ():  # noqa: PLR2004 - the fourth
                first = at - length + 1
                if first >= 0 and (run := " ".join(words[first : at + 1])) in self._runs:
                    yield Said(places[first], places[at], run)

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
