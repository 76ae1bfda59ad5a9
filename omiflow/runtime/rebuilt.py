"""Events made again from what the store kept of them."""

from __future__ import annotations

import msgspec

from omiflow.engine import emitting
from omiflow.model import Event
from omiflow.omi.receive import receive
from omiflow.store.stored import StoredEvent, StoredSpeech

LARGE = 200_000
"""A larger body, in bytes, is read in a thread: it takes longer than others should wait."""


def rebuilt(stored: StoredEvent) -> Event:
    """Make an event again from what was received, or emitted; raises BadRequest where that can't be read any more."""
    request = stored.request or {}
    if stored.name == emitting.NAME:
        return Event(
            id=stored.id,
            name=stored.name,
            app=stored.app,
            uid=stored.uid,
            at=stored.at,
            received=stored.received,
            body=msgspec.json.decode(stored.body),
            webhook=stored.webhook,
            depth=request.get("depth", 1),
            root=request.get("root"),
            began_with=request.get("began_with"),
        )
    return _received(stored, event_id=stored.id, app=stored.app, uid=stored.uid, webhook=stored.webhook)


def rebuilt_speech(said: StoredSpeech, *, app: str, uid: str | None) -> Event:
    """Make a realtime event or a conversation of a user again; raises BadRequest where that can't be read any more."""
    return _received(said, event_id=said.event_id, app=app, uid=uid, webhook=None)


def _received(
    stored: StoredEvent | StoredSpeech, *, event_id: str, app: str, uid: str | None, webhook: str | None
) -> Event:
    request = stored.request or {}
    received = receive(
        stored.name,
        stored.body,
        query=request.get("query", {}),
        headers=request.get("headers", {}),
        received=stored.received,
        uid=uid,
        webhook=webhook,
    )
    return received.event(stored.name, event_id=event_id, app=app, uid=uid, arrived=stored.received, webhook=webhook)
