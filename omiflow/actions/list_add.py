"""`list.add`: put an item at the end of a kept list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Templated
from omiflow.actions.kept import Lasting, Listed, OfList, Shelf
from omiflow.actions.kept_data import Expiring, Small, is_same, items_answer, perform, size, until
from omiflow.model import Rejected

MOST_ITEMS = 10_000
LARGEST_LIST = 1_000_000
"""How large a list may be, in bytes of JSON; each step on it is answered with all of it."""


class ListAdd(Expiring):
    """The data of `list.add`."""

    item: Small = Field(description="What to add: text, a number, a list, a mapping.")
    unique: Templated[bool] = Field(
        default=False, description="Leave the list as it is where the same item is in it already."
    )

    def wish(self, shelf: Shelf) -> OfList:
        """Ask for the item to be added."""
        return OfList(shelf=shelf, change=self.added)

    def added(self, items: Sequence[Any], now: float) -> Listed | Rejected:
        """Say what becomes of the list."""
        expires = until(self.expires, now)
        gone = expires is not None and expires <= now
        if gone or (self.unique and any(is_same(item, self.item) for item in items)):
            return Listed(answer=items_answer(items))
        if len(items) >= MOST_ITEMS:
            return Rejected(f"list '{self.name}' is full with {MOST_ITEMS} items; take some, or let them expire")
        if size(list(items)) + size(self.item) > LARGEST_LIST:
            return Rejected(
                f"list '{self.name}' is full with {LARGEST_LIST // 1_000_000} MB; take some, or let them expire"
            )
        return Listed(
            answer=items_answer([*items, self.item]),
            added=Lasting(what=self.item, expires=expires),
        )


ACTION = Action(
    name="list.add",
    summary="Put an item at the end of a list that is kept.",
    data=ListAdd,
    perform=perform,
    inside=True,
    answers={"items": "All items of the list, the oldest first."},
    placeholder_answer={"items": []},
    example="""\
action: list.add
data: {name: shopping, item: "{{ trigger.slots.thing }}", scope: group, expires: 30d}
""",
)
