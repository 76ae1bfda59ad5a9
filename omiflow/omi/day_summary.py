"""Reads `day_summary`, Omi's look back at a day (Omi's protocol, 7), in both forms servers have sent it in."""

from __future__ import annotations

import ast
import warnings
from typing import Any

import msgspec

from omiflow.errors import BadRequest
from omiflow.omi import times
from omiflow.omi.body import decode_bounded
from omiflow.omi.delivery import Delivery, Received
from omiflow.omi.fields import Reader, filled, flag, items, number, otherwise, record, text

LONGEST_LITERAL = 200_000
"""A legacy `summary` longer than this, in characters, is kept as text."""

STATS: dict[str, Reader] = {
    "total_conversations": number,
    "total_duration_minutes": number,
    "action_items_count": number,
    "memories_created": number,
    "action_items_created": number,
    "watching_minutes": number,
    "proactive_moments": number,
}

HIGHLIGHT: dict[str, Reader] = {"topic": text, "emoji": text, "summary": text, "conversation_ids": items(text)}

ACTION_ITEM: dict[str, Reader] = {
    "description": text,
    "priority": text,
    "completed": otherwise(flag, default=False),
    "source_conversation_id": text,
}

MEMORY: dict[str, Reader] = {
    "memory_id": text,
    "content": text,
    "category": text,
    "captured_at": times.normalise,
}

LOCATION: dict[str, Reader] = {
    "latitude": number,
    "longitude": number,
    "address": text,
    "conversation_id": text,
    "time": text,
}

_location = record(LOCATION)


def read_location(value: Any) -> dict[str, Any] | None:
    """Give a place; its address is read from `address`, else from `name`."""
    location = _location(value)
    if location is not None and not location["address"]:
        location["address"] = text(location.get("name"))
    return location


SUMMARY: dict[str, Reader] = {
    "id": text,
    "date": text,
    "created_at": times.normalise,
    "headline": text,
    "overview": text,
    "day_emoji": otherwise(text, default="📅"),
    "stats": filled(STATS),
    "highlights": items(record(HIGHLIGHT)),
    "action_items": items(record(ACTION_ITEM)),
    "unresolved_questions": items(record({"question": text, "conversation_id": text})),
    "decisions_made": items(record({"decision": text, "conversation_id": text})),
    "knowledge_nuggets": items(record({"insight": text, "conversation_id": text})),
    "memories_learned": items(record(MEMORY)),
    "locations": items(read_location),
}

_read_summary = filled(SUMMARY)
_read_outside = filled({"summary": text, "uid": text, "created_at": times.normalise})


def read_day_summary(delivery: Delivery) -> Received:
    """Read a day's summary; its own time is when it was made, else when it was sent."""
    sent = decode_bounded(delivery.raw)
    body = _read_outside(sent)
    summary = _read_summary(_summary_in(sent if isinstance(sent, dict) else {}))
    body["summary_json"] = summary
    made = times.parse(summary["created_at"])
    return Received(
        body=body,
        at=times.parse(body["created_at"]) if made is None else made,
        identity=summary["date"],
        uid=body["uid"] or None,
    )


def _summary_in(sent: dict[str, Any]) -> dict[str, Any]:
    """Find the summary: an object, else an object written as text, else the text itself as the overview."""
    candidates = (sent.get("summary_json"), sent.get("summary"))
    for candidate in candidates:
        if isinstance(candidate, dict):
            return candidate
    texts = [candidate for candidate in candidates if isinstance(candidate, str)]
    for written in texts:
        found = _object_in(written.strip())
        if found is not None:
            return found
    return {"overview": texts[-1]} if texts else {}


def _object_in(written: str) -> dict[str, Any] | None:
    if not written.startswith("{"):
        return None
    try:
        found = decode_bounded(written.encode())
    except BadRequest:
        found = _literal_in(written)
    return found if isinstance(found, dict) else None


def _literal_in(written: str) -> Any:
    """Read Python's `str()` of a dict as JSON values; None where it is none or holds what JSON can't."""
    if len(written) > LONGEST_LITERAL:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            literal = ast.literal_eval(written)
        return decode_bounded(msgspec.json.encode(literal))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, BadRequest):
        return None
