"""Whatever comes in, nothing breaks: an answer or a refusal, no exception in the log, and the next event fires."""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omiflow.errors import BadRequest
from omiflow.omi.receive import EVENTS
from omiflow.omi.recorded import Recorded, event_of, read_recorded

PAYLOADS = Path(__file__).parents[1] / "payloads"
RULES = """
rules:
  - id: said
    triggers:
      - {trigger: realtime_transcript, phrases: [any advice, "the [old] (kettle|fence)"], speaker: any}
    dedupe: {key: "{{ trigger.text }}", period: 1d}
    actions: [{action: omi.prompt, data: {prompt: "{{ trigger.text }} {{ trigger.segments[0].speaker_name }}"}}]
  - id: heard
    triggers: [{trigger: realtime_transcript}]
    conditions: [{path: "$.segments[0].text", exists: true}]
    actions: [{action: log.write, data: {message: "{{ event.segments | length }} {{ event.segments[0].start + 1 }}"}}]
  - id: conversation
    triggers: [{trigger: memory_created}]
    conditions:
      - {path: "$.structured.category", not_equals: music}
      - {path: "$.transcript_segments[*].text", contains: e}
    throttle: {limit: 1000, period: 1d}
    actions:
      - {action: omi.reply, data: {message: "{{ event.structured.title }} {{ event.created_at }} {{ event.structured.overview | length }}"}}
      - repeat:
          for_each: "{{ event.structured.action_items }}"
          sequence: [{action: log.write, data: {message: "{{ repeat.item.description }} {{ repeat.item.due_at }}"}}]
  - id: day
    triggers: [{trigger: day_summary}]
    conditions: [{path: "$.summary_json.stats.total_conversations", gte: 0}]
    actions: [{action: log.write, data: {message: "{{ event.summary_json.headline }} {{ event.summary_json.stats.total_duration_minutes / 60 }}"}}]
  - id: tap
    triggers: [{trigger: button_event, gesture: double_tap}]
    throttle: {limit: 100, period: 1h, key: "{{ event.device_id }}"}
    actions: [{action: log.write, data: {message: "{{ event.timestamp }}"}}]
  - id: hook
    triggers: [{trigger: webhook, name: ci}]
    conditions: [{path: "$.status", in: [failed, error]}]
    actions: [{action: log.write, data: {message: "{{ event.status }} {{ event.nested.deeper }}"}}]
"""
OTHERS: list[Any] = ["text", "", 7, -1, 1.5, 1e300, 10**30, True, False, [], [None], [[]], ["x", 1], {}, {"a": {"b": [1]}}, "\ud800", "2026-13-45T99:99:99Z"]  # fmt: skip

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = [
    "segments",
    "id",
    "text",
    "is_user",
    "start",
    "structured",
    "title",
    "action_items",
    "summary",
    "summary_json",
    "date",
    "button_event",
    "event_id",
    "timestamp",
    "uid",
    "transcript_segments",
    "created_at",
    "status",
    "discarded",
    "deferred",
]
known_names = st.sampled_from(NAMES)
omi_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("any advice"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(known_names, inner, max_size=6),
    max_leaves=16,
)
bodies = st.binary(max_size=60) | (json_values | omi_like).map(lambda value: json.dumps(value).encode())


def requests() -> list[tuple[str, Recorded]]:
    found = []
    for recorded in read_recorded(PAYLOADS):
        event = event_of(recorded)
        if event is not None and event[0] in EVENTS:
            found.append((event[0], recorded))
    return found


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path of each field; of a list only the first and the last item."""
    inside = value.items() if isinstance(value, dict) else []
    if isinstance(value, list):
        inside = [(place, value[place]) for place in sorted({0, len(value) - 1}) if value]
    for name, inner in inside:
        yield (*before, name)
        yield from paths(inner, (*before, name))


def changed(body: Any) -> Iterator[Any]:
    """Give the body with each field removed, nulled, and of another type."""
    others = itertools.cycle(OTHERS)
    for *above, last in paths(body):
        for change in ("remove", "null", "type", "type"):
            copied = copy.deepcopy(body)
            place = copied
            for name in above:
                place = place[name]
            if change == "remove":
                del place[last]
            else:
                place[last] = None if change == "null" else next(others)
            yield copied


async def answered(door, event: str, body: bytes, **more: Any) -> None:
    """Post a body; whatever else than an answer or a refusal comes of it, fails the test."""
    try:
        answer = await door.post(event, body, **more)
    except BadRequest as refusal:
        answer = {"error": str(refusal)} if refusal.status < 500 else None
    assert isinstance(answer, dict)
    json.dumps(answer, ensure_ascii=False).encode("utf-8")


async def still_fires(door) -> None:
    assert door.faults == []
    uid = "whoever comes next"
    said = await door.say("well, any advice on this", uid=uid)
    assert said["notification"]["prompt"].startswith("any advice")
    title = {
        "id": "good",
        "created_at": "2026-01-01",
        "structured": {"title": "Good"},
        "transcript_segments": [{"text": "yes"}],
    }
    assert (await door.post("memory_created", title, uid=uid))["message"].startswith("Good")
    assert sorted({rule for rule, _ in await door.runs(user=uid)}) == ["conversation", "heard", "said"]


@pytest.mark.parametrize(
    ("event", "recorded"),
    requests(),
    ids=lambda value: Path(value.source).name[:2] if isinstance(value, Recorded) else "",
)
async def test_no_field_that_is_missing_null_or_of_another_type_breaks_anything(enter, event, recorded):
    door = await enter(RULES)
    variants = list(changed(json.loads(recorded.body)))
    assert len(variants) > 10
    for start in range(0, len(variants), 100):
        await asyncio.gather(
            *(
                answered(door, event, json.dumps(body).encode(), uid=f"u{number}")
                for number, body in enumerate(variants[start : start + 100], start)
            )
        )
    assert len(await door.events()) > 0
    await still_fires(door)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    event=st.sampled_from(sorted(EVENTS)),
    body=bodies,
    headers=st.dictionaries(st.sampled_from(["content-type", "idempotency-key"]), st.text(max_size=10), max_size=2),
)
async def test_no_body_breaks_anything(doors, event, body, headers):
    door = await doors()
    webhook = "ci" if event == "webhook" else None
    await answered(door, event, body, uid="u1", webhook=webhook, query={"session_id": "s"}, **headers)
    assert door.faults == []


@pytest.fixture
async def doors(enter):
    """Give one door for all bodies, and see at the end that it still works."""
    door: list[Any] = []

    async def the_door():
        if not door:
            door.append(await enter(RULES))
        return door[0]

    yield the_door
    await still_fires(door[0])
