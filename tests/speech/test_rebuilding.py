"""A stream made again from what is stored, or rules loaded again, hear on as if nothing had happened."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.speech.stream import LONGEST_KEPT

TEMPLATES = ("call me [at {who:list people}]", "note {x}", "me Tom", "{who:list people} called")
WORDS = st.lists(
    st.sampled_from(["call", "me", "at", "Tom", "Becker", "um", "note", "called", "me.", "? at", "so!"]), max_size=4
).map(" ".join)
SEGMENTS = st.tuples(
    st.sampled_from(["", "", "", "I:", "B:"]), st.integers(0, 6), st.sampled_from([0, 0, 0, 0.5]), WORDS
).map(lambda one: f"{one[0]}{one[1]}@{2 * one[1] + one[2]}-{2 * one[1] + one[2] + 1.5} {one[3]}")
SAID = st.tuples(
    st.sampled_from(["", "", "", "+2.5 ", "+3 ", "+125 "]), st.lists(SEGMENTS, min_size=1, max_size=3).map(" | ".join)
).map("".join)
CALLS = st.lists(st.one_of(SAID, SAID, SAID, SAID, st.sampled_from(["~", "~1", "end"])), min_size=2, max_size=8).filter(
    lambda calls: sum(call.startswith("+125") for call in calls) * 125 < LONGEST_KEPT - 20
)


@settings(max_examples=300)
@given(CALLS)
def test_a_restart_or_a_reload_between_any_calls_changes_nothing(hits: Any, calls: list[str]) -> None:
    hits(calls, *TEMPLATES)


@settings(max_examples=200)
@given(CALLS)
def test_a_call_that_comes_again_at_once_sets_nothing_off(talk: Any, calls: list[str]) -> None:
    one = talk(*TEMPLATES)
    for call in calls:
        one.hear(call)
        if "@" in call:
            before = one.stream
            assert one.hear(call[call.index(" ") + 1 :] if call.startswith("+") else call) == []
            assert before.marks == one.stream.marks


@settings(max_examples=200)
@given(CALLS)
def test_a_mark_lies_on_words_of_its_segment_and_what_is_heard_leaves_one(talk: Any, calls: list[str]) -> None:
    one = talk(*TEMPLATES)
    for call in calls:
        found = one.hear(call)
        for piece in (piece for line in one.stream.lines.values() for piece in line.pieces):
            marks = one.stream.marks[piece.key].ranges if piece.key in one.stream.marks else ()
            assert all(0 <= mark.first <= mark.last < len(piece.words) for mark in marks), (piece.words, marks)
        for hit in found:
            keys = [segment.id for segment in hit.segments if one.stream.known[segment.id].segment == segment]
            assert all(one.stream.marks[key].ranges for key in keys)
