"""Events that rules send to other rules: what an `emit` makes, and how far a chain may go.

Letting them in is the business of `runtime`, and in a dry-run of `proof`.
"""

from __future__ import annotations

from typing import Any

from omiflow.model import Event

NAME = "event"
DEEPEST = 8
MOST = 1_000
"""The most events that are emitted because of one."""
TOO_MANY = f"{MOST} events were emitted because of one; more are stopped"


def too_deep(depth: int) -> str | None:
    """Say why an event of this depth may not be sent, None when it may."""
    if depth <= DEEPEST:
        return None
    return f"a chain of {DEEPEST} emitted events led here; one more is stopped, as rules may be setting off each other"


def emitted(cause: Event, *, event_id: str, name: str, data: Any, at: float) -> Event:
    """Make the event that a rule sends while it deals with `cause`."""
    return Event(
        id=event_id,
        name=NAME,
        app=cause.app,
        uid=cause.uid,
        at=at,
        received=at,
        body=data,
        webhook=name,
        depth=cause.depth + 1,
        root=cause.root or cause.id,
        began_with=cause.began_with or cause.name,
    )
