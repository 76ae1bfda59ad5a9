"""Put the ways to say a time in one language into one pattern over normalised words whose numbers are digits.

It joins the forms of `time_words.py` with dateparser's names of days, months and units; what a match means is left to
`times.py`, and this module, which loads dateparser, is left alone until somebody asks for a time.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
import regex
from text_to_num import alpha2digit

from omiflow.speech.number_words import NUMBER_WORDS
from omiflow.speech.time_words import MONTHS, TIME_WORDS, WEEKDAYS, TimeWords
from omiflow.speech.words import normalised

UNITS = ("second", "minute", "hour", "day", "week", "month", "year")
_RELATIVE = {
    *("0 day ago", "0 second ago", "1 day ago", "2 day ago", "in 1 day", "in 2 day"),
    *("in 1 week", "in 1 month", "in 1 year"),
    *(f"{which} {day}" for which in ("next", "this", "last") for day in WEEKDAYS),
}
_COUNTED = r"(\d++[.,]?\d*+)"
_SHORTEST_NAME = 4  # "sun", "mon", "so" and "do" are ordinary words
_SHORTEST_PHRASE = 3
_SYNTAX = regex.compile(r"<\w+>|[\[\]()|]|[^\s<>\[\]()|]+")
_TOKEN = regex.compile(r"\d+|[^\W\d]+(?:[^\W\d]|\p{M})*")
_CODE = regex.compile("[a-z]{2,3}")
_NOTHING = TimeWords(clock={"plain": "<h> [<mm>]"})
_PLACES = {
    "h": r"(?P<h>2[0-3]|[01]?\d) ",
    "mm": r"(?P<mm>[0-5]\d) ",
    "m": r"(?P<mm>[0-5]?\d) ",
    "digit": r"(?P<mm>\d) ",
    "hmm": r"(?P<h>2[0-3]|1\d|0?[1-9])(?P<mm>[0-5]\d) ",
    "n": r"(?P<n>\d{1,4}) ",
    "n2": r"(?P<n2>\d{1,4}) ",
    "d": r"(?P<d>[12]\d|3[01]|0?[1-9]) (?:(?:st|nd|rd|th|er|e|o|º) )?",
    "2nd": r"(?P<d2>second )",
    "year": r"(?P<year>(?:19|20)\d\d|20 [2-9]\d) ",
}


class Grammar(msgspec.Struct, frozen=True):
    """What is a time in one language; the days are dateparser's English words for the groups `r0`, `r1`, ...

    `unfinished` matches nothing, but may match partially where more words would make a time. `digits` are samples of
    words for small numbers, which melt into a number before them.
    """

    whole: regex.Pattern
    unfinished: regex.Pattern
    days: tuple[str, ...]
    vocabulary: frozenset[str]
    language: str
    kept: frozenset[str]
    never: frozenset[str]
    digits: tuple[str, ...]

    def text(self, words: Iterable[str]) -> str:
        """Write the words as the pattern wants them: numbers as digits, a space behind each word."""
        return _with_digits(tuple(words), self.language, self.kept)

    def knows(self, word: str) -> bool:
        """Say whether the word may be part of a time."""
        return word in self.vocabulary or self.text((word,))[:1].isdecimal()


@lru_cache(maxsize=8)
def grammar(language: str) -> Grammar:
    """Give the grammar of a language (ISO 639-1), English for one that dateparser does not know."""
    if not _CODE.fullmatch(language):
        return grammar("en")
    try:
        info = importlib.import_module(f"dateparser.data.date_translation_data.{language}").info
    except ModuleNotFoundError:
        return grammar("en")
    return _Builder(language, info).grammar()


@lru_cache(maxsize=4096)
def _with_digits(words: tuple[str, ...], language: str, kept: frozenset[str]) -> str:
    pieces: list[str] = []
    run: list[str] = []
    for word in (*words, ""):
        if word and word not in kept:
            run.append(word)
            continue
        if run:
            text = " ".join(run)
            pieces.append(alpha2digit(text, language, 0.0) if language in NUMBER_WORDS else text)
        pieces.append(word)
        run = []
    return "".join(f"{token} " for piece in pieces for token in _TOKEN.findall(piece))


class _Builder:
    """The pattern of one language while it is put together."""

    def __init__(self, language: str, info: Mapping[str, Any]) -> None:
        self._language = language
        self._info = info
        self._words = TIME_WORDS.get(language, _NOTHING)
        self._vocabulary: set[str] = set()
        self._days: list[str] = []
        self._places = dict(_PLACES)
        self._places["weekday"] = self._names(WEEKDAYS, shortest=_SHORTEST_NAME)
        self._places["month"] = self._names(MONTHS, shortest=_SHORTEST_PHRASE)
        for unit in UNITS:
            self._places[f"unit_{unit}"] = (
                f"(?P<unit_{unit}>{self._any(self._phrases(info.get(unit, ()), shortest=_SHORTEST_PHRASE))})"
            )

    def grammar(self) -> Grammar:
        """Put the pattern together."""
        whole = self._whole()
        number = NUMBER_WORDS.get(self._language)
        return Grammar(
            whole=regex.compile(whole),
            unfinished=regex.compile(whole + r"\b\B"),  # it never matches, but may wish for more
            days=tuple(self._days),
            vocabulary=frozenset(self._vocabulary),
            language=self._language,
            kept=self._words.kept,
            never=self._words.never,
            digits=(number.one, number.further[2]) if number else (),
        )

    def _whole(self) -> str:
        words = self._words
        small = self._info.get("skip", ()) if words is _NOTHING else ()
        connecting = self._any(self._phrases((word for word in small if word.isalpha()), shortest=1))
        at = f"(?:{self._form(words.at) if words.at else connecting})?"
        on = f"(?:{self._form(words.on) if words.on else connecting})?"
        part = self._choice((f"(?P<{name}>{self._form(form)})" for name, form in self._parts()))
        today = self._choice(f"(?P<today>(?P<{name}>{self._form(form)}))" for name, form in words.today.items())
        coming = self._choice(f"(?P<{name}>{self._form(form)})" for name, form in words.coming.items())
        clock = self._choice(
            (
                *(f"(?P<{name}>{self._form(form)}){part}?" for name, form in words.clock.items()),
                *((f"(?P<noon>{self._form(words.noon)})",) if words.noon else ()),
                *((f"(?P<midnight>{self._form(words.midnight)})",) if words.midnight else ()),
            )
        )
        day = f"(?:{on}(?:{self._day()}))"
        return self._choice(
            (
                self._wait(),
                f"{day}{part}?(?:{at}{clock})?",
                f"{at}{clock}{day}{part}?",
                f"{today}(?:{at}{clock})?",
                f"{at}{clock}{today}",
                coming,
                f"{at}{clock}",
            )
        )

    def _parts(self) -> Iterable[tuple[str, str]]:
        if self._words.parts:
            return self._words.parts.items()
        return ((name, "|".join(self._phrases(self._info.get(name, ()), shortest=1))) for name in ("am", "pm"))

    def _day(self) -> str:
        words, info = self._words, self._info
        relative: list[tuple[str, list[str]]] = [(day, [form]) for day, form in words.days.items()]
        relative += [
            (day, self._phrases(phrases, shortest=_SHORTEST_PHRASE))
            for day, phrases in info.get("relative-type", {}).items()
            if day in _RELATIVE
        ]
        forms = []
        for day, phrases in sorted(relative, key=lambda one: -max(map(len, one[1]), default=0)):
            if phrases:
                forms.append(f"(?P<r{len(self._days)}>{self._form('|'.join(phrases))})")
                self._days.append(day)
        return "|".join((*forms, self._form(words.date), self._form(words.weekday), self._ahead("day week month year")))

    def _ahead(self, units: str) -> str:
        """Give "in two weeks"."""
        count = "|".join(("<n>", *((self._words.one,) if self._words.one else ())))
        unit = "|".join(f"<unit_{unit}>" for unit in units.split())
        forms = [f"({self._before()}) ({count}) ({unit})"]
        if self._words.later:
            forms.append(f"({count}) ({unit}) ({self._words.later})")
        return self._form("|".join(forms))

    def _before(self) -> str:
        if self._words.ahead:
            return self._words.ahead
        counted = (
            form for name, forms in self._info["relative-type-regex"].items() if name[:2] == "in" for form in forms
        )
        before = {form.partition(_COUNTED)[0] for form in counted if _COUNTED in form}
        return "|".join(sorted(self._phrases(before, shortest=1), reverse=True)) or "in"

    def _wait(self) -> str:
        """Give "in twenty minutes": the same moment over any change of the clocks."""
        words, before = self._words, self._before()
        forms = [self._ahead("second minute hour")]
        if words.one:
            joins = f"[{words.joins}] " if words.joins else ""
            forms.append(self._form(f"({before}) (<n>|{words.one}) <unit_hour> {joins} <n2> <unit_minute>"))
        forms += [f"(?P<wait{wait}>{self._form(f'({before}) ({form})')})" for wait, form in words.waits.items()]
        if words.and_a_half:
            forms.append(f"(?P<wait_half>{self._form(f'({before}) ({words.and_a_half})')})")
        return self._choice(forms)

    def _names(self, names: Iterable[str], *, shortest: int) -> str:
        return self._choice(
            f"(?P<{name}>{self._any(self._phrases(self._info.get(name, ()), shortest=shortest))})" for name in names
        )

    def _phrases(self, phrases: Iterable[str], *, shortest: int) -> list[str]:
        """Give phrases of dateparser's as normalised words, the longest first, without those that are too short."""
        found = {" ".join(_TOKEN.findall(" ".join(normalised(phrase)))) for phrase in phrases}
        kept = {phrase for phrase in found if phrase and (len(phrase) >= shortest or not phrase.isascii())}
        return sorted(kept, key=lambda phrase: (-len(phrase), phrase))

    def _any(self, phrases: list[str]) -> str:
        return self._form("|".join(phrases)) if phrases else "(?!)"

    def _choice(self, forms: Iterable[str]) -> str:
        return f"(?:{'|'.join(forms) or '(?!)'})"

    def _form(self, form: str) -> str:
        """Write a form as a pattern."""
        pattern = []
        for sign in _SYNTAX.findall(form):
            if sign[0] == "<":
                pattern.append(self._places[sign[1:-1]])
            elif sign in "[(":
                pattern.append("(?:")
            elif sign in "])|":
                pattern.append({"]": ")?", ")": ")", "|": "|"}[sign])
            else:
                self._vocabulary.add(sign)
                pattern.append(regex.escape(sign) + " ")
        return f"(?:{''.join(pattern)})"
