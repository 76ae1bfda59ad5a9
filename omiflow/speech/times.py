"""Read moments as people say them: days, times of day, waits, seen from now and rather to come than past.

Which words are a time is left to `time_grammar.py`, which calendar day "the fifth of December" is to dateparser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from omiflow.speech.languages import bare
from omiflow.speech.numbers import Reading
from omiflow.speech.numerals import Spoken, glued
from omiflow.speech.time_words import MONTHS, WEEKDAYS

_LONGEST = 12  # words: "on the twenty fifth of december two thousand twenty six at nine thirty pm"
_LONGEST_WORD = 80  # letters
_LAST_YEAR = 9000
_NAMED_DAY = time(9)  # when a day is said without a time of day
_PARTS = {"morning": 9 * 60, "afternoon": 15 * 60, "evening": 18 * 60, "night": 20 * 60}  # minutes since midnight
_FORMS = {  # what a form adds to the hour: minutes, and its own minutes times one or minus one
    "plain": (0, 1),
    "minutes": (0, 1),
    "together": (0, 1),
    "half": (30, 0),
    "half_before": (-30, 0),
    "quarter": (15, 0),
    "less_quarter": (-15, 0),
    "past": (0, 1),
    "to": (0, -1),
    "past_half": (-30, 1),
    "to_half": (-30, -1),
}
_PARSERS = ["relative-time", "absolute-time"]
_NIGHT_BEGINS = 6
_NOON, _DAY = 12 * 60, 24 * 60  # minutes
_MORNING = 6 * 60  # minutes: "on Friday at three" is in the afternoon, "at half past six" in the morning


class Times:
    """Moments as they are said in one language (ISO 639-1; English if it is unknown) by somebody in a zone."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self._language = bare(language)
        self._zone = zone

    def said(self, words: Sequence[str], at: int, spoken: Spoken, now: datetime) -> list[Reading]:
        """Give every time that begins at the word `at`, longest first, as aware moments in the zone.

        A time of day without a day is the next one; a day without a time of day is its nine in the morning.
        """
        said = _grammar(self._language)
        run = () if glued(words, at, spoken) else _run(words, at, said)
        found: list[Reading] = []
        shortest = 2 if run and run[0] in said.never else 1
        for length in range(len(run), shortest - 1, -1):
            if glued(words, at + length, spoken):
                continue
            match = said.whole.fullmatch(said.text(run[:length]))
            value = None if match is None else _moment(match, said.days, now.astimezone(self._zone), self._zone)
            if value is not None:
                found.append(Reading(length, value))
        return found

    def may_go_on(self, words: Sequence[str], at: int, spoken: Spoken) -> bool:
        """Say whether the words from `at` to the end begin a time that another word would make longer."""
        said = _grammar(self._language)
        run = () if glued(words, at, spoken) else _run(words, at, said)
        if not run or at + len(run) != len(words):
            return False
        if said.unfinished.match(said.text(run), partial=True):
            return True
        return any(_begins(said.text((*run, digit)), said) for digit in said.digits)  # "vingt et" goes on with "un"


def _grammar(language: str) -> Any:
    from omiflow.speech.time_grammar import grammar  # noqa: PLC0415 - only for those who ask for times: it loads much

    return grammar(language)


def _begins(text: str, said: Any) -> bool:
    return bool(said.whole.fullmatch(text) or said.unfinished.match(text, partial=True))


def _run(words: Sequence[str], at: int, said: Any) -> tuple[str, ...]:
    end, last = at, min(len(words), at + _LONGEST)
    while end < last and len(words[end]) <= _LONGEST_WORD and said.knows(words[end]):
        end += 1
    return tuple(words[at:end])


def _moment(match: Any, days: tuple[str, ...], now: datetime, zone: ZoneInfo) -> datetime | None:
    said = {name: text for name, text in match.groupdict().items() if text is not None}
    try:
        wait = _wait(said)
        if wait is not None:
            moment = (now.astimezone(UTC) + wait).astimezone(zone)
        else:
            here = now.replace(tzinfo=None, fold=0)
            wall = _wall(said, days, here)
            if wall is None or wall == here:
                return None if wall is None else now
            moment = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)  # out of an hour that the clocks skip
    except (OverflowError, ValueError):  # beyond the calendar
        return None
    return moment if moment.year <= _LAST_YEAR else None


def _wait(said: Mapping[str, str]) -> timedelta | None:
    """Give how long to wait where a span of hours, minutes or seconds was said."""
    count = int(said.get("n", 1))
    if "wait_half" in said:
        return timedelta(hours=count, minutes=30)
    for name in said:
        if name.startswith("wait"):
            return timedelta(minutes=int(name.removeprefix("wait")))
    if "n2" in said:
        return timedelta(hours=count, minutes=int(said["n2"]))
    return next(
        (timedelta(**{f"{unit}s": count}) for unit in ("hour", "minute", "second") if f"unit_{unit}" in said), None
    )


def _wall(said: Mapping[str, str], days: tuple[str, ...], now: datetime) -> datetime | None:
    """Give the moment as the clock on the wall shows it."""
    phrase = "0 day ago" if "today" in said else _day_phrase(said, days)
    part = next((name for name in _PARTS if name in said), None)
    minutes = _minutes(said, part) or ([_PARTS[part]] if part else [])
    if phrase is None:
        return _next(minutes, now)
    day = _calendar_day(phrase, now)
    if day is None:
        return None
    if minutes:
        return _on(day, minutes, now)
    if day == now or any(name.startswith("unit_") for name in said):
        return day
    return datetime.combine(day, _NAMED_DAY)


def _day_phrase(said: Mapping[str, str], days: tuple[str, ...]) -> str | None:
    """Give the day in dateparser's English."""
    for name in said:
        if name[0] == "r" and name[1:].isdecimal():
            return days[int(name[1:])]
        if name in WEEKDAYS:
            return name
        if name in MONTHS:
            return f"{name} {said.get('d', 2)} {said.get('year', '').replace(' ', '')}".rstrip()
        if name.startswith("unit_"):
            return f"in {said.get('n', 1)} {name.removeprefix('unit_')}"
    return None


def _calendar_day(phrase: str, now: datetime) -> datetime | None:
    """Give the day of a phrase at the time of day that it is now, or at midnight."""
    minute = now.replace(second=0, microsecond=0)
    if phrase in {f"{now:%B} {now.day}".casefold(), f"{now:%B} {now.day:02}".casefold()}:
        return now
    day = _parsed(phrase, minute)
    return day if day is None or day.time() != minute.time() else day + (now - minute)


@lru_cache(maxsize=512)
def _parsed(phrase: str, now: datetime) -> datetime | None:
    from dateparser import parse  # noqa: PLC0415 - it loads much

    settings = {"PREFER_DATES_FROM": "future", "RELATIVE_BASE": now, "TIMEZONE": "UTC", "PARSERS": _PARSERS}
    day: datetime | None = parse(phrase, languages=["en"], settings=settings)
    return None if day is None else day.replace(tzinfo=None)


def _minutes(said: Mapping[str, str], part: str | None) -> list[int]:
    """Give what the time of day may mean, in minutes since midnight: none, one, or one before noon and one after."""
    if "noon" in said:
        return [_NOON]
    if "midnight" in said:
        return [_DAY]
    if "h" not in said:
        return []
    minute = int(said.get("mm", 0))
    form = next(name for name in _FORMS if name in said)
    added = _FORMS[form][0] + _FORMS[form][1] * minute
    hour = int(said["h"])
    if said["h"][0] == "0" or hour > 12:  # noqa: PLR2004 - a clock with 24 hours
        return [hour * 60 + added]
    early = hour % 12 * 60 + added
    return [early + later for later in _halves_of_the_day(said, part, hour)]


def _halves_of_the_day(said: Mapping[str, str], part: str | None, hour: int) -> list[int]:
    """Give what is to be added to an hour of a clock with twelve hours, in minutes."""
    if "am" in said or part == "morning":
        return [0]
    if part == "night" and not _NIGHT_BEGINS <= hour < 12:  # noqa: PLR2004
        return [_DAY]
    return [_NOON] if "pm" in said or part else [0, _NOON]


def _next(minutes: list[int], now: datetime) -> datetime:
    midnight = datetime.combine(now, time())
    moments = [midnight + timedelta(days=days, minutes=one) for days in (-1, 0, 1) for one in minutes]
    return min(moment for moment in moments if moment > now)


def _on(day: datetime, minutes: list[int], now: datetime) -> datetime:
    moments = [datetime.combine(day, time()) + timedelta(minutes=one) for one in minutes]
    if day.date() == now.date():
        return next((moment for moment in moments if moment > now), moments[-1])
    return moments[0] if _MORNING <= minutes[0] < _NOON else moments[-1]
