"""Find runs of words where their last word was said: the same words one after the other, however many runs there are.

Which words are left out of what was said is told by the walk; what a run means, by `scan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from omiflow.speech.walk import Walk


class Said(NamedTuple):
    """A run that was said: from the position `first` of the line to `last`; `run` is its words with spaces between."""

    first: int
    last: int
    run: str


class Runs:
    """Runs by their last two words, so that only those are looked at whose end was said."""

    def __init__(self, runs: Iterable[str]) -> None:
        self._runs = frozenset(runs)
        ends: dict[str, dict[str, set[int]]] = {}
        for run in self._runs:
            *_, before, last = ["", *run.split(" ")]
            ends.setdefault(last, {}).setdefault(before, set()).add(run.count(" ") + 1)
        self._ends = {
            last: {before: sorted(lengths) for before, lengths in found.items()} for last, found in ends.items()
        }

    def said(self, walk: Walk) -> Iterator[Said]:
        """Give the runs whose last word is a new one, in order of their last words."""
        words, ends = walk.line.words, self._ends
        for at in range(walk.since, walk.high):
            befores = ends.get(words[at])
            if befores is None or words[at] in walk.skipped:
                continue
            if "" in befores:
                yield Said(at, at, words[at])
            before = _before(walk, at)
            if before is not None and words[before] in befores:
                yield from self._longer(walk, [before, at], befores[words[before]])

    def _longer(self, walk: Walk, places: list[int], lengths: list[int]) -> Iterator[Said]:
        """Give the runs of these lengths that end with the words at `places`."""
        words = walk.line.words
        for length in lengths:
            while len(places) < length:
                before = _before(walk, places[0])
                if before is None:
                    return
                places.insert(0, before)
            run = " ".join([words[at] for at in places])
            if run in self._runs:
                yield Said(places[0], places[-1], run)


def _before(walk: Walk, at: int) -> int | None:
    """Give the position of the word before another one, None where there is none."""
    words, skipped = walk.line.words, walk.skipped
    for before in range(at - 1, walk.low - 1, -1):
        if words[before] not in skipped:
            return before
    return None
