"""The known name that somebody who wrote an unknown one most likely meant.

Leaves it to the caller what the names name.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

MOST_SHOWN = 8
ALIKE = 0.65


def nearest(name: str, known: Collection[str], *, alike: float = ALIKE) -> str | None:
    """Give the known name that is most like `name`, whatever its case, or None when none is `alike` (0 to 1)."""
    spellings: dict[str, str] = {}
    for candidate in _ordered(known):
        spellings.setdefault(_plain(candidate), candidate)
    found = get_close_matches(_plain(name), spellings, n=1, cutoff=alike)
    return spellings[found[0]] if found else None


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Give the end of an error text that offers the nearest known name, or else the first eight known ones."""
    guess = nearest(name, known)
    if guess is not None:
        return f"; did you mean '{guess}'?"
    if not known:
        return ""
    names = _ordered(known)
    shown = ", ".join(f"'{one}'" for one in names[:MOST_SHOWN])
    return f"; known are {shown}{', …' if len(names) > MOST_SHOWN else ''}"


def _ordered(known: Collection[str]) -> list[str]:
    return sorted(known) if isinstance(known, set | frozenset) else list(known)


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")
