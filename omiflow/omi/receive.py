"""Turns a request of Omi's into what it says: one entry of `EVENTS` for each event.

Storing, deduplicating by the keys and the answer are left to others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from omiflow.omi.button import read_button
from omiflow.omi.conversation import read_conversation
from omiflow.omi.day_summary import read_day_summary
from omiflow.omi.delivery import LATE_AFTER, Delivery, Received, Shape
from omiflow.omi.realtime import read_realtime
from omiflow.omi.webhook import read_webhook

__all__ = ["EVENTS", "Received", "receive"]

EVENTS: Mapping[str, Shape] = {
    "realtime_transcript": Shape(
        read=read_realtime,
        paths=("realtime", "transcript"),
        known_by=frozenset({"segments", "is_user"}),
        same_body_is_same=False,
    ),
    "memory_created": Shape(
        read=read_conversation,
        paths=("memory", "conversation"),
        known_by=frozenset({"structured", "transcript_segments"}),
    ),
    "day_summary": Shape(
        read=read_day_summary,
        paths=("day",),
        known_by=frozenset({"summary", "summary_json"}),
    ),
    "button_event": Shape(read=read_button, paths=("button",), known_by=frozenset({"button_event"})),
    "webhook": Shape(read=read_webhook, same_body_is_same=False),
}


def receive(
    name: str,
    raw: bytes,
    *,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    received: float,
    uid: str | None = None,
    webhook: str | None = None,
) -> Received:
    """Read the request of the event `name`, an entry of `EVENTS`; raise `BadRequest` (422) when it can't be read.

    Header names are lower-case. `uid` is the user the delivery belongs to, the query's unless given;
    `webhook` names the user's own webhook, whose deliveries are told apart from those of others.
    """
    shape = EVENTS[name]
    uid = uid or query.get("uid")
    delivery = Delivery(raw=raw, query=query, content_type=headers.get("content-type", ""), uid=uid)
    result = shape.read(delivery)
    happened = result.at if result.claimed_at is None else result.claimed_at
    result.late = happened is not None and received - happened > LATE_AFTER
    keys = _header_keys(headers)
    if result.identity:
        keys += (f"id:{result.identity}",)
    elif shape.same_body_is_same and not keys:
        keys = (f"body:{hashlib.sha256(raw).hexdigest()}",)
    if keys:
        whose = (uid or result.uid or "").replace(":", "::")
        scope = f"{'' if webhook is None else f'{webhook}:'}{name}:{whose}:{'deferred:' if result.deferred else ''}"
        result.keys = tuple([scope + key for key in keys])
    return result


def _header_keys(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Give the delivery keys the sender made; its delivery id only where there is no other (Omi's protocol, 1.2)."""
    made = [key for name in ("idempotency-key", "x-omi-idempotency-key") if (key := headers.get(name))]
    if not made and (delivery := headers.get("x-omi-delivery")):
        made = [delivery]
    return tuple([f"h:{key}" for key in dict.fromkeys(made)]) if made else ()
