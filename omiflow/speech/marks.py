"""Which words rules have answered already, so that nothing is answered twice; they move when a segment is corrected.

Who stores them, and when, is left to others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

import msgspec

from omiflow.model import Mark


class Marks(msgspec.Struct, frozen=True):
    """The marks on a segment's words, and how many of each rule's were lost with words that were corrected away."""

    ranges: tuple[Mark, ...] = ()
    lost: Mapping[str, int] = {}

    def on(self, rule: str, first: int, last: int) -> bool:
        """Say whether a rule has answered one of the words from `first` to `last`."""
        return any(mark.rule == rule and mark.first <= last and first <= mark.last for mark in self.ranges)

    def with_mark(self, mark: Mark) -> Marks:
        """Give the marks with one more; it takes the place of a lost one of its rule."""
        lost = self.lost
        if lost.get(mark.rule):
            lost = {**lost, mark.rule: lost[mark.rule] - 1}
        return Marks((*self.ranges, mark), lost)

    def moved(self, before: Sequence[str], after: Sequence[str]) -> Marks:
        """Give the marks when the segment's words have become others."""
        if not self.ranges or before == after:
            return self
        places = _places(before, after)
        kept = []
        lost = dict(self.lost)
        for mark in self.ranges:
            found = [place for at in range(mark.first, mark.last + 1) if at < len(places) for place in places[at]]
            if found:
                kept.append(msgspec.structs.replace(mark, first=min(found), last=max(found)))
            else:
                lost[mark.rule] = lost.get(mark.rule, 0) + 1
        return Marks(tuple(kept), lost)


NONE = Marks()


def _places(before: Sequence[str], after: Sequence[str]) -> list[range]:
    """Give for each word where it is now; one that was replaced is where what replaced it is."""
    places: list[range] = []
    for kind, first, end, new_first, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        for at in range(first, end):
            place = new_first + at - first
            places.append(
                range(place, place + 1) if kind == "equal" or place < new_end else range(new_first, new_end)[-1:]
            )
    return places
