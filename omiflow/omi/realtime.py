"""Reads `realtime_transcript` (Omi's protocol, 1.5), the request that comes most often; words are left to `speech`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from omiflow.model import Realtime, Segment
from omiflow.omi.body import decode
from omiflow.omi.delivery import Delivery, Received
from omiflow.omi.fields import items, text
from omiflow.omi.segment import read_segment, read_translations

_decoder = msgspec.json.Decoder(Realtime)
_read_segments = items(read_segment)
_UNTRANSLATED: list[Any] = []
"""One for all segments, of which hundreds are remembered of each user; nobody changes it."""


def read_realtime(delivery: Delivery) -> Received:
    """Read the pieces of speech; the session is the body's, else the query's, else the user."""
    realtime = _decode_exact(delivery.raw) or decode_any(delivery.raw)
    if not realtime.session_id:
        realtime.session_id = delivery.query.get("session_id") or delivery.uid
    return Received(body=realtime, segments=realtime.segments)


def _decode_exact(raw: bytes) -> Realtime | None:
    """Decode a body that has Omi's own types and a number for each speaker, in microseconds; None for others."""
    try:
        realtime = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    for segment in realtime.segments:
        if segment.speaker_id is None or segment.speaker is None:
            return None
        segment.speaker = _shared(segment.speaker)
        segment.translations = read_translations(segment.translations) if segment.translations else _UNTRANSLATED
    return realtime


@lru_cache(maxsize=1_000)
def _shared(speaker: str) -> str:
    """Give the same object for the same name, of which there are few."""
    return speaker


def decode_any(raw: bytes) -> Realtime:
    """Decode any JSON, field by field: an object with `segments`, a bare list of them, or nothing of use."""
    value = decode(raw)
    if isinstance(value, list):
        value = {"segments": value}
    elif not isinstance(value, dict):
        value = {}
    segments = msgspec.convert(_read_segments(value.get("segments")), list[Segment])
    return Realtime(segments=segments, session_id=text(value.get("session_id")))
