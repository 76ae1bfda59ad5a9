"""The matcher finds what the slow one finds, however speech is cut into segments and calls, repeated and corrected."""

from __future__ import annotations

import runpy
from pathlib import Path

from hypothesis import given, settings

AGAINST = runpy.run_path(str(Path(__file__).with_name("against_reference.py")))
CASES = AGAINST["GENERATED"]["cases"]


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
