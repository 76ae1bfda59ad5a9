"""Templates with slots are placed in bounded time; where, is compared with a slow matcher elsewhere."""

from __future__ import annotations

import time

import pytest

from omiflow.model import Segment
from omiflow.speech.lists import Entry
from omiflow.speech.phrases import Phrase, PhraseIndex

LISTS = {
    "l": (Entry(("a", "a b"), 1), Entry(("c b a",), {"two": 2}), Entry(("b", "a"), None)),
    "m": (Entry(("um", "b"), "m"), Entry(("c",), "c"), Entry(("!",), "never")),
}


def _said(text: str) -> list[Segment]:
    return [Segment(id="1", text=text, end=10.0)]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{x} [a] [b] [c] [d] [e] [f] [g] [h] [i] [j] [k] z", "a b c d e f g h i j k " * 50),
        ("a {x} a {y} a {z} a {w} a {v} end", "a " * 600),
        ("a {x} [a] b [a {y} a [a {z} a [a {w} a]]] end", "a b " * 300),
        ("(a|a b|a b a|a b a b) {x} (a|a b|a b a|a b a b) {y} (a|b a|a b a) end", "a b " * 300),
        (" ".join(f"{{p{number}:list l}}" for number in range(20)) + " end", "a b " * 300),
        ("a {p:list l} {x} {q:list l} b {y} {r:list l} end", "a b a b " * 150),
        ("remind me to {task}", "remind me to " * 200),
    ],
)
def test_the_time_is_bounded_whatever_is_said(template: str, text: str) -> None:
    index = PhraseIndex([Phrase(template, number, rule=str(number)) for number in range(2)], LISTS)
    said = _said(text + "end" if "task" not in template else text)
    begun = time.process_time()
    index.find(said)
    assert time.process_time() - begun < 2.0


def test_a_big_list_is_shared_by_all_phrases_and_phrases_that_were_not_begun_cost_nothing() -> None:
    names = tuple(Entry((f"name{number} family{number}",), number) for number in range(10_000))
    phrases = [Phrase(f"call{number} {{who:list people}} now", number, rule=f"r{number}") for number in range(2000)]
    phrases += [Phrase("{who:list people}", -number, rule=f"r-{number}") for number in range(1, 200)]
    begun = time.process_time()
    index = PhraseIndex(phrases, {"people": names})
    made = time.process_time() - begun
    said = _said("so call7 name9999 family9999 now then")
    begun = time.process_time()
    hits = index.find(said)
    found = time.process_time() - begun
    assert {(hit.owner, hit.slots["who"]) for hit in hits} == {(-number, 9999) for number in range(200)} - {
        (0, 9999)
    } | {(7, 9999)}
    assert made < 2.0
    assert found < 0.1
