"""The known name that somebody who wrote an unknown one most likely meant.

Leaves it to the caller what the names name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from difflib import get_close_matches

from rapidfuzz import process
from rapidfuzz.distance import Indel

from omiflow.language.other_words import ours

MOST_SHOWN = 8
ALIKE = 0.65
ALIKE_IF_SHORT = 0.75
ALMOST = 0.9
"""What is so much alike is a slip of the fingers, whatever else a word may mean to others."""
SHORT = 3
"""A known name of fewer letters has too little in it to be like just any word."""
MOST_COMPARED = 50

_UNSEEN = frozenset({"Cc", "Cf", "Zs"})
"""Unicode's categories of characters that leave nothing, or nothing but a gap."""


def nearest(name: str, known: Collection[str], *, alike: float = ALIKE) -> str | None:
    """Give the known name that is most like `name`, whatever its case, or None when none is `alike` (0 to 1).

    What other systems call it comes before what is spelt like it, unless that is almost the same; last comes the only
    one that begins with it.
    """
    spellings: dict[str, str] = {}
    for candidate in _ordered(known):
        spellings.setdefault(_plain(candidate), candidate)
    plain = _plain(name)
    meant = ours(plain, known)
    found = get_close_matches(plain, _nearly(plain, spellings, alike), n=1, cutoff=ALMOST if meant else alike)
    if not found:
        return meant or _begun(plain, spellings)
    if len(found[0]) < SHORT and not get_close_matches(plain, found, cutoff=ALIKE_IF_SHORT):
        return None
    return spellings[found[0]]


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Give the end of an error text that offers the nearest known name, or else the first eight known ones.

    Of known ones with dots those come alone that begin like the name.
    """
    family = [one for one in _ordered(known) if _plain(one).startswith(f"{_plain(name).partition('.')[0]}.")]
    guess = nearest(name, known)
    if guess is not None and ("." in name or not family):
        return offer(name, guess)
    if not known:
        return ""
    names = family or _ordered(known)
    shown = ", ".join(f"'{one}'" for one in names[:MOST_SHOWN])
    return f"; known are {shown}{', …' if len(names) > MOST_SHOWN else ''}"


def offer(name: str, guess: str) -> str:
    """Give the end of an error text that offers a name, and tells what can't be seen in the one that was written."""
    unseen = next((char for char in name if char != " " and unicodedata.category(char) in _UNSEEN), None)
    without = f" without U+{ord(unseen):04X}, which can't be seen" if unseen and unseen not in guess else ""
    return f"; did you mean '{guess}'{without}?"


def _begun(plain: str, spellings: Mapping[str, str]) -> str | None:
    """Give the only name that begins with `plain`."""
    begun = [spelling for spelling in spellings if len(plain) >= SHORT and spelling.startswith(plain)]
    return spellings[begun[0]] if len(begun) == 1 else None


def _nearly(plain: str, spellings: Collection[str], alike: float) -> list[str]:
    """Give those that may be `alike`, where there are many the best: difflib takes 5 µs for each that it compares."""
    if len(spellings) <= MOST_COMPARED:
        return list(spellings)
    every = list(spellings)
    best = process.extract(plain, every, scorer=Indel.normalized_similarity, score_cutoff=alike, limit=MOST_COMPARED)
    return [spelling for spelling, _, _ in best]


def _ordered(known: Collection[str]) -> list[str]:
    return sorted(known) if isinstance(known, set | frozenset) else list(known)


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")
