from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.omi import times
from omiflow.omi.day_summary import LONGEST_LITERAL, SUMMARY
from omiflow.omi.receive import Received, receive
from omiflow.omi.recorded import read_recorded

PAYLOADS = Path(__file__).parents[1] / "payloads"


def body_of(name: str) -> Any:
    (recorded,) = read_recorded(PAYLOADS / name)
    return json.loads(recorded.body)


def read(body: Any) -> Received:
    return receive("day_summary", json.dumps(body).encode(), query={"uid": "u1"}, headers={}, received=0.0)


def test_the_object_and_the_legacy_text_say_the_same() -> None:
    both = body_of("20_day_summary_full.json")
    expected = read(both).body["summary_json"]
    for changed in ({"summary_json": None}, {"summary": None}, {"summary": json.dumps(both["summary_json"])}):
        sent = {**both, **changed}
        if changed.get("summary"):
            del sent["summary_json"]
        assert read(sent).body["summary_json"] == expected
    assert expected["highlights"] == both["summary_json"]["highlights"]
    assert expected["stats"] == {**expected["stats"], **both["summary_json"]["stats"]}


def test_a_legacy_body_has_the_same_shape() -> None:
    result = read(body_of("21_day_summary_legacy_only.json"))
    summary = result.body["summary_json"]
    assert summary.keys() == SUMMARY.keys()
    assert summary["headline"] == "Sam's quiet Tuesday"
    assert summary["action_items"][0]["source_conversation_id"] is None
    assert summary["created_at"] == "2025-12-09T22:00:04.120551+00:00"
    assert summary["memories_learned"] == []
    assert result.at == times.parse("2025-12-09T22:00:04.120551")
    assert result.body["created_at"] == "2025-12-09T22:00:04.530017+00:00"


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        ({"summary_json": {"created_at": "2026-11-04T21:00:00"}, "created_at": "2026-11-04T22:00:00"}, 21),
        ({"summary_json": {"created_at": "?"}, "created_at": "2026-11-04T22:00:00Z"}, 22),
    ],
)
def test_event_time_is_when_the_summary_was_made_else_when_it_was_sent(sent: Any, at: int) -> None:
    assert read(sent).at == times.parse(f"2026-11-04T{at}:00:00Z")


@pytest.mark.parametrize(
    "text",
    [
        "You had three conversations.",
        "",
        "{'headline': nan}",
        "{'headline': open('x')}",
        "{1, 2}",
        "{'a': 1j}",
        "{(1, 2): 3}",
        "{[]: 1}",
        "{'a': 1",
        "{'a': '\\d'",
        "{" * 5_000,
        "{" + "(" * 100_000,
        "{1:" * 50_000,
        "{" + "-" * 150_000 + "1}",
        "{'a':" * 95 + "[" * 90 + "]" * 90 + "}" * 95,
        '{"a":' * 5_000,
        "\x00{'a': 1}",
    ],
    ids=lambda text: text[:12],
)
def test_a_text_that_is_no_summary_is_kept_as_the_overview(text: str) -> None:
    summary = read({"summary": text, "uid": "u1"}).body["summary_json"]
    assert summary["overview"] == text
    assert summary.keys() == SUMMARY.keys()


def test_a_huge_text_is_not_evaluated() -> None:
    text = "{'headline': 'x', 'n': [" + "1," * (LONGEST_LITERAL // 2) + "]}"
    began = time.process_time()
    assert read({"summary": text}).body["summary_json"]["overview"] == text
    assert time.process_time() - began < 1


def test_python_values_that_json_lacks_become_lists() -> None:
    summary = read({"summary": "{'highlights': ({'topic': 'a', 'conversation_ids': {'x'}},), 'date': None}"}).body
    assert summary["summary_json"]["highlights"] == [
        {"topic": "a", "emoji": None, "summary": None, "conversation_ids": ["x"]}
    ]


def test_an_odd_escape_in_a_legacy_text_warns_nobody() -> None:
    assert read({"summary": r"{'headline': 'a\d'}"}).body["summary_json"]["headline"] == r"a\d"


def test_the_toy_body_of_omis_command_line_tool_is_taken() -> None:
    body = read({"title": "Your day", "summary": "A quiet one", "conversations_count": 3}).body
    assert body["summary_json"]["overview"] == "A quiet one"
    assert (body["title"], body["conversations_count"]) == ("Your day", 3)


@pytest.mark.parametrize(
    ("location", "address"),
    [({"address": "a", "name": "n"}, "a"), ({"name": "n"}, "n"), ({"address": None}, None)],
)
def test_a_place_is_read_from_its_address_else_from_its_name(location: Any, address: str | None) -> None:
    assert read({"summary_json": {"locations": [location]}}).body["summary_json"]["locations"][0]["address"] == address


@pytest.mark.parametrize(("sent", "uid"), [({"uid": "u2"}, "u2"), ({"uid": 7}, "7"), ({"uid": ""}, None), ([], None)])
def test_the_user_may_stand_in_the_body(sent: Any, uid: str | None) -> None:
    assert read(sent).uid == uid


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.integers(), inner),
        max_leaves=8,
    )
)
def test_any_python_value_as_legacy_text_is_read(value: Any) -> None:
    result = read({"summary": str({"headline": "h", "extra": value})})
    assert result.body["summary_json"].keys() >= SUMMARY.keys()
