"""Of all lists of a folder, a rule holds those that it reads: an edit of another makes no new version of it."""

from __future__ import annotations

import json

import pytest

from omiflow.language.facts import Facts
from omiflow.language.load import Loader

LISTS = "lists: {rooms: [kitchen], people: [Ana, {say: [Tom, Tom Becker], value: t}], words: [yes]}\n"
ALL = {"people", "rooms", "words"}

CASES = {
    "nothing": ({}, set()),
    "the word alone": ({"alias": "lists of rooms"}, set()),
    "a list action": ({"actions": [{"action": "list.get", "data": {"name": "rooms"}}]}, set()),
    "an operand": ({"conditions": [{"path": "$.x", "in": "lists.rooms"}]}, {"rooms"}),
    "an operand of an item": ({"conditions": [{"action_items": {"description": {"in": "lists.words"}}}]}, {"words"}),
    "a slot": ({"triggers": [{"trigger": "realtime_transcript", "phrases": ["{r:list rooms} now"]}]}, {"rooms"}),
    "a slot of a veto": (
        {"triggers": [{"trigger": "realtime_transcript", "phrases": ["go"], "except": ["go {r:list words}"]}]},
        {"words"},
    ),
    "a slot of a condition": ({"conditions": [{"phrases": ["{r:list rooms} now"]}]}, {"rooms"}),
    "a template": ({"conditions": [{"template": "{{ 'x' in lists.rooms }}"}]}, {"rooms"}),
    "a template in brackets": ({"variables": {"x": "{{ lists['rooms'] | first }}"}}, {"rooms"}),
    "two templates": ({"variables": {"x": ["{{ lists.rooms }}", {"y": "{{ lists.words[0] }}"}]}}, {"rooms", "words"}),
    "braces in quotes": ({"variables": {"x": "{{ '}}' ~ lists.rooms }}"}}, {"rooms"}),
    "a key": (
        {"throttle": {"limit": 1, "period": "1m", "key": "{{ event.id in lists.people }}"}},
        {"people"},
    ),
    "a name that only the values tell": ({"variables": {"x": "{{ lists[event.source] }}"}}, ALL),
    "all of them": ({"variables": {"x": "{{ lists | length }}"}}, ALL),
    "a method": ({"variables": {"x": "{{ lists.get('rooms') }}"}}, ALL),
    "another name": ({"variables": {"x": "{% set all = lists %}{{ all.rooms }}"}}, ALL),
}


@pytest.mark.parametrize("name", CASES)
def test_a_rule_holds_the_lists_that_it_reads(name: str) -> None:
    more, wanted = CASES[name]
    rule = {"id": "one", "triggers": [{"trigger": "memory_created"}], "actions": [{"stop": "enough"}]} | more
    other = {"id": "other", "triggers": [{"trigger": "memory_created"}], "actions": [{"stop": "{{ lists.people }}"}]}
    texts = {"a.yaml": json.dumps({"rules": [rule, other]}), "lists.yaml": LISTS}
    loader = Loader(Facts())
    before = loader.load(texts)
    assert [one for one in before.problems if one.severity == "error"] == []
    assert before.rules.by_id["one"].lists.keys() == wanted
    assert before.rules.by_id["one"].source["lists"].keys() == wanted
    for changed in ALL:
        old, new = {"rooms": ("kitchen", "hall"), "people": ("Ana", "Kim"), "words": ("yes", "no")}[changed]
        after = loader.load({**texts, "lists.yaml": LISTS.replace(old, new)})
        same = after.rules.by_id["one"].digest == before.rules.by_id["one"].digest
        assert same == (changed not in wanted)
        assert (after.rules.by_id["other"].digest == before.rules.by_id["other"].digest) == (changed != "people")


def test_a_list_that_comes_later_is_seen_by_who_asked_for_it() -> None:
    asks = {"id": "one", "triggers": [{"trigger": "memory_created"}], "actions": [{"stop": "{{ lists.later }}"}]}
    texts = {"a.yaml": json.dumps({"rules": [asks]})}
    loader = Loader(Facts())
    assert [problem.code for problem in loader.load(texts).problems] == ["E304"]
    after = loader.load({**texts, "b.yaml": "lists: {later: [x]}"})
    assert after.rules.by_id["one"].lists["later"].ways == ["x"]
