"""The words of a line that phrases are compared with: all but fillers, from some word on.

What they say is decided in `placing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, Literal

from omiflow.speech.fuzzy import MORE_OR_LESS, accepts
from omiflow.speech.line import Line
from omiflow.speech.senses import Reading, Senses

MARK: Literal[2] = 2
PAUSE: Literal[1] = 1
Break = Literal[0, 1, 2]
"""How what was said ends: not yet, by silence, or by a sentence mark."""
MOST_STEPS = 3_000
STEPS_OF_A_WORD = 30
STEPS_OF_A_RUN = 10
"""How much is tried of a template at most, so that none holds everybody up; people need a hundredth of it."""


class Kept:
    """Words of a line without fillers; `words` are numbered from 0, `places` are their positions in the line."""

    def __init__(self, line: Line, low: int, high: int, *, skipped: frozenset[str], senses: Senses) -> None:
        """Take the words of the line from position `low` up to before `high`."""
        self.line = line
        self._senses = senses
        self._breaks: dict[tuple[int, float], Break] = {}
        self._readings: dict[tuple[str, int, int], Sequence[Reading]] = {}
        self.words: list[str] = []
        self.places: list[int] = []
        for at in range(low, high):
            word = line.words[at]
            if word not in skipped:
                self.words.append(word)
                self.places.append(at)
        self._times: dict[int, tuple[float, float]] = {}
        self._heard: dict[tuple[Any, ...], int | None] = {}
        self._most_steps = MOST_STEPS + STEPS_OF_A_WORD * len(self.words)
        self._left: dict[object, int] = {}
        self._placing: object = None

    def place(self, template: object) -> None:
        """Let the steps be those of a template from now on: none takes another's."""
        self._placing = template
        self._left.setdefault(template, self._most_steps)

    def has_steps(self) -> bool:
        """Take one step of those there are to place a template in these words; say whether there was one left."""
        self._left[self._placing] -= 1
        return self._left[self._placing] >= 0

    def begins(self, number: int) -> float:
        """Give when a word begins."""
        return self._time(number)[0]

    def ends(self, number: int) -> float:
        """Give when a word ends."""
        return self._time(number)[1]

    def _time(self, number: int) -> tuple[float, float]:
        time = self._times.get(number)
        if time is None:
            piece, place = self.line.at(self.places[number])
            time = self._times[number] = (piece.begins(place), piece.begins(place + 1))
        return time

    def next_ends(self, number: int, read: int) -> float:
        """Give when the words behind a kept one are over, fillers too, up to and with the position `read`."""
        place = self.places[number] + 1
        if place == read and self.places[number + 1 : number + 2] == [read]:
            return self.ends(number + 1)
        return max((self.line.ends(at) for at in range(place, read + 1)), default=-inf)

    def break_before(self, number: int, pause: float) -> Break:
        """Say whether something lies between a word and the one before."""
        found = self._breaks.get((number, pause))
        if found is None:
            found = self._breaks[number, pause] = self._broken(number - 1, self.places[number], pause)
        return found

    def break_behind(self, number: int, read: int, pause: float) -> Break:
        """Say whether something lies behind a word, when the line was read up to and with the position `read`."""
        return MARK if self.line.marked(read) else self._broken(number, read, pause)

    def _broken(self, number: int, read: int, pause: float) -> Break:
        found: Break = 0
        for at in range(self.places[number] + 1, read + 1):
            if self.line.marked(at - 1):
                return MARK
            if self.line.paused(at, pause):
                found = PAUSE
        return found

    def heard(self, run: Sequence[str], at: int, end: int) -> int | None:
        """Give where a run that may be misheard ends when it begins with a word, None where it isn't said there."""
        last = min(end, at + len(run) + MORE_OR_LESS)
        key = (*run, at, last)
        if key not in self._heard:
            self._left[self._placing] -= STEPS_OF_A_RUN
            stops = range(max(at + 1, at + len(run) - MORE_OR_LESS), last + 1)
            accepted = (stop for stop in stops if accepts(tuple(run), self.words[at:stop]) is not None)
            self._heard[key] = next(accepted, None)
        return self._heard[key]

    def readings(self, source: str, at: int, end: int) -> Sequence[Reading]:
        """Give what can be read from a word on, in the words before `end`; the longest first."""
        key = (source, at, end)
        found = self._readings.get(key)
        if found is None:
            found = self._readings[key] = self._senses.of(source).said(self.words[:end], at, self.spoken)
        return found

    def may_go_on(self, source: str, at: int, end: int) -> bool:
        """Say whether the words from `at` to before `end` are the beginning of something longer."""
        return self._senses.of(source).may_go_on(self.words[:end], at, self.spoken)

    def spoken(self, first: int, last: int) -> str:
        """Give words as they were spoken, the last included."""
        return self.line.text(self.places[first], self.places[last])
