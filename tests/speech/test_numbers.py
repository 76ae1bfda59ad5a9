"""Numbers as people say them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.speech.numbers import Numbers, Reading
from omiflow.speech.words import tokens


def listed(text: str) -> list[str]:
    return text.split()


ONES = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")


def heard(text: str) -> tuple[list[str], Callable[[int, int], str]]:
    words = tokens(text)
    return [word.text for word in words], lambda first, last: text[words[first].start : words[last].end]


def said(text: str, language: str = "en", at: int = 0) -> list[Reading]:
    words, spoken = heard(text)
    return Numbers(language).said(words, at, spoken)


def may_go_on(text: str, language: str = "en") -> bool:
    words, spoken = heard(text)
    return Numbers(language).may_go_on(words, 0, spoken)


def whole(text: str, language: str = "en") -> object:
    """Give the value of all the words of a text."""
    return {reading.length: reading.value for reading in said(text, language)}.get(len(heard(text)[0]))


def spelled(number: int) -> str:
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10 - 2] + (f"-{ONES[number % 10]}" if number % 10 else "")
    if number < 1000:
        return f"{ONES[number // 100]} hundred" + (f" and {spelled(number % 100)}" if number % 100 else "")
    return f"{spelled(number // 1000)} thousand" + (f" {spelled(number % 1000)}" if number % 1000 else "")


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "12", 12),
        ("en", "12.50", 12.5),
        ("en", "$12.50", 12.5),
        ("en", "50%", 50),
        ("en", "1,000", 1000),
        ("en", "1,000,000.25", 1000000.25),
        ("en", "1.000", 1),
        ("en", "12,50", 12.5),
        ("en", "12 50", 12.5),
        ("en", "12 thousand", 12000),
        ("en", "12 thousand five hundred", 12500),
        ("en", "3 million", 3000000),
        ("en", "1.5 million", 1500000),
        ("en", "2 and a half", 2.5),
        ("en", "one", 1),
        ("en", "zero", 0),
        ("en", "a hundred and five", 105),
        ("en", "Twenty-Five", 25),
        ("en", "two thousand twenty six", 2026),
        ("en", "twelve fifty", 12.5),
        ("en", "twelve oh five", 12.05),
        ("en", "twelve point five", 12.5),
        ("en", "zero point two five", 0.25),
        ("en", "minus three", -3),
        ("en", "minus twelve fifty", -12.5),
        ("en", "half", 0.5),
        ("en", "half a million", 500000),
        ("en", "one and a half", 1.5),
        ("en", "one and a half million", 1500000),
        ("en", "two point five million", 2500000),
        ("en", "a dozen", 12),
        ("en", "two dozen", 24),
        ("en", "nineteen eighty four", 1984),
        ("en", "twenty twenty five", 2025),
        ("de", "zwölf", 12),
        ("de", "dreißig", 30),
        ("de", "1.000,50", 1000.5),
        ("de", "1.000", 1000),
        ("de", "1,000", 1),
        ("de", "eine Million", 1000000),
        ("de", "fünf und zwanzig", 25),
        ("de", "zwölf Komma fünf", 12.5),
        ("de", "zwölf fünfzig", 12.5),
        ("de", "anderthalb", 1.5),
        ("de", "neunzehnhundertvierundachtzig", 1984),
        ("de", "minus drei", -3),
        ("de", "12 Tausend", 12000),
        ("fr", "quatre-vingt-quinze", 95),
        ("fr", "vingt et un", 21),
        ("fr", "deux et demi", 2.5),
        ("fr", "douze virgule cinq", 12.5),
        ("fr", "une douzaine", 12),
        ("fr", "1 000,50", 1000.5),
        ("fr", "moins trois", -3),
        ("es", "treinta y uno", 31),
        ("es", "dos y media", 2.5),
        ("es", "doce coma cinco", 12.5),
        ("es", "un millón", 1000000),
        ("es", "dos mil veintiséis", 2026),
        ("it", "ventitré", 23),
        ("nl", "vijfentwintig", 25),
        ("pt", "trinta e dois", 32),
        ("da", "fem og tyve", 25),
        ("ru", "1.000,5", 1000.5),
        ("ru", "twelve", 12),
        ("de-AT", "zwölf", 12),
    ],
)
def test_a_number_is_read_as_people_say_it(language: str, text: str, value: float) -> None:
    assert whole(text, language) == value
    assert type(whole(text, language)) is type(value)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "a"),
        ("en", "o"),
        ("en", "oh"),
        ("en", "and"),
        ("en", "second"),
        ("en", "fifth"),
        ("en", "minus"),
        ("en", "minus minus three"),
        ("en", "point five"),
        ("en", "a lot"),
        ("en", "one two three"),
        ("en", "one hundred and"),
        ("en", "12, 50"),
        ("en", "9:30"),
        ("en", "1.2.3"),
        ("en", "2026-12-05"),
        ("en", "9" * 30),
        ("en", "9999999 billion"),
        ("en", "twelve euros fifty"),
        ("de", "eine"),
        ("fr", "et"),
        ("es", "y"),
    ],
)
def test_other_words_are_no_number(language: str, text: str) -> None:
    assert whole(text, language) is None


def test_all_runs_that_are_a_number_are_given_the_longest_first() -> None:
    assert said("two hundred fifty thousand people") == [(4, 250000), (3, 250), (2, 200), (1, 2)]


def test_a_number_that_was_written_down_is_not_cut() -> None:
    assert said("12.50 euros") == [(2, 12.5)]
    assert said("12.50 euros", at=1) == []
    assert said("9:30 then") == []


def test_a_number_begins_where_it_is_asked_for() -> None:
    assert said("I spent twelve fifty on it", at=2) == [(2, 12.5), (1, 12)]
    assert said("I spent twelve fifty on it", at=1) == []


def test_a_minus_in_writing_counts_where_space_is_before_it() -> None:
    assert said("it is -3 outside", at=2) == [(1, -3)]
    assert said("room b-3", at=2) == [(1, 3)]


@pytest.mark.parametrize(
    ("language", "text", "goes_on"),
    [
        ("en", "twelve", True),
        ("en", "12", True),
        ("en", "a", True),
        ("en", "minus", True),
        ("en", "half", True),
        ("en", "half a", True),
        ("en", "twelve point", True),
        ("en", "one and", True),
        ("en", "one and a", True),
        ("en", "two hundred and", True),
        ("en", "nineteen eighty", True),
        ("en", "nineteen eighty four", False),
        ("en", "half a million", False),
        ("en", "twelve oh five", False),
        ("en", "hello", False),
        ("en", "twelve people", False),
        ("en", "and", False),
        ("de", "zwölf", True),
        ("de", "fünf und", True),
        ("fr", "quatre", True),
        ("fr", "vingt et", True),
        ("es", "treinta y", True),
    ],
)
def test_a_number_may_go_on_while_a_word_could_make_it_longer(language: str, text: str, goes_on: bool) -> None:
    assert may_go_on(text, language) is goes_on


@given(st.integers(min_value=0, max_value=999_999))
def test_every_whole_number_is_read_back_and_goes_on_until_its_end(number: int) -> None:
    text = spelled(number)
    words = heard(text)[0]
    assert said(text)[0] == (len(words), number)
    for length in range(1, len(words)):
        assert may_go_on(" ".join(words[:length]))


@given(
    st.sampled_from(["en", "de", "fr", "es", "it", "nl", "pt", "da", "ru", ""]),
    st.lists(
        st.sampled_from(listed("12 50 1,000 -3 and a one half twenty hundred million point minus dozen und et y o"))
        | st.text(max_size=6),
        max_size=20,
    ).map(" ".join),
)
def test_no_words_break_it_and_no_reading_takes_more_words_than_there_are(language: str, text: str) -> None:
    words, spoken = heard(text)
    numbers = Numbers(language)
    for at in range(len(words)):
        readings = numbers.said(words, at, spoken)
        assert [reading.length for reading in readings] == sorted(
            {reading.length for reading in readings}, reverse=True
        )
        for reading in readings:
            assert 0 < reading.length <= len(words) - at
            assert abs(reading.value) < 10**15
        numbers.may_go_on(words, at, spoken)


@pytest.mark.parametrize("text", ["twenty " * 5000, "9" * 100_000, "12 " * 5000, "fünf" * 30_000])
def test_long_words_and_long_runs_cost_little(text: str) -> None:
    words, spoken = heard(text)
    numbers = Numbers("de" if "ü" in text else "en")
    began = time.perf_counter()
    numbers.said(words, 0, spoken)
    numbers.may_go_on(words, 0, spoken)
    assert time.perf_counter() - began < 0.5
