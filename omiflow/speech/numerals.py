"""Read numbers that were written down in digits.

What is said around them ("thousand", "and a half") is left to `numbers.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

Spoken = Callable[[int, int], str]
LARGEST = 10**15  # below it whole numbers and floats are the same
_GROUPED = re.compile(r"\d{1,3}([.,'\u2019 \u00a0\u202f])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d{1,12})?")
_PLAIN = re.compile(r"\d{1,15}(?:[.,]\d{1,12})?")
_OUTER = re.compile(r"^\D+|\D+$")
_POINT_IS_DECIMAL = frozenset({"en", "zh", "ja", "ko", "th", "hi", "he", "ms"})


class Numeral(NamedTuple):
    """What the digits at the beginning of a run say; `spaced` where nothing but space is written behind them."""

    length: int
    value: int | float
    spaced: bool


def numerals(words: Sequence[str], at: int, spoken: Spoken, *, longest: int, language: str) -> tuple[Numeral, ...]:
    """Give the numbers that begin with the digits at the word `at`, the shortest first, of at most `longest` words."""
    if not words[at].isdecimal():
        return ()
    point_is_decimal = language in _POINT_IS_DECIMAL
    sign = -1 if _is_negative(words, at, spoken) else 1
    found: list[Numeral] = []
    for length in range(1, longest + 1):
        if not words[at + length - 1].isdecimal():
            break
        value = _numeral(spoken(at, at + length - 1), point_is_decimal=point_is_decimal)
        if value is not None:
            between = _between(words, at + length, spoken) if at + length < len(words) else " "
            found.append(Numeral(length, sign * value, between.isspace()))
    return tuple(found)


def _between(words: Sequence[str], at: int, spoken: Spoken) -> str:
    """Give what was written between the word before `at` and that word."""
    both = spoken(at - 1, at)
    return both[len(words[at - 1]) : len(both) - len(words[at])]


def _is_negative(words: Sequence[str], at: int, spoken: Spoken) -> bool:
    between = _between(words, at, spoken) if at else ""
    return between[-1:] in {"-", "\u2212"} and between[:-1].endswith(" ")


def glued(words: Sequence[str], at: int, spoken: Spoken) -> bool:
    """Say whether digits were written across the border before the word `at`: "12.50", "9:30", "2026-12-05"."""
    if not 0 < at < len(words) or not (words[at - 1].isdecimal() and words[at].isdecimal()):
        return False
    return not any(character.isspace() for character in _between(words, at, spoken))


def _numeral(text: str, *, point_is_decimal: bool) -> int | float | None:
    text = _OUTER.sub("", text)
    grouped = _GROUPED.fullmatch(text)
    if grouped and not _is_decimal(text, grouped[1], point_is_decimal=point_is_decimal):
        text = text.replace(grouped[1], "")
    elif not _PLAIN.fullmatch(text):
        return None
    return sane(float(text.replace(",", "."))) if "." in text or "," in text else sane(int(text))


def _is_decimal(text: str, separator: str, *, point_is_decimal: bool) -> bool:
    """Say whether "1.000" or "1,000" has three decimals: the language's custom decides, if nothing else does."""
    alone = text.count(separator) == 1 and sum(not character.isdecimal() for character in text) == 1
    return alone and separator == ("." if point_is_decimal else ",")


def sane(value: float) -> int | float | None:
    """Give a number that fits both kinds: an integer where it is whole, None where it is too large."""
    if not math.isfinite(value) or abs(value) >= LARGEST:
        return None
    value = round(value, 12)
    return int(value) if value == int(value) else value
