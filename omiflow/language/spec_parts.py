"""Parts that the written forms of rules share: strict models, durations, names and templates.

The forms themselves are in `spec_conditions`, `spec_steps` and `spec_rules`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from omiflow.engine.durations import seconds
from omiflow.engine.templates import is_template


class Spec(BaseModel):
    """The base of every written form: strict types, no unknown keys.

    `planned` names keys that the language has and this version does not, `rivals` those that make another item.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)
    planned: ClassVar[frozenset[str]] = frozenset()
    rivals: ClassVar[frozenset[str]] = frozenset()


def _given(value: Any) -> Any:
    """Refuse a key without a value: what is meant by it would be a guess."""
    if value is None:
        raise PydanticCustomError("nothing_given", "no value")
    return value


T = TypeVar("T")
Maybe = Annotated[T | None, BeforeValidator(_given)]
"""What may be left out, but not written without a value."""


def read_duration(value: Any) -> float:
    """Read a duration such as `10m` into seconds."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"a bare number has no unit; write it like '{value}s' or '{value}m'")  # noqa: TRY004 - as pydantic wants
    if not isinstance(value, str):
        raise ValueError("a duration is wanted, like '45s', '10m', '1h30m' or '7d'")  # noqa: TRY004 - as pydantic wants
    found = seconds(value)
    if found <= 0:
        raise ValueError("a duration longer than nothing is wanted")
    return found


def read_duration_or_template(value: Any) -> float | str:
    """Read a duration, or let a template through."""
    if isinstance(value, str) and is_template(value):
        return value
    return read_duration(value)


Duration = Annotated[
    float,
    BeforeValidator(read_duration, json_schema_input_type=str),
    Field(description="A span of time: 45s, 10m, 1h30m, 7d."),
]
DurationOrTemplate = Annotated[float | str, BeforeValidator(read_duration_or_template, json_schema_input_type=str)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
RuleId = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$", max_length=100)]


def shape_tag(value: Any) -> str:
    """Tell lists and mappings from everything else, so that a mistake is reported once and not once per alternative."""
    return "<list>" if isinstance(value, list) else "<mapping>" if isinstance(value, dict) else "<single>"


TextOrList = Annotated[
    Annotated[str, Tag("<single>")] | Annotated[list[str], Tag("<list>")] | Annotated[str, Tag("<mapping>")],
    Discriminator(shape_tag),
]
TextOrItems = Annotated[
    Annotated[str, Tag("<single>")] | Annotated[list[Any], Tag("<list>")] | Annotated[str, Tag("<mapping>")],
    Discriminator(shape_tag),
]
