"""What speech does to phrases in the worst of days: words that move, speakers that are named late, long memories."""

from __future__ import annotations

import time
from typing import Any

import pytest

from omiflow.model import Segment
from omiflow.speech.phrases import Phrase, PhraseIndex
from omiflow.speech.senses import Listener
from omiflow.speech.stream import Stream


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        (["1@0-1 so | 2@1-2 any advice", "1@0-2 so any advice"], [["any advice"], []]),
        (["1@0-1 so | 2@1-2 any advice", "1@0-2 so any advice | 2@1-2 "], [["any advice"], []]),
        (["1@0-3 so any advice", "1@0-1 so | 2@1-3 any advice"], [["any advice"], []]),
        (["1@0-1 any advice", "2@1-2 any advice"], [["any advice"], ["any advice"]]),
        (["1@0-1 any advice", "1@0-3 many advise so, any advice"], [["any advice"], []]),
        (
            ["1@0-1 any advice", "1@0-3 many advise so what now, any advice, any advice"],
            [["any advice"], ["any advice"]],
        ),
    ],
)
def test_words_that_move_to_another_segment_are_answered_once(texts: Any, calls: list[str], found: list[Any]) -> None:
    assert texts(calls, "any advice") == found


def test_words_before_a_speaker_was_named_are_theirs() -> None:
    def said(key: str, text: str, start: float, **known: Any) -> Segment:
        return Segment(id=key, text=text, speaker="SPEAKER_01", speaker_id=1, start=start, end=start + 1, **known)

    from_omi = [[said("1", "what do you", 0)], [said("2", "think", 1, person_id="p")]]
    assert _heard(from_omi) == [[], ["what do you think"]]
    assert _heard([*from_omi, [said("1", "what do you", 0, person_id="p")]])[2] == []


def test_what_is_said_much_later_is_new_although_its_call_takes_an_answered_phrase_back(texts: Any) -> None:
    calls = ["1@0-2 well what do you think", "+60 1@0-0.5 well | B:2@60-62 so what do you think"]
    assert texts(calls, "what do you think") == [["what do you think"], ["what do you think"]]


def _heard(calls: list[list[Segment]]) -> list[list[str]]:
    index, stream, found = PhraseIndex([Phrase("what do you think", "rule", rule="rule")]), Stream(), []
    for number, segments in enumerate(calls):
        stream.take(segments, at=100.0 + number)
        found.append([hit.text for hit in index.hear(stream, Listener()).hits])
    return found


def test_repeats_of_more_segments_than_are_kept_are_repeats() -> None:
    many = [
        Segment(id=str(number), text="order a pizza" if not number else "so", start=number) for number in range(450)
    ]
    more = [[*many, Segment(id=f"new {number}", text="oh", start=451)] for number in range(3)]
    index = PhraseIndex([Phrase("order a pizza", "rule", rule="rule")])
    assert [len(hits) for hits in _hits(index, [many, *more])] == [1, 0, 0, 0]


def test_words_that_were_forgotten_are_not_decided_again() -> None:
    first, pizza = Segment(id="a", text="hello", start=0, end=1), Segment(id="b", text="order a pizza", start=1, end=2)
    index = PhraseIndex([Phrase("order a pizza", "rule", rule="rule")])
    oh = [[Segment(id=f"o{number}", text="oh", start=2 + number * 50, end=3 + number * 50)] for number in range(6)]
    again = [[first, *one] for one in oh]
    calls = [[first], [pizza], *again, [Segment(id="a", text="hello there", start=0, end=1)]]
    assert [len(hits) for hits in _hits(index, calls, every=50.0)] == [0, 1, *[0] * 7]


def _hits(index: PhraseIndex, calls: list[list[Segment]], *, every: float = 1.0) -> list[list[Any]]:
    stream, found = Stream(), []
    for number, segments in enumerate(calls):
        stream.take(segments, at=100.0 + number * every)
        found.append(index.hear(stream, Listener()).hits)
    return found


def test_what_a_longer_segment_adds_is_text_of_the_last_minute() -> None:
    stream = Stream()
    stream.take([Segment(id="a", text="hello there")], at=0.0)
    stream.take([Segment(id="a", text="hello there any advice")], at=100.0)
    assert stream.session() == [(100.0, False, "hello there any advice")]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("remind {who} to {what}", "remind to " * 200),
        ("remind {who} to {what}", "remind me to call " * 200),
        ("(a {x} b {y}|a {z} c)", "a q b q " * 150),
        ("so {x} [{when:time}]", "so I think that at nine we go and so on " * 40),
    ],
)
def test_the_time_for_open_slots_is_bounded(template: str, text: str) -> None:
    index = PhraseIndex([Phrase(template, "rule")])
    begun = time.process_time()
    index.find([Segment(id="1", text=text)])
    assert time.process_time() - begun < 3.0
