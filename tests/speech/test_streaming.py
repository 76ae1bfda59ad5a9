"""Phrases over the stream of a speaker's words: cut anywhere, sent again, corrected and extended (rule language, 3.1)."""

from __future__ import annotations

from typing import Any

import pytest

from omiflow.speech.senses import Listener

REMIND = "remind me to {task}"


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        (["1@0 so any | 2@1 advice please"], [["any advice"]]),
        (["1@0 so any", "2@1 advice please"], [[], ["any advice"]]),
        (["1@0 any", "2@0.5 um", "3@1 advice"], [[], [], ["any um advice"]]),
        (["1@0 any advice any", "2@1.5 advice"], [["any advice"], ["any advice"]]),
        (["1@0 any.", "2@0.5 Advice"], [[], ["any. Advice"]]),
        (["1@0 any", "2@0.5 good", "3@1 advice"], [[], [], []]),
        (["1@0 any", "B:2@0.5 oh yes", "1@0 any", "3@0.5 advice"], [[], [], [], ["any advice"]]),
        (["1@0 any | B:2@0.5 advice", "B:3@1 any | 4@0.5 advice"], [[], ["any advice"]]),
        (["B:1@0 any | 2@0 any", "2@0 any | B:3@0.5 advice | 4@0.5 advice"], [[], ["any advice", "any advice"]]),
        (["1@0 any", "I:2@0.5 advice"], [[], []]),
        (["1@0 any", "2@0.5 "], [[], []]),
    ],
)
def test_words_of_one_speaker_match_across_segments_and_calls(
    texts: Any, calls: list[str], found: list[list[str]]
) -> None:
    assert texts(calls, "any advice") == found


def test_a_hit_names_the_segments_that_carry_its_words_and_the_event_of_the_last_ones(hits: Any) -> None:
    *_, (hit,) = hits(["1@0 hello so any", "B:2@1 what", "3@1.5 um", "4@2 advice for me"], "any advice")
    assert [segment.id for segment in hit.segments] == ["1", "3", "4"]
    assert (hit.text, hit.speaker, hit.event_id) == ("any um advice", "voice:A", "e3")


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        (["1@0 any advice", "1@0 any advice"], [1, 0]),
        (["1@0 any advice", "1@0 any advice | 2@1 any advice"], [1, 1]),
        (["1@0 any", "1@0 any | 2@0.5 advice", "1@0 any | 2@0.5 advice"], [0, 1, 0]),
        (["1@0 any", "2@0.5 advice", "1@0 any", "2@0.5 advice"], [0, 1, 0, 0]),
        (["1@0 any advice", "+130 1@0 any advice"], [1, 0]),
    ],
)
def test_what_is_sent_again_fires_nothing(texts: Any, calls: list[str], found: list[int]) -> None:
    assert [len(one) for one in texts(calls, "any advice")] == found


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        (["1@0 any device", "1@0 any advice"], [[], ["any advice"]]),
        (["1@0 Any advice", "1@0 any advice?"], [["Any advice"], []]),
        (["1@0 any advice", "1@0 So, any advice please?"], [["any advice"], []]),
        (["1@0 any advice please", "1@0 any advice"], [["any advice"], []]),
        (["1@0 so any advice", "1@0 any advice"], [["any advice"], []]),
        (["1@0 any advice", "1@0 any, um, advice"], [["any advice"], []]),
        (["1@0 any advice", "I:1@0 any advice"], [["any advice"], []]),
        (["1@0 any advice", "B:1@0 any advice"], [["any advice"], []]),
        (["1@0 any advice", "1@0 any advice. Any advice"], [["any advice"], ["Any advice"]]),
        (["1@0 any advice", "1@0 Any advice any advice", "1@0 any advice any advice!"], [["any advice"], ["any advice"], []]),
        (["1@0 any advice", "1@0 many advices", "1@0 any advice"], [["any advice"], [], []]),
        (["1@0 any advice", "1@0 hello", "1@0 any advice", "1@0 any advice any advice"], [["any advice"], [], [], ["any advice"]]),
        (["1@0 any advice", "1@0 ", "1@0 any advice"], [["any advice"], [], []]),
        (["1@0 ...", "1@0 any advice"], [[], ["any advice"]]),
        (["1@0 hello", "B:2@1 ", "B:2@1 any advice"], [[], [], ["any advice"]]),
        (["1@0 hello", "B:2@1 ...", "2@1 any advice"], [[], [], ["any advice"]]),
        (["1@0 hello", "2@1 advice", "1@0 hello any"], [[], [], ["any advice"]]),
        (["1@0 any", "2@1 device", "2@1 advice"], [[], [], ["any advice"]]),
        (["1@0 any", "2@0.5 advice", "1@0 any any"], [[], ["any advice"], []]),
        (["1@0 any", "2@0.5 advice", "1@0 many", "1@0 any"], [[], ["any advice"], [], []]),
        (["1@0 any", "B:2@0.5 advice", "2@0.5 advice"], [[], [], ["any advice"]]),
        (["1@0 any advice", "2@1 hello", "2@1 any advice"], [["any advice"], [], ["any advice"]]),
    ],
)  # fmt: skip
def test_a_correction_fires_what_it_brings_and_nothing_that_was_answered(
    texts: Any, calls: list[str], found: list[list[str]]
) -> None:
    assert texts(calls, "any advice") == found


@pytest.mark.parametrize("speaker", ["user", "other"])
def test_words_that_turn_out_to_be_somebody_elses_fire_for_whom_they_are(texts: Any, speaker: str) -> None:
    calls = ["1@0 any advice", "I:1@0 any advice", "I:1@0 any advice"]
    found = {"user": [[], ["any advice"], []], "other": [["any advice"], [], []]}
    assert texts(calls, "any advice", speaker=speaker) == found[speaker]


def test_a_person_who_is_recognised_later_says_nothing_twice_and_goes_on_with_it(talk: Any, segments_of: Any) -> None:
    one = talk("any advice", "more please")
    assert [hit.text for hit in one.hear("1@0 any advice more")] == ["any advice"]
    (segment,) = segments_of("1@0 any advice more")
    segment.person_id = "p1"
    assert one.stream.take([segment], at=one.now + 1) == []
    assert list(one.stream.lines["person:p1"].words) == ["any", "advice", "more"]
    (follow,) = segments_of("2@1.5 please")
    follow.person_id = "p1"
    one.stream.take([follow], at=one.now + 2)
    assert [hit.text for hit in one.index.hear(one.stream, Listener(now=one.now)).hits] == ["more please"]


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        (["1@0 any", "3@2 please", "2@0.5-2 advice"], [[], [], ["any advice"]]),
        (["2@1 advice", "1@0 any"], [[], ["any advice"]]),
        (["1@0-4 any", "2@1-3 advice"], [[], ["any advice"]]),
        (["2@1-3 advice | 1@0.5 any"], [["any advice"]]),
        (["1@0-1 any | 2@1-2 advice", "3@0.5 any"], [["any advice"], []]),
        (["1@0 buy | 2@5 please any", "3@1 any", "4@6 advice"], [[], [], ["any advice"]]),
    ],
)
def test_a_segment_that_comes_late_is_put_into_the_gap_where_it_belongs(
    texts: Any, calls: list[str], found: list[list[str]]
) -> None:
    assert texts(calls, "any advice") == found


def test_overlapping_speakers_do_not_interrupt_each_other(hits: Any) -> None:
    calls = ["I:1@0-2 remind me to | B:2@0-3 no remind me", "B:3@3-4 to sing | I:4@2-4 buy milk", "~"]
    *_, ended = hits(calls, REMIND)
    assert [(hit.speaker, hit.slots["task"]) for hit in ended] == [("user", "buy milk"), ("voice:B", "sing")]


@pytest.mark.parametrize(
    ("within", "calls", "fires"),
    [
        (15.0, ["1@0-1 any", "2@14-15 advice"], True),
        (15.0, ["1@0-1 any", "2@14-15.5 advice"], False),
        (15.0, ["1@0-1 any | 2@15-16 advice"], False),
        (1.0, ["1@0-1 any advice"], True),
        (0.9, ["1@0-1 any advice"], False),
        (1.0, ["1@0-4 so well any advice"], False),
        (2.0, ["1@0-4 so well any advice"], True),
        (15.0, ["1@0-30 any uh uh advice"], False),
        (31.0, ["1@0-30 any uh uh advice"], True),
    ],
)
def test_all_words_lie_within_a_time_that_is_interpolated_in_their_segments(
    texts: Any, within: float, calls: list[str], fires: bool
) -> None:
    assert any(texts(calls, "any advice", within=within)) is fires


def test_the_same_words_fire_in_another_occurrence_of_the_same_template(texts: Any) -> None:
    assert texts(["1@0 go go go", "2@1.5 go"], "go go") == [["go go"], ["go go"]]


def test_templates_of_a_rule_that_overlap_are_one_occurrence_the_first_that_is_decided(texts: Any) -> None:
    both = ("any advice please", "any advice", "advice please", "please do")
    assert texts(["1@0 any", "2@0.5 advice", "3@1 please", "4@1.5 do"], *both) == [
        [], ["any advice"], [], ["please do"]
    ]  # fmt: skip
    assert texts(["1@0 any advice please do"], *both) == [["any advice", "please do"]]


@pytest.mark.parametrize(
    ("calls", "fires"),
    [
        (["1@0 no need", "2@1 for any advice"], False),
        (["1@0 no need.", "2@1 for any advice"], True),
        (["1@0 no need", "2@1 . For any advice"], True),
        (["1@0 no", "2@0.5 need", "3@1 for any", "4@2 advice"], False),
        (["1@0 no need", "2@9 for any advice"], False),
        (["1@0 any advice", "2@1 no need"], True),
        (["B:1@0 no need", "2@1 for any advice"], True),
        (["1@0 no knead", "1@0 no need", "2@1 for any advice"], False),
    ],
)
def test_an_except_vetoes_over_segments_and_calls(texts: Any, calls: list[str], fires: bool) -> None:
    assert any(texts(calls, "any advice", excepts=("no need",))) is fires


@pytest.mark.parametrize(("speaker", "who"), [("user", ["user"]), ("other", ["voice:B"]), ("any", ["user", "voice:B"])])
def test_a_phrase_comes_from_one_speaker_of_the_kind_that_is_asked_for(hits: Any, speaker: str, who: list[str]) -> None:
    calls = ["I:1@0 any | B:2@0 any", "I:3@0.5 advice | B:4@0.5 advice"]
    assert [hit.speaker for one in hits(calls, "any advice", speaker=speaker) for hit in one] == who


WORDS = "so please remind me to buy um oat milk and bread. Then call Tom Becker at new york city hall"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 20])
@pytest.mark.parametrize("calls_of", [1, 2, 99])
def test_how_speech_is_cut_changes_neither_what_fires_nor_the_slots(hits: Any, size: int, calls_of: int) -> None:
    words = WORDS.split()
    pieces = [
        f"{at}@{at * 0.5}-{min(at + size, len(words)) * 0.5} {' '.join(words[at : at + size])}"
        for at in range(0, len(words), size)
    ]
    calls = [" | ".join(pieces[at : at + calls_of]) for at in range(0, len(pieces), calls_of)]
    heard = hits([*calls, "~"], REMIND, "call {who:list people} [at {where:list cities}]")
    assert [(hit.text, hit.slots) for one in heard for hit in one] == [
        ("remind me to buy um oat milk and bread", {"task": "buy um oat milk and bread"}),
        ("call Tom Becker at new york city hall", {"who": "uid_tom", "where": "new york city hall"}),
    ]
