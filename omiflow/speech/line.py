"""One speaker's words in a session, in order, whatever the segments and calls that brought them.

Which segments are news is the business of `stream`; what the words mean, of `phrases`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

from omiflow.model import Segment
from omiflow.speech.piece import Piece
from omiflow.speech.segments import latest, speaker_key
from omiflow.speech.words import unspaced

MOST_WORDS = 4_000
"""More than anybody says in the time for which segments are remembered."""
FEW_WORDS = 120
"""So many words are always kept."""
A_FEW_MORE = 40
"""So many words come before it is looked again which can be forgotten."""
MOST_SHARED = 50_000
LOOK_BACK = 400
"""How many words back a phrase may have begun."""
ROUNDING = 1e-6
"""What the times of the same words may differ by when they are cut otherwise, in seconds."""


class Line:
    """The words of `pieces` in order; positions count them from 0.

    `decided` words have been looked at for phrases; from there on all is new. `open` holds what may still go on, as
    `phrases` left it for the index `open_of`. `arrived` is when words last came, by event `event_id`; `hushed` that
    the clock has ended since what it can.
    """

    __slots__ = (
        "_firsts",
        "_looked_at",
        "arrived",
        "decided",
        "event_id",
        "hushed",
        "is_user",
        "open",
        "open_of",
        "pieces",
        "speaker",
        "words",
    )

    def __init__(self, speaker: str, *, is_user: bool, pieces: Iterable[Piece] = ()) -> None:
        self.speaker = speaker
        self.is_user = is_user
        self.pieces = list(pieces)
        self.words = _words(self.pieces)
        self._firsts = self._counted()
        self._looked_at = 0
        self.decided = 0
        self.open: Mapping[Any, Any] = {}
        self.open_of: object = None
        self.arrived = 0.0
        self.event_id = ""
        self.hushed = False

    def copy(self) -> Line:
        """Give a line that stays as this one is now."""
        return self._to(len(self.pieces), len(self.words))

    def _to(self, pieces: int, words: int) -> Line:
        other = Line.__new__(Line)
        other.speaker, other.is_user = self.speaker, self.is_user
        other.pieces, other._firsts = self.pieces[:pieces], self._firsts[:pieces]  # noqa: SLF001 - its own
        other.words, other._looked_at = self.words[:words], 0  # noqa: SLF001 - its own
        other.decided, other.open, other.open_of = self.decided, self.open, self.open_of
        other.arrived, other.event_id, other.hushed = self.arrived, self.event_id, self.hushed
        return other

    def arrive(self, at: float, event_id: str) -> None:
        """Note when words last came, and with which event."""
        self.arrived, self.event_id, self.hushed = at, event_id, False

    def as_decided(self) -> Line:
        """Give the line as it was when its decided words were the last, without what may have ended them since."""
        end = len(self.pieces)
        while end and (not self.pieces[end - 1].count or self._firsts[end - 1] >= self.decided):
            end -= 1
        return self._to(end, self.decided)

    def add(self, piece: Piece, words: Sequence[str]) -> None:
        """Put a piece with its words at the end, or into the gap where its time lies when it comes late."""
        pieces = self.pieces
        late = pieces and pieces[-1].segment.start > piece.segment.start
        at = self._gap(piece.segment.start) if late else None
        if at is None:
            self._firsts.append(len(self.words))
            pieces.append(piece)
            piece.count = len(words)
            self.words += map(_shared, words)
        else:
            self.replace(at, at, [piece])

    def end(self, piece: Piece) -> None:
        """Put a piece without words, which ends a sentence, behind the last words, unless one ends there already."""
        if self.words and not self.marked(len(self.words) - 1):
            self.add(piece, ())

    def replace(self, first: int, end: int, pieces: list[Piece]) -> None:
        """Put pieces in the place of those from number `first` to before `end`; from there on all is decided anew."""
        begun = self._firsts[first] if first < len(self._firsts) else len(self.words)
        behind = self._firsts[end] if end < len(self._firsts) else len(self.words)
        self.words[begun:behind] = _words(pieces)
        self.pieces[first:end] = pieces
        self._firsts = self._counted()
        if begun <= self.decided:
            self.decided, self.open, self.open_of = begun, {}, None

    def shorten(self, known: Container[str]) -> None:
        """Forget the oldest decided words: those whose segments are no longer known, and all that are far too many.

        What is open keeps its words.
        """
        many = len(self.words) > MOST_WORDS
        if not many and len(self.words) <= max(FEW_WORDS, self._looked_at + A_FEW_MORE):
            return
        latest = min(
            [self.decided - (LOOK_BACK if many else FEW_WORDS // 2), *(one.first for one in self.open.values())]
        )
        dropped = 0
        while dropped + 1 < len(self._firsts) and self._firsts[dropped + 1] <= latest:
            if not many and self.pieces[dropped].key in known:
                break
            dropped += 1
        count = self._firsts[dropped]
        self._looked_at = len(self.words) - count
        if not dropped:
            return
        self.pieces, self.words = self.pieces[dropped:], self.words[count:]
        self._firsts = self._counted()
        self.decided -= count
        self.open = {
            key: one._replace(first=one.first - count, upto=one.upto - count) for key, one in self.open.items()
        }

    def settle(self) -> None:
        """Take all words for decided; what may still go on is found out when it is asked for."""
        self.decided, self.open, self.open_of = len(self.words), {}, None

    def number(self, key: str) -> int | None:
        """Give the number of the piece of a segment, None when it isn't here."""
        return next((at for at in range(len(self.pieces) - 1, -1, -1) if self.pieces[at].key == key), None)

    def since(self, position: int, seconds: float) -> int:
        """Give a position such that the words before it are over so many seconds before a word begins."""
        number = bisect_right(self._firsts, position) - 1
        earliest = self.begins(position) - seconds - ROUNDING
        while number and position - self._firsts[number] < LOOK_BACK:
            if self.pieces[number - 1].ends < earliest:
                break
            number -= 1
        return max(self._firsts[number], position - LOOK_BACK)

    def at(self, position: int) -> tuple[Piece, int]:
        """Give the piece of a word, and its number there."""
        number = bisect_right(self._firsts, position) - 1
        return self.pieces[number], position - self._firsts[number]

    def begins(self, position: int) -> float:
        """Give when a word begins, in seconds as Omi counts them."""
        piece, number = self.at(position)
        return piece.begins(number)

    def ends(self, position: int) -> float:
        """Give when a word ends, in seconds as Omi counts them."""
        piece, number = self.at(position)
        return piece.begins(number + 1)

    def is_near(self, first: int, last: int, within: float) -> bool:
        """Say whether two words lie within so many seconds, whichever of them has the later time."""
        begun = self.begins(first)
        return begun - within - ROUNDING <= self.begins(last) and self.ends(last) <= begun + within + ROUNDING

    def marked(self, position: int) -> bool:
        """Say whether a sentence ends behind a word, as far as is known."""
        number = bisect_right(self._firsts, position) - 1
        piece = self.pieces[number]
        place = position - self._firsts[number]
        if place < piece.count - 1 or piece.marked(place):
            return piece.marked(place)
        for following in self.pieces[number + 1 :]:
            if following.count or following.marked_before:
                return following.marked_before
        return False

    def paused(self, position: int, pause: float) -> bool:
        """Say whether there is silence before a word, which is not the first: by the words' times, or as they came."""
        piece, number = self.at(position)
        return (number == 0 and piece.still) or piece.begins(number) - self.ends(position - 1) >= pause - ROUNDING

    def spans(self, first: int, last: int) -> list[tuple[Piece, int, int]]:
        """Give where the words from `first` to `last` stand: pieces, with the numbers of the words there."""
        spans = []
        number = bisect_right(self._firsts, first) - 1
        while first <= last:
            piece, begun = self.pieces[number], self._firsts[number]
            end = min(last + 1, begun + piece.count)
            if end > first:
                spans.append((piece, first - begun, end - 1 - begun))
                first = end
            number += 1
        return spans

    def text(self, first: int, last: int) -> str:
        """Give the words as spoken, with punctuation between them and currency signs at them."""
        spans = self.spans(first, last)
        text = ""
        for number, (piece, begin, end) in enumerate(spans):
            said = piece.spoken(begin if number == 0 else None, end if number == len(spans) - 1 else None)
            text += f" {said}" if text and not unspaced(text[-1], said[:1]) else said
        return text

    def _gap(self, start: float) -> int | None:
        """Give the number of the piece before which a late one belongs, None where it goes to the end."""
        at = len(self.pieces)
        while at and self.pieces[at - 1].segment.start > start:
            at -= 1
        before = self.pieces[at - 1].segment if at else None
        return at if before is None or start >= (before.start + before.end) / 2 else None

    def _counted(self) -> list[int]:
        return [0, *accumulate(piece.count for piece in self.pieces)][:-1]


def lines_of(segments: Sequence[Segment]) -> list[Line]:
    """Give what each speaker said, in order of their first words; of a segment sent twice the later form counts."""
    pieces: dict[str, list[Piece]] = {}
    for key, segment in latest(segments).items():
        pieces.setdefault(speaker_key(segment), []).append(Piece(segment, key))
    return [Line(speaker, is_user=said[0].segment.is_user, pieces=said) for speaker, said in pieces.items()]


@lru_cache(maxsize=MOST_SHARED)
def _shared(word: str) -> str:
    """Give the same object for the same word, so that what many people say takes room once."""
    return word


def _words(pieces: Iterable[Piece]) -> list[str]:
    """Give the words of pieces, and count them there."""
    found: list[str] = []
    for piece in pieces:
        words = piece.words
        piece.count = len(words)
        found += map(_shared, words)
    return found
