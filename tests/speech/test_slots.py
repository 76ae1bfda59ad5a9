"""What slots take of the words that were said."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from omiflow.model import Segment
from omiflow.speech.lists import entries
from omiflow.speech.phrases import Hit, Phrase, PhraseIndex
from omiflow.speech.senses import Listener

LISTS = {
    "rooms": entries(["kitchen", "living", "Living Room", {"say": ["bedroom", "bed room"], "value": 3}, "uh room"]),
    "people": entries([{"say": ["Tom", "Tom Becker"], "value": "uid_tom"}, {"say": ["Ana"], "value": {"id": 1}}]),
}


def _found(template: str, *texts: str, excepts: tuple[str, ...] = ()) -> list[Hit]:
    segments = [Segment(id=str(number), text=text) for number, text in enumerate(texts)]
    return PhraseIndex([Phrase(template, "rule", excepts=excepts)], LISTS).find(segments)


@pytest.mark.parametrize(
    ("template", "text", "slots"),
    [
        ("remind me to {task}", "Remind me to buy milk.", [{"task": "buy milk"}]),
        (
            "remind me to {task}",
            "remind me to buy milk, bread and “Dune”! Bye.",
            [{"task": "buy milk, bread and “Dune"}],
        ),
        ("remind me to {task}", "remind me to buy 3.5 l of milk", [{"task": "buy 3.5 l of milk"}]),
        ("remind me to {task}", "remind me to, um, buy uh milk um.", [{"task": "buy uh milk"}]),
        ("remind me to {task}", "remind me to", []),
        ("remind me to {task}", "remind me to, um...", []),
        ("remind me to {task}", "Remind me to. Buy milk.", []),
        ("remind me to {task}", "Remind me to sing. Remind me to eat.", [{"task": "sing"}, {"task": "eat"}]),
        ("remind me to {task} please", "remind me to eat now please please", [{"task": "eat now"}]),
        ("remind me to {task} please", "remind me to eat. Now, please", [{"task": "eat. Now"}]),
        ("remind {who} to {task}", "remind tom to go to bed", [{"who": "tom", "task": "go to bed"}]),
        ("remind {who} to call [now]", "remind A to call, remind B to call now", [{"who": "A"}, {"who": "B"}]),
        ("turn it on [in the {x} room]", "turn it on in the big room", [{"x": "big"}]),
        ("turn it on [in the {x} room]", "turn it on in the big hall", [{"x": None}]),
        ("call [{who}]", "Call. Call Ana.", [{"who": None}, {"who": "Ana"}]),
        ("a [b] {x} c", "a b q c", [{"x": "q"}]),
        ("a {x} [b]", "a q b r", [{"x": "q"}]),
        ("a {x} [b]", "a q r. b", [{"x": "q r"}]),
        ("(a {x}|b {y})", "b q. a r", [{"x": None, "y": "q"}, {"x": "r", "y": None}]),
        ("{who} is late", "well, Tom is late and Ana is late", [{"who": "Tom"}, {"who": "Ana"}]),
        ("{who} is late", "is late", []),
        ("hey {who} is late", "hey Tom Becker is late", [{"who": "Tom Becker"}]),
        ("I spent {amount} on {what}", "I spent $12.50 on lunch", [{"amount": "$12.50", "what": "lunch"}]),
        ("set it to {level}", "Set it to 50%.", [{"level": "50%"}]),
        ("set it to {level}", "Set it to 21°C…", [{"level": "21°C"}]),
        ("提醒我{task}", "提醒我买牛奶。好", [{"task": "买牛奶"}]),
        ("go to {r:list rooms}", "Go to the kitchen, go to KITCHEN", [{"r": "kitchen"}]),
        ("go to {r:list rooms}", "go to the living, um, room", []),
        ("go to {r:list rooms} now", "go to living-room now", [{"r": "Living Room"}]),
        ("go to {r:list rooms} room", "go to living room", [{"r": "living"}]),
        ("go to {r:list rooms} [room]", "go to living room", [{"r": "Living Room"}]),
        ("go to {r:list rooms}", "go to bed room", [{"r": 3}]),
        ("go to {r:list rooms}", "go to uh room", [{"r": "uh room"}]),
        ("{p:list people}", "Ana and Tom Becker", [{"p": {"id": 1}}, {"p": "uid_tom"}]),
        ("[{p:list people}] called", "Tom called, he called", [{"p": "uid_tom"}, {"p": None}]),
        ("{p:list people} {x}", "Ana is here. Bye", [{"p": {"id": 1}, "x": "is here"}]),
        ("{x} {p:list people}", "hello there Ana", [{"x": "there", "p": {"id": 1}}]),
        ("{a:list people} {b:list people}", "Tom Ana", [{"a": "uid_tom", "b": {"id": 1}}]),
        ("{x:list nobody} called", "Tom called", []),
        ("[{x:list nobody}] called", "Tom called", [{"x": None}]),
    ],
)
def test_a_slot_takes_what_was_said(template: str, text: str, slots: list[dict[str, Any]]) -> None:
    assert [hit.slots for hit in _found(template, text)] == slots


def test_a_phrase_without_slots_has_none() -> None:
    assert [hit.slots for hit in _found("any advice", "any advice")] == [{}]


def test_a_slot_goes_on_from_segment_to_segment_and_the_hit_names_them() -> None:
    (hit,) = _found("remind me to {task}", "Please remind me", "to buy", "milk. Bye", "bye")
    assert (hit.text, hit.slots) == ("remind me to buy milk", {"task": "buy milk"})
    assert [segment.id for segment in hit.segments] == ["0", "1", "2"]


def test_punctuation_at_the_end_of_a_segment_is_inside_a_slot_that_goes_on() -> None:
    (hit,) = _found("buy {things}, thanks", "Buy (milk),", "“bread”,", "butter; thanks")
    assert hit.slots == {"things": "milk), “bread”, butter"}


@pytest.mark.parametrize(
    ("excepts", "text", "found"),
    [
        (("don't {x} remind",), "don't ever remind me to go", False),
        (("don't {x} me",), "don't ever remind me to go", False),
        (("don't {x}",), "don't remind me to go", False),
        (("don't {x}",), "Don't. Remind me to go", True),
        (("don't {x}",), "Don't worry. Remind me to go", True),
        (("don't {x} go please",), "don't remind me to go", True),
        (("{p:list people} remind",), "Tom Becker, remind me to go", False),
        (("{p:list people}",), "remind me to call Tom back", False),
        (("{p:list people}",), "remind me to call Tom", True),
        (("nothing",), "remind me to nothing, forget it", False),
    ],
)
def test_an_except_with_slots_vetoes_like_any_other(excepts: tuple[str, ...], text: str, found: bool) -> None:
    assert bool(_found("remind me to {task}", text, excepts=excepts)) is found


def test_phrases_are_found_in_a_title_too() -> None:
    title = Segment(text="Budget review with Ana: the numbers")
    index = PhraseIndex([Phrase("review with {p:list people}", 1), Phrase("with {p:list people} {rest}", 2)], LISTS)
    assert [(hit.owner, hit.slots) for hit in index.find([title])] == [
        (1, {"p": {"id": 1}}),
        (2, {"p": {"id": 1}, "rest": "the numbers"}),
    ]
    assert index.find([Segment(text="")]) == []


LISBON = ZoneInfo("Europe/Lisbon")
MONDAY_AT_TEN = datetime(2026, 3, 2, 10, tzinfo=LISBON).timestamp()
TOMORROW_AT_NINE = datetime(2026, 3, 3, 9, tzinfo=LISBON)


@pytest.mark.parametrize(
    ("template", "text", "slots"),
    [
        ("I spent {n:number}", "I spent twelve fifty.", [{"n": 12.5}]),
        ("I spent {n:number} [euros]", "I spent twenty-five, um, euros on lunch", [{"n": 25}]),
        ("I spent {n:number} on {what}", "I spent $1,200.50 on a bike.", [{"n": 1200.5, "what": "a bike"}]),
        ("I spent {n:number}", "I spent money", []),
        ("add {a:number} {b:number}", "add two 5", [{"a": 2, "b": 5}]),
        ("{n:number} {what} each", "twelve red apples each", [{"n": 12, "what": "red apples"}]),
        ("{x} {n:number} times", "say it three times", [{"x": "it", "n": 3}]),
        ("{p:list people} {n:number}", "Tom Becker twelve", [{"p": "uid_tom", "n": 12}]),
        ("wake me {when:time}", "Wake me tomorrow at nine.", [{"when": TOMORROW_AT_NINE}]),
        ("remind me {when:time} to {x}", "remind me tomorrow at nine to go", [{"when": TOMORROW_AT_NINE, "x": "go"}]),
        ("call me [at {when:time}]", "call me at home", [{"when": None}]),
        ("pay {n:number} {when:time}", "pay twelve tomorrow at nine", [{"n": 12, "when": TOMORROW_AT_NINE}]),
    ],
)
def test_a_typed_slot_takes_what_was_meant(template: str, text: str, slots: list[dict[str, Any]]) -> None:
    index = PhraseIndex([Phrase(template, "rule")], LISTS)
    listener = Listener(now=MONDAY_AT_TEN, zone=LISBON)
    assert [hit.slots for hit in index.find([Segment(text=text)], listener)] == slots


def test_a_typed_slot_knows_the_language() -> None:
    index = PhraseIndex([Phrase("ich zahle {n:number}", "rule")])
    said = [Segment(text="Ich zahle zwölf")]
    assert [hit.slots for hit in index.find(said, Listener(language="de"))] == [{"n": 12}]
    assert index.find(said, Listener(language="en")) == []
