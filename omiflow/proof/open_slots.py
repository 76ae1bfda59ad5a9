"""When the clock ends what users began to say, in simulated time: the next of all of them without asking each.

What is decided then is the business of `deciding`.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from omiflow.proof.late_answers import UserKey

FEW = 1_000


class OpenSlots:
    """The time of each user who has something open; of the times on the heap only these count.

    Of two that are due at once the one that was put first comes first.
    """

    def __init__(self) -> None:
        self._due: dict[UserKey, tuple[float, int]] = {}
        self._heap: list[tuple[tuple[float, int], UserKey]] = []
        self._count = 0

    def put(self, user: UserKey, due: float | None) -> None:
        """Take when the clock ends what a user began to say, None when there is nothing to end."""
        if due is None:
            self._due.pop(user, None)
            return
        known = self._due.get(user)
        if known is not None and known[0] == due:
            return
        self._count += 1
        place = self._due[user] = (due, self._count)
        if len(self._heap) > 2 * len(self._due) + FEW:
            self._heap = [(place, user) for user, place in self._due.items()]
            heapify(self._heap)
        else:
            heappush(self._heap, (place, user))

    def next(self, until: float) -> tuple[float, UserKey] | None:
        """Give the next time, by `until`, and whose it is."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        if not self._heap or self._heap[0][0][0] > until:
            return None
        (due, _), user = self._heap[0]
        return due, user
