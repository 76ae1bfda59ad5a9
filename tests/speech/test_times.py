"""Moments as people say them, seen from a Wednesday, the 18th of March 2026, at 14:20:30 in Berlin."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.speech.numbers import Reading
from omiflow.speech.times import Times
from omiflow.speech.words import tokens

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 18, 14, 20, 30, tzinfo=BERLIN)


def heard(text: str) -> tuple[list[str], Callable[[int, int], str]]:
    words = tokens(text)
    return [word.text for word in words], lambda first, last: text[words[first].start : words[last].end]


def said(text: str, language: str = "en", at: int = 0, now: datetime = NOW) -> list[Reading]:
    words, spoken = heard(text)
    return Times(language, BERLIN).said(words, at, spoken, now)


def may_go_on(text: str, language: str = "en") -> bool:
    words, spoken = heard(text)
    return Times(language, BERLIN).may_go_on(words, 0, spoken)


def whole(text: str, language: str = "en", now: datetime = NOW) -> str | None:
    """Give the moment that all the words of a text say, to the minute."""
    readings = {reading.length: reading.value for reading in said(text, language, now=now)}
    value = readings.get(len(heard(text)[0]))
    return None if value is None else f"{value:%Y-%m-%d %H:%M}"


MOMENTS = [
    ("en", "now", "2026-03-18 14:20"),
    ("en", "today", "2026-03-18 14:20"),
    ("en", "tomorrow", "2026-03-19 09:00"),
    ("en", "Tomorrow at nine.", "2026-03-19 09:00"),
    ("en", "tomorrow at three", "2026-03-19 15:00"),
    ("en", "tomorrow at half past six", "2026-03-19 06:30"),
    ("en", "tomorrow at six", "2026-03-19 06:00"),
    ("en", "tomorrow at quarter to six", "2026-03-19 17:45"),
    ("en", "tomorrow at quarter to twelve", "2026-03-19 11:45"),
    ("en", "tomorrow at half past twelve", "2026-03-19 12:30"),
    ("en", "today at half past six", "2026-03-18 18:30"),
    ("en", "tomorrow at noon", "2026-03-19 12:00"),
    ("en", "the day after tomorrow", "2026-03-20 09:00"),
    ("en", "yesterday", "2026-03-17 09:00"),
    ("en", "nine", "2026-03-18 21:00"),
    ("en", "at nine", "2026-03-18 21:00"),
    ("en", "nine thirty", "2026-03-18 21:30"),
    ("en", "nine oh five", "2026-03-18 21:05"),
    ("en", "930", "2026-03-18 21:30"),
    ("en", "half past nine", "2026-03-18 21:30"),
    ("en", "quarter to six", "2026-03-18 17:45"),
    ("en", "a quarter past six", "2026-03-18 18:15"),
    ("en", "twenty five to nine", "2026-03-18 20:35"),
    ("en", "quarter to twelve", "2026-03-18 23:45"),
    ("en", "noon", "2026-03-19 12:00"),
    ("en", "midnight", "2026-03-19 00:00"),
    ("en", "friday at midnight", "2026-03-21 00:00"),
    ("en", "at 9:30 pm", "2026-03-18 21:30"),
    ("en", "9 a.m.", "2026-03-19 09:00"),
    ("en", "5pm", "2026-03-18 17:00"),
    ("en", "five pm", "2026-03-18 17:00"),
    ("en", "six o'clock in the evening", "2026-03-18 18:00"),
    ("en", "at nine o'clock tomorrow", "2026-03-19 09:00"),
    ("en", "twelve fifty", "2026-03-19 00:50"),
    ("en", "15:00", "2026-03-18 15:00"),
    ("en", "14:00", "2026-03-19 14:00"),
    ("en", "next friday at three pm", "2026-03-20 15:00"),
    ("en", "on monday", "2026-03-23 09:00"),
    ("en", "in twenty minutes", "2026-03-18 14:40"),
    ("en", "in an hour", "2026-03-18 15:20"),
    ("en", "in an hour and a half", "2026-03-18 15:50"),
    ("en", "in two and a half hours", "2026-03-18 16:50"),
    ("en", "in one hour and twenty minutes", "2026-03-18 15:40"),
    ("en", "in half an hour", "2026-03-18 14:50"),
    ("en", "two hours from now", "2026-03-18 16:20"),
    ("en", "in two weeks", "2026-04-01 14:20"),
    ("en", "in two weeks at nine", "2026-04-01 09:00"),
    ("en", "next week", "2026-03-25 09:00"),
    ("en", "the 5th of december", "2026-12-05 09:00"),
    ("en", "december fifth at ten", "2026-12-05 10:00"),
    ("en", "december twenty fifth two thousand thirty", "2030-12-25 09:00"),
    ("en", "january third", "2027-01-03 09:00"),
    ("en", "february second", "2027-02-02 09:00"),
    ("en", "february 29", "2028-02-29 09:00"),
    ("en", "may fifth", "2026-05-05 09:00"),
    ("en", "march 18 at five pm", "2026-03-18 17:00"),
    ("en", "march 18", "2026-03-18 14:20"),
    ("en", "tonight", "2026-03-18 20:00"),
    ("en", "tonight at nine", "2026-03-18 21:00"),
    ("en", "tonight at one", "2026-03-19 01:00"),
    ("en", "this evening", "2026-03-18 18:00"),
    ("en", "in the morning", "2026-03-19 09:00"),
    ("en", "tomorrow morning", "2026-03-19 09:00"),
    ("en", "tomorrow morning at eight", "2026-03-19 08:00"),
    ("de", "morgen um neun", "2026-03-19 09:00"),
    ("de", "morgen früh um acht", "2026-03-19 08:00"),
    ("de", "morgen um halb sieben", "2026-03-19 06:30"),
    ("de", "morgen um halb sechs", "2026-03-19 17:30"),
    ("de", "in zwanzig Minuten", "2026-03-18 14:40"),
    ("de", "in einer halben Stunde", "2026-03-18 14:50"),
    ("de", "in anderthalb Stunden", "2026-03-18 15:50"),
    ("de", "halb zehn", "2026-03-18 21:30"),
    ("de", "viertel vor sechs", "2026-03-18 17:45"),
    ("de", "fünf vor halb zehn", "2026-03-18 21:25"),
    ("de", "um 9:30 Uhr", "2026-03-18 21:30"),
    ("de", "neun Uhr dreißig", "2026-03-18 21:30"),
    ("de", "neun Uhr morgens", "2026-03-19 09:00"),
    ("de", "heute Abend um acht", "2026-03-18 20:00"),
    ("de", "nächsten Freitag um drei", "2026-03-20 15:00"),
    ("de", "am fünften Dezember um neun Uhr dreißig", "2026-12-05 09:30"),
    ("de", "übermorgen", "2026-03-20 09:00"),
    ("fr", "demain à neuf heures", "2026-03-19 09:00"),
    ("fr", "demain à 9h30", "2026-03-19 09:30"),
    ("fr", "neuf heures et demie", "2026-03-18 21:30"),
    ("fr", "neuf heures moins le quart", "2026-03-18 20:45"),
    ("fr", "vingt et une heures quinze", "2026-03-18 21:15"),
    ("fr", "dans une demi-heure", "2026-03-18 14:50"),
    ("fr", "ce soir à huit heures", "2026-03-18 20:00"),
    ("fr", "lundi prochain à neuf heures", "2026-03-23 09:00"),
    ("fr", "après-demain", "2026-03-20 09:00"),
    ("fr", "aujourd'hui à six heures", "2026-03-18 18:00"),
    ("fr", "le premier mai", "2026-05-01 09:00"),
    ("es", "mañana a las nueve", "2026-03-19 09:00"),
    ("es", "mañana por la mañana", "2026-03-19 09:00"),
    ("es", "pasado mañana", "2026-03-20 09:00"),
    ("es", "en veinte minutos", "2026-03-18 14:40"),
    ("es", "en media hora", "2026-03-18 14:50"),
    ("es", "a las nueve y treinta y cinco", "2026-03-18 21:35"),
    ("es", "a las seis menos cuarto", "2026-03-18 17:45"),
    ("es", "a las nueve de la noche", "2026-03-18 21:00"),
    ("es", "el lunes", "2026-03-23 09:00"),
    ("es", "el primero de mayo", "2026-05-01 09:00"),
    ("it", "domani alle nove e mezza", "2026-03-19 09:30"),
    ("nl", "morgen om half tien", "2026-03-19 09:30"),
    ("pl", "jutro o 9:30", "2026-03-19 09:30"),
    ("sv", "om 20 minuter", "2026-03-18 14:40"),
    ("zh", "明天", "2026-03-19 09:00"),
    ("xx", "tomorrow", "2026-03-19 09:00"),
    ("../en", "tomorrow", "2026-03-19 09:00"),
    ("EN_gb", "tomorrow", "2026-03-19 09:00"),
]


@pytest.mark.parametrize(("language", "text", "moment"), MOMENTS)
def test_a_time_is_read_as_people_say_it(language: str, text: str, moment: str) -> None:
    assert whole(text, language) == moment


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", "may sat sun second to call mon mar a in at on the and past half morning march"),
        ("de", "so do mi am um in ein eine und halb mai die mit"),
        ("fr", "un une mar mai le la à dans et demi"),
        ("es", "un una mar la el a en y media mayo"),
        ("it", "ora un una e"),
    ],
)
def test_ordinary_words_are_no_time(language: str, texts: str) -> None:
    assert [text for text in texts.split() if said(text, language)] == []


@pytest.mark.parametrize("text", ["in the", "the 31st of february", "in 9999 years", "nine nine nine", "2026-12-05"])
def test_what_is_no_moment_is_no_time(text: str) -> None:
    assert whole(text) is None


def test_all_runs_that_are_a_time_are_given_the_longest_first() -> None:
    readings = said("please call me tomorrow at nine thirty to talk", at=3)
    assert [(reading.length, f"{reading.value:%d %H:%M}") for reading in readings] == [
        (4, "19 09:30"),
        (3, "19 09:00"),
        (1, "19 09:00"),
    ]


def test_a_time_that_was_written_down_is_not_cut() -> None:
    assert [reading.length for reading in said("9:30 then")] == [2]
    assert said("9:30 then", at=1) == []


@pytest.mark.parametrize(
    ("language", "text", "goes_on"),
    [
        ("en", "tomorrow", True),
        ("en", "tomorrow at", True),
        ("en", "tomorrow at nine", True),
        ("en", "in", True),
        ("en", "in twenty", True),
        ("en", "quarter", True),
        ("en", "quarter to", True),
        ("en", "may", True),
        ("en", "the", True),
        ("en", "in twenty minutes", False),
        ("en", "next friday at three pm", False),
        ("en", "tomorrow at noon", False),
        ("en", "tomorrow at nine and", False),
        ("fr", "vingt et", True),
        ("en", "to", False),
        ("en", "call", False),
        ("en", "tomorrow we", False),
        ("de", "morgen", True),
        ("de", "halb", True),
        ("de", "in zwanzig Minuten", False),
        ("fr", "demain à", True),
        ("es", "pasado", True),
    ],
)
def test_a_time_may_go_on_while_a_word_could_make_it_longer(language: str, text: str, goes_on: bool) -> None:
    assert may_go_on(text, language) is goes_on


@pytest.mark.parametrize(("language", "text"), [(language, text) for language, text, _ in MOMENTS])
def test_a_time_may_go_on_until_its_last_word(language: str, text: str) -> None:
    words = heard(text)[0]
    assert [length for length in range(1, len(words)) if not may_go_on(" ".join(words[:length]), language)] == []


@pytest.mark.parametrize(
    ("text", "now", "moment"),
    [
        ("tomorrow at 02:30", "2026-03-28T14:00:00+01:00", "2026-03-29T03:30:00+02:00"),  # the hour is skipped
        ("tomorrow at 3 pm", "2026-03-28T15:00:00+01:00", "2026-03-29T15:00:00+02:00"),
        ("in 24 hours", "2026-03-28T15:00:00+01:00", "2026-03-29T16:00:00+02:00"),
        ("in 1 day", "2026-03-28T15:00:00+01:00", "2026-03-29T15:00:00+02:00"),
        ("in an hour", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"),
        ("now", "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
        ("tomorrow", "2026-03-18T23:30:00+00:00", "2026-03-20T09:00:00+01:00"),  # it is the 19th in Berlin
        ("tomorrow", "9999-12-31T12:00:00+00:00", None),
        ("at nine", "9999-12-31T22:30:00+00:00", None),
    ],
)
def test_the_clock_on_the_wall_is_kept_over_its_changes(text: str, now: str, moment: str | None) -> None:
    readings = said(text, now=datetime.fromisoformat(now))
    assert [reading.value.isoformat() for reading in readings][:1] == ([moment] if moment else [])


def test_the_zone_is_the_users() -> None:
    words, spoken = heard("at nine")
    (reading,) = Times("en", ZoneInfo("America/New_York")).said(words, 0, spoken, NOW)
    assert reading.value == datetime(2026, 3, 18, 21, 0, tzinfo=ZoneInfo("America/New_York"))


def listed(text: str) -> list[str]:
    return text.split()


PARTS = listed(
    "tomorrow at nine thirty pm half past quarter to in an hour and a december fifth the of monday next morning 9:30 "
    "twenty minutes weeks noon o'clock a.m. 2030 second 9999 years from now"
)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["en", "de", "fr", "es", "it", "nl", "pl", "ja", ""]),
    st.lists(st.sampled_from(PARTS) | st.text(max_size=6), max_size=14).map(" ".join),
    st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 30)),  # noqa: DTZ001 - given its zone below
)
def test_no_words_break_it_and_no_reading_takes_more_words_than_there_are(
    language: str, text: str, now: datetime
) -> None:
    words, spoken = heard(text)
    times = Times(language, BERLIN)
    for at in range(len(words)):
        for reading in times.said(words, at, spoken, now.replace(tzinfo=UTC)):
            assert 0 < reading.length <= len(words) - at
            assert reading.value.tzinfo is BERLIN
        times.may_go_on(words, at, spoken)


@pytest.mark.parametrize("text", ["nine " * 5000, "five to " * 3000, "twenty " * 5000, "9" * 100_000, "in " * 5000])
def test_long_words_and_long_runs_cost_little(text: str) -> None:
    words, spoken = heard(text)
    times = Times("en", BERLIN)
    times.said(["tomorrow"], 0, spoken, NOW)
    began = time.perf_counter()
    times.said(words, 0, spoken, NOW)
    times.may_go_on(words, 0, spoken)
    assert time.perf_counter() - began < 0.5


def test_dateparser_is_loaded_only_when_a_time_is_asked_for() -> None:
    program = "import sys; import omiflow.speech.times; sys.exit('dateparser' in sys.modules or 'regex' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "error", "-c", program], check=False).returncode == 0
