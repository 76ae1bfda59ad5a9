from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from omiflow.omi import times
from omiflow.omi.conversation import ACTION_ITEM, CALENDAR_ENTRY, CONVERSATION, STRUCTURED, normalise_conversation
from omiflow.omi.receive import Received, receive
from omiflow.omi.recorded import read_recorded
from omiflow.omi.segment import SEGMENT

PAYLOADS = Path(__file__).parents[1] / "payloads"
FILES = sorted(PAYLOADS.glob("0*_memory_created*.json"))


def body_of(start: str) -> Any:
    (file,) = PAYLOADS.glob(f"{start}*.json")
    (recorded,) = read_recorded(file)
    return json.loads(recorded.body)


def read(body: Any) -> Received:
    return receive("memory_created", json.dumps(body).encode(), query={"uid": "u1"}, headers={}, received=0.0)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_of_a_conversation_is_lost_and_every_known_field_is_there(file: Path) -> None:
    sent = body_of(file.stem)
    body = read(sent).body
    assert CONVERSATION.keys() <= body.keys()
    assert STRUCTURED.keys() <= body["structured"].keys()
    assert all(SEGMENT.keys() <= segment.keys() for segment in body["transcript_segments"])
    assert all(ACTION_ITEM.keys() <= item.keys() for item in body["structured"]["action_items"])
    kept = sent.keys() - {"structured", "transcript_segments", "apps_response"}
    assert {name: body[name] for name in kept} == {name: sent[name] for name in kept}
    for was, now in zip(sent["transcript_segments"], body["transcript_segments"], strict=True):
        assert now == {**now, **{name: value for name, value in was.items() if name != "speakerId"}}
    for name, was in sent["structured"].items():
        now = body["structured"][name]
        if was and isinstance(was, list):
            assert [{**n, **w} for w, n in zip(was, now, strict=True)] == now
        else:
            assert now == was


def test_the_segments_are_the_same_as_in_the_body() -> None:
    result = read(body_of("01"))
    assert [segment.text for segment in result.segments] == [s["text"] for s in result.body["transcript_segments"]]
    assert result.segments[1].speaker_name == "Priya"


def test_the_spelling_of_the_docs_is_made_omis_own() -> None:
    body = read(body_of("05")).body
    assert [segment["speaker_id"] for segment in body["transcript_segments"]] == [0, 1]
    assert all("speakerId" not in segment for segment in body["transcript_segments"])
    assert [result["app_id"] for result in body["apps_results"]] == ["garden-helper"]
    assert "apps_response" not in body


def test_an_empty_conversation_has_the_documented_defaults() -> None:
    body = normalise_conversation({})
    assert body["structured"] == {
        "title": "",
        "overview": "",
        "emoji": "🧠",
        "category": "other",
        "meeting_type": None,
        "action_items": [],
        "events": [],
        "sections": [],
        "participants": [],
        "insights": [],
    }
    assert {name: value for name, value in body.items() if value not in (None, [])} == {
        "source": "omi",
        "visibility": "private",
        "discarded": False,
        "structured": body["structured"],
    }


@pytest.mark.parametrize("sent", [5, None, [], "text", {"structured": None}, {"structured": []}])
def test_what_is_no_conversation_counts_as_an_empty_one(sent: Any) -> None:
    assert read(sent).body == normalise_conversation({})


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        ({"finished_at": "2026-11-05T12:00:00Z", "created_at": "2026-11-05T13:00:00Z"}, "2026-11-05T12:00:00Z"),
        ({"finished_at": None, "created_at": "2026-11-05T13:00:00"}, "2026-11-05T13:00:00Z"),
        ({"finished_at": "later", "created_at": 1793880000}, "2026-11-05T12:00:00Z"),
        ({"finished_at": 0, "created_at": "2026-11-05T13:00:00"}, "1970-01-01T00:00:00Z"),
        ({}, None),
    ],
)
def test_event_time_is_when_it_finished_else_when_it_was_created(sent: Any, at: str | None) -> None:
    assert read(sent).at == times.parse(at)


def test_naive_times_are_read_as_utc_and_unreadable_ones_dropped() -> None:
    body = read(
        {
            "created_at": "2026-11-05T13:00:00",
            "started_at": "yesterday",
            "structured": {"action_items": [{"due_at": "2026-11-06 08:00:00"}], "events": [{"start": 5}]},
        }
    ).body
    assert body["created_at"] == "2026-11-05T13:00:00+00:00"
    assert body["started_at"] is None
    assert body["structured"]["action_items"][0]["due_at"] == "2026-11-06T08:00:00+00:00"
    assert body["structured"]["events"][0]["start"] == "1970-01-01T00:00:05+00:00"


def test_items_and_events_are_filled_and_what_is_none_is_dropped() -> None:
    structured = {"action_items": [{}, "call", None], "events": [{}, 5], "category": "gardening", "emoji": 5}
    body = read({"id": 17, "structured": structured}).body
    assert body["id"] == "17"
    (item,) = body["structured"]["action_items"]
    assert item.keys() == ACTION_ITEM.keys()
    assert item["completed"] is False
    (event,) = body["structured"]["events"]
    assert event == {"title": None, "description": "", "start": None, "duration": 30, "created": False}
    assert event.keys() == CALENDAR_ENTRY.keys()
    assert (body["structured"]["category"], body["structured"]["emoji"]) == ("gardening", "5")


def test_fields_omi_has_not_told_us_about_are_kept() -> None:
    body = read({"mood": {"score": 1}, "structured": {"tone": "dry"}, "transcript_segments": [{"match": [1]}]}).body
    assert body["mood"] == {"score": 1}
    assert body["structured"]["tone"] == "dry"
    assert body["transcript_segments"][0]["match"] == [1]


@pytest.mark.parametrize(
    ("sent", "discarded", "deferred"),
    [
        ({}, False, False),
        ({"discarded": True}, True, False),
        ({"deferred": True}, False, True),
        ({"discarded": 1, "deferred": "true"}, True, True),
        ({"discarded": "maybe", "deferred": None}, False, False),
    ],
)
def test_discarded_and_deferred_conversations_are_marked(sent: Any, discarded: bool, deferred: bool) -> None:
    result = read(sent)
    assert (result.discarded, result.deferred) == (discarded, deferred)
