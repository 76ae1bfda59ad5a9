"""What `check` says never holds never does, and what it says of payloads is what their readers make of them.

The words of each doubt are in `problems/doubt_….txt`; what nobody may doubt is in `good/nothing_doubtful.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.engine.conditions import check_all
from omiflow.engine.operators import OPERATORS
from omiflow.language.codes import NEVER_HOLDS, WRONG_KIND
from omiflow.language.doubts.known_values import KNOWN_VALUES
from omiflow.language.doubts.payload_fields import SUMMARISED, PayloadShape, action_item_of, events_with, payload_of
from omiflow.language.facts import Facts
from omiflow.language.load import Loader, Rulebook
from omiflow.model import Event
from omiflow.omi.receive import EVENTS, receive
from omiflow.speech.lists import Lists

LOADER = Loader(Facts())


def checked(conditions: list[Any], event: str = "memory_created", **more: Any) -> Rulebook:
    """Check one rule with these conditions."""
    rule = {"id": "x", "triggers": [{"trigger": event}], "conditions": conditions, "actions": [{"stop": "x"}], **more}
    return LOADER.load({"a.yaml": yaml.safe_dump({"rules": [rule]}, sort_keys=False)})


def said(book: Rulebook) -> list[str]:
    return [problem.message for problem in book.problems]


EVENT = Event(id="e", name="memory_created", app="default", uid="u1", at=0, received=0, body={})


@dataclass
class Look:
    """The view of a condition."""

    payload: Any
    event: Event = EVENT
    matched: dict[str, Any] = field(default_factory=dict)
    lists: Lists = field(default_factory=dict)

    def names(self) -> dict[str, Any]:
        return {}


WORDS = st.sampled_from(["", "a", "b", "ab", "ba", "A", "1", "12", "true", "de"])
NUMBERS = st.sampled_from([-1, 0, 1, 1.5, 2, 12])
LENGTHS = st.dictionaries(st.sampled_from(["equals", "gt", "gte", "lt", "lte"]), st.integers(0, 3), min_size=1)
OPERANDS = {
    "any": WORDS | NUMBERS | st.booleans(),
    "list": st.lists(WORDS | NUMBERS | st.booleans(), max_size=3),
    "text": WORDS,
    "number": NUMBERS,
    "flag": st.booleans(),
    "length": LENGTHS,
    "pattern": st.sampled_from(["^a", "b$", "[0-9]", "ab"]),
}
ONE = st.one_of(*(st.tuples(st.just(name), OPERANDS[operator.operand]) for name, operator in OPERATORS.items()))
TESTS = st.lists(ONE, min_size=1, max_size=3).map(dict)
WISHES = st.builds(
    lambda test, inner, ignore_case: {**test, **({"not": inner} if inner else {}), "ignore_case": ignore_case},
    TESTS,
    st.none() | st.none() | TESTS,
    st.booleans(),
)
VALUES = st.none() | WORDS | NUMBERS | st.booleans() | st.lists(WORDS | NUMBERS, max_size=2)


@settings(max_examples=300, deadline=None)
@given(wishes=st.lists(WISHES, min_size=1, max_size=3), values=st.lists(VALUES, min_size=8, max_size=8))
def test_conditions_that_never_hold_hold_for_no_value(wishes: list[dict[str, Any]], values: list[Any]) -> None:
    book = checked([{"path": "$.folder.x", **wish} for wish in wishes], event="webhook", triggers=[HOOK])
    if not any(problem.code == NEVER_HOLDS for problem in book.problems):
        return
    for value in [*values, *(operand for wish in wishes for operand in wish.values())]:
        holds, _ = check_all(book.rules.rules[0].conditions, Look({"folder": {"x": value}}))
        assert not holds


HOOK = {"trigger": "webhook", "name": "in"}
PATHS = [
    "$.discarded",
    "$.created_at",
    "$.structured.title",
    "$.structured.action_items",
    "$.structured.action_items[*].completed",
    "$.structured.action_items[*].capture_confidence",
    "$.structured.sections[0].source_segment_ids",
    "$.transcript_segments[*].start",
    "$.calendar_event",
    "$.external_data",
]


@settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(PATHS), wish=TESTS, values=st.lists(VALUES, min_size=6, max_size=6))
def test_a_value_of_another_kind_never_passes(path: str, wish: dict[str, Any], values: list[Any]) -> None:
    positive = {name: operand for name, operand in wish.items() if not OPERATORS[name].negative}
    book = checked([{"path": path, **positive}]) if positive else checked([])
    if not any(problem.code == WRONG_KIND for problem in book.problems):
        return
    for value in [*values, *positive.values()]:
        body = sent(path, value)
        received = receive("memory_created", msgspec.json.encode(body), query={}, headers={}, received=0.0)
        holds, _ = check_all(book.rules.rules[0].conditions, Look(msgspec.to_builtins(received.body)))
        assert not holds, body


def sent(path: str, value: Any) -> dict[str, Any]:
    """Make a payload that has a value at a path."""
    for part in reversed(path.removeprefix("$.").split(".")):
        name, listed, _ = part.partition("[")
        value = {name: [value] if listed else value}
    return value  # type: ignore[no-any-return]


@pytest.mark.parametrize("event", [event for event in EVENTS if event != "webhook"])
def test_a_payload_has_the_fields_that_its_reader_gives(event: str) -> None:
    received = receive(event, b"{}", query={}, headers={}, received=0.0)
    assert set(payload_of(event).fields) == set(msgspec.to_builtins(received.body))


def test_a_shape_tells_what_is_in_a_payload() -> None:
    structured = payload_of("memory_created").fields["structured"]
    item = structured.fields["action_items"].item
    assert item is not None
    assert {name: item.fields[name].kind for name in ("description", "completed", "due_at", "capture_confidence")} == {
        "description": "text",
        "completed": "flag",
        "due_at": "time",
        "capture_confidence": "number",
    }
    assert payload_of("realtime_transcript").fields["segments"].kind == "list"
    assert payload_of("memory_created").fields["external_data"].free
    assert [payload_of(event).free for event in ("webhook", "event", "no_event")] == [True] * 3
    assert events_with("transcript_segments") == ["memory_created"]
    assert all(not action_item_of(event).free for event in SUMMARISED)


@pytest.mark.parametrize("path", KNOWN_VALUES)
def test_known_values_belong_to_a_field(path: tuple[str, ...]) -> None:
    shape: PayloadShape | None = payload_of(path[0])
    for name in path[1:]:
        assert shape is not None
        shape = (shape.item or shape).fields[name]
    assert shape is not None
    assert shape.values == KNOWN_VALUES[path]


@pytest.mark.parametrize(
    ("conditions", "doubts"),
    [
        ([{"path": "$.structured.title", "equals": "12", "gt": 11}], 0),
        ([{"path": "$.structured.title", "equals": 12, "starts_with": "1"}], 0),
        ([{"path": "$.structured.title", "equals": "Work", "ignore_case": True, "contains": "w"}], 0),
        ([{"path": "$.structured.title", "equals": "Work", "ignore_case": True, "contains": "x"}], 1),
        ([{"path": "$.folder_id", "gt": 3}, {"path": "$.folder_id", "lt": 4}], 0),
        ([{"path": "$.folder_id", "gt": 4}, {"path": "$.folder_id", "lt": 4}], 1),
        ([{"path": "$.folder_id", "gte": 4}, {"path": "$.folder_id", "lte": 4}], 0),
        ([{"not": {"path": "$.folder_id", "in": ["a"], "equals": "b"}}], 0),
        ([{"path": "$.transcript_segments[*].text", "none": {"equals": "a", "in": ["b"]}}], 0),
        ([{"path": "$.transcript_segments[*].text", "all": {"equals": "a", "in": ["b"]}}], 1),
    ],
)
def test_only_what_is_certain_is_doubted(conditions: list[Any], doubts: int) -> None:
    assert len(said(checked(conditions))) == doubts
