"""Read numbers as people say them: digits as they were written down, words, and both together.

What single words of a language mean is left to text2num; where a number may stand is left to the template.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from text_to_num import alpha2digit, text2num

from omiflow.speech.languages import bare
from omiflow.speech.number_words import NUMBER_WORDS
from omiflow.speech.numerals import LARGEST, Numeral, Spoken, glued, numerals, sane

_LONGEST = 16  # words: "nine hundred and ninety nine thousand ..." up to the millions
_LONGEST_WORD = 80  # letters: "neunhundertneunundneunzigtausend..."
_DECIMAL = re.compile(r"\d{1,15}[.,]\d{1,12}")
_THOUSAND = 1000
_YEARS = (19, 20)


class Reading(NamedTuple):
    """What a run of words says: how many words it takes, and their value."""

    length: int
    value: Any


class Numbers:
    """Numbers as they are said in one language (ISO 639-1); in a language without words here, as in English."""

    def __init__(self, language: str) -> None:
        language = bare(language)
        self._language = language if language in NUMBER_WORDS else "en"
        self._custom = language
        self._probes = _probes(self._language)

    def said(self, words: Sequence[str], at: int, spoken: Spoken) -> list[Reading]:
        """Give every number that begins at the word `at`, longest first; whole ones are integers, others floats.

        `spoken` gives the words from its first to its last argument (inclusive) as they were written down, with the
        punctuation between them: "12.50" and "1,000" are one number, "12, 50" is two.
        """
        run = self._run(words, at)
        if not run or glued(words, at, spoken):
            return []
        written = numerals(words, at, spoken, longest=len(run), language=self._custom)
        found: list[Reading] = []
        for length in range(len(run), 0, -1):
            if glued(words, at + length, spoken):
                continue
            value = self._value(run[:length], written)
            if value is not None:
                found.append(Reading(length, value))
        return found

    def may_go_on(self, words: Sequence[str], at: int, spoken: Spoken) -> bool:
        """Say whether the words from `at` to the end begin a number that another word would make longer."""
        run = self._run(words, at)
        if not run or at + len(run) != len(words) or glued(words, at, spoken):
            return False
        written = numerals(words, at, spoken, longest=len(run), language=self._custom)
        return any(self._value((*run, *probe), written) is not None for probe in self._probes)

    def _run(self, words: Sequence[str], at: int) -> tuple[str, ...]:
        end = at
        last = min(len(words), at + _LONGEST)
        while end < last and len(words[end]) <= _LONGEST_WORD and _is_part(words[end], self._language):
            end += 1
        return tuple(words[at:end])

    def _value(self, run: tuple[str, ...], written: tuple[Numeral, ...]) -> int | float | None:
        if not run[0].isdecimal():
            return _of_words(run, self._language)
        for numeral in written:
            if numeral.length <= len(run):
                value = _digits_and(numeral, run[numeral.length :], self._language)
                if value is not None:
                    return value
        return None


@lru_cache(maxsize=4096)
def _cardinal(words: tuple[str, ...], language: str) -> int | None:
    speech = NUMBER_WORDS[language]
    if words[0] in speech.nought:  # text2num takes the letter for a nought
        return None
    if len(words) > 1 and words[0] in speech.articles:
        rest = _cardinal(words[1:], language)
        if words[1] in speech.dozen:
            return 12 if len(words) == 2 else None  # noqa: PLR2004 - an article and the dozen
        if rest is not None and (_cardinal(words[1:2], language) or 0) >= 100:  # noqa: PLR2004 - a hundred
            words = (speech.one, *words[1:])
    if len(words) > 1 and words[-1] in speech.dozen:
        count = _cardinal(words[:-1], language)
        return None if count is None else count * 12
    try:
        value: int = text2num(" ".join(words), language)
    except ValueError:  # no number, or an ordinal one
        return None
    return value if value < LARGEST else None


@lru_cache(maxsize=4096)
def _is_part(word: str, language: str) -> bool:
    speech = NUMBER_WORDS[language]
    between = (speech.minus, speech.point, speech.articles, speech.joins, speech.half, speech.dozen, speech.nought)
    return (
        word.isdecimal()
        or _cardinal((word,), language) is not None
        or word in speech.wholes_and_half
        or word in speech.further
        or any(word in words for words in between)
    )


@lru_cache(maxsize=8192)
def _of_words(run: tuple[str, ...], language: str) -> int | float | None:
    speech = NUMBER_WORDS[language]
    if run[0] in speech.minus and len(run) > 1 and run[1] not in speech.minus:
        value = _of_words(run[1:], language)
        return None if value is None else -value
    if any(word.isdecimal() for word in run):
        return None
    value = _cardinal(run, language)
    if value is not None:
        return value
    for reader in (_broken, _decimals, _scaled, _paired):
        found = reader(run, language)
        if found is not None:
            return sane(found)
    return None


def _digits_and(numeral: Numeral, rest: tuple[str, ...], language: str) -> int | float | None:
    """Read what was said behind digits: "12 thousand", "2 and a half", "12 50"."""
    value = numeral.value
    if not rest:
        return value
    scale = _scale(rest[:1], language)
    if scale is not None:
        below = _cardinal(rest[1:], language) if rest[1:] else 0
        return None if below is None or below >= scale else sane(value * scale + below)
    if value != int(value):
        return None
    if _is_half(rest, language):
        return sane(math.copysign(abs(value) + 0.5, value))
    if numeral.spaced and len(rest) == 1 and rest[0].isdecimal() and len(rest[0]) == len("50"):
        return _pair(int(value), int(rest[0]), language)
    return None


def _is_half(words: tuple[str, ...], language: str) -> bool:
    """Say whether the words add a half: "and a half", "y media"."""
    speech = NUMBER_WORDS[language]
    return len(words) > 1 and words[0] in speech.joins and _half(words[1:], language)


def _half(words: tuple[str, ...], language: str) -> bool:
    speech = NUMBER_WORDS[language]
    if len(words) > 1 and (words[0] in speech.articles or words[0] == speech.one):
        words = words[1:]
    return len(words) == 1 and words[0] in speech.half


def _scale(words: tuple[str, ...], language: str) -> int | None:
    """Give what a word such as "thousand" multiplies by."""
    if len(words) != 1 or words[0].isdecimal():
        return None
    if words[0] in NUMBER_WORDS[language].dozen:
        return 12
    value = _cardinal(words, language)
    return value if value is not None and value >= 100 and str(value).strip("0") == "1" else None  # noqa: PLR2004


def _broken(run: tuple[str, ...], language: str) -> float | None:
    """Read "half", "one and a half", "anderthalb"."""
    speech = NUMBER_WORDS[language]
    if len(run) == 1 and run[0] in speech.wholes_and_half:
        return speech.wholes_and_half[run[0]]
    if _half(run, language):
        return 0.5
    for at in range(1, len(run) - 1):
        if run[at] in speech.joins and _is_half(run[at:], language):
            whole = _cardinal(run[:at], language)
            return None if whole is None else whole + 0.5
    return None


def _decimals(run: tuple[str, ...], language: str) -> float | None:
    """Read "twelve point five"."""
    if not any(word in NUMBER_WORDS[language].point for word in run[1:-1]):
        return None
    digits = alpha2digit(" ".join(run), language, 0.0)
    return float(digits.replace(",", ".")) if _DECIMAL.fullmatch(digits) else None


def _scaled(run: tuple[str, ...], language: str) -> float | None:
    """Read "half a million" and "two point five million"."""
    speech = NUMBER_WORDS[language]
    scale = _scale(run[-1:], language)
    if scale is None or len(run) == 1:
        return None
    rest = run[:-1]
    if rest[-1] in speech.articles and rest[:-1] and _half(rest[:-1], language):
        return scale / 2
    value = _broken(rest, language)
    if value is None:
        value = _decimals(rest, language)
    return None if value is None else value * scale


def _paired(run: tuple[str, ...], language: str) -> float | None:
    """Read a price or a year: "twelve fifty", "nineteen eighty four", "twelve oh five"."""
    speech = NUMBER_WORDS[language]
    for at in range(1, len(run)):
        whole, behind = _cardinal(run[:at], language), run[at:]
        nought = len(behind) > 1 and behind[0] in speech.nought
        cents = _cardinal(behind[1:] if nought else behind, language)
        if whole is not None and cents is not None and (0 < cents < 10 if nought else 10 <= cents < 100):  # noqa: PLR2004
            return _pair(whole, cents, language)
    return None


def _pair(whole: int, cents: int, language: str) -> int | float | None:
    if whole in _YEARS and NUMBER_WORDS[language].centuries:
        return whole * 100 + cents
    return sane(whole + math.copysign(cents / 100, whole)) if 0 < abs(whole) < _THOUSAND else None


@lru_cache(maxsize=16)
def _probes(language: str) -> tuple[tuple[str, ...], ...]:
    """Give what is put behind words to see whether they may go on: every kind of word a number goes on with."""
    speech = NUMBER_WORDS[language]
    half, join, digit = min(speech.half), min(speech.joins), speech.further[2]
    return (
        *((word,) for word in speech.further),
        (half,),
        (join, half),
        (join, digit),
        (min(speech.point), digit),
        (min(speech.dozen),),
        (min(speech.articles), half),
        (min(speech.articles), speech.further[-1]),
        *((word, digit) for word in sorted(speech.nought)),
    )
