"""The requests of a test: payloads as somebody wrote them, with everything filled in that Omi would have sent too.

What comes of them is left to `trying`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

import msgspec

from omiflow.errors import UsageError
from omiflow.language.cases import Case, CaseEvent
from omiflow.model import SPEECH
from omiflow.omi.fields import seconds
from omiflow.omi.recorded import Recorded, read_recorded
from omiflow.omi.times import iso, parse
from omiflow.proof.dry_run import STARTS_AT

A_WORD = 0.4
"""How long a word takes to say, in seconds."""
NOBODYS = ("speaker", "speaker_id", "speakerId", "speaker_name", "person_id")
"""The fields of a piece of speech that tell of somebody but the user."""
UID = "u1"


@dataclass
class Filling:
    """Fills in the events of one case, one after another; speech goes on where it ended.

    Files tell times without an offset in `zone`.
    """

    case: Case
    zone: tzinfo = UTC
    _now: float | None = None
    _segments: int = 0
    _began: dict[str, float] = field(default_factory=dict)
    _ends: dict[str, float] = field(default_factory=dict)
    _starts: dict[str, float] = field(default_factory=dict)

    def request(self, event: CaseEvent, number: int) -> Recorded:
        """Give the request that brings an event, the `number`th of its case; raises UsageError for an unreadable file.

        It arrives at its own `at`, else `after` the one before, else when its file was recorded, else a second later.
        """
        recorded = Recorded(source=f"event {number}")
        if event.file is not None:
            recorded, *more = read_recorded(event.file, zone=self.zone)
            if more:
                raise UsageError(f"'{event.file}' holds {len(more) + 1} requests; one is wanted")
        self._now = at = self.arrival(event, recorded)
        uid = event.uid or recorded.query.get("uid")
        if uid is None and not event.nobody and not self.names_its_user(event):
            uid = UID
        return msgspec.structs.replace(
            recorded,
            event=f"{event.event}/{event.named}" if event.event == "webhook" else event.event,
            path="",
            query={**recorded.query, **({} if uid is None else {"uid": uid})},
            body=self.body(event, recorded.body, uid=uid or "", at=at),
            at=at,
            app=event.app,
            source=f"event {number}",
        )

    def arrival(self, event: CaseEvent, recorded: Recorded) -> float:
        """Tell when an event arrives."""
        if event.at is not None:
            return event.at
        if self._now is not None and event.after is not None:
            return self._now + event.after
        if self._now is None and self.case.now is not None:
            return self.case.now + (event.after or 0.0)
        if recorded.at is not None:
            return recorded.at
        return STARTS_AT + (event.after or 0.0) if self._now is None else self._now + 1.0

    def names_its_user(self, event: CaseEvent) -> bool:
        """Tell whether a webhook's own body says whose it is."""
        return event.event == "webhook" and isinstance(event.body, dict) and isinstance(event.body.get("uid"), str)

    def body(self, event: CaseEvent, recorded: bytes, *, uid: str, at: float) -> bytes:
        """Give the body as bytes: what the file says, what the case says over it, and what is missing."""
        if event.file is not None and not event.body and event.event == "webhook":
            return recorded
        try:
            sent = json.loads(recorded) if recorded else {}
        except ValueError:
            raise UsageError(f"'{event.file}' holds no JSON, and the case changes what is in it") from None
        body = sent if event.body is None else over(sent, event.body)
        if isinstance(body, dict):
            body = self.filled(event.event, body, uid=uid, at=at)
        return json.dumps(body, ensure_ascii=False).encode()

    def filled(self, event: str, body: dict[str, Any], *, uid: str, at: float) -> dict[str, Any]:
        """Give a payload with what is missing."""
        if event == SPEECH:
            began = self._began.setdefault(uid, at)
            since = max(self._ends.get(uid, 0.0), at - began)
            segments = self.spoken(body.get("segments"), since=since)
            self._ends[uid] = _end(segments, since)
            return {**body, "segments": segments}
        if event == "memory_created":
            return self.conversation(body, at=at)
        if event == "button_event":
            tap = {"event_id": f"tap-{int(at * 1000)}", "timestamp": iso(at), **body}
            gesture = tap.pop("gesture", None)
            return {**tap, "button_event": gesture} if gesture is not None else tap
        if event == "day_summary":
            return {"created_at": iso(at), **body}
        return body

    def conversation(self, body: dict[str, Any], *, at: float) -> dict[str, Any]:
        """Give a conversation that ended when it arrives, unless it says when it did."""
        segments = self.spoken(body.get("transcript_segments"), since=0.0)
        told = parse(body.get("finished_at")), parse(body.get("created_at")), at
        finished = next(moment for moment in told if moment is not None)
        return {
            "id": f"conversation-{int(at * 1000)}",
            "structured": {},
            "finished_at": iso(finished),
            "created_at": iso(finished),
            "started_at": iso(finished - _end(segments, 0.0)),
            **body,
            "transcript_segments": segments,
        }

    def spoken(self, written: Any, *, since: float) -> list[Any]:
        """Give pieces of speech with ids, speakers and times, each behind the one before."""
        segments = []
        for segment in written if isinstance(written, list) else []:
            if isinstance(segment, dict):
                known = self.piece(segment, since=since)
                since = _end([known], since)
                segments.append(known)
        return segments

    def piece(self, segment: Mapping[str, Any], *, since: float) -> dict[str, Any]:
        """Give a piece of speech; one that comes again begins where it began before."""
        self._segments += 1
        key = segment.get("id") or f"segment-{self._segments}"
        takes = round(A_WORD * len(str(segment.get("text") or "").split()), 3)
        start, end = seconds(segment.get("start")), seconds(segment.get("end"))
        if start is None:
            start = self._starts.get(key, since) if end is None else max(0.0, end - takes)
        self._starts[key] = start
        mine = segment.get("is_user")
        if mine is None:
            mine = all(segment.get(name) is None for name in NOBODYS)
        speaker = {} if any(segment.get(name) is not None for name in NOBODYS[:3]) else _speaker(mine=bool(mine))
        times = {"start": start, "end": round(start + takes, 3) if end is None else end}
        return {**speaker, **segment, "id": key, "is_user": mine, **times}


def over(below: Any, above: Any) -> Any:
    """Lay one JSON value over another: keys of mappings one by one, anything else as a whole."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {**below, **{key: over(below[key], value) if key in below else value for key, value in above.items()}}


def _speaker(*, mine: bool) -> dict[str, Any]:
    return {"speaker": "SPEAKER_00", "speaker_id": 0} if mine else {"speaker": "SPEAKER_01", "speaker_id": 1}


def _end(segments: list[dict[str, Any]], since: float) -> float:
    return max((segment["end"] for segment in segments), default=since)
