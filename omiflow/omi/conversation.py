"""Reads `memory_created`, a finished conversation (Omi's protocol, 1.4); whether it starts a rule is left to others."""

from __future__ import annotations

from typing import Any

import msgspec

from omiflow.model import Segment
from omiflow.omi import times
from omiflow.omi.body import decode_bounded
from omiflow.omi.delivery import Delivery, Received
from omiflow.omi.fields import Reader, filled, flag, items, mapping, number, otherwise, record, text, whole
from omiflow.omi.segment import read_segment

_no = otherwise(flag, default=False)
_texts = items(text)

ACTION_ITEM: dict[str, Reader] = {
    "description": text,
    "completed": _no,
    "created_at": times.normalise,
    "updated_at": times.normalise,
    "due_at": times.normalise,
    "completed_at": times.normalise,
    "conversation_id": text,
    "capture_kind": text,
    "capture_confidence": number,
    "ownership_confidence": number,
    "capture_owner": text,
    "owner_name": text,
    "context": text,
    "due_certainty": text,
    "concrete_deliverable": flag,
    "candidate_action": text,
    "target_task_id": text,
    "source_segment_ids": _texts,
    "deleted": flag,
    "exported": flag,
    "export_date": times.normalise,
    "export_platform": text,
}

CALENDAR_ENTRY: dict[str, Reader] = {
    "title": text,
    "description": otherwise(text, default=""),
    "start": times.normalise,
    "duration": otherwise(number, default=30),
    "created": _no,
}

SECTION: dict[str, Reader] = {
    "heading": text,
    "body_markdown": text,
    "source_segment_ids": _texts,
    "kind": text,
}

PARTICIPANT: dict[str, Reader] = {
    "name": text,
    "email": text,
    "organization": text,
    "role": text,
    "is_ai_agent": flag,
    "alias": text,
    "speaker_bindings": items(whole),
    "source": text,
}

STRUCTURED: dict[str, Reader] = {
    "title": otherwise(text, default=""),
    "overview": otherwise(text, default=""),
    "emoji": otherwise(text, default="🧠"),
    "category": otherwise(text, default="other"),
    "action_items": items(record(ACTION_ITEM)),
    "events": items(record(CALENDAR_ENTRY)),
    "sections": items(record(SECTION)),
    "meeting_type": text,
    "participants": items(record(PARTICIPANT)),
    "insights": items(record({"text": text, "kind": text})),
}

PHOTO: dict[str, Reader] = {
    "id": text,
    "base64": text,
    "description": text,
    "created_at": times.normalise,
    "discarded": flag,
    "data_protection_level": text,
}

CALENDAR_EVENT: dict[str, Reader] = {
    "event_id": text,
    "title": text,
    "attendees": _texts,
    "attendee_emails": _texts,
    "start_time": times.normalise,
    "end_time": times.normalise,
    "html_link": text,
}

GEOLOCATION: dict[str, Reader] = {
    "latitude": number,
    "longitude": number,
    "address": text,
    "google_place_id": text,
    "location_type": text,
}

SPEAKER_SUGGESTION: dict[str, Reader] = {
    "speaker_id": whole,
    "person_name": text,
    "confidence": number,
    "segment_ids": _texts,
}

_read_apps_results = items(record({"app_id": text, "content": text}))

CONVERSATION: dict[str, Reader] = {
    "id": text,
    "created_at": times.normalise,
    "updated_at": times.normalise,
    "started_at": times.normalise,
    "finished_at": times.normalise,
    "source": otherwise(text, default="omi"),
    "language": text,
    "structured": filled(STRUCTURED),
    "transcript_segments": items(read_segment),
    "transcript_segments_compressed": flag,
    "photos": items(record(PHOTO)),
    "audio_files": items(mapping),
    "conversation_audio": mapping,
    "private_cloud_sync_enabled": flag,
    "apps_results": _read_apps_results,
    "plugins_results": items(record({"plugin_id": text, "content": text})),
    "suggested_summarization_apps": _texts,
    "speaker_label_suggestions": items(record(SPEAKER_SUGGESTION)),
    "external_data": mapping,
    "app_id": text,
    "discarded": _no,
    "visibility": otherwise(text, default="private"),
    "starred": flag,
    "processing_memory_id": text,
    "processing_conversation_id": text,
    "status": text,
    "is_locked": flag,
    "deferred": flag,
    "data_protection_level": text,
    "folder_id": text,
    "folder_name": text,
    "call_id": text,
    "calendar_event": record(CALENDAR_EVENT),
    "client_device_id": text,
    "client_platform": text,
    "geolocation": record(GEOLOCATION),
}

_normalise = filled(CONVERSATION)


def read_conversation(delivery: Delivery) -> Received:
    """Read a conversation; one that is `deferred` has no identity, since the same id comes again when it is done."""
    body = normalise_conversation(decode_bounded(delivery.raw))
    finished = times.parse(body["finished_at"])
    return Received(
        body=body,
        segments=msgspec.convert(body["transcript_segments"], list[Segment]),
        at=times.parse(body["created_at"]) if finished is None else finished,
        identity=None if body["deferred"] else body["id"],
        discarded=body["discarded"],
        deferred=bool(body["deferred"]),
    )


def normalise_conversation(value: Any) -> dict[str, Any]:
    """Give a conversation with every known field under one spelling; anything but an object counts as empty."""
    body = _normalise(value)
    other_spelling = _read_apps_results(body.pop("apps_response", None))
    body["apps_results"] = body["apps_results"] or other_spelling
    return body
