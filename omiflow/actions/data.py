"""What an action takes from a rule file, before and after its templates were rendered.

Rendering is left to the engine, the places of problems to the language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, ErrorDetails, core_schema

from omiflow.errors import TemplateFault

_RENDERED = "rendered"

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "datetime_type": "a time",
    "datetime_parsing": "a time",
    "datetime_from_date_parsing": "a time",
    "datetime_object_invalid": "a time",
}

_KINDS: tuple[tuple[type[Any], str], ...] = (
    (int, "a number"),
    (float, "a number"),
    (str, "text"),
    (Mapping, "a mapping"),
    (list, "a list"),
    (tuple, "a list"),
    (datetime, "a time"),
)


def at_least_one(*keys: str) -> ConfigDict:
    """Let the JSON Schema of a form ask for one of these keys; the form's own validator tells people."""
    return ConfigDict(json_schema_extra={"allOf": [{"anyOf": [{"required": [key]} for key in keys]}]})


class Data(BaseModel):
    """The base of what actions take: strict types, no unknown keys, no changes afterwards.

    `planned` names keys that the language has and this version does not.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)
    planned: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def checked(cls, mapping: Mapping[str, Any]) -> Self:
        """Take what a rule file says, where any string may still be a template; raises pydantic's ValidationError."""
        return cls.model_validate(dict(mapping))

    @classmethod
    def rendered(cls, mapping: Mapping[str, Any]) -> Self:
        """Take what the templates gave; raises pydantic's ValidationError."""
        return cls.model_validate(dict(mapping), context={_RENDERED: True})

    def given(self) -> dict[str, Any]:
        """Give what was given, under the keys of a rule file, as the action takes it."""
        return self.model_dump(by_alias=True, exclude_unset=True)


D = TypeVar("D", bound=Data)
T = TypeVar("T")


def check_data(model: type[Data], mapping: Mapping[str, Any]) -> list[ErrorDetails]:
    """List what is wrong with the data of a step as it is written, in pydantic's form; empty when all is well."""
    try:
        model.checked(mapping)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def rendered(model: type[D], mapping: Mapping[str, Any]) -> D:
    """Make an action's data of what the templates gave, or raise TemplateFault with one sentence for people."""
    try:
        return model.rendered(mapping)
    except ValidationError as error:
        raise TemplateFault(_sentence(error.errors(include_url=False)[0])) from None


def is_template(value: object) -> bool:
    """Tell whether a value of a rule file is a string that Jinja will look at."""
    return isinstance(value, str) and ("{{" in value or "{%" in value)


class _OrTemplate:
    """Lets a template stand where another type is wanted, as long as nothing has been rendered."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_wrap_validator_function(_let_templates_pass, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"type": "string", "pattern": r"\{\{|\{%", "$comment": "template"}]}


def _let_templates_pass(value: Any, inner: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    if is_template(value) and not is_rendered(info):
        return value
    return inner(value)


def _number_as_text(value: Any, info: ValidationInfo) -> Any:
    """Take a number for text: a template that is exactly one `{{ … }}` keeps its type."""
    if is_rendered(info) and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def is_rendered(info: ValidationInfo) -> bool:
    """Tell whether what is validated comes out of templates, rather than from a rule file."""
    return bool(info.context and info.context.get(_RENDERED))


Templated = Annotated[T, _OrTemplate()]
Text = Annotated[str, BeforeValidator(_number_as_text)]


def _sentence(error: ErrorDetails) -> str:
    """Say the first thing that is wrong with a value, without the value: it may be private."""
    name, kind, found = _place(error["loc"]), error["type"], error.get("ctx", {})
    if kind == "missing":
        return f"'{name}' is missing"
    if kind == "extra_forbidden":
        return f"'{name}' is not known here"
    if kind == "string_too_short":
        return f"'{name}' is empty"
    if kind in ("value_error", "assertion_error"):
        return f"{found['error']}"
    wanted = f"one of {found['expected']}" if kind == "literal_error" else _WANTED.get(kind)
    if wanted is None:
        return f"'{name}' is wrong: {error['msg'][:1].lower()}{error['msg'][1:]}"
    got = _kind_of(error["input"])
    return f"'{name}' wants {wanted}, got {'other text' if kind == 'literal_error' and got == 'text' else got}"


def _place(loc: tuple[int | str, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _kind_of(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if value == "":
        return "empty text"
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return f"a value of type '{type(value).__name__}'"
