"""The keeper of lists and values where nothing is kept: in dry-runs and tests, in memory.

What a change means is said by the actions, as for live runs.
"""

from __future__ import annotations

from typing import Any

import msgspec

from omiflow.actions.kept import Lasting, Look, OfList, OfValue, Shelf, Wish
from omiflow.actions.kept_data import KeptData
from omiflow.model import Done, Outcome, Rejected

MOST_ANSWERS = 10_000
"""The newest answers are remembered, for steps that are tried again."""


class KeptInMemory:
    """Keeps lists and values for as long as it lives; nothing that it gives away is a part of what it keeps."""

    def __init__(self) -> None:
        self._lists: dict[Shelf, list[Lasting]] = {}
        self._values: dict[Shelf, Lasting] = {}
        self._answers: dict[tuple[str, str], Outcome] = {}

    def perform(
        self, data: KeptData, *, uid: str | None, app: str, group: str | None, run_id: str, step: str, now: float
    ) -> Outcome:
        """Do a step of a run at the time `now`, as its action would do it live."""
        wish = data.wish_of(uid=uid, app=app, group=group)
        return wish if isinstance(wish, Rejected) else self.answer(wish, run_id=run_id, step=step, now=now)

    def answer(self, wish: Wish, *, run_id: str, step: str, now: float) -> Outcome:
        """Give what a step is answered, as `Kept` says."""
        if isinstance(wish, Look):
            return self._seen(wish, now)
        recorded = self._answers.get((run_id, step))
        if recorded is not None:
            return _copied(recorded)
        outcome = self._list(wish, now) if isinstance(wish, OfList) else self._value(wish, now)
        if isinstance(outcome, Done):
            self._answers[run_id, step] = _copied(outcome)
            if len(self._answers) > MOST_ANSWERS:
                del self._answers[next(iter(self._answers))]
        return _copied(outcome)

    def _seen(self, look: Look, now: float) -> Outcome:
        if look.at == "items":
            return _copied(Done({"items": [item.what for item in self._items(look.shelf, now)]}))
        return _copied(Done({"value": self._there(look.shelf, now).what}))

    def _list(self, wish: OfList, now: float) -> Done | Rejected:
        items = self._items(wish.shelf, now)
        after = wish.change([item.what for item in items], now)
        if isinstance(after, Rejected):
            return after
        if after.taken is not None:
            del items[after.taken]
        if after.added is not None:
            items.append(after.added)
        self._lists[wish.shelf] = items
        return Done(after.answer)

    def _value(self, wish: OfValue, now: float) -> Done | Rejected:
        after = wish.change(self._there(wish.shelf, now), now)
        if isinstance(after, Rejected):
            return after
        self._values[wish.shelf] = after.put
        return Done(after.answer)

    def _items(self, shelf: Shelf, now: float) -> list[Lasting]:
        return [item for item in self._lists.get(shelf, []) if item.expires is None or item.expires > now]

    def _there(self, shelf: Shelf, now: float) -> Lasting:
        there = self._values.get(shelf, Lasting(what=None))
        return there if there.expires is None or there.expires > now else Lasting(what=None)


def _copied(outcome: Outcome) -> Outcome:
    """Give an outcome that shares nothing with what is kept."""
    if not isinstance(outcome, Done):
        return outcome
    answer: Any = msgspec.json.decode(msgspec.json.encode(outcome.answer))
    return Done(answer)
