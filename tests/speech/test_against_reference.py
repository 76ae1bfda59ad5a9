"""The matcher finds what the slow one finds, however speech is cut into segments and calls, repeated and corrected."""

from __future__ import annotations

import runpy
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings

from omiflow.model import Segment

AGAINST = runpy.run_path(str(Path(__file__).with_name("against_reference.py")))
CASES = AGAINST["GENERATED"]["cases"]
Call, Hearer = AGAINST["Call"], AGAINST["Hearer"]
Case, Said, Sought = AGAINST["GENERATED"]["Case"], AGAINST["Said"], AGAINST["REFERENCE"]["Sought"]


@settings(max_examples=400)
@given(case=CASES())
def test_what_is_said_in_one_call_is_found_as_the_language_says(case):
    AGAINST["check_uncut"](case)


@settings(max_examples=400)
@given(case=CASES())
def test_how_speech_is_cut_changes_nothing(case):
    AGAINST["check_cut"](case)


@settings(max_examples=300)
@given(case=CASES(most=10))
def test_a_rule_answers_in_the_call_with_the_word_that_decides(case):
    AGAINST["check_word_by_word"](case)


@settings(max_examples=300)
@given(case=CASES())
def test_segments_that_come_again_change_nothing(case):
    AGAINST["check_repeated"](case)


@settings(max_examples=250)
@given(case=CASES(most=10))
def test_a_speaker_of_whom_nothing_arrives_has_paused(case):
    AGAINST["check_stillness"](case)


@settings(max_examples=250)
@given(case=CASES(most=10))
def test_a_stream_made_again_hears_on_as_if_nothing_had_happened(case):
    AGAINST["check_rebuilt"](case)


@settings(max_examples=400)
@given(case=CASES(most=10))
def test_corrections_leave_nothing_out_and_answer_nothing_twice(case):
    AGAINST["check_corrected"](case)


@pytest.mark.parametrize("check", ["check_uncut", "check_cut", "check_word_by_word", "check_repeated", "check_rebuilt"])
@pytest.mark.parametrize("behind", [[], ["me"], ["um", "me"]])
def test_an_open_slot_is_over_before_a_filler_that_comes_after_two_minutes(check, behind):
    said, at = [], 0.0
    for raw, begins, lasts in [("call,", 0, 0.25), ("call,", 0.25, 0.25), ("call", 2.25, 40), ("call,", 42.25, 40)]:
        said.append(Said(raw, begins, begins + lasts, user=True))
        at = begins + lasts
    for number, raw in enumerate(["um,", *behind]):
        said.append(Said(raw, at + number * 40, at + number * 40 + 40, user=True))
    AGAINST[check](Case([Sought("one", "(call {x}|{y} me)")], said, -1, -1, 0))


@pytest.mark.parametrize("cuts", [(0, 76), range(77)])
def test_an_open_slot_of_just_two_minutes_is_whole_however_it_is_cut(cuts):
    words = ["note", *(f"w{number}" for number in range(1, 76))]
    segments = [
        Segment(id=f"s{first}", text=" ".join(words[first:end]), start=round(first * 1.6, 1), end=round(end * 1.6, 1))
        for first, end in pairwise(cuts)
    ]
    hearer = Hearer([Sought("one", "note {x}")]).hear_all([Call(AGAINST["BEGAN"], "e", segments)])
    assert [hit.slots["x"] for hit in hearer.hits] == [" ".join(words[1:])]
