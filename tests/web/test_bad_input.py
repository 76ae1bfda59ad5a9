"""Anything at all over HTTP: no 5xx, nothing in the log, and the next event fires."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PAYLOADS = Path(__file__).parents[1] / "payloads"
RULES = """
rules:
  - id: said
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions: [{action: omi.prompt, data: {prompt: "{{ trigger.text }} {{ event.segments[0].start + 1 }}"}}]
  - id: conversation
    triggers: [{trigger: memory_created}]
    conditions: [{path: "$.transcript_segments[*].text", contains: e}]
    actions: [{action: omi.reply, data: {message: "{{ event.structured.title }} {{ event.created_at }}"}}]
  - id: hook
    triggers: [{trigger: webhook, name: ci}]
    actions: [{action: log.write, data: {message: "{{ event.a.b }}"}}]
"""
CONFIG = {"limits": {"requests_per_uid": None}}
PATHS = ["realtime_transcript", "memory_created", "day_summary", "button_event", "webhook/ci", "audio_bytes", "tools/x"]

samples = [json.loads(path.read_text())["body"] for path in sorted(PAYLOADS.glob("*.json"))]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(samples),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["segments", "id", "text", "structured", "summary", "uid", "a"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
bodies = st.binary(max_size=40) | json_values.map(lambda value: json.dumps(value).encode())
headers = st.dictionaries(
    st.sampled_from(["Content-Type", "Idempotency-Key", "X-Omi-Delivery", "Content-Encoding", "X-Omiflow-At"]),
    st.sampled_from(
        ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "gzip", "é", "1", ""]
    ),
    max_size=3,
)
queries = st.sampled_from(
    ["", "uid=u", "uid=%00", "uid=%ff", "uid=u&uid=", "x=1?uid=u", "uid=%F0%9F%98%80", "&&==&uid=u"]
)


@pytest.fixture
def client(shared, no_faults):
    with httpx.Client(base_url=shared.hooks, timeout=60, verify=False) as open_client:
        yield open_client
    title = {
        "id": "good",
        "created_at": "2026-01-01",
        "structured": {"title": "Good"},
        "transcript_segments": [{"text": "yes"}],
    }
    assert shared.post("memory_created", title, uid="next").json()["message"].startswith("Good")
    assert shared.say("any advice", uid="next").json()["notification"]["prompt"].startswith("any advice")


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(path=st.sampled_from(PATHS), query=queries, body=bodies, named=headers)
def test_nothing_that_comes_breaks_anything(client, path, query, body, named):
    answer = client.post(
        f"/{path}?{query}", content=body, headers={name: value.encode() for name, value in named.items()}
    )
    assert answer.status_code < 500
    assert answer.headers["content-type"] == "application/json"
    assert isinstance(answer.json(), dict)
