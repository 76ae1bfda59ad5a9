"""What users said lately, made again from the store when it isn't in memory: after a start, or once forgotten.

Whose stream is in memory is the business of `users`; keeping it in step with what is committed, of `intake`.
"""

from __future__ import annotations

from omiflow.model import SPEECH
from omiflow.omi.receive import receive
from omiflow.runtime.users import STREAM_SPAN, User
from omiflow.speech.stream import Stream
from omiflow.store.queries import load_marks, recent_speech
from omiflow.store.store import Store

STREAM_EVENTS = 200


async def stream_of(user: User, store: Store, *, app: str, uid: str | None, now: float) -> Stream:
    """Give what a user of an app said lately; from now on it is in memory."""
    if user.stream is None:
        user.stream = await _made_again(store, app, uid or "", since=now - STREAM_SPAN)
    return user.stream


async def _made_again(store: Store, app: str, uid: str, *, since: float) -> Stream:
    stream = Stream()
    for said in await store.read(recent_speech, app, uid, since, STREAM_EVENTS):
        request = said.request or {}
        received = receive(
            SPEECH,
            said.body,
            query=request.get("query", {}),
            headers=request.get("headers", {}),
            received=said.received,
            uid=uid,
        )
        stream.keep(received.segments)
    stream.restore_marks(await store.read(load_marks, app, uid, since))
    return stream
