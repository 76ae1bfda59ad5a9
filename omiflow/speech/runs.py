"""Find runs of words where their last word was said: the same words one after the other, however many runs there are.

Which words are left out of what was said is told by the walk; what a run means, by `scan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
        self._ends = ends
        self.lasts = ends.keys()

    def said(self, walk: Walk) -> Iterator[Said]:
        """Give the runs whose last word is a new one, in order of their last words."""
        words, low, skipped, ends = walk.line.words, walk.low, walk.skipped, self._ends
        for last in range(walk.since, walk.high):
            word = words[last]
            seconds = ends.get(word)
            if seconds is None or word in skipped:
                continue
            if SHORT in seconds:
                yield Said(last, last, word)
            second = last - 1
            while second >= low and words[second] in skipped:
                second -= 1
            thirds = seconds.get(words[second]) if second >= low else None
            if thirds is None:
                continue
            if SHORT in thirds:
                yield Said(second, last, f"{words[second]} {word}")
            third = second - 1
            while third >= low and words[third] in skipped:
                third -= 1
            fourths = thirds.get(words[third]) if third >= low else None
            if fourths is None:
                continue
            if SHORT in fourths:
                yield Said(third, last, f"{words[third]} {words[second]} {word}")
            fourth = third - 1
            while fourth >= low and words[fourth] in skipped:
                fourth -= 1
            if fourth >= low and words[fourth] in fourths:
                yield from self._longer(walk, (fourth, third, second, last), fourths[words[fourth]])

    def _longer(self, walk: Walk, end: tuple[int, ...], lengths: Iterable[int]) -> Iterator[Said]:
        """Give the runs of some lengths whose last words stand at these positions."""
        words = walk.line.words
        places = [*reversed(end)]
        for length in sorted(lengths):
            at = places[-1] - 1
            while len(places) < length and at >= walk.low:
                if words[at] not in walk.skipped:
                    places.append(at)
                at -= 1
            run = " ".join([words[place] for place in reversed(places)])
            if len(places) == length and run in self._runs:
                yield Said(places[-1], end[-1], run)
