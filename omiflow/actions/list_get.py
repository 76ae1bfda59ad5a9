"""`list.get`: read a kept list."""

from __future__ import annotations

from omiflow.actions.action import Action
from omiflow.actions.kept import Look, Shelf
from omiflow.actions.kept_data import KeptData, perform


class ListGet(KeptData):
    """The data of `list.get`."""

    def wish(self, shelf: Shelf) -> Look:
        """Ask for the items."""
        return Look(shelf=shelf, at="items")


ACTION = Action(
    name="list.get",
    summary="Read a list that is kept.",
    data=ListGet,
    perform=perform,
    inside=True,
    answers={"items": "All items of the list, the oldest first; [] when there is no such list."},
    placeholder_answer={"items": []},
    example="""\
action: list.get
data: {name: shopping}
response_variable: shopping
""",
)
