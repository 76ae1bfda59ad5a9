"""Templates with slots, tried behind one word after another of a line.

Where they are tried at all is told by `scan`; how one is placed, by `placing`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from omiflow.speech.kept import MARK, PAUSE, Break, Kept
from omiflow.speech.line import ROUNDING
from omiflow.speech.paths import Point
from omiflow.speech.placing import A_BREAK, A_SLOT, ANY_WORD, MOST_OPEN, Alive, Placer, Seen, State, Way, too_long
from omiflow.speech.walk import Found, Slotted, Walk

MOST_FIRSTS = 20
"""How many beginnings of a template are looked at behind one word, the leftmost."""


class Opening(NamedTuple):
    """Where a template that may still go on begins, up to which position it was tried, and what it waits for."""

    first: int
    upto: int
    alive: Alive


Open = Mapping[Slotted, Opening]
"""The templates that may still go on."""


class _Moment(NamedTuple):
    """A moment of a walk: the line is read up to the position `at`, which are `length` kept words.

    `ends` is what is known to end the words, `settled` that they were tried before without it, and `follows` that the
    next word is known, which may come after a pause, or too late for what is open.
    """

    at: int
    length: int
    ends: Break = 0
    settled: bool = False
    follows: bool = False


class Trying:
    """Templates with slots, tried behind one word after another."""

    def __init__(self, walk: Walk, opened: Open, *, low: int) -> None:
        """Take a walk and what is open before it; words before the position `low` are of no other template."""
        self._walk = walk
        self.opened = dict(opened)
        self.found: list[Found] = []
        low = min([low, *(opening.first for opening in opened.values())])
        self._kept = Kept(walk.line, low, walk.high, skipped=walk.skipped, senses=walk.senses)

    def through(self, said: Mapping[int, Sequence[Slotted]]) -> None:
        """Try what is `said` with the word at a position, and what is open, behind each new word and at the end."""
        walk = self._walk
        places = self._kept.places
        length = bisect_left(places, walk.since)
        for at in range(walk.since, walk.high):
            if self.opened and at and at == walk.since and walk.line.marked(at - 1):
                self._behind(_Moment(at - 1, length, settled=True), ())
            if self.opened and at:
                self._behind(_Moment(at - 1, length, settled=True, follows=True), ())
            if length < len(places) and places[length] == at:
                length += 1
            if self.opened or at in said:
                self._behind(_Moment(at, length), said.get(at, ()))
        if self.opened and walk.high and (walk.final or walk.still or walk.since == walk.high):
            ends = MARK if walk.final else PAUSE if walk.still else 0
            self._behind(_Moment(walk.high - 1, length, ends=ends, settled=True), ())

    def _behind(self, moment: _Moment, said: Iterable[Slotted]) -> None:
        """Try behind a word what is open, and what is said with the words that end there."""
        tried = {**dict.fromkeys(self.opened, False), **dict.fromkeys(said, True)}
        for slotted, is_said in tried.items():
            if not moment.follows:
                self._try(slotted, moment, said=is_said)
            elif self._kept.line.paused(moment.at + 1, slotted.span.pause):
                self._try(slotted, moment._replace(ends=PAUSE), said=is_said)
            elif too_long(self._kept.line.begins(self.opened[slotted].first), self._kept.line.ends(moment.at + 1)):
                self._try(slotted, moment, said=is_said)

    def _try(self, slotted: Slotted, moment: _Moment, *, said: bool) -> None:
        """Find the ways of a template that are decided just now; `said` tells that words of its own end here.

        While it waits for nothing but a break, only what begins behind the words it was tried with can be new.
        """
        self._kept.place(slotted)
        now, before = self._states(moment, slotted.span.pause)
        opened = self.opened.get(slotted)
        low = self._reach(slotted, moment.length)
        first_alive, alive = -1, 0
        if opened is not None:
            low = min(low, opened.first) if said else opened.first
            if not (opened.alive & ANY_WORD or self._may_be_over(opened, moment)):
                if not said:
                    return
                if opened.alive == A_BREAK:
                    low, first_alive, alive = opened.upto, opened.first, opened.alive
        for first in self._firsts(slotted, moment.length, low=low):
            seen = self._seen(slotted, first, now)
            if seen.alive:
                first_alive = self._kept.places[first] if first_alive < 0 else first_alive
                alive |= seen.alive
            if seen.way is None:
                continue
            if self._is_new(slotted, first, seen.way, (now, before), was_open=opened is not None):
                self.found.append(self._found(slotted, first, seen.way, moment))
        if alive & (A_BREAK | ANY_WORD):
            self.opened[slotted] = Opening(first_alive, moment.at + 1, alive & ~A_SLOT)
        else:
            self.opened.pop(slotted, None)

    def _may_be_over(self, opened: Opening, moment: _Moment) -> bool:
        """Say whether what waits for a break may have come to one."""
        line, at = self._kept.line, moment.at
        return (
            moment.settled
            or line.marked(at)
            or at - opened.first >= MOST_OPEN
            or too_long(line.begins(opened.first), line.ends(at))
        )

    def _is_new(self, slotted: Slotted, first: int, way: Way, states: tuple[State, State], *, was_open: bool) -> bool:
        """Say whether a way was not decided just before; of what was not open only one that ends here can be new."""
        now, before = states
        if not was_open and not (before.length < now.length and way.end == now.length):
            return False
        return before.length <= first or self._seen(slotted, first, before).way is None

    def _states(self, moment: _Moment, pause: float) -> tuple[State, State]:
        """Give what is known at a moment and just before."""
        kept, at, length = self._kept, moment.at, moment.length
        now = State(length, kept.break_behind(length - 1, at, pause), kept.next_ends(length - 1, at))
        if moment.follows:
            ends = kept.next_ends(length - 1, at + 1)
            return now._replace(broken=max(now.broken, moment.ends), next_ends=ends), now
        if moment.settled:
            broken = max(now.broken, moment.ends)
            return now._replace(broken=broken), now if moment.ends else now._replace(broken=0)
        earlier = length - (kept.places[length - 1] == at)
        if not earlier:
            return now, State(0)
        broken = max(kept.break_behind(earlier - 1, at - 1, pause), self._paused(at, pause))
        return now, State(earlier, broken, kept.next_ends(earlier - 1, at))

    def _paused(self, at: int, pause: float) -> Break:
        return PAUSE if self._kept.line.paused(at, pause) else 0

    def _seen(self, slotted: Slotted, first: int, state: State) -> Seen:
        placer = Placer(self._kept, first, slotted.span, state, fuzzy=slotted.fuzzy)
        return placer.place(slotted.beginning)

    def _firsts(self, slotted: Slotted, length: int, *, low: int) -> list[int]:
        """Give the words from the position `low` on that a template may begin with, in order, but for the most."""
        begun = bisect_left(self._kept.places, low)
        start = slotted.beginning
        firsts = {at for at in range(begun, length) if self._may_begin(start, at, length, fuzzy=slotted.fuzzy)}
        for _, after in start.free:
            led = range(begun, length - 1)
            firsts |= {at for at in led if self._may_begin(after, at + 1, length, fuzzy=slotted.fuzzy)}
        return sorted(firsts)[:MOST_FIRSTS]

    def _reach(self, slotted: Slotted, length: int) -> int:
        """Give the position of the first word that lies within a template's reach from the last one."""
        since = self._kept.ends(length - 1) - slotted.span.within - ROUNDING
        low = length - 1
        while low and self._kept.begins(low - 1) >= since:
            low -= 1
        return self._kept.places[low]

    def _may_begin(self, point: Point, at: int, length: int, *, fuzzy: bool) -> bool:
        if self._kept.words[at] in point.runs:
            return True
        if fuzzy and any(self._kept.heard(run, at, length) for run, _ in point.runs.values()):
            return True
        return any(self._kept.readings(source, at, length) for _, source, _ in point.closed)

    def _found(self, slotted: Slotted, first: int, way: Way, moment: _Moment) -> Found:
        places = self._kept.places
        filled = tuple(one._replace(first=places[one.first], end=places[one.end - 1] + 1) for one in way.filled())
        known = (moment.at, moment.settled)
        return Found(places[first], places[way.end - 1], known, slotted.effect, filled)
