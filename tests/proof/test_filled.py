"""What a test leaves out of a payload is filled in as Omi would have sent it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from omiflow.errors import UsageError
from omiflow.language.cases import Case, CaseEvent
from omiflow.omi.recorded import Recorded
from omiflow.omi.times import iso
from omiflow.proof.filled import Filling, over

NINE = "2026-03-02T09:00:00+00:00"


def event(name: str, body: Any, **more: Any) -> CaseEvent:
    return CaseEvent(line=1, event=name, body=body, **more)


def requests(*events: CaseEvent, now: float | None = None) -> list[Recorded]:
    filling = Filling(Case(file="a.yaml", number=0, line=1, name="a", events=events, expect=(), now=now))
    return [filling.request(one, number) for number, one in enumerate(events, 1)]


def spoken(*segments: dict[str, Any], **more: Any) -> CaseEvent:
    return event("realtime_transcript", {"segments": list(segments)}, **more)


def segments(recorded: Recorded, key: str = "segments") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(recorded.body)[key]
    return found


def times(*found: Recorded) -> list[tuple[float, float]]:
    return [(segment["start"], segment["end"]) for one in found for segment in segments(one)]


def test_speech_goes_on_where_it_ended_or_when_it_arrives() -> None:
    found = requests(
        spoken({"text": "one two three four five"}, {"text": "six"}),
        spoken({"text": "seven"}),
        spoken({"text": "eight"}, after=10.0),
        spoken({"text": "of another"}, uid="u2"),
    )
    assert times(*found) == [(0.0, 2.0), (2.0, 2.4), (2.4, 2.8), (11.0, 11.4), (0.0, 0.8)]
    ids = [segment["id"] for one in found for segment in segments(one)]
    assert len(set(ids)) == 5


def test_what_a_piece_of_speech_says_of_itself_stays() -> None:
    (found,) = requests(
        spoken(
            {"text": "a b", "start": 7, "id": "x"},
            {"text": "c d", "end": 20.0},
            {"text": "e", "start": 30, "end": 31, "speaker": "SPEAKER_04", "is_user": True},
        )
    )
    assert times(found) == [(7.0, 7.8), (19.2, 20.0), (30.0, 31.0)]
    assert segments(found)[0]["id"] == "x"
    assert (segments(found)[2]["speaker"], segments(found)[2]["is_user"]) == ("SPEAKER_04", True)


def test_a_piece_of_speech_that_comes_again_begins_where_it_began() -> None:
    found = requests(spoken({"id": "s", "text": "any"}), spoken({"id": "s", "text": "any advice"}, after=5.0))
    assert times(*found) == [(0.0, 0.4), (0.0, 0.8)]


@pytest.mark.parametrize(
    ("written", "mine", "speaker"),
    [
        ({}, True, "SPEAKER_00"),
        ({"is_user": False}, False, "SPEAKER_01"),
        ({"speaker": "SPEAKER_02"}, False, "SPEAKER_02"),
        ({"person_id": "p"}, False, "SPEAKER_01"),
        ({"speaker_name": "Ana"}, False, "SPEAKER_01"),
        ({"speaker": "SPEAKER_02", "is_user": True}, True, "SPEAKER_02"),
    ],
)
def test_speech_is_the_users_own_unless_it_names_somebody(written: dict[str, Any], mine: bool, speaker: str) -> None:
    (found,) = segments(requests(spoken({"text": "a", **written}))[0])
    assert (found["is_user"], found["speaker"]) == (mine, speaker)


def test_a_conversation_ends_when_it_arrives_unless_it_says_when() -> None:
    bare, dated, own = requests(
        event("memory_created", {"transcript_segments": [{"text": "one two three four five"}]}),
        event("memory_created", {"created_at": "2026-01-01T00:00:00Z"}),
        event("memory_created", {"finished_at": None, "id": "c", "structured": {"title": "t"}}),
    )
    first = json.loads(bare.body)
    assert (first["finished_at"], first["created_at"], first["started_at"]) == (NINE, NINE, "2026-03-02T08:59:58+00:00")
    second = json.loads(dated.body)
    assert (second["created_at"], second["finished_at"]) == ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00")
    third = json.loads(own.body)
    assert (third["finished_at"], third["id"], third["structured"]) == (None, "c", {"title": "t"})
    assert first["id"] != second["id"]


def test_a_tap_is_spelt_as_omi_does() -> None:
    tap, again, raw = requests(
        event("button_event", {"gesture": "double_tap"}),
        event("button_event", {"gesture": "double_tap"}),
        event("button_event", {"button_event": "long_press", "timestamp": "2026-01-01T00:00:00Z"}),
    )
    assert json.loads(tap.body) == {"event_id": "tap-1772442000000", "timestamp": NINE, "button_event": "double_tap"}
    assert json.loads(again.body)["event_id"] != json.loads(tap.body)["event_id"]
    assert json.loads(raw.body)["timestamp"] == "2026-01-01T00:00:00Z"
    assert json.loads(raw.body)["button_event"] == "long_press"


def test_an_event_is_u1s_unless_it_says_whose_it_is() -> None:
    found = requests(
        event("day_summary", {}),
        event("day_summary", {}, uid="u2"),
        event("webhook", {}, named="w"),
        event("webhook", {"uid": "u3"}, named="w"),
        event("webhook", {}, named="w", nobody=True),
        event("webhook", [1], named="w"),
    )
    assert [one.query.get("uid") for one in found] == ["u1", "u2", "u1", None, None, "u1"]
    assert [one.event for one in found[1:3]] == ["day_summary", "webhook/w"]
    assert found[-1].body == b"[1]"


def test_events_arrive_when_they_say_or_a_second_after_the_one_before() -> None:
    summary = ("day_summary", {})
    assert [
        iso(one.at or 0)[11:19] for one in requests(event(*summary), event(*summary), event(*summary, after=60.0))
    ] == [
        *("09:00:00", "09:00:01", "09:01:01"),
    ]
    found = requests(event(*summary, after=5.0), event(*summary, at=0.0), event(*summary), now=100.0)
    assert [one.at for one in found] == [105.0, 0.0, 1.0]


def test_a_file_gives_what_the_case_does_not_say(tmp_path: Path) -> None:
    file = tmp_path / "meeting.json"
    body = {"id": "c1", "structured": {"title": "t", "category": "work"}, "created_at": NINE}
    request = {"method": "POST", "query": {"uid": "u9"}, "headers": {"X-A": "b"}, "body": body, "at": NINE}
    file.write_text(json.dumps(request))
    plain, changed, dated = requests(
        event("memory_created", {}, file=file),
        event("memory_created", {"structured": {"title": "other"}}, file=file, uid="u2", after=1.0),
        event("memory_created", {}, file=file, at=0.0),
    )
    assert (plain.query, plain.headers, iso(plain.at or 0)) == ({"uid": "u9"}, {"x-a": "b"}, NINE)
    assert json.loads(plain.body)["structured"] == {"title": "t", "category": "work"}
    assert (changed.query, iso(changed.at or 0)[17:19]) == ({"uid": "u2"}, "01")
    assert json.loads(changed.body)["structured"] == {"title": "other", "category": "work"}
    assert dated.at == 0.0
    (later,) = requests(event("memory_created", {}, file=file), now=100.0)
    assert later.at == 100.0


def test_a_file_may_be_a_body_alone_and_a_webhook_may_be_no_json(tmp_path: Path) -> None:
    (tmp_path / "body.json").write_text(json.dumps({"structured": {"title": "t"}}))
    (tmp_path / "form.json").write_text(
        json.dumps({"method": "POST", "body": "a=1&b=2", "headers": {"content-type": "x"}})
    )
    body, form = requests(
        event("memory_created", {}, file=tmp_path / "body.json"),
        event("webhook", None, file=tmp_path / "form.json", named="w"),
    )
    assert json.loads(body.body)["structured"] == {"title": "t"}
    assert form.body == b"a=1&b=2"
    with pytest.raises(UsageError, match="holds no JSON"):
        requests(event("webhook", {"c": 3}, file=tmp_path / "form.json", named="w"))


@pytest.mark.parametrize(
    ("below", "above", "both"),
    [
        ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": 4}, "e": 5}, {"a": 1, "b": {"c": 4, "d": 3}, "e": 5}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": None}, {"a": None}),
        ([1], {"a": 1}, {"a": 1}),
        ({"a": {"b": 1}}, {"a": 2}, {"a": 2}),
    ],
)
def test_one_value_goes_over_another_key_by_key(below: Any, above: Any, both: Any) -> None:
    assert over(below, above) == both
