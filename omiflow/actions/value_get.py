"""`value.get`: read a kept value."""

from __future__ import annotations

from omiflow.actions.action import Action
from omiflow.actions.kept import Look, Shelf
from omiflow.actions.kept_data import KeptData, perform


class ValueGet(KeptData):
    """The data of `value.get`."""

    def wish(self, shelf: Shelf) -> Look:
        """Ask for the value."""
        return Look(shelf=shelf, at="value")


ACTION = Action(
    name="value.get",
    summary="Read a value that is kept.",
    data=ValueGet,
    perform=perform,
    inside=True,
    answers={"value": "The value, null when there is none."},
    placeholder_answer={"value": None},
    example="""\
action: value.get
data: {name: last_topic}
response_variable: last_topic
""",
)
