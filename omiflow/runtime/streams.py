"""What users said lately, made again from the store when it isn't in memory: after a start, or once forgotten.

Whose stream is in memory is the business of `users`; keeping it in step with what is committed, of `intake`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from omiflow.engine.hearing import finishes_session
from omiflow.errors import BadRequest
from omiflow.model import SPEECH, Event
from omiflow.runtime.live import Live
from omiflow.runtime.rebuilt import LARGE, rebuilt_speech
from omiflow.runtime.users import STREAM_SPAN, User
from omiflow.speech.stream import Stream
from omiflow.store.spoken import last_heard, load_marks, recent_speech, session_began
from omiflow.store.store import Store
from omiflow.store.stored import StoredSpeech

STREAM_EVENTS = 1_000
AT_A_STRETCH = 10_000
"""How much is read before others may go on, in bytes: about a millisecond's work."""
EACH = 400
"""What an event takes beside its body, in bytes that take as long."""


async def stream_of(user: User, store: Store, live: Live, *, app: str, uid: str | None, now: float) -> Stream:
    """Give what a user of an app said lately; from now on it is in memory.

    A session goes on where the store says that it began. Of a silence longer than a stream reaches, only rules that ask
    for one have it looked up how long it lasted.
    """
    if user.stream is None:
        who, since = uid or "", now - STREAM_SPAN
        said = [] if user.quiet else await store.read(recent_speech, app, who, since, STREAM_EVENTS)
        if any(one.name == SPEECH for one in said):
            marks = await store.read(load_marks, app, who, since)
            stream = _begun(said, await store.read(session_began, app, who))
            async for event in _events(said, app=app, uid=who):
                _went_on(stream, event, live)
                stream.mark(marks.get(event.id, ()))
            stream.settle()
            user.stream = stream
        else:
            asked = live.rules.longest_silence > STREAM_SPAN
            heard_at = await store.read(last_heard, app, who) if asked else None
            user.stream = Stream(heard_at=heard_at)
    return user.stream


def _begun(said: list[StoredSpeech], began: float | None) -> Stream:
    """Give a stream whose session began before the first words that are looked at, or one without any."""
    first = next(one.received for one in said if one.name == SPEECH)
    return Stream(began=began, heard_at=first) if began is not None and began < first else Stream()


def _went_on(stream: Stream, event: Event, live: Live) -> None:
    if event.name == SPEECH:
        stream.take(event.segments, at=event.received, event_id=event.id)
    elif finishes_session(event, live.surroundings):
        stream.end(event.at)


async def _events(said: list[StoredSpeech], *, app: str, uid: str) -> AsyncIterator[Event]:
    """Yield events made again, in order and in small portions; one that can't be read any more is left out."""
    portion = 0
    for one in said:
        large = len(one.body) > LARGE
        portion += EACH + len(one.body)
        if portion > AT_A_STRETCH and not large:
            await asyncio.sleep(0)
            portion = 0
        try:
            if large:
                yield await asyncio.to_thread(rebuilt_speech, one, app=app, uid=uid)
            else:
                yield rebuilt_speech(one, app=app, uid=uid)
        except BadRequest:
            continue
