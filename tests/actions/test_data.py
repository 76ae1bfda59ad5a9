from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import Field

from omiflow.actions.data import Data, Templated, Text, check_data, rendered
from omiflow.errors import TemplateFault


class Inner(Data):
    name: Text
    size: Templated[float] = 1.0


class Sample(Data):
    text: Text = Field(min_length=1)
    count: Templated[int] = 1
    level: Templated[Literal["low", "high"]] = "low"
    on: Templated[bool] = False
    items: Templated[list[Templated[Inner]]] | None = None


@pytest.mark.parametrize(
    "data",
    [
        {"text": "hello"},
        {"text": "{{ a }}", "count": "{{ b }}", "level": "{% if c %}low{% endif %}", "on": "{{ d }}"},
        {"text": "x", "items": "{{ things }}"},
        {"text": "x", "items": ["{{ thing }}", {"name": "n", "size": "{{ size }}"}]},
    ],
)
def test_a_template_may_stand_for_any_value_of_a_rule(data: dict[str, Any]) -> None:
    assert check_data(Sample, data) == []


@pytest.mark.parametrize(
    ("data", "loc", "kind"),
    [
        ({}, ("text",), "missing"),
        ({"text": 5}, ("text",), "string_type"),
        ({"text": "x", "count": "5"}, ("count",), "int_type"),
        ({"text": "x", "count": True}, ("count",), "int_type"),
        ({"text": "x", "level": "middle"}, ("level",), "literal_error"),
        ({"text": "x", "items": [{"name": "n"}, {"name": 1}]}, ("items", 1, "name"), "string_type"),
        ({"text": "x", "txet": "y"}, ("txet",), "extra_forbidden"),
    ],
)
def test_a_mistake_in_a_rule_is_found_with_its_place(data: dict[str, Any], loc: tuple[Any, ...], kind: str) -> None:
    assert [(error["loc"], error["type"]) for error in check_data(Sample, data)] == [(loc, kind)]


def test_all_mistakes_are_found_at_once() -> None:
    assert len(check_data(Sample, {"text": 1, "count": None, "nope": 1})) == 3


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({}, "'text' is missing"),
        ({"text": None}, "'text' wants text, got null"),
        ({"text": ""}, "'text' is empty"),
        ({"text": True}, "'text' wants text, got true"),
        ({"text": ["a"]}, "'text' wants text, got a list"),
        ({"text": "x", "count": "{{ still }}"}, "'count' wants a whole number, got text"),
        ({"text": "x", "count": 1.5}, "'count' wants a whole number, got a number"),
        ({"text": "x", "level": "secret"}, "'level' wants one of 'low' or 'high', got other text"),
        ({"text": "x", "on": "yes"}, "'on' wants true or false, got text"),
        ({"text": "x", "items": {}}, "'items' wants a list, got a mapping"),
        ({"text": "x", "items": [{"name": None}]}, "'items[0].name' wants text, got null"),
        ({"text": "x", "more": 1}, "'more' is not known here"),
    ],
)
def test_what_templates_gave_is_held_to_its_type_in_one_sentence(data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TemplateFault) as fault:
        rendered(Sample, data)
    assert str(fault.value) == sentence


def test_a_number_out_of_a_template_becomes_text_where_text_is_wanted() -> None:
    assert rendered(Sample, {"text": 7, "count": 7}) == Sample(text="7", count=7)


def test_text_that_looks_like_a_template_after_rendering_stays_text() -> None:
    assert rendered(Sample, {"text": "they said {{ boo }}"}).text == "they said {{ boo }}"


def test_the_schema_shows_the_type_or_a_template() -> None:
    count = Sample.model_json_schema()["properties"]["count"]
    assert count["anyOf"] == [{"type": "integer"}, {"$comment": "template", "type": "string", "pattern": r"\{\{|\{%"}]
