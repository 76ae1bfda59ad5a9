"""Deliveries seen lately, so that the same one again gets the answer of the first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MOST_KEYS = 100_000


class RecentDeliveries:
    """The latest delivery keys with their answers; older ones are asked of the store."""

    def __init__(self, *, most: int = MOST_KEYS) -> None:
        self._most = most
        self._answers: OrderedDict[tuple[str, str], Mapping[str, Any]] = OrderedDict()

    def find(self, app: str, keys: Sequence[str]) -> Mapping[str, Any] | None:
        """Give the answer that one of `keys` got, None when none is known here."""
        for key in keys:
            answer = self._answers.get((app, key))
            if answer is not None:
                return answer
        return None

    def remember(self, app: str, keys: Iterable[str], answer: Mapping[str, Any]) -> None:
        """Keep the answer that a delivery got."""
        for key in keys:
            self._answers[app, key] = answer
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
