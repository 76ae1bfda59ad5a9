"""What actions have learnt from the other side and may use again for a while; what that is, is left to them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


class Remembered:
    """Keep at most `most` values, each for `lasting` seconds; the longest kept goes first. Not for several threads."""

    def __init__(self, *, most: int = 256, lasting: float = 300.0) -> None:
        self._most = most
        self._lasting = lasting
        self._kept: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    def get(self, key: Hashable, *, now: float) -> Any:
        """Give what was put under a key, None when there is nothing or it is too old."""
        at, value = self._kept.get(key, (now, None))
        return value if now - at < self._lasting else None

    def put(self, key: Hashable, value: Any, *, now: float) -> None:
        """Keep a value from now on."""
        self._kept.pop(key, None)
        self._kept[key] = (now, value)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
