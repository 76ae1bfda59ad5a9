"""The form of a model's answer: how it is written, what the model is told, and what fits it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from omiflow.actions.llm_schema import DEEPEST, MOST_FIELDS, check_fields, json_schema, mistake, placeholder

FIELDS = {
    "title": "string",
    "price": "number",
    "count": "integer",
    "sure": "boolean",
    "tags": ["string"],
    "mood": ["good", "bad"],
    "due": {"date": "string", "rooms": [{"name": "string"}]},
}
GOOD = {
    "title": "Tea",
    "price": 3,
    "count": 2,
    "sure": True,
    "tags": [],
    "mood": "bad",
    "due": {"date": "today", "rooms": [{"name": "hall"}]},
}


def deep(levels: int) -> Any:
    return {"a": deep(levels - 1)} if levels else "string"


def test_a_schema_becomes_a_strict_json_schema() -> None:
    check_fields(FIELDS, templates=False)
    schema = json_schema(FIELDS)
    assert schema["required"] == list(FIELDS)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["tags"] == {"type": "array", "items": {"type": "string"}}
    assert schema["properties"]["mood"] == {"type": "string", "enum": ["good", "bad"]}
    assert schema["properties"]["due"] == {
        "type": "object",
        "properties": {
            "date": {"type": "string"},
            "rooms": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}},
                    "required": ["name"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["date", "rooms"],
        "additionalProperties": False,
    }


def test_what_was_asked_for_fits_and_so_does_the_placeholder() -> None:
    assert mistake(FIELDS, GOOD) is None
    assert mistake(FIELDS, placeholder(FIELDS)) is None


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"title": 3}, "'title' wants text"),
        ({"title": None}, "'title' wants text"),
        ({"price": "3"}, "'price' wants a number"),
        ({"price": True}, "'price' wants a number"),
        ({"count": 2.5}, "'count' wants a whole number"),
        ({"count": "2"}, "'count' wants a whole number"),
        ({"sure": "yes"}, "'sure' wants true or false"),
        ({"tags": "a"}, "'tags' wants a list"),
        ({"tags": [1]}, "'tags[0]' wants text"),
        ({"mood": "so so"}, "'mood' wants one of 'good' or 'bad'"),
        ({"due": []}, "'due' wants a mapping"),
        ({"due": {"date": "x", "rooms": [{}]}}, "'due.rooms[0].name' is missing"),
        ({"more": 1}, "'more' was not asked for"),
    ],
)
def test_what_does_not_fit_is_told(changes: dict[str, Any], wrong: str) -> None:
    assert mistake(FIELDS, GOOD | changes) == wrong


@pytest.mark.parametrize("value", [[], "x", None, 3])
def test_an_answer_that_is_no_mapping_does_not_fit(value: Any) -> None:
    assert mistake(FIELDS, value) == "the answer is not a mapping"


@pytest.mark.parametrize("name", ["model_config", "class", "_x", "due date", "schema", "copy", "größe", "field0", ""])
def test_a_field_may_have_any_name(name: str) -> None:
    fields = {name: "string", "other": "integer"}
    assert mistake(fields, {name: "x", "other": 1}) is None
    assert mistake(fields, {name: 1, "other": 1}) is not None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "a schema names at least one field"),
        ({"a": {}}, "a schema names at least one field"),
        ({"a": "colour"}, "the type of field 'a' is not known"),
        ({"a": None}, "the type of field 'a' is not known"),
        ({"a": 3}, "the type of field 'a' is not known"),
        ({"a": []}, "the type of field 'a' is not known"),
        ({"a": ["x", 3]}, "the type of field 'a' is not known"),
        ({"a": ["string", "number"]}, "field 'a' is a list of one type, such as [string]"),
        ({"a": [{"b": "nothing"}]}, "the type of field 'b' is not known"),
        ({1: "string"}, "the name of a field is text"),
        (deep(DEEPEST + 1), "at most 6 levels"),
        ({"a": [[[[[["string"]]]]]]}, "at most 6 levels"),
        ({str(number): "string" for number in range(MOST_FIELDS + 1)}, "at most 200 fields"),
    ],
)
def test_what_is_no_schema_is_told(fields: dict[Any, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        check_fields(fields, templates=False)


def test_templates_stand_for_types_until_they_are_rendered() -> None:
    fields = {"room": "{{ lists.rooms }}", "tags": ["{{ kind }}"], "deep": {"a": "{{ b }}"}}
    check_fields(fields, templates=True)
    with pytest.raises(ValueError, match="the type of field 'room' is not known"):
        check_fields(fields, templates=False)


@pytest.mark.parametrize(
    ("written", "meant"), [("text", "string"), ("Int", "integer"), ("float", "number"), ("bool", "boolean")]
)
def test_a_type_by_another_name_is_told_its_own(written: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"field 'a' has the unknown type '{written}'; did you mean '{meant}'?"):
        check_fields({"a": written}, templates=True)
