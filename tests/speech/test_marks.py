"""Marks stay with the words that were answered, whatever becomes of the segment."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.model import Mark
from omiflow.speech.marks import Marks


def mark(first: int, last: int, rule: str = "r") -> Mark:
    return Mark(rule=rule, segment="s", first=first, last=last)


def moved(before: str, after: str, *ranges: tuple[int, int]) -> Marks:
    return Marks(tuple(mark(*one) for one in ranges)).moved(before.split(), after.split())


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("any advice", "any advice", [(0, 1)]),
        ("any advice", "so any advice please", [(1, 2)]),
        ("any advice", "any good advice", [(0, 2)]),
        ("any advice", "any device", [(0, 1)]),
        ("any advice", "many device", [(0, 1)]),
        ("any advice", "advice", [(0, 0)]),
        ("any advice", "many vices and more", [(0, 1)]),
        ("any advice", "", []),
    ],
)
def test_a_mark_moves_with_its_words_or_to_those_in_their_place(
    before: str, after: str, found: list[tuple[int, int]]
) -> None:
    marks = moved(before, after, (0, 1))
    assert [(one.first, one.last) for one in marks.ranges] == found
    assert marks.lost == ({} if found else {"r": 1})


def test_marks_of_one_segment_move_apart() -> None:
    marks = moved("a b a b", "a b c a b", (0, 1), (2, 3))
    assert [(one.first, one.last) for one in marks.ranges] == [(0, 1), (3, 4)]


def test_a_mark_whose_words_vanished_is_lost_until_its_rule_marks_the_segment_again() -> None:
    marks = moved("hello any advice", "hello", (1, 2), (1, 1))
    assert (marks.ranges, marks.lost) == ((), {"r": 2})
    again = marks.with_mark(mark(0, 0))
    assert again.lost == {"r": 1}
    assert again.with_mark(mark(0, 0, "other")).lost == {"r": 1}


@pytest.mark.parametrize(
    ("rule", "first", "last", "on"),
    [("r", 0, 1, False), ("r", 1, 2, True), ("r", 3, 3, True), ("r", 4, 9, True), ("r", 5, 9, False), ("q", 2, 4, False)],
)  # fmt: skip
def test_words_are_answered_for_the_rule_whose_mark_they_share(rule: str, first: int, last: int, on: bool) -> None:
    assert Marks((mark(2, 4),)).on(rule, first, last) is on


WORDS = st.lists(st.sampled_from("abcde"), max_size=8)


@settings(max_examples=200)
@given(WORDS, WORDS, st.data())
def test_a_moved_mark_lies_in_the_words_and_covers_all_of_its_own_that_stayed(
    before: list[str], after: list[str], data: st.DataObject
) -> None:
    if not before:
        return
    first = data.draw(st.integers(0, len(before) - 1))
    last = data.draw(st.integers(first, len(before) - 1))
    marks = Marks((mark(first, last),)).moved(before, after)
    assert len(marks.ranges) + marks.lost.get("r", 0) == 1
    for one in marks.ranges:
        assert 0 <= one.first <= one.last < len(after)
    if not set(before) & set(after):
        assert bool(marks.ranges) is bool(after)


@settings(max_examples=200)
@given(WORDS, WORDS, WORDS, WORDS)
def test_words_that_come_before_and_behind_move_a_mark_along(
    before: list[str], own: list[str], more: list[str], behind: list[str]
) -> None:
    said = ["x", *own, "y"]
    whole = [*before, *said, *behind]
    longer = [*more, *whole, *more]
    at = len(before)
    (kept,) = Marks((mark(at, at + len(said) - 1),)).moved(whole, longer).ranges
    assert longer[kept.first] == "x"
    assert (kept.first, kept.last) == (len(more) + at, len(more) + at + len(said) - 1)
