"""What one user of one app said lately; it changes with each call.

It is a cache: nobody else sees a change before the commit, and when that fails it is made again from stored events and
marks. Which phrases were said is found by `phrases`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf

import msgspec

from omiflow.model import Mark, Segment
from omiflow.speech.line import Line
from omiflow.speech.marks import NONE, Marks
from omiflow.speech.piece import Piece
from omiflow.speech.segments import latest, named_later, speaker_key, voice_key

MOST_SEGMENTS = 400
LONGEST_KEPT = 240.0
"""How long a segment is remembered after it came, in seconds: as long as 100,000 streams fit into memory."""
MOST_LINES = 40
SILENCE = 120.0
FALLS_BACK = 60.0
STILL_AFTER = 3.0
DELAY = 5.0
"""How much later than they were said words may arrive, in seconds; Omi's protocol, 1.5."""

Said = tuple[float, bool, str]
"""When a segment came, whether the user spoke, and the text."""


class Stream(msgspec.Struct, kw_only=True):
    """The segments of a user, the lines of the session by speaker, and the words that rules have answered.

    `past` lines belong to sessions that are over and are not decided to their end. `began` is when the session's first
    words came, `heard_at` when words last did; both None while nothing was said. `furthest` is the greatest start of a
    segment in the session, `over` says that the next words begin another, and `corrected` has the former forms of the
    segments of which the last call brought another text.
    """

    known: dict[str, Piece] = {}
    lines: dict[str, Line] = {}
    past: list[Line] = []
    marks: dict[str, Marks] = {}
    began: float | None = None
    heard_at: float | None = None
    furthest: float = 0.0
    over: bool = False
    corrected: dict[str, Piece] = {}

    def take(self, segments: Sequence[Segment], *, at: float, event_id: str = "") -> list[Segment] | None:
        """Take in the segments of a call that came `at` some time with an event; repeats add nothing.

        Give those that are new, or known with another text or speaker; None where all is known as it is.
        """
        present = latest(segments)
        fresh = []
        changed = False
        self.corrected.clear()
        for key, segment in present.items():
            piece = Piece(segment, key, at)
            before = self.known.get(key)
            if before is None:
                self.known[key] = piece
                self._add(piece, event_id)
                fresh.append(segment)
            else:
                former = before.segment
                same = former.text == segment.text
                if same and speaker_key(former) == speaker_key(segment):
                    continue
                del self.known[key]
                self.known[key] = piece
                self._change(before, piece, event_id)
                if not same:
                    self.corrected[key] = before
                if not same or former.is_user != segment.is_user:
                    fresh.append(segment)
            changed = True
        if not changed:
            return None
        self._forget(at, present)
        return fresh

    def end(self, at: float) -> None:
        """Let the next words begin another session, when Omi has finished a conversation whose last words were said."""
        self.over = self.over or (self.heard_at is not None and at > self.heard_at - DELAY)

    def mark(self, marks: Iterable[Mark]) -> None:
        """Take more words for answered."""
        for mark in marks:
            if mark.segment in self.known:
                self.marks[mark.segment] = self.marks.get(mark.segment, NONE).with_mark(mark)

    def forget_past(self) -> None:
        """Forget what only mattered until all words were decided."""
        self.past = []
        self.corrected.clear()

    def settle(self) -> None:
        """Take all words for decided, as stored marks tell; what is still open is found out again."""
        for line in self.lines.values():
            line.settle()
        self.forget_past()

    def session(self) -> list[Said]:
        """Give what was said in this session as far as it is known, in order."""
        keys = {piece.key for line in self.lines.values() for piece in line.pieces}
        pieces = [piece for key, piece in self.known.items() if key in keys]
        pieces.sort(key=lambda piece: piece.segment.start)
        return [(piece.at, piece.segment.is_user, piece.segment.text.strip()) for piece in pieces]

    def closes(self, *, behind: float = -inf, anything: bool = False) -> float | None:
        """Give when the clock next ends something that may still go on, behind a time; None where there is nothing.

        With `anything` a line of which it isn't known what is open counts too.
        """
        found = None
        for line in self.lines.values():
            if (line.open or (anything and line.words and line.open_of is None)) and not line.hushed:
                at = line.arrived + STILL_AFTER
                if at > behind and (found is None or at < found):
                    found = at
        return found

    def _add(self, piece: Piece, event_id: str) -> None:
        segment, at, words = piece.segment, piece.at, piece.words
        if not words:
            if piece.marked_before and speaker_key(segment) in self.lines:
                self._line(segment).end(piece)
            return
        if self._begins_session(segment, at):
            self.past += self.lines.values()
            self.lines = {}
            self.began, self.furthest, self.over = at, segment.start, False
        self.furthest = max(self.furthest, segment.start)
        line = self._line(segment)
        piece.still = bool(line.pieces) and at - line.arrived >= STILL_AFTER
        line.add(piece, words)
        line.arrive(at, event_id)
        self.heard_at = at

    def _begins_session(self, segment: Segment, at: float) -> bool:
        if self.began is None or self.heard_at is None:
            return True
        return self.over or at - self.heard_at >= SILENCE or segment.start < self.furthest - FALLS_BACK

    def _change(self, old: Piece, piece: Piece, event_id: str) -> None:
        """Put a segment's new form in the place of the old one; one of a session that is over has none."""
        places = ((line, line.number(old.key)) for line in self.lines.values())
        line, number = next(((line, number) for line, number in places if number is not None), (None, 0))
        before, words = old.words, piece.words
        if line is None:
            if not before:
                self._add(piece, event_id)
            return
        piece.still = old.still
        if piece.key in self.marks:
            self.marks[piece.key] = self.marks[piece.key].moved(before, words)
        if len(words) > len(before):
            self.heard_at = piece.at
        if line.speaker == speaker_key(piece.segment):
            line.replace(number, number + 1, [piece])
            if words != before:
                line.arrive(piece.at, event_id)
        else:
            line.replace(number, number + 1, [])
            line = self._line(piece.segment)
            line.add(piece, words)
            line.arrive(piece.at, event_id)

    def _line(self, segment: Segment) -> Line:
        """Give a speaker's line; a voice that has a name from now on takes its words along."""
        speaker = speaker_key(segment)
        line = self.lines.get(speaker)
        if line is None:
            line = self.lines.pop(voice_key(segment), None) if named_later(segment) else None
            if line is None:
                line = Line(speaker, is_user=segment.is_user)
            line.speaker, line.is_user = speaker, segment.is_user
            self.lines[speaker] = line
        return line

    def _forget(self, at: float, present: Mapping[str, Segment]) -> None:
        """Forget what came long ago; one call's segments are kept together, however many they are."""
        most = max(MOST_SEGMENTS, len(present))
        since = at - LONGEST_KEPT
        many = len(self.known) - most
        old = []
        for key, known in self.known.items():
            if many <= 0 and known.at >= since:
                break
            if key not in present:
                old.append(key)
                many -= 1
        for key in old:
            del self.known[key]
            self.marks.pop(key, None)
        if len(self.lines) > MOST_LINES:
            for speaker in sorted(self.lines, key=lambda speaker: self.lines[speaker].arrived)[:-MOST_LINES]:
                del self.lines[speaker]
