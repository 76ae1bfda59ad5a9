"""What users are still to be answered: told to whoever serves their next call, and to the runs that wait for it.

It is a cache of the store's rows, and it says who may have one that a call and a run want at the same moment. What a
call can carry is decided in `engine.owing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from math import inf

from omiflow.model import Owed, Run
from omiflow.runtime.users import UserKey

SOON = 1.0
"""How soon a run looks again while a call is about to carry its answer, in seconds."""
AFTER = 0.001


class LateAnswers:
    """What each user is owed, oldest first; what a call is about to carry is nobody else's."""

    def __init__(self) -> None:
        self._waiting: dict[UserKey, list[Owed]] = {}
        self._paying: set[tuple[str, str]] = set()

    def add(self, app: str, uid: str | None, owed: Iterable[Owed]) -> None:
        """Take what a decision, which is committed, left to be answered."""
        more = list(owed)
        if more:
            self._waiting.setdefault((app, uid), []).extend(more)

    def of(self, app: str, uid: str | None, *, now: float) -> list[Owed]:
        """List what a user is owed; what has waited too long is left to its run."""
        waiting = self._waiting.get((app, uid))
        return [] if waiting is None else [one for one in waiting if now <= one.until]

    def look_again(self, run: Run, owed: Iterable[Owed], *, now: float) -> float:
        """Give when a run is to look for what it owes: when it is too late for a call, or soon where one came."""
        waiting = self._waiting.get((run.app, run.uid), ())
        return min((self._look_again(one, waiting, now) for one in owed), default=inf)

    def _look_again(self, one: Owed, waiting: Sequence[Owed], now: float) -> float:
        still = one in waiting and (one.run_id, one.path) not in self._paying
        return max(one.until + AFTER, now) if still else now + SOON

    def forget(self, run: Run) -> None:
        """Forget what a run that has ended owes."""
        waiting = self._waiting.get((run.app, run.uid), ())
        self._remove(run.app, run.uid, {(one.run_id, one.path) for one in waiting if one.run_id == run.id})

    @contextmanager
    def paying(self, app: str, uid: str | None, paid: Sequence[Owed]) -> Iterator[None]:
        """Hold what a call carries while that is committed; where it can't be, it goes on waiting.

        What becomes of it when nobody waits for the commit any more is read from the store by its run.
        """
        names = {(one.run_id, one.path) for one in paid}
        self._paying |= names
        refused = False
        try:
            yield
        except Exception:
            refused = True
            raise
        finally:
            self._paying -= names
            if not refused:
                self._remove(app, uid, names)

    def give_up(self, run: Run, path: str, *, now: float) -> bool:
        """Let a run have what no call may take from now on; False while one may, or is about to carry it."""
        name = (run.id, path)
        waiting = self._waiting.get((run.app, run.uid), ())
        if name in self._paying or any((one.run_id, one.path) == name and now <= one.until for one in waiting):
            return False
        self._remove(run.app, run.uid, {name})
        return True

    def _remove(self, app: str, uid: str | None, names: set[tuple[str, str]]) -> None:
        waiting = self._waiting.get((app, uid))
        if waiting is not None and names:
            waiting[:] = [one for one in waiting if (one.run_id, one.path) not in names]
            if not waiting:
                del self._waiting[app, uid]
