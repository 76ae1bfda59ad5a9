"""How many events were emitted because of one, so that rules can't flood each other.

It is kept in memory: a chain that outlives its process begins to count anew.
"""

from __future__ import annotations

from collections import OrderedDict

from omiflow.engine.emitting import MOST, TOO_MANY

MOST_CHAINS = 10_000


class Chains:
    """Counts by the id of the event that a chain began with; the least recently used are forgotten."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()

    def charge(self, root: str) -> str | None:
        """Count one more, or say why there must be no more."""
        count = self._counts.get(root, 0)
        if count >= MOST:
            return TOO_MANY
        self._counts[root] = count + 1
        self._counts.move_to_end(root)
        if len(self._counts) > MOST_CHAINS:
            self._counts.popitem(last=False)
        return None
