"""The keeper of lists and values for live runs: every change is one step of the store's writer.

What a change means is said by the actions, and how things are kept by the store.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from omiflow.actions.kept import Lasting, Look, OfList, OfValue, Wish
from omiflow.errors import StoreFault
from omiflow.model import Done, Outcome, Rejected, Retry
from omiflow.runtime.clock import Clock
from omiflow.store import kept
from omiflow.store.store import Store


@dataclass(frozen=True)
class Keeper:
    """Keeps lists and values in the store."""

    store: Store
    clock: Clock

    async def answer(self, wish: Wish, *, run_id: str, step: str) -> Outcome:
        """Give what a step is answered, as `Kept` says; a store that can't take it now is asked again later.

        A look waits for the changes that were asked for before it, so that it sees them.
        """
        now = self.clock.now()
        try:
            if isinstance(wish, Look):
                return await self.store.change(_seen, wish, now)
            return await self.store.change(_changed, wish, run_id=run_id, step=step, now=now)
        except StoreFault as fault:
            return Retry(str(fault))


def _seen(connection: Connection, look: Look, now: float) -> Outcome:
    if look.at == "items":
        return Done({"items": [item for _, item in kept.items_on(connection, look.shelf, now=now)]})
    return Done({"value": kept.value_on(connection, look.shelf, now=now)[0]})


def _changed(connection: Connection, wish: OfList | OfValue, *, run_id: str, step: str, now: float) -> Outcome:
    recorded = kept.recorded_answer(connection, run_id, step)
    if recorded is not None:
        return Done(recorded)
    outcome = _list(connection, wish, now) if isinstance(wish, OfList) else _value(connection, wish, now)
    if isinstance(outcome, Done):
        kept.record_answer(connection, run_id, step, outcome.answer, at=now)
    return outcome


def _list(connection: Connection, wish: OfList, now: float) -> Done | Rejected:
    rows = kept.items_on(connection, wish.shelf, now=now)
    after = wish.change([item for _, item in rows], now)
    if isinstance(after, Rejected):
        return after
    if after.taken is not None:
        kept.remove_item(connection, wish.shelf, rows[after.taken][0])
    if after.added is not None:
        kept.add_item(connection, wish.shelf, after.added.what, expires=after.added.expires)
    return Done(after.answer)


def _value(connection: Connection, wish: OfValue, now: float) -> Done | Rejected:
    value, expires = kept.value_on(connection, wish.shelf, now=now)
    after = wish.change(Lasting(what=value, expires=expires), now)
    if isinstance(after, Rejected):
        return after
    kept.set_value(connection, wish.shelf, after.put.what, expires=after.put.expires)
    return Done(after.answer)
