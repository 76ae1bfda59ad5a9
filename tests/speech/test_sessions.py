"""When a session begins and what belongs to it, and how much is remembered (rule language, 3.2; Omi's protocol, 1.5)."""

from __future__ import annotations

from typing import Any

import pytest

from omiflow.engine.names import SessionNames
from omiflow.model import Mark, Segment
from omiflow.speech.line import MOST_WORDS
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
    hello = Segment(id="1", text="hello")
    stream = heard(([hello], 1000.0))
    stream.end(1000.0 + at)
    stream.take([hello], at=1002.0)
    assert stream.began == 1000.0
    stream.take([Segment(id="2", text="hello")], at=1003.0)
    assert stream.began == (1003.0 if over else 1000.0)


def test_a_finished_conversation_is_nothing_to_who_has_said_nothing() -> None:
    stream = Stream()
    stream.end(1000.0)
    assert stream == Stream()


def test_only_new_corrected_and_reattributed_segments_are_fresh() -> None:
    sent = [Segment(id=str(number), text=text) for number, text in enumerate(("one", "two", "three", "four"))]
    stream = heard((sent, 0.0))
    assert stream.take(sent, at=1.0) is None
    changed = [
        sent[0],
        Segment(id="1", text="two more"),
        Segment(id="2", text="three", is_user=True),
        Segment(id="3", text="four", person_id="p"),
        Segment(id="4", text="five"),
    ]
    assert stream.take(changed, at=2.0) == [changed[1], changed[2], changed[4]]
    assert Stream().take(changed, at=0.0) == changed


def test_a_segment_without_id_is_known_by_speaker_times_and_text() -> None:
    stream = heard(([Segment(text="one", start=1.0, end=2.0)], 0.0))
    later = Segment(text="one", start=3.0, end=4.0)
    assert stream.take([Segment(text="one", start=1.0, end=2.0), later], at=1.0) == [later]


def test_at_most_so_many_segments_are_remembered_the_latest_but_those_of_a_call_all() -> None:
    def sent(count: int, name: str) -> list[Segment]:
        return [Segment(id=f"{name}{number}", text="word") for number in range(count)]

    stream = heard((sent(MOST_SEGMENTS, "a"), 0.0), (sent(3, "b"), 1.0))
    assert len(stream.known) == MOST_SEGMENTS
    assert next(iter(stream.known)) == "a3"
    stream.take(sent(MOST_SEGMENTS + 50, "c"), at=2.0)
    assert stream.take(sent(MOST_SEGMENTS + 50, "c"), at=2.0) is None
    assert len(stream.known) == MOST_SEGMENTS + 50
    stream.take(sent(1, "d"), at=3.0)
    assert len(stream.known) == MOST_SEGMENTS


def test_a_segment_is_remembered_for_minutes() -> None:
    first, other = Segment(id="1", text="hello"), Segment(id="2", text="there")
    assert heard(([first], 0.0), ([other], LONGEST_KEPT)).take([first], at=LONGEST_KEPT) is None
    assert heard(([first], 0.0), ([other], LONGEST_KEPT + 1)).take([first], at=LONGEST_KEPT + 1) == [first]


def test_a_segment_that_is_changed_when_it_would_be_forgotten_is_remembered_on() -> None:
    first, changed = Segment(id="1", text="hello"), Segment(id="1", text="hello there")
    stream = heard(([first], 0.0), ([changed], LONGEST_KEPT + 1))
    assert stream.take([changed], at=LONGEST_KEPT + 2) is None
    stream.take([Segment(id="2", text="so")], at=2 * LONGEST_KEPT)
    assert stream.take([changed], at=2 * LONGEST_KEPT) is None


def test_a_segment_is_not_forgotten_in_a_call_that_has_it() -> None:
    first, other = Segment(id="1", text="hello"), Segment(id="2", text="there")
    stream = heard(([first], 0.0), ([first, other], LONGEST_KEPT + 1))
    assert stream.take([first, other], at=LONGEST_KEPT + 1) is None


def test_what_is_too_old_is_forgotten_also_behind_what_a_call_has() -> None:
    first, second = Segment(id="1", text="hello"), Segment(id="2", text="there")
    stream = heard(([first, second], 0.0), ([first, Segment(id="3", text="so")], LONGEST_KEPT + 1))
    assert list(stream.known) == ["1", "3"]


def test_marks_are_kept_by_segment_of_those_that_are_known() -> None:
    stream = heard(([Segment(id="s", text="any advice"), Segment(id="t", text="more")], 0.0))
    some = [Mark(rule="r", segment=key, first=at, last=at) for key, at in (("s", 0), ("s", 1), ("t", 0), ("u", 0))]
    stream.mark(some[:1])
    stream.mark(some[1:])
    assert {key: marks.ranges for key, marks in stream.marks.items()} == {"s": tuple(some[:2]), "t": (some[2],)}


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
        stream.take([said], at=float(number))
    assert len(stream.lines) == MOST_LINES
    assert "voice:V4" not in stream.lines
    assert f"voice:V{MOST_LINES + 4}" in stream.lines


def test_the_words_of_a_line_are_bounded_and_phrases_go_on_behind_them(talk: Any) -> None:
    one = talk(*TEMPLATES)
    for number in range(90):
        one.hear(f"s{number}@{number * 10} {'word ' * 50}")
    one.hear("x@900 remind me")
    assert len(one.stream.lines["voice:A"].words) <= MOST_WORDS + 52
    assert [hit.slots["task"] for hit in one.hear("y@901 to sing.")] == ["sing"]


def test_much_that_was_said_is_text_of_the_session_and_can_be_corrected(talk: Any) -> None:
    one = talk(*TEMPLATES)
    one.hear("s@0 any device")
    for number in range(1, 40):
        assert one.hear(f"+3 s{number}@{number * 3} {'word ' * 8}") == []
    assert len(text_of(one.stream, now=one.now).split()) == 2 + 39 * 8
    assert len(text_of(one.stream, now=one.now, last="60s").split()) == 21 * 8
    assert [hit.text for hit in one.hear("s@0 any advice")] == ["any advice"]


def text_of(stream: Stream, *, now: float, last: str | None = None, speaker: str = "any") -> str:
    return SessionNames(stream.session(), now).text(last=last, speaker=speaker)


def heard(*calls: tuple[list[Segment], float]) -> Stream:
    stream = Stream()
    for segments, at in calls:
        stream.take(segments, at=at)
    return stream


def said(*parts: tuple[str, float, str, bool]) -> Stream:
    return heard(*(([Segment(id=key, text=text, is_user=is_user, start=at)], at) for key, at, text, is_user in parts))


def told() -> Stream:
    return said(
        ("0", 0.0, "old", True), ("1", 200.0, " one ", True), ("2", 210.0, "two", False), ("3", 220.0, "three", True)
    )


@pytest.mark.parametrize(
    ("last", "speaker", "text"),
    [
        (None, "any", "one two three"),
        (None, "user", "one three"),
        (None, "other", "two"),
        ("25s", "any", "two three"),
        ("20s", "any", "two three"),
        ("19s", "any", "three"),
        ("1000s", "any", "one two three"),
        ("0s", "any", ""),
    ],
)
def test_the_text_of_a_session_is_what_was_said_lately_in_it(last: str | None, speaker: str, text: str) -> None:
    assert text_of(told(), now=230.0, last=last, speaker=speaker) == text


def test_the_text_of_a_session_has_the_last_form_of_each_segment_in_its_place() -> None:
    stream = told()
    stream.take([Segment(id="1", text="ONE", is_user=True, start=200.0)], at=225.0)
    assert text_of(stream, now=230.0) == "ONE two three"
    assert text_of(Stream(), now=230.0) == ""


def test_text_without_words_is_no_text_of_a_session() -> None:
    assert text_of(said(("1", 0.0, "one", True), ("2", 1.0, "...", True)), now=2.0) == "one"
