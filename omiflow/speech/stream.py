"""What one user of one app said lately: a value that each call gives a successor.

It is a cache: swapped after the commit, and made again from stored events and marks. Which phrases were said is found
by `phrases`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from operator import attrgetter

import msgspec

from omiflow.model import Mark, Segment
from omiflow.speech.line import Line
from omiflow.speech.marks import Marks, marked
from omiflow.speech.piece import Piece
from omiflow.speech.segments import latest, named_later, speaker_key, voice_key
from omiflow.speech.words import normalised

MOST_SEGMENTS = 400
LONGEST_KEPT = 240.0
"""How long a segment is remembered after it came, in seconds: as long as 100,000 streams fit into memory."""
MOST_LINES = 40
SILENCE = 120.0
FALLS_BACK = 60.0
STILL_AFTER = 3.0
DELAY = 5.0
"""How much later than they were said words may arrive, in seconds; Omi's protocol, 1.5."""


class Known(msgspec.Struct, frozen=True, gc=False):
    """A segment as it was last sent, and when that form came."""

    segment: Segment
    at: float


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """The segments of a user, the lines of the session by speaker, and the words that rules have answered.

    `past` lines belong to sessions that are over and are not decided to their end. `began` is when the session's first
    words came, `heard_at` when words last did; both None while nothing was said. `furthest` is the greatest start of a
    segment in the session, `over` says that the next words begin another, and `corrected` are the segments of which the
    last call brought another text.
    """

    known: Mapping[str, Known] = {}
    lines: Mapping[str, Line] = {}
    past: tuple[Line, ...] = ()
    marks: Mapping[str, Marks] = {}
    began: float | None = None
    heard_at: float | None = None
    furthest: float = 0.0
    over: bool = False
    corrected: frozenset[str] = frozenset()

    def fresh(self, segments: Sequence[Segment]) -> list[Segment]:
        """Give the segments that are new, or known with another text or speaker."""
        found = []
        for key, segment in latest(segments).items():
            known = self.known.get(key)
            if known is None or (known.segment.text, known.segment.is_user) != (segment.text, segment.is_user):
                found.append(segment)
        return found

    def after(self, segments: Sequence[Segment], *, at: float, event_id: str = "") -> Stream:
        """Give the stream with the segments of a call that came `at` some time with an event; repeats add nothing."""
        return self.taken(segments, at=at, event_id=event_id)[0]

    def taken(self, segments: Sequence[Segment], *, at: float, event_id: str) -> tuple[Stream, list[Segment]]:
        """Give what `after` gives, and what `fresh` gives."""
        taking = _Taking(self, latest(segments), at=at, event_id=event_id)
        for key, segment in taking.present.items():
            taking.take(key, segment)
        return taking.result(), taking.fresh

    def ended(self, at: float) -> Stream:
        """Give the stream when Omi has finished a conversation whose last words were said at that time."""
        ends = self.heard_at is not None and at > self.heard_at - DELAY
        return msgspec.structs.replace(self, over=True) if ends else self

    def with_marks(self, marks: Iterable[Mark]) -> Stream:
        """Give the stream with more words answered."""
        more = [mark for mark in marks if mark.segment in self.known]
        return msgspec.structs.replace(self, marks=marked(self.marks, more)) if more else self

    def settled(self) -> Stream:
        """Give the stream with all its words decided, as stored marks tell; what is still open is found out again."""
        lines = {}
        for speaker, line in self.lines.items():
            lines[speaker] = line.copy()
            lines[speaker].settle()
        return msgspec.structs.replace(self, lines=lines, past=())

    def text(self, *, now: float, last: float | None = None, speaker: str = "any") -> str:
        """Give what was said in this session, of `last` seconds or all that is known, by `user`, `other` or `any`."""
        if self.began is None:
            return ""
        since = self.began if last is None else now - last
        keys = {piece.key for line in self.lines.values() for piece in line.pieces}
        said = [known.segment for key, known in self.known.items() if key in keys and since <= known.at <= now]
        said.sort(key=attrgetter("start"))
        return " ".join(
            segment.text.strip() for segment in said if speaker == "any" or segment.is_user == (speaker == "user")
        )

    @property
    def closes(self) -> float | None:
        """Give when the clock ends something that may still go on, None where there is nothing."""
        waiting = [line.arrived for line in self.lines.values() if line.open and not line.hushed]
        return min(waiting) + STILL_AFTER if waiting else None


class _Taking:
    """The segments of one call on their way into a stream."""

    def __init__(self, stream: Stream, present: Mapping[str, Segment], *, at: float, event_id: str) -> None:
        self.stream = stream
        self.present = present
        self.at = at
        self.event_id = event_id
        self.known = dict(stream.known)
        self.lines = dict(stream.lines)
        self.past = stream.past
        self.marks = stream.marks
        self.began = stream.began
        self.furthest = stream.furthest
        self.over = stream.over
        self.spoken = False
        self.changed = 0
        self.fresh: list[Segment] = []
        self.corrected: set[str] = set()
        self.own: set[str] = set()

    def take(self, key: str, segment: Segment) -> None:
        """Take in a segment that is new or another than before."""
        before = self.known.get(key)
        if before is None:
            self.known[key] = Known(segment, self.at)
            self.add(Piece(segment, key))
            self.fresh.append(segment)
        else:
            former = before.segment
            same = former.text == segment.text
            if same and speaker_key(former) == speaker_key(segment):
                return
            del self.known[key]
            self.known[key] = Known(segment, self.at)
            self.change(key, former, segment)
            if not same:
                self.corrected.add(key)
            if not same or former.is_user != segment.is_user:
                self.fresh.append(segment)
        self.changed += 1

    def add(self, piece: Piece) -> None:
        segment = piece.segment
        if piece.words and self.begins_session(segment):
            self.past += tuple(self.lines.values())
            self.lines, self.own = {}, set()
            self.began, self.furthest, self.over = self.at, segment.start, False
        if piece.words:
            self.furthest = max(self.furthest, segment.start)
            self.put(piece)
        elif piece.marked_before and speaker_key(segment) in self.lines:
            self.line(segment).end(piece)

    def begins_session(self, segment: Segment) -> bool:
        heard_at = self.at if self.spoken else self.stream.heard_at
        if self.began is None or heard_at is None:
            return True
        return self.over or self.at - heard_at >= SILENCE or segment.start < self.furthest - FALLS_BACK

    def put(self, piece: Piece, *, moved: bool = False) -> None:
        line = self.line(piece.segment)
        if not moved:
            piece.still = bool(line.pieces) and self.at - line.arrived >= STILL_AFTER
        line.add(piece)
        self.spoken = self.spoken or not moved
        self.arrived(line)

    def change(self, key: str, before: Segment, segment: Segment) -> None:
        """Put a segment's new form in the place of the old one; one of a session that is over has none."""
        piece = Piece(segment, key)
        places = ((line, line.number(key)) for line in self.lines.values())
        line, number = next(((line, number) for line, number in places if number is not None), (None, 0))
        if line is None:
            if not normalised(before.text):
                self.add(piece)
            return
        old = line.pieces[number]
        piece.still = old.still
        line = self.owned(line.speaker)
        if key in self.marks:
            self.marks = {**self.marks, key: self.marks[key].moved(old.words, piece.words)}
        self.spoken = self.spoken or len(piece.words) > len(old.words)
        if line.speaker == speaker_key(segment):
            line.replace(number, number + 1, [piece])
            if old.words != piece.words:
                self.arrived(line)
        else:
            line.replace(number, number + 1, [])
            self.put(piece, moved=True)

    def arrived(self, line: Line) -> None:
        line.arrived, line.event_id, line.hushed = self.at, self.event_id, False

    def line(self, segment: Segment) -> Line:
        """Give a speaker's line that may be changed."""
        speaker = speaker_key(segment)
        if speaker not in self.lines:
            voice = self.lines.pop(voice_key(segment), None) if named_later(segment) else None
            self.lines[speaker] = Line(speaker, is_user=segment.is_user) if voice is None else voice.copy()
            self.lines[speaker].speaker, self.lines[speaker].is_user = speaker, segment.is_user
        return self.owned(speaker)

    def owned(self, speaker: str) -> Line:
        if speaker not in self.own:
            self.own.add(speaker)
            self.lines[speaker] = self.lines[speaker].copy()
            self.lines[speaker].own()
        return self.lines[speaker]

    def result(self) -> Stream:
        if not self.changed:
            return self.stream
        self.forget()
        return Stream(
            known=self.known,
            lines=self.lines,
            past=self.past,
            marks=self.marks,
            began=self.began,
            heard_at=self.at if self.spoken else self.stream.heard_at,
            furthest=self.furthest,
            over=self.over,
            corrected=frozenset(self.corrected),
        )

    def forget(self) -> None:
        """Forget what came long ago; one call's segments are kept together, however many they are."""
        most = max(MOST_SEGMENTS, len(self.present))
        since = self.at - LONGEST_KEPT
        many = len(self.known) - most
        old = takewhile(lambda key: many > 0 or self.known[key].at < since, list(self.known))
        for key in old:
            if key not in self.present:
                self.drop(key)
                many -= 1
        if len(self.lines) > MOST_LINES:
            for speaker in sorted(self.lines, key=lambda speaker: self.lines[speaker].arrived)[:-MOST_LINES]:
                del self.lines[speaker]

    def drop(self, key: str) -> None:
        del self.known[key]
        if key in self.marks:
            self.marks = {other: marks for other, marks in self.marks.items() if other != key}
