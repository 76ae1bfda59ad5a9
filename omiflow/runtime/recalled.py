"""What a user said, taken back from the store: as much of it as it takes until what was before no longer matters.

What a stream makes of it is the business of `streams`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from omiflow.errors import BadRequest
from omiflow.model import SPEECH, Event, Mark
from omiflow.runtime.rebuilt import LARGE, rebuilt_speech
from omiflow.runtime.users import STREAM_SPAN
from omiflow.speech.segments import latest
from omiflow.speech.words import normalised
from omiflow.store.spoken import load_marks, session_began, speech_before
from omiflow.store.store import Store
from omiflow.store.stored import StoredSpeech

MOST_EVENTS = 1_000
FEW_EVENTS = 8
"""So many events are always looked at, however long ago they came."""
MOST_STEPS = 4
MARKS_SPAN = 1_800.0
"""How long before the first event it is looked for marks on segments that still come, in seconds."""
AT_A_STRETCH = 10_000
"""How much is read before others may go on, in bytes: about a millisecond's work."""
EACH = 400
"""What an event takes beside its body, in bytes that take as long."""


@dataclass
class Recalled:
    """A user's last speech and conversations, oldest first, with the marks on words by event.

    `began` is when their last session did. Each step back takes in what a stream reaches, or only a `few` events, when
    nothing but the time of the last words is wanted.
    """

    store: Store
    app: str
    uid: str
    few: bool = False
    events: list[Event] = field(default_factory=list)
    marks: Mapping[str, list[Mark]] = field(default_factory=dict)
    began: float | None = None
    _first: StoredSpeech | None = None
    _whole: bool = False
    _steps: int = 0
    _count: int = 0

    @property
    def spoke_at(self) -> float | None:
        """Give when the last speech came, with words or without."""
        return next((event.received for event in reversed(self.events) if event.name == SPEECH), None)

    async def step_back(self, *, since: float = 0.0) -> bool:
        """Take in what was before; say whether there was anything, and speech in it at or after some time."""
        left = MOST_EVENTS - self._count
        if self._whole or self._steps == MOST_STEPS or left <= 0:
            return False
        span, few = 0.0 if self.few else STREAM_SPAN, min(FEW_EVENTS, left)
        ask = self.store.read
        said = await ask(
            speech_before, self.app, self.uid, before=self._first, since=since, span=span, few=few, limit=left
        )
        self._whole = len(said) < few
        if not said:
            return False
        if not self.few:
            self.marks = await ask(load_marks, self.app, self.uid, said[0].received - MARKS_SPAN)
            self.began = await ask(session_began, self.app, self.uid)
        self._first = said[0]
        self._steps += 1
        self._count += len(said)
        self.events[:0] = await self._read(said)
        return True

    async def reach_back(self) -> None:
        """Take in what was before for as long as it matters, and there is more to be had."""
        while not (marked_since(self.events, self.marks) and heard_since(self.events)) and await self.step_back():
            pass

    async def _read(self, said: Sequence[StoredSpeech]) -> list[Event]:
        """Make events again, in small portions; one that can't be read any more is left out."""
        events: list[Event] = []
        portion = 0
        for one in said:
            large = len(one.body) > LARGE
            portion += EACH + len(one.body)
            if portion > AT_A_STRETCH and not large:
                await asyncio.sleep(0)
                portion = 0
            try:
                if large:
                    events.append(await asyncio.to_thread(rebuilt_speech, one, app=self.app, uid=self.uid))
                else:
                    events.append(rebuilt_speech(one, app=self.app, uid=self.uid))
            except BadRequest:
                continue
        return events


def marked_since(events: Sequence[Event], marks: Mapping[str, Sequence[Mark]]) -> bool:
    """Say whether each segment that comes in these events came in one of them before it was first marked."""
    came: dict[str, int] = {}
    if marks:
        for number, event in enumerate(events):
            if event.name == SPEECH:
                for key in latest(event.segments):
                    came.setdefault(key, number)
    places = {event.id: number for number, event in enumerate(events)}
    return all(
        came.get(mark.segment, -1) <= places.get(event_id, -1) for event_id, some in marks.items() for mark in some
    )


def heard_since(events: Sequence[Event]) -> bool:
    """Say whether the last words in these events are surely new, not only repeated from before them.

    Those are that a segment has more than before, and those of a new segment that begins later than all before it.
    """
    changes = list(_changes(events))
    for changed in reversed(changes):
        sure = [
            before is not None or follows
            for before, text, follows in changed
            if len(normalised(text)) > len(normalised(before or ""))
        ]
        if sure:
            return any(sure)
    return False


def _changes(events: Sequence[Event]) -> Iterator[list[tuple[str | None, str, bool]]]:
    """Give the changed segments of each event: text before and now, and whether all that came before began earlier."""
    texts: dict[str, str] = {}
    furthest = float("inf")
    for event in events:
        if event.name != SPEECH:
            continue
        present = latest(event.segments)
        yield [
            (texts.get(key), segment.text, segment.start > furthest)
            for key, segment in present.items()
            if texts.get(key) != segment.text
        ]
        texts.update((key, segment.text) for key, segment in present.items())
        starts = [segment.start for segment in present.values() if segment.text.strip()]
        if starts:
            furthest = max(starts if furthest == float("inf") else (furthest, *starts))
