"""Lists are read by reference: an edit of one is seen everywhere, and what it makes of the rules is no history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.engine.interpret import RunView
from omiflow.engine.rules import Rule
from omiflow.language.facts import Facts
from omiflow.language.load import Loader, Rulebook
from omiflow.model import Event, Segment

CALLED = {"trigger": "memory_created"}
HEARD = {"trigger": "realtime_transcript", "phrases": ["call {who:list a}"], "except": ["call {who:list b} not"]}
TITLE, SCORE = "$.structured.title", "$.structured.action_items[0].capture_confidence"
CONDITIONS: dict[str, list[dict[str, Any]]] = {
    "in": [{"path": TITLE, "in": "lists.a"}],
    "not_in": [{"path": TITLE, "not_in": "lists.b"}],
    "folded": [{"path": TITLE, "in": "lists.a", "ignore_case": True}],
    "negated": [{"path": TITLE, "not": {"in": "lists.a"}}],
    "beside": [{"path": TITLE, "in": "lists.a"}, {"path": TITLE, "starts_with": "t"}],
    "number": [{"path": SCORE, "in": "lists.a"}],
    "items": [{"action_items": {"description": {"in": "lists.b"}, "count": {"gte": 1}}}],
    "phrases": [{"phrases": ["{who:list a}"], "in": "title"}],
    "template": [{"template": "{{ event.structured.title in lists.a }}"}],
    "all": [{"template": "{{ lists | join == 'ab' }}"}],
    "method": [{"template": "{{ lists.get('b') | length > 1 }}"}],
    "any": [{"any": [{"path": TITLE, "in": "lists.a"}, {"path": TITLE, "in": "lists.b"}]}],
}
TITLES = ("tom", "Tom", "ana", "7", "x")

ENTRIES = st.sampled_from(["tom", "Tom", "ana", "7", "…", "uh", {"say": ["x", "tom"], "value": 1}])
VALUED = st.builds(lambda way, value: {"say": way, "value": value}, st.sampled_from(["ana", "x"]), st.sampled_from([1, True, 1.0, "1", None]))  # fmt: skip
LISTS = st.dictionaries(st.sampled_from(["a", "b", "aa", "get"]), st.lists(ENTRIES | VALUED, max_size=3), max_size=4)


def texts_of(lists: Mapping[str, Any]) -> dict[str, str]:
    """Write a file for each way to use lists, and one with the lists."""
    rules = {name: {"id": name, "triggers": [CALLED], "conditions": wanted} for name, wanted in CONDITIONS.items()}
    rules["slot"] = {"id": "slot", "triggers": [HEARD]}
    step = {"stop": "enough"}
    written = {name: json.dumps({"rules": [{**rule, "actions": [step]}]}) for name, rule in rules.items()}
    return {**written, "lists": json.dumps({"lists": lists})}


def told(book: Rulebook) -> list[Any]:
    """Tell all that can be seen of a rulebook: its problems, and what its rules are, hear and find to hold."""
    heard = book.rules.spoken.get("realtime_transcript")
    said = [Segment(text=f"call {way}. call ana not") for way in TITLES]
    slots = [repr(hit.slots) for one in said for hit in (heard.find([one]) if heard is not None else ())]
    rules = [(rule.id, rule.digest, list(rule.lists), [held(rule, way) for way in TITLES]) for rule in book.rules.rules]
    return [book.problems, sorted(book.rules.lists), slots, rules]


def held(rule: Rule, title: str) -> list[tuple[bool, str]]:
    """Tell of each condition whether it holds for a conversation with this title."""
    items = [{"description": title, "capture_confidence": 7}]
    payload = {"structured": {"title": title, "action_items": items}}
    event = Event(id="e", name="memory_created", app="default", uid="u", at=0.0, received=0.0, body=payload)
    lists = {name: listed.ways for name, listed in rule.lists.items()}
    view = RunView(event=event, payload=payload, base={"event": payload, "lists": lists}, matched={}, lists=rule.lists)
    return [condition.check(view) for condition in rule.conditions]


@settings(max_examples=30, deadline=None)
@given(st.lists(LISTS, min_size=2, max_size=4))
def test_what_lists_were_before_leaves_no_trace(history: list[dict[str, Any]]) -> None:
    loader = Loader(Facts())
    for lists in history:
        texts = texts_of(lists)
        assert told(loader.load(texts)) == told(Loader(Facts()).load(texts))


GOOD = {"a": ["tom", "ana"], "b": ["ana"]}
OPENED = {"beside", "number"}
"""Whose doubts hang on the entries of list `a` themselves."""
EDITS = {
    "an entry more": ({"a": ["tom", "ana", "x"], "b": ["ana"]}, OPENED),
    "an entry less": ({"a": ["tom"], "b": ["ana"]}, OPENED),
    "another value": ({"a": ["tom", "ana"], "b": [{"say": "ana", "value": 1}]}, set()),
    "another list": ({**GOOD, "c": ["x"]}, set()),
    "nothing to say": ({"a": ["tom", "ana", "…"], "b": ["ana"]}, {*OPENED, "slot", "phrases"}),
    "no entries": ({"a": ["tom", "ana"], "b": []}, {"any", "items", "not_in", "slot"}),
    "gone": ({"a": ["tom", "ana"]}, {"any", "items", "not_in", "slot"}),
}


@pytest.mark.parametrize("name", EDITS)
def test_only_files_that_would_be_told_something_else_are_compiled_anew(name: str) -> None:
    after, wanted = EDITS[name]
    loader = Loader(Facts())
    before = {rule.id: rule for rule in loader.load(texts_of(GOOD)).rules.rules}
    book = loader.load(texts_of(after))
    made = {rule for rule, one in before.items() if one.triggers is not triggers_of(book, rule)}
    assert made == wanted


def triggers_of(book: Rulebook, rule: str) -> Any:
    found = book.rules.by_id.get(rule)
    return None if found is None else found.triggers


def test_a_value_that_is_true_is_another_than_one() -> None:
    loader = Loader(Facts())
    for value in (1, True, 1.0, "1"):
        book = loader.load(texts_of({"a": [{"say": "tom", "value": value}], "b": ["ana"]}))
        (hit,) = book.rules.spoken["realtime_transcript"].find([Segment(text="call tom")])
        assert repr(hit.slots) == repr({"who": value})


def test_which_file_a_list_stands_in_leaves_no_trace() -> None:
    reads = json.dumps({"rules": [{"id": "r", "triggers": [{**HEARD, "phrases": ["call {who:list nope}"]}]}]})
    one, other = json.dumps({"lists": {"a": ["tom"]}}), json.dumps({"lists": {"b": ["ana"]}})
    loader = Loader(Facts())
    for first, last in ((one, other), (other, one)):
        texts = {"first": first, "last": last, "reads": reads}
        assert loader.load(texts).problems == Loader(Facts()).load(texts).problems
