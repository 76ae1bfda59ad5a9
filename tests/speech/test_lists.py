"""Lists as a file writes them, and as they are looked for."""

from __future__ import annotations

import pytest

from omiflow.speech.lists import Entry, entries, word_list

PEOPLE = entries(["Ana", {"say": ["Tom", "Tom Becker"], "value": "uid_tom"}, {"say": "Eve", "value": {"id": 7}}])


def test_a_text_is_its_own_value_and_a_value_may_be_said_in_several_ways() -> None:
    assert (
        Entry(("Ana",), "Ana"),
        Entry(("Tom", "Tom Becker"), "uid_tom"),
        Entry(("Eve",), {"id": 7}),
    ) == PEOPLE


def test_without_a_value_the_first_way_to_say_an_entry_is_its_value() -> None:
    assert entries([{"say": ["Tom", "Tommy"]}]) == (Entry(("Tom", "Tommy"), "Tom"),)


def test_every_way_to_say_an_entry_is_told_in_order() -> None:
    assert PEOPLE.ways == ["Ana", "Tom", "Tom Becker", "Eve"]


def test_the_longest_entry_comes_first_and_an_entry_does_not_reach_past_the_words() -> None:
    people = word_list(PEOPLE)
    assert people.said(["call", "tom", "becker"], 1) == [(2, 1), (1, 1)]
    assert people.said(["call", "tom"], 1) == [(1, 1)]
    assert people.said(["call", "tom"], 0) == []


def test_what_is_said_for_two_entries_means_the_first_and_what_nobody_can_say_is_left_out() -> None:
    both = word_list(entries(["…", {"say": ["Tom"], "value": 1}, {"say": ["tom!"], "value": 2}]))
    assert both.numbers == {"tom": 1}


def test_filler_words_of_entries_are_known() -> None:
    assert word_list(entries(["uh oh", "fine"])).among(frozenset({"um", "uh"})) == {"uh"}


@pytest.mark.parametrize(
    ("words", "at", "longer"),
    [
        (["call", "tom"], 1, True),
        (["call", "tom", "becker"], 1, False),
        (["call", "tom", "now"], 1, False),
        (["call", "ana"], 1, False),
        (["call"], 1, False),
    ],
)
def test_the_beginning_of_a_longer_entry_may_go_on(words: list[str], at: int, longer: bool) -> None:
    assert word_list(PEOPLE).may_go_on(words, at) is longer
