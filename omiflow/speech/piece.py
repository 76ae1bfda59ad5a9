"""One segment on its speaker's line: when it came, the times of its words, and the sentence marks behind them.

Where a piece stands among its speaker's other words is the business of `line`.
"""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import msgspec

from omiflow.model import Segment
from omiflow.speech.words import ends_sentence, normalised, tokens

_BEFORE = -1
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
    _marked: tuple[int, ...] | None = None

    @property
    def words(self) -> list[str]:
        """Give the words, read again from the text."""
        return normalised(self.segment.text)

    def begins(self, number: int) -> float:
        """Give when a word begins, in seconds as Omi counts them; `number` may be the one behind the last."""
        segment = self.segment
        return segment.start + max(segment.end - segment.start, 0.0) * number / (self.count or 1)

    @property
    def ends(self) -> float:
        """Give when the segment ends, in seconds as Omi counts them."""
        return max(self.segment.start, self.segment.end)

    def marked(self, number: int) -> bool:
        """Say whether a sentence ends behind a word."""
        return number in self._sentence_ends()

    @property
    def marked_before(self) -> bool:
        """Say whether a sentence ends before the first word, or in a piece without words."""
        return _BEFORE in self._sentence_ends()

    def spoken(self, first: int | None, last: int | None) -> str:
        """Give the words from one to another as spoken, with the signs of money and percent at them.

        None stands for all that is there, punctuation too.
        """
        words, text = tokens(self.segment.text), self.segment.text
        start, end = 0, len(text)
        if first is not None:
            start = words[first].start
            while start and unicodedata.category(text[start - 1]) == "Sc":
                start -= 1
        if last is not None:
            end = words[last].end
            while end < len(text) and (text[end] in _BEHIND or unicodedata.category(text[end]) == "Sc"):
                end += 1
        return text[start:end].strip()

    def _sentence_ends(self) -> tuple[int, ...]:
        """Give the numbers of the words behind which a sentence ends; they are kept, as reading them takes long."""
        if self._marked is None:
            words = tokens(self.segment.text)
            sentences = [0, *(word.sentence for word in words)]
            ends = [at - 1 for at, (one, next_one) in enumerate(pairwise(sentences)) if one != next_one]
            if ends_sentence(self.segment.text, words[-1].end if words else 0):
                ends.append(len(words) - 1)
            self._marked = tuple(ends)
        return self._marked
