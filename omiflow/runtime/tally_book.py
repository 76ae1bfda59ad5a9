"""Tallies in memory: a bounded cache of what the store holds, with what is reserved and not yet committed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from omiflow.model import Spend

MOST_KEYS = 200_000

TallyKey = tuple[str, str]


class TallyBook:
    """What of each tally's key is spent; the least recently used keys are forgotten, the store keeps them.

    While it is `complete`, a key that isn't here was never used, and the store need not be asked.
    """

    def __init__(self, *, most: int = MOST_KEYS) -> None:
        self.complete = False
        self._most = most
        self._spends: OrderedDict[TallyKey, list[Spend]] = OrderedDict()

    def fill(self, spends: Sequence[Spend], *, all_of_them: bool) -> None:
        """Take what the store holds at the start."""
        for spend in spends:
            self._spends.setdefault((spend.tally, spend.key), []).append(spend)
        self.complete = all_of_them

    def missing(self, keys: Iterable[TallyKey]) -> list[TallyKey]:
        """List the keys that must be loaded before they can be asked for."""
        return [] if self.complete else [key for key in keys if key not in self._spends]

    def load(self, spends: Mapping[TallyKey, Sequence[Spend]]) -> None:
        """Take what the store holds; keys that are known already know better."""
        for key, found in spends.items():
            self._spends.setdefault(key, list(found))

    def uses(self, tally: str, key: str) -> list[float]:
        """List the times at which a key was used."""
        found = self._spends.get((tally, key))
        if found is None:
            return []
        self._spends.move_to_end((tally, key))
        return [spend.at for spend in found]

    def reserve(self, spends: Iterable[Spend], *, now: float) -> None:
        """Take what is being committed, and forget what no longer counts."""
        for spend in spends:
            known = self._spends.setdefault((spend.tally, spend.key), [])
            known[:] = [other for other in known if other.expires > now]
            known.append(spend)
        while len(self._spends) > self._most:
            _, forgotten = self._spends.popitem(last=False)
            self.complete = self.complete and all(spend.expires <= now for spend in forgotten)

    def release(self, spends: Iterable[Spend]) -> None:
        """Give back what could not be committed."""
        for spend in spends:
            known = self._spends.get((spend.tally, spend.key), [])
            if spend in known:
                known.remove(spend)
