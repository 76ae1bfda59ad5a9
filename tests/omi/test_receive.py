from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.errors import BadRequest
from omiflow.model import EVENT_NAMES
from omiflow.omi.button import BUTTON
from omiflow.omi.conversation import CONVERSATION, STRUCTURED
from omiflow.omi.day_summary import SUMMARY
from omiflow.omi.receive import EVENTS, Received, receive
from omiflow.omi.recorded import event_of, read_recorded

PAYLOADS = Path(__file__).parents[1] / "payloads"
KNOWN: Mapping[str, set[str]] = {
    "realtime_transcript": {"segments", "session_id"},
    "memory_created": set(CONVERSATION),
    "day_summary": {"summary", "summary_json", "uid", "created_at"},
    "button_event": {*BUTTON, "gesture"},
    "webhook": set(),
}

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from([10**400, "\ud83d", "2026-11-05T12:00:00", "{'a': 1}", "long"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def read(name: str, body: Any, headers: Mapping[str, str] | None = None, uid: str | None = "u1") -> Received:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return receive(name, raw, query={}, headers=headers or {}, received=0.0, uid=uid)


def read_or_refuse(name: str, body: Any) -> None:
    try:
        result = read(name, body)
    except BadRequest as refused:
        status = refused.status
    else:
        assert_complete(name, result)
        status = 200
    assert status in (200, 422)


def assert_complete(name: str, result: Received) -> None:
    payload = msgspec.to_builtins(result.body)
    msgspec.json.encode(payload)
    assert name == "webhook" or KNOWN[name] <= payload.keys()
    if name == "memory_created":
        assert STRUCTURED.keys() <= payload["structured"].keys()
    if name == "day_summary":
        assert SUMMARY.keys() <= payload["summary_json"].keys()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


SENT = [
    (found[0], json.loads(recorded.body))
    for recorded in read_recorded(PAYLOADS)
    if recorded.body[:1] in (b"{", b"[") and (found := event_of(recorded)) is not None and found[0] in EVENTS
]
PLACES = [(name, body, place) for name, body in SENT for place in places(body)]


def test_every_event_of_the_model_can_be_received() -> None:
    assert set(EVENTS) == set(EVENT_NAMES) == set(KNOWN)


@pytest.mark.parametrize("name", EVENTS)
@given(body=anything)
def test_no_json_makes_a_reader_fail(name: str, body: Any) -> None:
    read_or_refuse(name, body)


@pytest.mark.parametrize("name", EVENTS)
@given(raw=st.binary(max_size=30))
def test_no_bytes_make_a_reader_fail(name: str, raw: bytes) -> None:
    read_or_refuse(name, raw)


@given(
    chosen=st.sampled_from(PLACES),
    value=anything,
    change=st.sampled_from(["remove", "retype", "null"]),
)
def test_a_field_removed_nulled_or_retyped_makes_no_reader_fail(
    chosen: tuple[str, Any, tuple[Any, ...]], value: Any, change: str
) -> None:
    name, sent, place = chosen
    body = [json.loads(json.dumps(sent))]
    *way, last = (0, *place)
    parent: Any = body
    for key in way:
        parent = parent[key]
    if change == "remove" and place:
        del parent[last]
    else:
        parent[last] = None if change == "null" else value
    read_or_refuse(name, body[0])


@pytest.mark.parametrize("name", ["realtime_transcript", "memory_created", "day_summary", "button_event"])
@pytest.mark.parametrize("raw", [b"", b"not json", b"\xff\xfe", b"[" * 100_000, b"NaN"])
def test_what_is_no_json_is_refused(name: str, raw: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        read(name, raw)
    assert refused.value.status == 422


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("depth", [50, 200, 900, 1000, 5000])
def test_no_depth_makes_a_reader_fail(name: str, depth: int) -> None:
    read_or_refuse(name, b'{"a":' * depth + b"1" + b"}" * depth)
    read_or_refuse(name, b'{"segments":' + b"[" * depth + b"]" * depth + b"}")


def hashed(body: Any) -> str:
    return hashlib.sha256(json.dumps(body).encode()).hexdigest()


@pytest.mark.parametrize(
    ("name", "body", "headers", "keys"),
    [
        ("memory_created", {"id": "c1"}, {}, ["id:c1"]),
        ("memory_created", {"id": 7}, {}, ["id:7"]),
        ("memory_created", {"id": "c1"}, {"idempotency-key": "k"}, ["h:k", "id:c1"]),
        ("memory_created", {"id": "c1"}, {"x-omi-idempotency-key": "x"}, ["h:x", "id:c1"]),
        (
            "memory_created",
            {"id": "c1"},
            {"idempotency-key": "k", "x-omi-idempotency-key": "x"},
            ["h:k", "h:x", "id:c1"],
        ),
        ("memory_created", {"id": "c1"}, {"idempotency-key": "k", "x-omi-delivery": "d"}, ["h:k", "id:c1"]),
        ("memory_created", {"id": "c1"}, {"x-omi-delivery": "d"}, ["h:d", "id:c1"]),
        ("memory_created", {"id": "c1", "deferred": True}, {"idempotency-key": "k"}, ["deferred:h:k"]),
        (
            "memory_created",
            {"id": "c1", "deferred": True},
            {},
            [f"deferred:body:{hashed({'id': 'c1', 'deferred': True})}"],
        ),
        ("memory_created", {}, {}, [f"body:{hashed({})}"]),
        ("memory_created", {}, {"idempotency-key": ""}, [f"body:{hashed({})}"]),
        ("button_event", {"event_id": "e"}, {"idempotency-key": "e"}, ["h:e", "id:e"]),
        ("button_event", {}, {}, [f"body:{hashed({})}"]),
        ("day_summary", {"summary_json": {"date": "2026-11-04"}}, {}, ["id:2026-11-04"]),
        ("day_summary", {"summary": "{'date': '2026-11-04'}"}, {}, ["id:2026-11-04"]),
        ("day_summary", {}, {}, [f"body:{hashed({})}"]),
        ("realtime_transcript", {"segments": []}, {}, []),
        ("realtime_transcript", {"segments": []}, {"idempotency-key": "k"}, ["h:k"]),
        ("webhook", {"id": 1}, {}, []),
        ("webhook", {"id": 1}, {"idempotency-key": "k"}, ["h:k"]),
    ],
)
def test_a_delivery_is_known_by_its_key_and_its_content(
    name: str, body: Any, headers: dict[str, str], keys: list[str]
) -> None:
    assert read(name, body, headers).keys == tuple(f"{name}:u1:{key}" for key in keys)


@pytest.mark.parametrize(
    ("one", "other"), [(("x", "h:1"), ("x:h", "1")), (("x", "1"), ("y", "1")), (("x:", "1"), ("x", ":1"))]
)
def test_two_users_never_share_a_key(one: tuple[str, str], other: tuple[str, str]) -> None:
    first, second = (read("webhook", {}, {"idempotency-key": key}, uid=uid).keys for uid, key in (one, other))
    assert first != second


def test_the_key_belongs_to_the_user_of_the_query_before_the_one_in_the_body() -> None:
    body, headers = b'{"uid": "b"}', {"idempotency-key": "k"}
    with_query = receive("webhook", body, query={"uid": "q"}, headers=headers, received=0.0)
    without = receive("webhook", body, query={}, headers=headers, received=0.0)
    assert (with_query.keys, without.keys) == (("webhook:q:h:k",), ("webhook:b:h:k",))


@pytest.mark.parametrize(("age", "late"), [(0.0, False), (600.0, False), (600.5, True), (-600.5, False)])
def test_an_event_is_late_ten_minutes_after_it_happened(age: float, late: bool) -> None:
    body = b'{"finished_at": 1793880000}'
    result = receive("memory_created", body, query={}, headers={}, received=1793880000 + age)
    assert result.late is late
