"""`value.add`: count with a kept number."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Templated
from omiflow.actions.kept import Lasting, OfValue, Shelf, Valued
from omiflow.actions.kept_data import Expiring, as_kept, perform, until
from omiflow.model import Rejected


class ValueAdd(Expiring):
    """The data of `value.add`."""

    by: Templated[Annotated[float, Field(allow_inf_nan=False)]] = Field(
        default=1, description="What to add, to 0 when there is no such value; below 0 it counts down."
    )

    def wish(self, shelf: Shelf) -> OfValue:
        """Ask for the number to be counted on."""
        return OfValue(shelf=shelf, change=self.counted)

    def counted(self, there: Lasting, now: float) -> Valued | Rejected:
        """Say what becomes of the value; it expires when it would have, unless this says otherwise."""
        number = 0 if there.what is None else there.what
        if isinstance(number, bool) or not isinstance(number, int | float):
            return Rejected(f"value '{self.name}' is no number; set it to one with 'value.set' first")
        try:
            total = as_kept(_sum(number, as_kept(self.by)))
        except (ArithmeticError, ValueError):
            return Rejected(f"value '{self.name}' would become too large a number")
        expires = there.expires if self.expires is None else until(self.expires, now)
        what = None if expires is not None and expires <= now else total
        return Valued(answer={"value": what}, put=Lasting(what=what, expires=expires))


def _sum(one: float, other: float) -> float:
    """Add as people do: 0.1 and 0.2 are 0.3."""
    if isinstance(one, int) and isinstance(other, int):
        return one + other
    return float(Decimal(repr(one)) + Decimal(repr(other)))


ACTION = Action(
    name="value.add",
    summary="Add to a number that is kept.",
    data=ValueAdd,
    perform=perform,
    inside=True,
    answers={"value": "The number as it is now."},
    placeholder_answer={"value": 1},
    example="""\
action: value.add
data: {name: coffees, by: 1, expires: "{{ now + timedelta(days=1) }}"}
response_variable: coffees
""",
)
