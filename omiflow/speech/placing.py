"""Place a template with slots in the words that were said so far.

From a first word, a way is looked for point by point: a word of the template or what a closed slot takes, the longest
first, is preferred to a slot of words, which is as short as the rest lets it be; a slot of words at the beginning is
one word. What is complete counts at once, unless something with a slot may still follow: then it is open until other
words follow, or a break. Every way on from a word is tried once, so the time grows with words times points.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any, NamedTuple

from omiflow.speech.kept import MARK, Break, Kept
from omiflow.speech.line import ROUNDING
from omiflow.speech.paths import Point

LONGEST_OPEN = 120.0
MOST_OPEN = 300
"""An open slot is over after so many seconds or words."""


class Span(NamedTuple):
    """How far apart a template's words may be, and which silence ends an open slot; both in seconds."""

    within: float
    pause: float


class Filled(NamedTuple):
    """A slot that was said: its words are from `first` up to before `end`; `value` is what they mean, if not these."""

    slot: str
    first: int
    end: int
    free: bool
    value: Any = None


class _Chain(NamedTuple):
    """The slots of a placing from some word on."""

    filled: Filled
    rest: _Chain | None


class Way(NamedTuple):
    """The best way on from a word: where it ends, and the slots it fills."""

    end: int
    chain: _Chain | None

    def filled(self) -> Iterator[Filled]:
        """Give the slots in order."""
        chain = self.chain
        while chain is not None:
            yield chain.filled
            chain = chain.rest


Alive = int
"""What a template that is said in part waits for, the sum of these; 0 where it waits for nothing."""
ITS_WORDS: Alive = 1
A_BREAK: Alive = 2
ANY_WORD: Alive = 4
A_SLOT: Alive = 8
"""Not what it waits for, but that this may bring a slot."""


class Seen(NamedTuple):
    """A way that is decided, or None; `alive` says what may bring one."""

    way: Way | None
    alive: Alive = 0


_DEAD = Seen(None)


class State(NamedTuple):
    """What is known: the first `length` of the kept words, what ends them, and when the words behind them are over.

    These are fillers, or what is only known to follow.
    """

    length: int
    broken: Break = 0
    next_ends: float = -inf


class Placer:
    """One template from one first word, in a state of the kept words."""

    def __init__(self, kept: Kept, first: int, span: Span, state: State, *, fuzzy: bool) -> None:
        length = state.length
        self._kept = kept
        self._fuzzy = fuzzy
        self._first = first
        self._span = span
        self._length = length
        self._broken = state.broken
        self._next_ends = state.next_ends
        self._latest = kept.begins(first) + span.within + ROUNDING
        self._earliest = kept.begins(first) - span.within - ROUNDING
        self._reaches = self._is_near(length - 1)
        self._known: dict[tuple[Point, int, int], Seen] = {}
        self._nexts: dict[tuple[Point, int, int], tuple[int | None, Alive]] = {}

    def place(self, beginning: Point) -> Seen:
        """Give the way of the template from the first word on."""
        seen = self._fixed(beginning, self._first, self._length)
        if seen.way is not None:
            return seen
        alive = seen.alive
        for slot, after in beginning.free:
            led = self._fixed(after, self._first + 1, self._length)
            if led.way is not None:
                return _filled(led.way, Filled(slot, self._first, self._first + 1, free=True))
            alive |= led.alive
        return Seen(None, alive)

    def _is_near(self, at: int) -> bool:
        """Say whether a word lies within reach of the first one, whose time may be the later when times fall back."""
        return self._earliest <= self._kept.begins(at) and self._kept.ends(at) <= self._latest

    def _goes_on(self, edge: int) -> bool:
        """Say whether more words may come at an edge."""
        return edge == self._length and not self._broken

    def _fixed(self, point: Point, at: int, edge: int) -> Seen:
        """Give the best way that goes on with a word of the template or with what a closed slot takes."""
        words = self._kept.words
        if at == edge:
            return Seen(None, _waits(point) if edge == self._length and self._reaches else 0)
        alive = 0
        runs = point.runs.values() if self._fuzzy else filter(None, [point.runs.get(words[at])])
        for run, after in runs:
            end = self._run_ends(run, at, edge)
            if end is not None:
                seen = self._on(after, end, edge)
                if seen.way is not None:
                    return seen
                alive |= seen.alive
            elif at + len(run) > edge == self._length and self._reaches and words[at:edge] == run[: edge - at]:
                alive |= _leads(after)
        seen = self._read(point, at, edge) if point.closed else _DEAD
        return seen if seen.way is not None else Seen(None, alive | seen.alive)

    def _run_ends(self, run: list[str], at: int, edge: int) -> int | None:
        end = at + len(run)
        if end <= edge and self._kept.words[at:end] == run:
            return end
        return self._kept.heard(run, at, edge) if self._fuzzy else None

    def _read(self, point: Point, at: int, edge: int) -> Seen:
        readings = []
        held = set()
        alive = 0
        for order, (_, source, after) in enumerate(point.closed):
            if self._goes_on(edge) and self._reaches and self._kept.may_go_on(source, at, edge):
                alive |= A_SLOT | (ANY_WORD if after.wordless else ITS_WORDS)
                if after.ends:
                    held.add(order)
            stop = self._unbroken(at, edge) if after.ends or not source.startswith("list ") else edge
            readings += [(-length, order, value) for length, value in self._kept.readings(source, at, stop)]
        for minus_length, order, value in sorted(readings, key=lambda reading: reading[:2]):
            slot, _, after = point.closed[order]
            end = at - minus_length
            seen = self._on(after, end, edge)
            if seen.way is not None and not (order in held and seen.way.end == end):
                return _filled(seen.way, Filled(slot, at, end, free=False, value=value))
            alive |= _slotted(seen.alive)
            if seen.alive and after.ends:
                break
        return Seen(None, alive)

    def _unbroken(self, at: int, edge: int) -> int:
        """Give the first word behind `at` with a break before it, or the edge."""
        pause = self._span.pause
        return next((end for end in range(at + 1, edge) if self._kept.break_before(end, pause)), edge)

    def _on(self, point: Point, at: int, edge: int) -> Seen:
        """Give the best way on from behind something that was said."""
        key = (point, at, edge)
        seen = self._known.get(key)
        if seen is None:
            seen = self._known[key] = self._found(point, at, edge) if self._kept.has_steps() else _DEAD
        return seen

    def _found(self, point: Point, at: int, edge: int) -> Seen:
        if not self._is_near(at - 1):
            return _DEAD
        if point.ends:
            if self._over(at):
                return Seen(Way(at, None))
            edge = self._unbroken(at, edge)
        seen = self._fixed(point, at, edge)
        if seen.way is None and point.free:
            loose = self._free(point, at, edge)
            seen = loose if loose.way is not None else Seen(None, seen.alive | _slotted(loose.alive))
        if seen.way is None and point.ends:
            held = seen.alive & A_SLOT and self._goes_on(edge)
            return Seen(None, ANY_WORD | A_SLOT) if held else Seen(Way(at, None))
        return seen

    def _over(self, at: int) -> bool:
        """Say whether a break lies before the word `at`, which may be the one to come."""
        return bool(self._broken if at == self._length else self._kept.break_before(at, self._span.pause))

    def _free(self, point: Point, at: int, edge: int) -> Seen:
        """Give the way on from a slot of words that begins here: the first that closes."""
        open_slot = next((slot for slot, after in point.free if after.ends), None)
        if at == edge:
            if edge != self._length:
                return _DEAD
            opens = open_slot is not None and self._broken != MARK
            return Seen(None, _waits_behind(point) | (A_BREAK if opens else 0))
        if open_slot is None or not self._may_open(at):
            return self._next(point, at, edge)
        alive = 0
        may_close = any(after.runs or after.closed for _, after in point.free)
        for end in range(at + 1, edge + 1):
            if may_close:
                seen = self._closed(point, at, end, edge)
                if seen.way is not None:
                    return seen
                alive |= seen.alive
            if self._closes(at, end, edge):
                return _filled(Way(end, None), Filled(open_slot, at, end, free=True))
        return Seen(None, alive | A_BREAK) if edge == self._length else _DEAD

    def _closed(self, point: Point, at: int, end: int, edge: int) -> Seen:
        """Give the way on where a slot of words that begins with `at` is closed by what comes behind `end`."""
        if not self._kept.has_steps():
            return _DEAD
        alive = 0
        for slot, after in point.free:
            seen = self._fixed(after, end, edge)
            if seen.way is not None:
                return _filled(seen.way, Filled(slot, at, end, free=True))
            alive |= seen.alive
        if end == edge == self._length and self._reaches:
            alive |= _waits_behind(point)
        return Seen(None, alive)

    def _next(self, point: Point, at: int, edge: int) -> Seen:
        """Give the way on from a slot that only words can close; where it closes is found out once."""
        alive, passed = 0, []
        end: int | None = None
        for trying in range(at + 1, edge + 1):
            known = self._nexts.get((point, trying, edge))
            if known is not None:
                end, alive = known
                break
            passed.append(trying)
            seen = self._closed(point, at, trying, edge)
            if seen.way is not None:
                end = trying
                break
            alive |= seen.alive
            if alive & A_BREAK and _opens(point):
                break
        for trying in passed:
            self._nexts[point, trying, edge] = (end, alive)
        if end is not None:
            return self._closed(point, at, end, edge)
        return Seen(None, alive)

    def _may_open(self, at: int) -> bool:
        """Say whether an open slot may begin with the word `at`: not in another sentence, nor too late."""
        kept = self._kept
        return kept.break_before(at, self._span.pause) != MARK and self._earliest <= kept.begins(at) <= self._latest

    def _closes(self, at: int, end: int, edge: int) -> bool:
        """Say whether an open slot with the words from `at` is over before `end`."""
        kept = self._kept
        if end == self._length:
            return bool(self._broken) or too_long(kept.begins(at), self._next_ends)
        return (
            end == edge
            or bool(kept.break_before(end, self._span.pause))
            or end - at >= MOST_OPEN
            or too_long(kept.begins(at), kept.next_ends(end - 1, kept.places[end]))
        )


def too_long(begins: float, ends: float) -> bool:
    """Say whether an open slot that begins at a time is over before a word that ends at another."""
    return ends - begins > LONGEST_OPEN + ROUNDING


def _waits(point: Point) -> Alive:
    """Say what a point waits for where nothing has been said behind it."""
    alive = 0
    for _, after in point.runs.values():
        alive |= _leads(after)
    for _, _, after in point.closed:
        alive |= A_SLOT | ITS_WORDS | (ANY_WORD if after.wordless else 0)
    return alive


def _leads(after: Point) -> Alive:
    """Say what is waited for where words of the template were begun, with what comes behind them."""
    return ITS_WORDS | A_SLOT if after.ahead else ITS_WORDS


def _slotted(alive: Alive) -> Alive:
    """Say what is waited for behind a slot."""
    return alive | A_SLOT if alive else 0


def _opens(point: Point) -> bool:
    """Say whether a slot of words is followed by nothing but words of the template and an open slot."""
    ((_, after),) = point.free if len(point.free) == 1 else [("", Point(ends=True))]
    return not (after.ends or after.closed or after.free) and all(end.opens for _, end in after.runs.values())


def _waits_behind(point: Point) -> Alive:
    """Say what the slots of words at a point wait for, but for a break."""
    alive = 0
    for _, after in point.free:
        alive |= _waits(after)
    return alive


def _filled(way: Way, filled: Filled) -> Seen:
    return Seen(Way(way.end, _Chain(filled, way.chain)))
