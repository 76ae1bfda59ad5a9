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
    """Runs by their last three words, so that only those are looked at whose end was said."""

    def __init__(self, runs: Iterable[str]) -> None:
        self._runs = frozenset(runs)
        ends: dict[str, dict[str, dict[str, set[int]]]] = {}
        for run in self._runs:
            words = run.split(" ")
            third, second, last = [SHORT, SHORT, *words][-3:]
            ends.setdefault(last, {}).setdefault(second, {}).setdefault(third, set()).add(len(words))
        self._ends = ends
        self.lasts = ends.keys()

    def said(self, walk: Walk) -> Iterator[Said]:
        """Give the runs whose last word is a new one, in order of their last words."""
        words, ends = walk.line.words, self._ends
        for at in range(walk.since, walk.high):
            if words[at] in ends and words[at] not in walk.skipped:
                yield from self._ended(walk, at)

    def _ended(self, walk: Walk, last: int) -> Iterator[Said]:
        """Give the runs whose last word stands at a position."""
        words, seconds = walk.line.words, self._ends[walk.line.words[last]]
        if SHORT in seconds:
            yield Said(last, last, words[last])
        second = _before(walk, last)
        thirds = seconds.get(words[second]) if second >= 0 else None
        if thirds is None:
            return
        if SHORT in thirds:
            yield Said(second, last, f"{words[second]} {words[last]}")
        third = _before(walk, second)
        for length in thirds.get(words[third], ()) if third >= 0 else ():
            places = [last, second, third]
            while len(places) < length and places[-1] >= 0:
                places.append(_before(walk, places[-1]))
            run = " ".join(words[at] for at in reversed(places))
            if places[-1] >= 0 and run in self._runs:
                yield Said(places[-1], last, run)


def _before(walk: Walk, at: int) -> int:
    """Give the position of the word before another one that is no filler, -1 where there is none."""
    at -= 1
    while at >= walk.low and walk.line.words[at] in walk.skipped:
        at -= 1
    return at if at >= walk.low else -1
