"""`value.set`: keep a value under a name."""

from __future__ import annotations

from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.kept import Lasting, OfValue, Shelf, Valued
from omiflow.actions.kept_data import Expiring, Small, perform, until


class ValueSet(Expiring):
    """The data of `value.set`."""

    value: Small = Field(description="What to keep: text, a number, a list, a mapping; null removes what is there.")

    def wish(self, shelf: Shelf) -> OfValue:
        """Ask for the value to be kept."""
        return OfValue(shelf=shelf, change=self.kept)

    def kept(self, there: Lasting, now: float) -> Valued:  # noqa: ARG002 - other changes look at what is there
        """Say what becomes of the value."""
        expires = until(self.expires, now)
        what = None if expires is not None and expires <= now else self.value
        return Valued(answer={"value": what}, put=Lasting(what=what, expires=expires))


ACTION = Action(
    name="value.set",
    summary="Keep a value under a name.",
    data=ValueSet,
    perform=perform,
    inside=True,
    answers={"value": "The value as it is kept."},
    placeholder_answer={"value": None},
    example="""\
action: value.set
data: {name: last_topic, value: "{{ event.structured.title }}", expires: 7d}
""",
)
