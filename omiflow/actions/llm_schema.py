"""The form of an answer as rules write it, `{title: string, tags: [string], mood: [good, bad]}`.

It becomes a JSON Schema for the model, a check of what the model answered, and a placeholder for dry-runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic_core import ErrorDetails

from omiflow.actions.data import is_template

Written: TypeAlias = "str | list[Any] | Mapping[str, Any]"

ALIKE = 0.75
MOST_FIELDS = 200
DEEPEST = 6

_TYPES: Mapping[str, tuple[Any, Any]] = {
    "string": (str, "text"),
    "number": (Annotated[float, Field(allow_inf_nan=False)], 1.5),
    "integer": (int, 1),
    "boolean": (bool, True),
}
_MEANT = {
    "text": "string",
    "str": "string",
    "date": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
}
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_type": "a mapping",
    "dict_type": "a mapping",
}


def check_fields(fields: Mapping[Any, Any], *, templates: bool, depth: int = 1) -> int:
    """Count the fields of a schema as it is written, those below them too; templates stand for any type.

    Raises ValueError, with a text for people, for what is no schema.
    """
    if not fields:
        raise ValueError("a schema names at least one field")
    count = sum(1 + _check(name, written, templates=templates, depth=depth) for name, written in fields.items())
    if count > MOST_FIELDS:
        raise ValueError(f"a schema has at most {MOST_FIELDS} fields")
    return count


def json_schema(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Give the JSON Schema of a checked schema, every field required and nothing else allowed."""
    return {
        "type": "object",
        "properties": {name: _json_schema(written) for name, written in fields.items()},
        "required": list(fields),
        "additionalProperties": False,
    }


def placeholder(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Give a value of the form of a checked schema."""
    return {name: _placeholder(written) for name, written in fields.items()}


def mistake(fields: Mapping[str, Any], value: Any) -> str | None:
    """Say the first thing that keeps a value from having the form of a checked schema, None when it has it."""
    try:
        TypeAdapter(_model(fields)).validate_python(value, strict=True)
    except ValidationError as error:
        return _sentence(error.errors(include_url=False)[0])
    return None


def _check(name: object, written: Any, *, templates: bool, depth: int) -> int:
    if not isinstance(name, str):
        raise ValueError("the name of a field is text")  # noqa: TRY004 - as pydantic wants
    if depth > DEEPEST:
        raise ValueError(f"a schema has at most {DEEPEST} levels")
    if templates and is_template(written):
        return 0
    if isinstance(written, Mapping):
        return check_fields(written, templates=templates, depth=depth + 1)
    if isinstance(written, list) and len(written) == 1 and _is_type(written[0], templates=templates):
        return _check(name, written[0], templates=templates, depth=depth + 1)
    if isinstance(written, list) and written and all(isinstance(text, str) for text in written):
        meant = _meant(written[0].lower()) if len(written) == 1 else None
        if meant is not None:
            raise ValueError(f"field '{name}' has the unknown type '{written[0]}'; did you mean '[{meant}]'?")
        if not all(text in _TYPES for text in written):
            return 0
        raise ValueError(f"field '{name}' is a list of one type, such as [{written[0]}], or of texts to choose from")
    if isinstance(written, str) and written in _TYPES:
        return 0
    meant = _meant(written.lower()) if isinstance(written, str) else None
    if meant is not None:
        raise ValueError(f"field '{name}' has the unknown type '{written}'; did you mean '{meant}'?")
    *most, last = (f"'{kind}'" for kind in _TYPES)
    raise ValueError(
        f"the type of field '{name}' is not known; it is {', '.join(most)} or {last}, a list or a mapping of these, "
        "or a list of texts to choose from"
    )


def _meant(written: str) -> str | None:
    """Give the type that an unknown one most likely stands for."""
    known = {name: name for name in _TYPES} | _MEANT
    return next((known[one] for one in get_close_matches(written, known, n=1, cutoff=ALIKE)), None)


def _is_type(written: Any, *, templates: bool = False) -> bool:
    if templates and is_template(written):
        return True
    return isinstance(written, Mapping | list) or (isinstance(written, str) and written in _TYPES)


def _json_schema(written: Written) -> dict[str, Any]:
    if isinstance(written, Mapping):
        return json_schema(written)
    if isinstance(written, str):
        return {"type": written}
    if _is_type(written[0]):
        return {"type": "array", "items": _json_schema(written[0])}
    return {"type": "string", "enum": written}


def _placeholder(written: Written) -> Any:
    if isinstance(written, Mapping):
        return placeholder(written)
    if isinstance(written, str):
        return _TYPES[written][1]
    return [_placeholder(written[0])] if _is_type(written[0]) else written[0]


def _model(fields: Mapping[str, Any]) -> type[BaseModel]:
    """Make a model; its own names are numbers, so that no name of a field can be in the way."""
    named: dict[str, Any] = {
        f"field{number}": (_type(written), Field(alias=name)) for number, (name, written) in enumerate(fields.items())
    }
    return create_model("Answer", __config__=ConfigDict(strict=True, extra="forbid"), **named)


def _type(written: Written) -> Any:
    if isinstance(written, Mapping):
        return _model(written)
    if isinstance(written, str):
        return _TYPES[written][0]
    return list[_type(written[0])] if _is_type(written[0]) else Literal[tuple(written)]  # type: ignore[misc]


def _sentence(error: ErrorDetails) -> str:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
    if error["type"] == "missing":
        return f"'{place}' is missing"
    if error["type"] == "extra_forbidden":
        return f"'{place}' was not asked for"
    wanted = _WANTED.get(error["type"])
    if error["type"] == "literal_error":
        wanted = f"one of {error['ctx']['expected']}"
    if wanted is None:
        return f"'{place}' is wrong: {error['msg'][:1].lower()}{error['msg'][1:]}"
    return f"'{place}' wants {wanted}" if place else f"the answer is not {wanted}"
