"""A piece of speech in a payload, whatever spelling it came in; the stream of words is left to `speech`."""

from __future__ import annotations

import re
from typing import Any

from omiflow.omi.fields import Reader, flag, items, otherwise, record, seconds, text, whole

DEFAULT_SPEAKER = "SPEAKER_00"

_DIGITS = re.compile(r"[0-9]{1,9}")


def read_segment(value: Any) -> dict[str, Any] | None:
    """Give a segment with every known field and the others as they were sent; None for what is no object.

    The number of the speaker is read from `speaker_id`, else `speakerId`, else from the name (Omi's protocol, 1.4).
    """
    segment = _known(value)
    if segment is None:
        return None
    other_spelling = whole(segment.pop("speakerId", None))
    if segment["speaker_id"] is None:
        segment["speaker_id"] = speaker_number(segment["speaker"]) if other_spelling is None else other_spelling
    return segment


def read_translation(value: Any) -> dict[str, Any] | None:
    """Give a translation as `lang` and `text`, nothing else; None for what is no object."""
    if not isinstance(value, dict):
        return None
    return {"lang": text(value.get("lang")), "text": text(value.get("text")) or ""}


def speaker_number(speaker: str) -> int:
    """Give the number in a speaker's name, 0 where there is none."""
    digits = _DIGITS.search(speaker)
    return int(digits.group()) if digits else 0


read_translations = items(read_translation)

SEGMENT: dict[str, Reader] = {
    "id": text,
    "text": otherwise(text, default=""),
    "speaker": otherwise(text, default=DEFAULT_SPEAKER),
    "speaker_id": whole,
    "speaker_name": text,
    "is_user": otherwise(flag, default=False),
    "person_id": text,
    "start": otherwise(seconds, default=0.0),
    "end": otherwise(seconds, default=0.0),
    "speaker_label_source": text,
    "translations": read_translations,
    "speech_profile_processed": flag,
    "stt_provider": text,
}

_known = record(SEGMENT)
