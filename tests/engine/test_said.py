"""Phrases as a condition: in what was said, in titles and overviews, and wherever a path leads."""

from __future__ import annotations

import pytest

from omiflow.model import Segment

TALK = [
    Segment(id="a", text="We are over", is_user=True),
    Segment(id="b", text="so the budget is gone", is_user=False),
    Segment(id="c", text="spending a lot", is_user=True),
]
BODY = {
    "structured": {"title": "Fair: the budget", "overview": "Stalls cost more.", "action_items": []},
    "notes": ["call Tom Becker", 7, None, ""],
}
LISTS = "lists: {people: [Ana, {say: [Tom, Tom Becker], value: uid_tom}]}\n"


def fired(bench, outcome, condition, body=BODY, segments=TALK):
    rule = f"rules: [{{triggers: [{{trigger: memory_created}}], conditions: [{condition}]}}]"
    seen = outcome(bench(LISTS + rule).remember(body, segments))
    return seen.outcome == "fired", seen.gates[-1].detail


@pytest.mark.parametrize(
    ("condition", "wanted", "detail"),
    [
        ("{phrases: [budget]}", True, "'budget' is in transcript"),
        ("{phrases: [the bill, over spending]}", True, "'over spending' is in transcript"),
        ("{phrases: [the bill]}", False, "none of the phrases is in transcript"),
        ("{phrases: [budget], speaker: user}", False, "none of the phrases is in transcript"),
        ("{phrases: [budget], speaker: other}", True, "'budget' is in transcript"),
        ("{phrases: [the budget], in: title}", True, "'the budget' is in title"),
        ("{phrases: [the budget], in: title, speaker: user}", True, "'the budget' is in title"),
        ("{phrases: [the budget], in: overview}", False, "none of the phrases is in overview"),
        ("{phrases: [stalls cost], in: all}", True, "'Stalls cost' is in all"),
        ("{phrases: ['call {who:list people}'], in: '$.notes[*]'}", True, "'call Tom Becker' is in $.notes[*]"),
        ("{phrases: [call], in: $.nowhere}", False, "nothing in $.nowhere"),
        ("{not: {phrases: [budget]}}", False, "not: 'budget' is in transcript"),
    ],
)
def test_phrases_are_looked_for_where_a_condition_says(bench, outcome, condition, wanted, detail):
    assert fired(bench, outcome, condition) == (wanted, detail)


def test_nothing_said_is_told_as_such(bench, outcome):
    assert fired(bench, outcome, "{phrases: [budget]}", {"structured": {}}, []) == (False, "nothing in transcript")


def test_the_headline_of_a_day_is_its_title(bench, outcome):
    world = bench("[{triggers: [{trigger: day_summary}], conditions: [{phrases: [winter fair], in: title}]}]")
    body = {"summary_json": {"headline": "A winter fair", "overview": ""}}
    assert outcome(world.decide(world.event("day_summary", body))).outcome == "fired"
