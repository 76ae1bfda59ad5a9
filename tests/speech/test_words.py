"""How a text becomes words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omiflow.speech.words import Word, ends_sentence, normalised, tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Any advice?", "any advice"),
        ("don't", "dont"),
        ("don’t DON`T donʼt don＇t", "dont dont dont dont"),
        ("it’s what I'd've said", "its what idve said"),
        ("last time'cause we 'tried' it", "last time cause we tried it"),
        ("à l’université", "à l université"),
        ("сім'я", "сімя"),
        ("follow-up, follow up", "follow up follow up"),
        ("well—yes…no", "well yes no"),
        ("under_score 24/7", "under score 24 7"),
        ("Straße STRASSE", "strasse strasse"),
        ("ＯＭＩ ﬁne", "omi fine"),
        ("İSTANBUL Isparta ısparta", "istanbul isparta isparta"),
        ("cafe\u0301 café", "café café"),
        ("हिन्दी में बोलो।", "हिन्दी में बोलो"),
        ("می\u200cخواهم", "میخواهم"),
        ("你好，Omi！", "你 好 omi"),
        ("カﾞ ガ がが", "ガ ガ が が"),
        ("ไปไหน", "ไ ป ไ ห น"),
        ("한국어 말", "한국어 말"),
        ("...?!", ""),
    ],
)
def test_words_are_what_is_said_not_how_it_is_written(text: str, words: str) -> None:
    assert normalised(text) == words.split()
    assert [word.text for word in tokens(text)] == words.split()


def test_a_word_knows_its_place_and_its_sentence() -> None:
    assert tokens("Don’t go. It's 3.5!") == [
        Word("dont", 0, 5, 0),
        Word("go", 6, 8, 0),
        Word("its", 10, 14, 1),
        Word("3", 15, 16, 1),
        Word("5", 17, 18, 1),
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("one two", [0, 0]),
        ("one. two", [0, 1]),
        ("one?! two", [0, 1]),
        ("one... two", [0, 0]),
        ("one. Dr. Two z.B. three", [0, 1, 1, 1, 1, 1]),
        ("e.g this", [0, 0, 0]),
        ("はい。い", [0, 0, 1]),
        ("हाँ। में", [0, 1]),
        ("one؟ two", [0, 1]),
        ("! one", [1]),
    ],
)
def test_sentence_marks_end_a_sentence_and_other_dots_do_not(text: str, sentences: list[int]) -> None:
    assert [word.sentence for word in tokens(text)] == sentences


def test_the_end_of_a_sentence_behind_a_word_is_seen() -> None:
    assert ends_sentence("one. two.", 8)
    assert not ends_sentence("one. two", 5)


_ODD = st.sampled_from(
    [
        *"'’`´_-.!?iIİıßſK²½…９",
        " ",
        "\n",
        "e",
        "ö",
        "s",
        "t",
        "\u0301",
        "\u0307",
        "\u0308",
        "\u200d",
        "\u00ad",
        *"ำกเแ่你好がカﾞﾟ々ー한ㅎㅏㄱᄒ\u1161\u11ab\uffa1\uffc2हिन्दी्בּשׁlд️א",
        "\U0001f468",
        "ﬃ",
        "ǰ",
        "ẞ",
        "\u0345",
        "ΐ",
    ]
)


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.text(_ODD, max_size=12), st.text(max_size=12), st.text(st.characters(codec="ascii"), max_size=20)))
@example("ㅎㅏ ㅎㅏㄴ")
@example("i\u0300\u0307s't")
def test_the_fast_way_gives_the_same_words_as_the_one_with_places(text: str) -> None:
    located = tokens(text)
    assert normalised(text) == [word.text for word in located]
    for word in located:
        assert 0 <= word.start < word.end <= len(text)
    for word, follower in pairwise(located):
        assert word.start <= follower.start
        assert word.sentence <= follower.sentence


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(_ODD, max_size=6), max_size=4))
def test_lines_are_split_into_the_words_that_each_has_alone(lines: list[str]) -> None:
    assert normalised("\n".join(lines)) == [word.text for line in lines for word in tokens(line)]


@pytest.mark.parametrize("text", ["Don’t", "İstanbul", "हिन्दी", "Straße"])
def test_a_word_that_is_compared_already_stays_as_it_is(text: str) -> None:
    assert normalised(normalised(text)[0]) == normalised(text)
