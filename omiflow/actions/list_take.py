"""`list.take`: take an item out of a kept list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.kept import Listed, OfList, Shelf
from omiflow.actions.kept_data import KeptData, Small, is_same, items_answer, perform


class ListTake(KeptData):
    """The data of `list.take`."""

    item: Small = Field(
        default=None,
        description="Which item to take, the oldest of those that are the same; the oldest of all when left out.",
    )

    def wish(self, shelf: Shelf) -> OfList:
        """Ask for the item."""
        return OfList(shelf=shelf, change=self.taken)

    def taken(self, items: Sequence[Any], now: float) -> Listed:  # noqa: ARG002 - other changes look at the time
        """Say what becomes of the list; one that lacks the item stays as it is."""
        any_item = "item" not in self.model_fields_set
        place = next((place for place, item in enumerate(items) if any_item or is_same(item, self.item)), None)
        if place is None:
            return Listed(answer={"item": None, **items_answer(items)})
        left = [*items[:place], *items[place + 1 :]]
        return Listed(answer={"item": items[place], **items_answer(left)}, taken=place)


ACTION = Action(
    name="list.take",
    summary="Take an item out of a list that is kept.",
    data=ListTake,
    perform=perform,
    inside=True,
    answers={
        "item": "The item that was taken, null when there was none.",
        "items": "The items that are left, the oldest first.",
    },
    placeholder_answer={"item": None, "items": []},
    example="""\
action: list.take
data: {name: shopping, item: milk}
response_variable: taken
""",
)
