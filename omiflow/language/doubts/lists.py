"""Entries of lists that a slot can't take as they were meant; what lists are made of is looked at by `load`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from omiflow.speech.lists import Entry
from omiflow.speech.words import normalised

_SIGNS_OF_PHRASES = re.compile(r"[\[\](){}|]")


def doubt_of_list(name: str, listed: Sequence[Entry]) -> str | None:
    """Say what is doubtful about the first such entry of a list that a slot takes from, None when all is well."""
    if not any(normalised(way) for entry in listed for way in entry.say):
        return f"nothing in list '{name}' can be said"
    values: dict[str, Any] = {}
    for entry in listed:
        for way in entry.say:
            words = " ".join(normalised(way))
            if not words:
                return f"'{way}' in list '{name}' has no words; nobody can say it"
            if _SIGNS_OF_PHRASES.search(way):
                return f"'{way}' in list '{name}' is said word for word; write each way to say it in 'say'"
            if values.setdefault(words, entry.value) != entry.value:
                return f"'{way}' in list '{name}' is said for two values; the first one counts"
    return None
