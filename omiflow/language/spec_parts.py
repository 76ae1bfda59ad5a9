"""Parts that the written forms of rules share: strict models, durations, names and templates.

The forms themselves are in `spec_conditions`, `spec_steps` and `spec_rules`.
"""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any, ClassVar, TypeVar, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Tag,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from omiflow.durations import seconds, spoken
from omiflow.engine.step_values import MOST_REPEATS
from omiflow.engine.templates import is_template
from omiflow.language.zones import zone_or_user


class Spec(BaseModel):
    """The base of every written form: strict types, no unknown keys.

    `planned` names keys that the language has and this version does not, `rivals` those that make another item.
    A form's docstring is the sentence that people read about it, `example` what they may copy.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False, defer_build=True)
    planned: ClassVar[frozenset[str]] = frozenset()
    rivals: ClassVar[frozenset[str]] = frozenset()
    example: ClassVar[str] = ""


def forms_of(union: Any) -> dict[str, type[Spec]]:
    """Give the forms of a tagged union by what their tags name."""
    listed = get_args(get_args(union)[0])
    return {form.__metadata__[0].tag.strip("<>"): form.__origin__ for form in listed}


class _NeverNull:
    """Takes null out of the JSON Schema of what may be left out."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        found = handler(schema)
        listed = [one for one in found.get("anyOf", ()) if one != {"type": "null"}]
        return {**found, "anyOf": listed} if listed else found


class _OrEmpty:
    """Takes a key without a value for an empty list or mapping."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def filled(value: Any) -> Any:
            if value is None:
                return [] if get_origin(source) is list else {}
            return value

        return core_schema.no_info_before_validator_function(filled, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"type": "null"}]}


def _given(value: Any) -> Any:
    """Refuse a key without a value: what is meant by it would be a guess."""
    if value is None:
        raise PydanticCustomError("nothing_given", "no value")
    return value


T = TypeVar("T")
Maybe = Annotated[T | None, BeforeValidator(_given), _NeverNull()]
"""What may be left out, but not written without a value."""
OrEmpty = _OrEmpty()


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


def _between(least: float, most: float) -> AfterValidator:
    """Refuse durations beyond these seconds."""

    def bounded(value: float) -> float:
        if not least <= value <= most:
            raise ValueError(f"a duration from {spoken(least)} to {spoken(most)} is wanted")
        return value

    return AfterValidator(bounded)


_DURATION = Annotated[
    str,
    Field(
        pattern=r"^ *(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+(\.\d+)?s)? *$",
        json_schema_extra={
            "$comment": "duration",
            "patternErrorMessage": "a duration is wanted, like '45s', '10m', '1h30m' or '7d'",
        },
    ),
]
TEMPLATE: Any = {
    "pattern": r"\{\{|\{%|\{#",
    "patternErrorMessage": "a template is wanted, like '{{ event.id }}'",
}
"""What the JSON Schema says of a text that must be a template."""
_Template = Annotated[str, Field(json_schema_extra=TEMPLATE)]
_TEMPLATE_TOO = Annotated[str, Field(json_schema_extra={**TEMPLATE, "$comment": "template"})]
Duration = Annotated[float, BeforeValidator(read_duration, json_schema_input_type=_DURATION)]
Within = Annotated[Duration, _between(1, 120)]
Pause = Annotated[Duration, _between(0.2, 30)]
Silence = Annotated[Duration, _between(10, 30 * 86_400)]
DurationOrTemplate = Annotated[
    float | str, BeforeValidator(read_duration_or_template, json_schema_input_type=_DURATION | _TEMPLATE_TOO)
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
EventName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=100)]
RuleId = Annotated[str, Field(pattern=r"^[a-z0-9_-]+$", max_length=100)]

_CLOCK_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


def read_clock_time(value: Any) -> time:
    """Read a time of day such as `08:00` or `22:30:15`."""
    found = _CLOCK_TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a time of day is wanted, like '08:00' or '22:30:15'")
    hour, minute, second = (int(part or 0) for part in found.groups())
    return time(hour, minute, second)


_CLOCK = Annotated[
    str,
    Field(
        pattern=r"^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?$",
        json_schema_extra={
            "$comment": "time of day",
            "patternErrorMessage": "a time of day is wanted, like '08:00' or '22:30:15'",
        },
    ),
]
ClockTime = Annotated[time, BeforeValidator(read_clock_time, json_schema_input_type=_CLOCK)]
ZoneOrUser = Annotated[str, BeforeValidator(zone_or_user)]


def shape_tag(value: Any) -> str:
    """Tell lists and mappings from everything else, so that a mistake is reported once and not once per alternative."""
    return "<list>" if isinstance(value, list) else "<mapping>" if isinstance(value, dict) else "<single>"


TemplateOrItems = Annotated[
    Annotated[_Template, Tag("<single>")]
    | Annotated[list[Any], Tag("<list>")]
    | Annotated[_Template, Tag("<mapping>")],
    Discriminator(shape_tag),
]
NumberOrTemplate = Annotated[
    Annotated[int, Field(ge=0, le=MOST_REPEATS), Tag("<number>")] | Annotated[_Template, Tag("<single>")],
    Discriminator(lambda value: "<number>" if isinstance(value, int | float) else "<single>"),
]
