"""Events made again from what the store kept of them."""

from __future__ import annotations

import msgspec

from omiflow.engine import emitting
from omiflow.model import Event
from omiflow.omi.receive import receive
from omiflow.store.stored import StoredEvent


def rebuilt(stored: StoredEvent) -> Event:
    """Make an event again from what was received, or emitted."""
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
    received = receive(
        stored.name,
        stored.body,
        query=request.get("query", {}),
        headers=request.get("headers", {}),
        received=stored.received,
        uid=stored.uid,
        webhook=stored.webhook,
    )
    return received.event(
        stored.name,
        event_id=stored.id,
        app=stored.app,
        uid=stored.uid,
        arrived=stored.received,
        webhook=stored.webhook,
    )
