"""Segments as Omi sends them: what names one, and who speaks in it.

The words in them are the business of `piece`, what was said before of `stream`.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from omiflow.model import Segment

_FIRST = "SPEAKER_00"


def speaker_key(segment: Segment) -> str:
    """Name who speaks: the user, a person Omi knows, or a voice told apart by its number."""
    if segment.is_user:
        return "user"
    if segment.person_id:
        return f"person:{segment.person_id}"
    return voice_key(segment)


def voice_key(segment: Segment) -> str:
    """Name the voice in a segment, whoever it is."""
    if segment.speaker_id and segment.speaker in (None, "", _FIRST):
        return f"voice:SPEAKER_{segment.speaker_id:02d}"
    return f"voice:{segment.speaker or _FIRST}"


def named_later(segment: Segment) -> bool:
    """Say whether earlier words of the voice are this speaker's too: not for the first, which stands for any voice."""
    return voice_key(segment) != f"voice:{_FIRST}"


def segment_key(segment: Segment) -> str:
    """Name a segment: by its id, else by a digest of speaker, times and text."""
    if segment.id:
        return segment.id
    content = f"{segment.speaker}\n{segment.start}\n{segment.end}\n{segment.text}"
    return "~" + blake2b(content.encode("utf-8", "replace"), digest_size=12).hexdigest()


def latest(segments: Sequence[Segment]) -> dict[str, Segment]:
    """Give the segments by key, in order; a segment that comes twice has its first place and its last form."""
    return {segment.id or segment_key(segment): segment for segment in segments}
