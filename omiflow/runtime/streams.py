"""What users said lately, made again from the store when it isn't in memory: after a start, or once forgotten.

Whose stream is in memory is the business of `users`; keeping it in step with what is committed, of `intake`.
"""

from __future__ import annotations

from omiflow.engine.hearing import finishes_session
from omiflow.model import SPEECH, Event
from omiflow.omi.receive import receive
from omiflow.runtime.live import Live
from omiflow.runtime.users import STREAM_SPAN, User
from omiflow.speech.stream import Stream
from omiflow.store.spoken import last_heard, load_marks, recent_speech, session_began
from omiflow.store.store import Store
from omiflow.store.stored import StoredSpeech

STREAM_EVENTS = 1_000


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
            began = await store.read(session_began, app, who)
            stream = _begun(said, began)
            for one in said:
                event = _event(one, app=app, uid=who)
                stream = _went_on(stream, event, live).with_marks(marks.get(one.event_id, ()))
            user.stream, user.rebuilt = stream.settled(), True
        else:
            asked = live.rules.longest_silence > STREAM_SPAN
            user.stream = Stream(heard_at=await store.read(last_heard, app, who) if asked else None)
    return user.stream


def _begun(said: list[StoredSpeech], began: float | None) -> Stream:
    """Give a stream whose session began before the first words that are looked at, or one without any."""
    first = next(one.received for one in said if one.name == SPEECH)
    return Stream(began=began, heard_at=first) if began is not None and began < first else Stream()


def _went_on(stream: Stream, event: Event, live: Live) -> Stream:
    if event.name == SPEECH:
        return stream.after(event.segments, at=event.received, event_id=event.id)
    return stream.ended(event.at) if finishes_session(event, live.surroundings) else stream


def _event(said: StoredSpeech, *, app: str, uid: str) -> Event:
    request = said.request or {}
    received = receive(
        said.name,
        said.body,
        query=request.get("query", {}),
        headers=request.get("headers", {}),
        received=said.received,
        uid=uid,
    )
    return received.event(said.name, event_id=said.event_id, app=app, uid=uid, arrived=said.received)
