"""Which version of a rule file counts when files are broken or in each other's way."""

from __future__ import annotations

import pytest

from omiflow.language.facts import Facts
from omiflow.language.load import Loader
from omiflow.model import Segment
from omiflow.runtime.standing import all_kept, last_good, standing
from omiflow.speech.fillers import FILLERS

BROKEN = "rules: [{id: ["


def text(*ids, alias="one", lists=""):
    written = "".join(
        f"  - id: {name}\n    alias: {alias}\n    triggers: [{{trigger: memory_created}}]\n"
        "    actions: [{action: log.write, data: {message: hello}}]\n"
        for name in ids
    )
    return f"{lists}rules:\n{written}" if ids else lists


def stand(before, after):
    loader = Loader(Facts())
    kept = last_good(loader.load(before))
    return standing(loader.load(after), kept)


CASES = {
    "an edit counts": ({"a": text("x")}, {"a": text("x", alias="two")}, {"x": "two"}, set()),
    "a new file counts": ({}, {"a": text("x")}, {"x": "one"}, set()),
    "a file that is gone counts no more": ({"a": text("x"), "b": text("y")}, {"b": text("y")}, {"y": "one"}, set()),
    "a broken file stays as it was": ({"a": text("x")}, {"a": BROKEN}, {"x": "one"}, {"a"}),
    "a new broken file is nothing": ({}, {"a": BROKEN, "b": text("y")}, {"y": "one"}, {"a"}),
    "others change beside a broken one": (
        {"a": text("x"), "b": text("y")},
        {"a": BROKEN, "b": text("y", alias="two")},
        {"x": "one", "y": "two"},
        {"a"},
    ),
    "a rule moves to another file": (
        {"a": text("x"), "b": text("y")},
        {"a": text("y"), "b": text("x")},
        {"x": "one", "y": "one"},
        set(),
    ),
    "an id taken by a later file waits": (
        {"a": text("x"), "b": text("y")},
        {"a": text("x"), "b": text("y", "x", alias="two")},
        {"x": "one", "y": "one"},
        {"b"},
    ),
    "an id taken by an earlier file waits": (
        {"a": text("y"), "b": text("x")},
        {"a": text("y", "x", alias="two"), "b": text("x")},
        {"x": "one", "y": "one"},
        {"a", "b"},
    ),
    "a new file with an id of a broken one waits": (
        {"b": text("x")},
        {"a": text("x", alias="two"), "b": BROKEN},
        {"x": "one"},
        {"a", "b"},
    ),
    "who follows one that waits, waits too": (
        {"a": text("x"), "b": text("y"), "c": text("z")},
        {"a": text("y", alias="two"), "b": BROKEN, "c": text("x", alias="two")},
        {"x": "one", "y": "one", "z": "one"},
        {"a", "b", "c"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_version_that_counts(name):
    before, after, wanted, held = CASES[name]
    found = stand(before, after)
    assert {rule.id: rule.alias for rule in found.rules.rules} == wanted
    assert found.held == held
    assert found.rules.by_id.keys() == wanted.keys()


def test_the_texts_that_count_are_those_on_disk_that_are_not_held():
    before, after = {"a": text("x"), "b": text("y")}, {"a": BROKEN, "b": text("y", alias="two")}
    assert stand(before, after).good_texts == {"b": after["b"]}


def test_a_list_that_goes_leaves_the_rules_that_use_it_with_what_it_was():
    uses = text("x").replace("actions:", "conditions: [{path: $.id, in: lists.few}]\n    actions:")
    before = {"a": uses, "lists": "lists: {few: [one, two]}\n"}
    found = stand(before, {"a": uses})
    assert found.held == {"a"}
    assert found.rules.by_id["x"].lists["few"].ways == ["one", "two"]


ASKS_FOR_A_ROOM = """\
rules:
  - id: light
    triggers: [{trigger: realtime_transcript, phrases: ["light in the {room:list rooms}"]}]
    actions: [{action: log.write, data: {message: "{{ trigger.slots.room }}"}}]
"""
ROOMS = "lists: {rooms: [{say: [attic, loft], value: top}]}\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"a": ASKS_FOR_A_ROOM, "lists": ROOMS, "c": BROKEN}),
        ({}, {"a": ASKS_FOR_A_ROOM, "lists": f"{ROOMS}rules: 3\n"}),
        ({"a": ASKS_FOR_A_ROOM, "lists": ROOMS}, {"a": ASKS_FOR_A_ROOM}),
        ({"a": ASKS_FOR_A_ROOM, "lists": ROOMS}, {"a": ASKS_FOR_A_ROOM, "lists": BROKEN}),
        ({"a": ROOMS + ASKS_FOR_A_ROOM}, {"a": BROKEN}),
    ],
    ids=["another is broken", "its own rules are broken", "it is gone", "it can't be read", "the rules with it"],
)
def test_slots_of_a_list_are_found_whatever_file_is_broken(before, after):
    found = stand(before, after)
    assert found.held
    said = [Segment(text="Light in the loft!")]
    assert [hit.slots for hit in found.rules.spoken["realtime_transcript"].find(said)] == [{"room": "top"}]


def test_without_a_folder_everything_stays():
    kept = last_good(Loader(Facts()).load({"a": text("x"), "b": text("y")}))
    found = all_kept(kept, fillers=FILLERS)
    assert found.rules.by_id.keys() == {"x", "y"}
    assert found.held == {"a", "b"}
    assert found.good_texts == {}


def test_stored_texts_that_are_in_each_others_way_count_once():
    kept = last_good(Loader(Facts()).load({"a": text("x"), "b": text("x", alias="two")}))
    assert {rule.id: rule.alias for rule in all_kept(kept, fillers=FILLERS).rules.rules} == {"x": "one"}
