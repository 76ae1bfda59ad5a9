"""One segment on its speaker's line: when it came, the times of its words, and the sentence marks behind them.

Where a piece stands among its speaker's other words is the business of `line`.
"""

from __future__ import annotations

import unicodedata

import msgspec

from omiflow.model import Segment
from omiflow.speech.words import Word, ends_sentence, normalised, tokens

_BEHIND = "%\u2030\u00b0"


class Piece(msgspec.Struct, gc=False):
    """A segment as it was last sent, under its key, and when that form came; its line has its words, and `count` them.

    All words of a segment take as long, so that a word's time is interpolated by its number. `still` says that nothing
    of its speaker had arrived for a while when it came.
    """

    segment: Segment
    key: str
    at: float = 0.0
    still: bool = False
    count: int = 0
    _tokens: list[Word] | None = None
    _marked: frozenset[int] | None = None

    @property
    def words(self) -> list[str]:
        """Give the words, read again from the text."""
        return normalised(self.segment.text)

    def begins(self, number: int) -> float:
        """Give when a word begins, in seconds as Omi counts them; `number` may be the one behind the last."""
        segment = self.segment
        return segment.start + max(segment.end - segment.start, 0.0) * number / (self.count or 1)

    def marked(self, number: int) -> bool:
        """Say whether a sentence ends behind a word."""
        if self._marked is None:
            words = self.located
            last = len(words) - 1
            ends = {at for at in range(last) if words[at + 1].sentence != words[at].sentence}
            if words and ends_sentence(self.segment.text, words[-1].end):
                ends.add(last)
            self._marked = frozenset(ends)
        return number in self._marked

    @property
    def marked_before(self) -> bool:
        """Say whether a sentence ends before the first word, or in a piece without words."""
        words = self.located
        return words[0].sentence > 0 if words else ends_sentence(self.segment.text)

    @property
    def located(self) -> list[Word]:
        """Give the words with their places in the text; it takes longer than `words`."""
        if self._tokens is None:
            self._tokens = tokens(self.segment.text)
        return self._tokens

    def spoken_from(self, first: int) -> int:
        """Give where a word begins with the currency sign at it."""
        start = self.located[first].start
        text = self.segment.text
        while start and unicodedata.category(text[start - 1]) == "Sc":
            start -= 1
        return start

    def spoken_to(self, last: int) -> int:
        """Give where a word ends with the sign at it, such as percent."""
        end = self.located[last].end
        text = self.segment.text
        while end < len(text) and (text[end] in _BEHIND or unicodedata.category(text[end]) == "Sc"):
            end += 1
        return end
