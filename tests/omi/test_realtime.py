from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.errors import BadRequest
from omiflow.model import Realtime, Segment
from omiflow.omi.realtime import _decode_exact, decode_any
from omiflow.omi.receive import Received, receive
from omiflow.omi.recorded import read_recorded

PAYLOADS = Path(__file__).parents[1] / "payloads"
SPEECH = [*PAYLOADS.glob("1*_realtime*.json"), *PAYLOADS.glob("40_*.json")]

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["SPEAKER_07", "1.5", "true", "12", 1.0, 10**25, 1e16]),
    st.lists(st.dictionaries(st.sampled_from(["lang", "text"]), st.text(max_size=4) | st.integers()), max_size=2),
)
names = st.sampled_from([*Segment.__struct_fields__, "speakerId", "extra"])
exact_segments = st.fixed_dictionaries(
    {"speaker_id": st.integers()},
    optional={
        "id": st.none() | st.text(max_size=5),
        "text": st.text(max_size=9),
        "speaker": st.text(max_size=9),
        "is_user": st.booleans(),
        "start": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        "end": st.floats(allow_nan=False, allow_infinity=False),
        "translations": st.lists(st.dictionaries(st.sampled_from(["lang", "text", "x"]), values) | values, max_size=2),
        "speech_profile_processed": st.none() | st.booleans(),
        "speakerId": values,
    },
)


def read(body: Any, query: dict[str, str] | None = None) -> Received:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return receive("realtime_transcript", raw, query=query or {"uid": "u1"}, headers={}, received=0.0)


def segment(**sent: Any) -> Segment:
    (only,) = read({"segments": [sent]}).segments
    return only


@pytest.mark.parametrize("file", SPEECH, ids=lambda file: file.stem)
def test_omis_own_requests_keep_every_word_and_time(file: Path) -> None:
    (recorded,) = read_recorded(file)
    result = receive("realtime_transcript", recorded.body, query=recorded.query, headers=recorded.headers, received=0.0)
    sent = json.loads(recorded.body)
    pieces = sent if isinstance(sent, list) else sent["segments"]
    assert [(s.text, s.start, s.end, s.is_user, s.id) for s in result.segments] == [
        (p["text"], p["start"], p["end"], p["is_user"], p.get("id")) for p in pieces
    ]
    assert [s.speaker_id for s in result.segments] == [p.get("speaker_id", p.get("speakerId")) for p in pieces]
    assert result.at is None
    assert isinstance(result.body, Realtime)


@pytest.mark.parametrize("file", [file for file in SPEECH if "bare_list" not in file.stem], ids=lambda file: file.stem)
def test_omis_own_requests_take_the_fast_way(file: Path) -> None:
    (recorded,) = read_recorded(file)
    assert _decode_exact(recorded.body) == decode_any(recorded.body)


@given(st.lists(exact_segments, max_size=3), st.none() | st.text(max_size=4))
def test_the_fast_way_and_the_lenient_way_agree(segments: list[Any], session_id: str | None) -> None:
    raw = json.dumps({"segments": segments, "session_id": session_id}).encode()
    exact = _decode_exact(raw)
    assert exact is not None
    assert exact == decode_any(raw)


@given(st.lists(st.dictionaries(names, values) | values, max_size=3))
def test_any_segment_is_read_with_every_field_of_its_own_type(segments: list[Any]) -> None:
    raw = json.dumps({"segments": segments}).encode()
    result = read(raw)
    again = msgspec.json.decode(msgspec.json.encode(result.body), type=Realtime)
    assert again == result.body
    assert len(result.segments) == sum(isinstance(sent, dict) for sent in segments)
    assert all(s.speaker_id is not None and s.speaker is not None for s in result.segments)
    exact = _decode_exact(raw)
    assert exact is None or exact.segments == result.segments


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, Segment(speaker_id=0)),
        ({"speakerId": 3}, Segment(speaker_id=3)),
        ({"speakerId": 3, "speaker_id": 4}, Segment(speaker_id=4)),
        ({"speaker": "SPEAKER_12"}, Segment(speaker="SPEAKER_12", speaker_id=12)),
        ({"speaker": "Kim"}, Segment(speaker="Kim", speaker_id=0)),
        ({"speaker": None, "speaker_id": None}, Segment(speaker_id=0)),
        ({"speaker": None, "speaker_id": 2}, Segment(speaker_id=2)),
        ({"id": 7, "speaker_id": 0}, Segment(id="7", speaker_id=0)),
        ({"text": None, "start": None, "is_user": None, "speaker_id": 0}, Segment(speaker_id=0)),
        ({"start": 1, "end": "2.5", "speaker_id": "1"}, Segment(start=1.0, end=2.5, speaker_id=1)),
        ({"start": 10**400, "speaker_id": 0}, Segment(speaker_id=0)),
        ({"is_user": "true", "text": 5, "speaker_id": 0.0}, Segment(is_user=True, text="5", speaker_id=0)),
        ({"translations": None, "person_id": ["p"], "speaker_id": 0}, Segment(speaker_id=0)),
        (
            {"translations": [{"lang": "es", "deep": [[]]}, 5], "speaker_id": 0},
            Segment(translations=[{"lang": "es", "text": ""}], speaker_id=0),
        ),
    ],
)
def test_a_segment_is_filled_where_omi_sent_nothing_of_use(sent: dict[str, Any], expected: Segment) -> None:
    assert segment(**sent) == expected


@pytest.mark.parametrize(
    ("body", "query", "session"),
    [
        ({"session_id": "s", "segments": []}, {"uid": "u1", "session_id": "q"}, "s"),
        ({"segments": []}, {"uid": "u1", "session_id": "q"}, "q"),
        ({"segments": [], "session_id": 5}, {"uid": "u1"}, "5"),
        ([], {"uid": "u1", "session_id": "q"}, "q"),
        ([], {"uid": "u1"}, "u1"),
        ([], {"session_id": ""}, None),
    ],
)
def test_the_session_is_the_bodys_else_the_querys_else_the_user(
    body: Any, query: dict[str, str], session: str | None
) -> None:
    assert read(body, query).body.session_id == session


@pytest.mark.parametrize(
    "body", [{}, {"event": "ping"}, 5, "words", None, {"segments": {}}, {"segments": [5, None, []]}]
)
def test_a_body_without_speech_is_empty_and_not_refused(body: Any) -> None:
    assert read(body).segments == []


@pytest.mark.parametrize("raw", [b"", b"{", b'{"segments": [NaN]}', b'{"segments": ' + b"[" * 5000])
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        read(raw)
    assert refused.value.status == 422
