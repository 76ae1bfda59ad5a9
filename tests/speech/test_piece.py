"""The words of one segment: their times, and the sentence marks behind them."""

from __future__ import annotations

import pytest

from omiflow.model import Segment
from omiflow.speech.piece import Piece


def piece(text: str, start: float = 0.0, end: float = 0.0) -> Piece:
    made = Piece(Segment(id="1", text=text, start=start, end=end), "1")
    made.count = len(made.words)
    return made


@pytest.mark.parametrize(
    ("text", "start", "end", "begins"),
    [
        ("one two um four", 10.0, 12.0, [10.0, 10.5, 11.0, 11.5, 12.0]),
        ("one", 1.0, 3.0, [1.0, 3.0]),
        ("one two", 5.0, 5.0, [5.0, 5.0, 5.0]),
        ("one two", 5.0, 4.0, [5.0, 5.0, 5.0]),
        ("买牛奶", 0.0, 3.0, [0.0, 1.0, 2.0, 3.0]),
        ("...", 4.0, 5.0, [4.0]),
    ],
)
def test_the_time_of_a_word_is_interpolated_by_its_number(
    text: str, start: float, end: float, begins: list[float]
) -> None:
    said = piece(text, start, end)
    assert [said.begins(number) for number in range(len(said.words) + 1)] == begins


@pytest.mark.parametrize(
    ("text", "marked", "before"),
    [
        ("one two", [], False),
        ("one. Two", [0], False),
        ("one, two?", [1], False),
        ("one... two… three!", [2], False),
        ("! one", [], True),
        ("3.5 e.g. one", [], False),
        ("call Dr. Smith at 5 p.m. tomorrow", [], False),
        ("at 5 p.m. Then go", [3], False),
        ("the U.S. embassy in Washington D.C. on Monday", [], False),
        ("to the U.S. We left", [3], False),
        ("his Ph.D. thesis, milk etc. at Acme Inc. today", [], False),
        ("am 5. Dezember", [], False),
        ("I am 5. He is 6.", [2, 5], False),
        ("", [], False),
        (", -", [], False),
        ("?!", [], True),
        ("好。好", [0], False),
    ],
)
def test_sentence_marks_are_known_by_the_words_before_them(text: str, marked: list[int], before: bool) -> None:
    said = piece(text)
    assert [number for number in range(len(said.words)) if said.marked(number)] == marked
    assert said.marked_before is before


@pytest.mark.parametrize(
    ("text", "first", "last", "spoken"),
    [
        ("I paid $12.50 for it.", 2, 3, "$12.50"),
        ("set it to 50%, now", 3, 3, "50%"),
        ("it's 21 °C here", 1, 1, "21"),
        ("it's 21°C here", 1, 2, "21°C"),
        ("“Dune” (the book)", 0, 2, "Dune” (the book"),
        ("pay 5€!", 1, 1, "5€"),
    ],
)
def test_words_are_spoken_with_the_signs_at_them(text: str, first: int, last: int, spoken: str) -> None:
    said = piece(text)
    assert said.spoken(first, last) == spoken
    assert said.spoken(None, None) == text
