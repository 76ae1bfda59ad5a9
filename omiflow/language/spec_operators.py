"""The written form of operators, made of the engine's own table of them; conditions that use them are elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import ConfigDict, Discriminator, Field, Tag, create_model

from omiflow.engine.operators import OPERATORS, Operand
from omiflow.language.spec_parts import Maybe, Spec, shape_tag

S = TypeVar("S", bound=Spec)


class LengthSpec(Spec):
    """Bounds of a length."""

    equals: Maybe[int] = Field(None, description="Exactly as many.")
    gt: Maybe[int] = Field(None, description="More than as many.")
    gte: Maybe[int] = Field(None, description="At least as many.")
    lt: Maybe[int] = Field(None, description="Fewer than as many.")
    lte: Maybe[int] = Field(None, description="At most as many.")


LengthOrBounds = Annotated[
    Annotated[int, Tag("<single>")] | Annotated[LengthSpec, Tag("<mapping>")] | Annotated[int, Tag("<list>")],
    Discriminator(shape_tag),
]

_LISTED: Any = {"pattern": r"^lists\.", "$comment": "`lists.NAME`"}
_Items = Maybe[
    Annotated[
        Annotated[str, Field(json_schema_extra=_LISTED), Tag("<single>")]
        | Annotated[list[Any], Tag("<list>")]
        | Annotated[str, Field(json_schema_extra=_LISTED), Tag("<mapping>")],
        Discriminator(shape_tag),
    ]
]
_Text = Maybe[str]
_Number = Maybe[float]
_Flag = Maybe[bool]
_Length = Maybe[LengthOrBounds]
_OPERANDS: Mapping[Operand, Any] = {
    "any": Any,
    "list": _Items,
    "text": _Text,
    "number": _Number,
    "flag": _Flag,
    "length": _Length,
    "pattern": _Text,
}


def with_operators(form: type[S]) -> type[S]:
    """Give a form a key for each operator there is."""
    fields: dict[str, Any] = {
        f"{operator.name}_": (
            _OPERANDS[operator.operand],
            Field(None, alias=operator.name, description=f"{operator.says[:1].upper()}{operator.says[1:]}."),
        )
        for operator in OPERATORS.values()
    }
    return create_model(form.__name__, __base__=form, __doc__=form.__doc__, __module__=form.__module__, **fields)


@with_operators
class OperatorsSpec(Spec):
    """Operators that one value must pass together."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})
    example: ClassVar[str] = "{gte: 3, lt: 10}"

    not_: Maybe[Negated] = Field(None, alias="not", description="Does not pass these operators.")
    ignore_case: bool = Field(False, description="Large and small letters are the same.")

    def written(self) -> dict[str, Any]:
        """Give the operators that were written, by name; null is a value like any other."""
        given = (name for name in OPERATORS if f"{name}_" in self.model_fields_set)
        return {name: getattr(self, f"{name}_") for name in given}


Negated = OperatorsSpec
"""What `not` holds; inside the class its own name stands for the form as it was without operators."""

OperatorsSpec.model_rebuild()
