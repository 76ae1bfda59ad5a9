"""One speaker's words in order, whatever comes late or is put in their place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.model import Segment
from omiflow.speech.line import LOOK_BACK, MOST_WORDS, Line
from omiflow.speech.piece import Piece
from omiflow.speech.placing import A_BREAK
from omiflow.speech.trying import Opening


def piece(text: str, start: float = 0.0, end: float | None = None, key: str | None = None) -> Piece:
    over = start + len(text.split()) if end is None else end
    return Piece(Segment(id=key or text, text=text, start=start, end=over), key or text)


def line(*pieces: Piece) -> Line:
    made = Line("voice:A", is_user=False)
    for one in pieces:
        add(made, one)
    return made


def add(made: Line, one: Piece) -> None:
    made.add(one, one.words)


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([("a", 0, 1), ("b", 1, 2), ("c", 2, 3)], "a b c"),
        ([("a", 0, 1), ("c", 2, 3), ("b", 1, 2)], "a b c"),
        ([("b", 1, 2), ("a", 0, 1)], "a b"),
        ([("a", 0, 1), ("c", 2, 3), ("d", 3, 4), ("b", 1, 2)], "a b c d"),
        ([("a", 0, 4), ("c", 4, 5), ("b", 2, 4)], "a b c"),
        ([("a", 0, 4), ("c", 4, 5), ("b", 1, 3)], "a c b"),
        ([("a", 0, 1), ("b", 0, 1)], "a b"),
        ([("a", 5, 6), ("b", 5, 6), ("c", 0, 1)], "c a b"),
    ],
)
def test_a_piece_goes_to_the_end_or_into_the_gap_where_its_time_lies(
    pieces: list[tuple[str, float, float]], words: str
) -> None:
    assert line(*(piece(*one) for one in pieces)).words == words.split()


def test_words_before_those_that_were_decided_are_decided_anew() -> None:
    made = line(piece("a b", 0), piece("e f", 5))
    made.decided, made.open_of = 4, "index"
    add(made, piece("c", 3))
    assert (made.words, made.decided) == (["a", "b", "c", "e", "f"], 2)
    assert not made.open_of
    made.decided, made.open_of = 5, "index"
    add(made, piece("g", 9))
    assert (made.decided, made.open_of) == (5, "index")
    number = made.number("e f")
    assert number == 2
    made.replace(number, number + 1, [])
    assert (made.words, made.decided) == (["a", "b", "c", "g"], 3)
    assert not made.open_of


def test_a_copy_changes_alone() -> None:
    made = line(piece("a"))
    other = made.copy()
    add(other, piece("b", 1))
    other.replace(0, 1, [piece("c")])
    assert (made.words, other.words) == (["a"], ["c", "b"])
    assert made.at(0)[0].key == "a"


@pytest.mark.parametrize(
    ("texts", "marked"),
    [
        (["a b.", "c"], "b"),
        (["a. b", "c?"], "ac"),
        (["a", ".", "b"], "a"),
        (["a", "", "! b"], "a"),
        (["a", "", "b"], ""),
        (["a", "!?", "", "b"], "a"),
        (["a", "...", "", "b"], ""),
        (["a b", "!"], "b"),
    ],
)
def test_a_mark_behind_a_word_may_stand_in_a_later_piece(texts: list[str], marked: str) -> None:
    made = Line("voice:A", is_user=False, pieces=[piece(text, at, key=str(at)) for at, text in enumerate(texts)])
    assert "".join(word for at, word in enumerate(made.words) if made.marked(at)) == marked


@pytest.mark.parametrize(
    ("pause", "paused"), [(0.0, [1, 2, 3]), (0.5, [2, 3]), (1.0, [3]), (3.0, [3]), (3.1, [])]
)  # fmt: skip
def test_a_pause_lies_between_the_times_of_words(pause: float, paused: list[int]) -> None:
    made = line(piece("a b", 0, 2), piece("c", 2.5, 3), piece("d", 6, 7))
    assert [at for at in range(1, 4) if made.paused(at, pause)] == paused


def test_words_that_came_when_nothing_had_come_for_a_while_are_behind_a_pause() -> None:
    late = Piece(Segment(id="2", text="b c", start=1, end=2), "2", still=True)
    made = line(piece("a", 0, 1), late)
    assert [at for at in range(1, 3) if made.paused(at, 2.0)] == [1]


def test_words_are_found_in_their_pieces() -> None:
    made = line(piece("one, two", 0, 2), piece("", 2), piece("three ($4)", 2, 6), piece("five.", 6))
    spans = [(one.key, first, last) for one, first, last in made.spans(1, 4)]
    assert spans == [("one, two", 1, 1), ("three ($4)", 0, 1), ("five.", 0, 0)]
    assert [made.text(0, 1), made.text(1, 3), made.text(3, 3)] == ["one, two", "two three ($4", "$4"]
    assert [made.begins(at) for at in range(5)] == [0.0, 1.0, 2.0, 4.0, 6.0]
    assert made.ends(3) == 6.0


def keys(first: int, end: int) -> set[str]:
    return {str(at) for at in range(first, end)}


def test_far_more_words_than_anybody_says_are_forgotten_also_of_known_segments() -> None:
    made = line(*(piece("w " * 100, 0, 0, key=str(at)) for at in range(MOST_WORDS // 100)))
    made.settle()
    made.shorten(keys(0, 100))
    assert len(made.words) == MOST_WORDS
    add(made, piece("x", 0, 0))
    made.settle()
    made.shorten(keys(0, 100))
    assert LOOK_BACK <= len(made.words) <= LOOK_BACK + 100
    assert (made.decided, made.words[-1], made.at(0)[1]) == (len(made.words), "x", 0)


def test_the_words_of_segments_that_are_no_longer_known_are_forgotten_but_not_what_is_open() -> None:
    made = line(*(piece("w " * 50, at * 50, key=str(at)) for at in range(10)))
    made.settle()
    made.open = {"template": Opening(first=220, upto=500, alive=A_BREAK)}
    made.shorten(keys(9, 10))
    assert (len(made.words), made.decided, made.open["template"].first) == (300, 300, 20)
    made.open = {}
    longer = made.copy()
    longer.shorten(keys(7, 10))
    assert len(longer.words) == 150
    made = made.copy()
    made.shorten(keys(9, 10))
    assert len(made.words) == 100


def test_after_words_were_forgotten_some_more_come_before_others_are() -> None:
    made = line(*(piece("w " * 20, at * 20, key=str(at)) for at in range(10)))
    made.settle()
    made.shorten(keys(2, 10))
    lengths = [len(made.words)]
    for at in range(10, 15):
        add(made, piece("w " * 20, at * 20, key=str(at)))
        made.settle()
        made.shorten(keys(at - 7, at + 1))
        lengths.append(len(made.words))
    assert lengths == [160, 180, 200, 160, 180, 200]


def test_words_that_are_not_decided_are_not_forgotten() -> None:
    made = line(*(piece("w " * 100, at * 100, key=str(at)) for at in range(12)))
    made.shorten(keys(11, 12))
    assert (len(made.words), made.decided) == (1200, 0)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "replace", "drop"]),
        st.lists(st.sampled_from("abc"), max_size=3),
        st.integers(0, 9),
        st.integers(0, 3),
        st.integers(0, 20),
    ),
    max_size=12,
)


@settings(max_examples=300)
@given(STEPS)
def test_a_line_is_the_list_of_its_pieces_words(steps: list[tuple[str, list[str], int, int, int]]) -> None:
    made, model = line(), list[Piece]()
    for number, (kind, words, start, lasts, place) in enumerate(steps):
        new = piece(" ".join(words), start, start + lasts, key=str(number))
        made.decided = len(made.words)
        same = 0
        if kind == "add" or not model:
            add(made, new)
            later = next((at for at, one in enumerate(model) if all(x.segment.start > start for x in model[at:])), None)
            fits = later is None or later == 0 or start >= sum(span(model[later - 1])) / 2
            at = later if later is not None and fits else len(model)
            same = sum(len(one.words) for one in model[:at])
            model.insert(at, new)
        else:
            at = place % len(model)
            same = sum(len(one.words) for one in model[:at])
            model[at : at + 1] = [new] if kind == "replace" else []
            made.replace(at, at + 1, [new] if kind == "replace" else [])
        spread = [(one, nth) for one in model for nth in range(len(one.words))]
        assert made.pieces == model
        assert made.words == [one.words[nth] for one, nth in spread]
        assert [made.at(position) for position in range(len(spread))] == spread
        assert [made.begins(position) for position in range(len(spread))] == [one.begins(nth) for one, nth in spread]
        assert made.decided <= same or made.decided == len(made.words) - len(new.words) * (kind == "add")
        for first in range(len(spread)):
            counted = [
                (one, nth) for one, begun, end in made.spans(first, len(spread) - 1) for nth in range(begun, end + 1)
            ]
            assert counted == spread[first:]


def span(one: Piece) -> tuple[float, float]:
    return one.segment.start, one.segment.end
