"""When a session begins and what belongs to it, and how much is remembered (rule language, 3.2; Omi's protocol, 1.5)."""

from __future__ import annotations

from typing import Any

import pytest

from omiflow.model import Segment
from omiflow.speech.senses import Listener
from omiflow.speech.stream import LONGEST_KEPT, MOST_LINES, MOST_SEGMENTS, Stream

TEMPLATES = ("any advice", "remind me to {task}")


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        (["1@0-1 any", "+119.9 2@1-2 advice"], [[], ["any advice"]]),
        (["1@0-1 any", "+120 2@1-2 advice"], [[], []]),
        (["1@0-1 any", "+119 B:2@2-3 oh", "+119 3@3-4 advice"], [[], [], ["any advice"]]),
        (["1@0-1 any", "+60 1@0-1 any", "+60 2@1-2 advice"], [[], [], []]),
        (["1@0-1 any", "+60 1@0-1 so any", "+60 2@1-2 advice"], [[], [], ["any advice"]]),
        (["1@0-1 any", "+60 3@1-2 ", "+60 2@1-2 advice"], [[], [], []]),
        (["1@61-62 any", "2@1-2 advice"], [[], []]),
        (["1@61.1-62 any", "2@1-2 advice", "3@2-3 any", "4@3-4 advice"], [[], [], [], ["any advice"]]),
        (["1@61-62 any | 2@0-1 advice"], [[]]),
        (["1@100-101 any", "2@75-76 advice", "3@101-102 advice"], [[], [], ["any advice"]]),
        (["1@0-1 any", "end", "2@1-2 advice"], [[], [], []]),
        (["1@0-1 any", "end", "1@0-1 any", "2@1-2 advice", "3@2-3 any", "4@3-4 advice"], [[], [], [], [], [], ["any advice"]]),
    ],
)  # fmt: skip
def test_nothing_matches_from_one_session_to_the_next(texts: Any, calls: list[str], found: list[list[str]]) -> None:
    assert texts(calls, *TEMPLATES) == found


@pytest.mark.parametrize("last", ["+120 2@3-4 hello", "+1 2@0-1 hello"])
def test_what_was_held_fires_when_its_session_is_over(texts: Any, last: str) -> None:
    calls = ["1@100-101 remind me to sing" if last.startswith("+1 ") else "1@0-1 remind me to sing", last]
    assert texts(calls, *TEMPLATES) == [[], ["remind me to sing"]]


def test_what_was_held_fires_once_when_a_conversation_is_finished(texts: Any) -> None:
    calls = ["1@0-2 remind me to sing", "end", "2@2-3 now", "~"]
    assert [one for one in texts(calls, *TEMPLATES) if one] == [["remind me to sing"]]


@pytest.mark.parametrize(
    ("call", "begins"),
    [
        ("+119 2@1 b", False),
        ("+120 2@1 b", True),
        ("+119 2@1 ...", False),
        ("+500 2@1 ...", False),
        ("+500 1@300 a", False),
    ],
)
def test_a_session_begins_with_words_after_two_minutes_without_any(talk: Any, call: str, begins: bool) -> None:
    one = talk("x")
    one.hear("1@300 a" if "@300" in call else "1@0 a")
    began = one.stream.began
    assert began == one.now
    one.hear(call)
    assert one.stream.began == (one.now if begins else began)


@pytest.mark.parametrize(
    ("at", "over"), [(-100.0, False), (-6.0, False), (-4.0, True), (0.0, True), (30.0, True)]
)  # fmt: skip
def test_a_finished_conversation_ends_the_session_if_it_lies_behind_the_last_word(at: float, over: bool) -> None:
    stream = Stream().after([Segment(id="1", text="hello")], at=1000.0)
    ended = stream.ended(1000.0 + at)
    again = ended.after([Segment(id="1", text="hello")], at=1002.0)
    assert again.began == 1000.0
    more = again.after([Segment(id="2", text="hello")], at=1003.0)
    assert more.began == (1003.0 if over else 1000.0)
    assert Stream().ended(1000.0) == Stream()


def test_only_new_corrected_and_reattributed_segments_are_fresh() -> None:
    sent = [Segment(id=str(number), text=text) for number, text in enumerate(("one", "two", "three", "four"))]
    stream = Stream().after(sent, at=0.0)
    changed = [
        sent[0],
        Segment(id="1", text="two more"),
        Segment(id="2", text="three", is_user=True),
        Segment(id="3", text="four", person_id="p"),
        Segment(id="4", text="five"),
    ]
    assert stream.fresh(changed) == [changed[1], changed[2], changed[4]]
    assert Stream().fresh(changed) == changed
    assert stream.after(sent, at=1.0) is stream


def test_a_segment_without_id_is_known_by_speaker_times_and_text() -> None:
    stream = Stream().after([Segment(text="one", start=1.0, end=2.0)], at=0.0)
    later = Segment(text="one", start=3.0, end=4.0)
    assert stream.fresh([Segment(text="one", start=1.0, end=2.0), later]) == [later]


def test_a_stream_is_a_value_that_a_call_does_not_change(talk: Any) -> None:
    one = talk(*TEMPLATES)
    one.hear("1@0 any")
    before, words = one.stream, list(one.stream.lines["voice:A"].words)
    assert [len(one.index.hear(before.after(said, at=one.now + 1), Listener()).hits) for said in [ADVICE] * 2] == [1, 1]
    assert before.lines["voice:A"].words == words
    assert before.marks == {}


ADVICE = [Segment(id="2", text="advice", speaker="A", start=0.5, end=1.0)]


def test_at_most_so_many_segments_are_remembered_the_latest_but_those_of_a_call_all() -> None:
    def sent(count: int, name: str) -> list[Segment]:
        return [Segment(id=f"{name}{number}", text="word") for number in range(count)]

    stream = Stream().after(sent(MOST_SEGMENTS, "a"), at=0.0).after(sent(3, "b"), at=1.0)
    assert len(stream.known) == MOST_SEGMENTS
    assert [segment.id for segment in stream.fresh(sent(5, "a"))] == ["a0", "a1", "a2"]
    many = stream.after(sent(MOST_SEGMENTS + 50, "c"), at=2.0)
    assert many.fresh(sent(MOST_SEGMENTS + 50, "c")) == []
    assert len(many.known) == MOST_SEGMENTS + 50
    assert len(many.after(sent(1, "d"), at=3.0).known) == MOST_SEGMENTS


def test_a_segment_is_remembered_for_minutes() -> None:
    first, other = Segment(id="1", text="hello"), Segment(id="2", text="there")
    stream = Stream().after([first], at=0.0)
    assert stream.after([other], at=LONGEST_KEPT).fresh([first]) == []
    assert stream.after([other], at=LONGEST_KEPT + 1).fresh([first]) == [first]


def test_a_segment_that_is_changed_when_it_would_be_forgotten_is_remembered_on() -> None:
    first, changed = Segment(id="1", text="hello"), Segment(id="1", text="hello there")
    stream = Stream().after([first], at=0.0).after([changed], at=LONGEST_KEPT + 1)
    assert stream.fresh([changed]) == []
    assert stream.after([Segment(id="2", text="so")], at=2 * LONGEST_KEPT).fresh([changed]) == []


def test_a_segment_is_not_forgotten_in_a_call_that_has_it() -> None:
    first, other = Segment(id="1", text="hello"), Segment(id="2", text="there")
    stream = Stream().after([first], at=0.0).after([first, other], at=LONGEST_KEPT + 1)
    assert stream.fresh([first, other]) == []


def test_marks_are_forgotten_with_their_segments(talk: Any) -> None:
    one = talk(*TEMPLATES)
    one.hear("1@0 any advice")
    assert set(one.stream.marks) == {"1"}
    one.hear(f"+{LONGEST_KEPT + 1} 2@1 hello")
    assert one.stream.marks == {}


def test_the_speakers_who_spoke_last_are_remembered() -> None:
    stream = Stream()
    for number in range(MOST_LINES + 5):
        said = Segment(id=str(number), text="word", speaker=f"V{number}", start=float(number))
        stream = stream.after([said], at=float(number))
    assert len(stream.lines) == MOST_LINES
    assert "voice:V4" not in stream.lines
    assert f"voice:V{MOST_LINES + 4}" in stream.lines


def test_the_words_of_a_line_are_bounded_and_phrases_go_on_behind_them(talk: Any) -> None:
    one = talk(*TEMPLATES)
    for number in range(30):
        one.hear(f"s{number}@{number * 10} {'word ' * 50}")
    one.hear("x@300 remind me")
    assert len(one.stream.lines["voice:A"].words) <= 800 + 52
    assert [hit.slots["task"] for hit in one.hear("y@301 to sing.")] == ["sing"]


def said(*parts: tuple[str, float, str, bool]) -> Stream:
    stream = Stream()
    for key, at, text, is_user in parts:
        stream = stream.after([Segment(id=key, text=text, is_user=is_user, start=at)], at=at)
    return stream


TOLD = said(
    ("0", 0.0, "old", True), ("1", 200.0, " one ", True), ("2", 210.0, "two", False), ("3", 220.0, "three", True)
)


@pytest.mark.parametrize(
    ("last", "speaker", "text"),
    [
        (None, "any", "one two three"),
        (None, "user", "one three"),
        (None, "other", "two"),
        (25.0, "any", "two three"),
        (20.0, "any", "two three"),
        (19.0, "any", "three"),
        (1000.0, "any", "one two three"),
        (0.0, "any", ""),
    ],
)
def test_the_text_of_a_session_is_what_was_said_lately_in_it(last: float | None, speaker: str, text: str) -> None:
    assert TOLD.text(now=230.0, last=last, speaker=speaker) == text


def test_the_text_of_a_session_has_the_last_form_of_each_segment_in_its_place() -> None:
    corrected = TOLD.after([Segment(id="1", text="ONE", is_user=True, start=200.0)], at=225.0)
    assert corrected.text(now=230.0) == "ONE two three"
    assert Stream().text(now=230.0) == ""


def test_text_without_words_is_no_text_of_a_session() -> None:
    assert said(("1", 0.0, "one", True), ("2", 1.0, "...", True)).text(now=2.0) == "one"
