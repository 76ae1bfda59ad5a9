"""The JSON Schemas let pass what `check` lets pass, and know the same keys."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import BaseModel, TypeAdapter, ValidationError

from omiflow.actions.table import ACTIONS
from omiflow.cli.schema import schema_text
from omiflow.language.facts import Facts
from omiflow.language.load import Loader, read_folder
from omiflow.language.scalars import SETTINGS_TAGS
from omiflow.language.schema import config_schema, rules_schema
from omiflow.language.schema_form import REFERENCE
from omiflow.language.settings.spec import ConfigSpec
from omiflow.language.source import read
from omiflow.language.spec_parts import ClockTime, Duration, DurationOrTemplate
from omiflow.language.spec_rules import RuleFileSpec
from omiflow.language.starter import SCHEMAS, STARTER

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RULES = rules_schema(ACTIONS)
CONFIG = config_schema()
VALID = Draft7Validator(RULES)
GOOD = sorted(
    path for folder in (HERE / "good", ROOT / "rules", ROOT / "examples" / "rules") for path in folder.rglob("*.yaml")
)
PROBLEMS = sorted(path for path in (HERE / "problems").rglob("*.yaml"))
documents = pytest.mark.parametrize("document", [RULES, CONFIG], ids=["rules", "config"])


def value_of(path: Path) -> Any:
    return read(path.read_bytes().decode("utf-8"), file=path.name).value


def nodes(schema: Any, *, names: bool = False) -> Iterator[dict[str, Any]]:
    """Walk over all schemas inside a schema; `names` tells that the keys of this mapping are names."""
    if isinstance(schema, list):
        for item in schema:
            yield from nodes(item)
    elif isinstance(schema, dict):
        if not names:
            yield schema
        for key, inner in schema.items():
            yield from nodes(inner, names=not names and key in ("properties", "definitions"))


def forms_in(annotation: Any, seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """Find the forms that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation not in seen:
            seen.add(annotation)
            for field in annotation.model_fields.values():
                forms_in(field.annotation, seen)
    else:
        for part in get_args(annotation):
            forms_in(part, seen)
    return seen


@documents
def test_a_schema_is_one_of_draft_07(document: dict[str, Any]) -> None:
    Draft7Validator.check_schema(document)
    assert document["$schema"] == "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_rule_file_is_valid(path: Path) -> None:
    value = value_of(path)
    assert value is None or [error.message for error in VALID.iter_errors(value)] == []


@pytest.mark.parametrize(
    "path", [ROOT / "examples" / "omiflow.yaml", STARTER["omiflow.yaml"]], ids=["examples", "init"]
)
def test_a_good_configuration_is_valid(path: Path | str) -> None:
    text = path.read_text() if isinstance(path, Path) else re.sub(r"(?m)^( *)#(?=[a-z_]+:)", r"\1", path)
    value = read(text, file="omiflow.yaml", tags=SETTINGS_TAGS).value
    assert [error.message for error in Draft7Validator(CONFIG).iter_errors(as_text(value))] == []


def as_text(value: Any) -> Any:
    """Give a value as an editor sees it, where a tag is a text."""
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else "text"


@pytest.mark.parametrize(
    ("document", "roots"),
    [(RULES, [RuleFileSpec, *(action.data for action in ACTIONS.values())]), (CONFIG, [ConfigSpec])],
    ids=["rules", "config"],
)
def test_the_schema_has_the_keys_of_the_forms_and_no_others(document: dict[str, Any], roots: list[Any]) -> None:
    forms: set[type[BaseModel]] = set()
    for root in roots:
        forms_in(root, forms)
    of_forms = [[field.alias or name for name, field in form.model_fields.items()] for form in forms]
    described = [schema for schema in (document, *document["definitions"].values()) if "properties" in schema]
    assert Counter(map(frozenset, of_forms)) == Counter(frozenset(schema["properties"]) for schema in described)
    open_forms = sum(form.model_config.get("extra") == "allow" for form in forms)
    assert sum(schema["additionalProperties"] is not False for schema in described) == open_forms


@documents
def test_every_key_is_described_once_and_without_the_noise_of_titles(document: dict[str, Any]) -> None:
    for schema in nodes(document):
        assert "title" not in schema
        assert schema.get("default", 0) is not None
    for name, schema in document["definitions"].items():
        for key, field in schema.get("properties", {}).items():
            assert field.get("description"), f"{name}: {key}"


@documents
def test_every_definition_is_used_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    used = {node["$ref"].removeprefix(REFERENCE) for node in nodes(document) if "$ref" in node}
    assert used == set(document["definitions"])


@documents
def test_code_in_a_description_is_markdown_for_editors(document: dict[str, Any]) -> None:
    for schema in nodes(document):
        if "`" in schema.get("description", ""):
            assert schema["markdownDescription"] == schema["description"]


def told(path: Path) -> set[str]:
    """Give the codes of the problems of a file."""
    texts, unreadable = read_folder(path)
    return {problem.code for problem in Loader(Facts(complete=False)).load(texts, unreadable=unreadable).problems}


def test_what_has_an_unknown_key_or_a_wrong_type_is_not_valid() -> None:
    wrong, passed = [], []
    for path in PROBLEMS:
        codes = told(path)
        if codes and codes <= {"E101", "E102", "E103"}:
            wrong.append(path.stem)
            value = value_of(path)
            if VALID.is_valid(value):
                passed.append(path.stem)
    assert len(wrong) > 60
    assert passed == []


@pytest.mark.parametrize(
    ("form", "values"),
    [
        (
            Duration,
            ["45s", "10m", "1h30m", "7d", "1.5s", " 2m ", "", " ", "2", "m", "1m1h", "2 m", "1.5m", "{{ x }}", 3],
        ),
        (DurationOrTemplate, ["45s", "{{ x }}", "{% if x %}1s{% endif %}", "2", "x", 3]),
        (ClockTime, ["08:00", "8:00", "22:30:15", "24:00", "12:60", "12", "noon", 8]),
    ],
    ids=["duration", "duration or template", "time of day"],
)
def test_a_pattern_lets_the_same_texts_pass_as_the_parser(form: Any, values: list[Any]) -> None:
    adapter = TypeAdapter(form)
    schema = Draft7Validator(adapter.json_schema())

    def parses(value: Any) -> bool:
        try:
            adapter.validate_python(value)
        except ValidationError:
            return False
        return True

    assert [schema.is_valid(value) for value in values] == [parses(value) for value in values]


def step(**keys: Any) -> dict[str, Any]:
    return {"rules": [{"id": "a", "triggers": [{"trigger": "memory_created"}], "actions": [keys]}]}


@pytest.mark.parametrize(
    ("keys", "valid"),
    [
        ({"action": "log.write", "data": {"message": "a"}}, True),
        ({"action": "log.write", "data": {"message": "a", "level": "{{ level }}"}}, True),
        ({"action": "log.write", "data": {"message": "a", "level": "loud"}}, False),
        ({"action": "log.write", "data": {"massage": "a"}}, False),
        ({"action": "log.write", "data": {}}, False),
        ({"action": "log.write"}, False),
        ({"action": "log.write", "data": {"message": "a"}, "connection": "team"}, False),
        ({"action": "slack.post_message", "data": {"channel": "a", "text": "b"}, "connection": "team"}, True),
        ({"action": "slack.post_message", "data": {"message": "a"}}, False),
        ({"action": "log.rite", "data": {"message": "a"}}, False),
        ({"stop": "a", "error": True}, True),
        ({"stop": "a", "then": []}, False),
    ],
)
def test_data_is_what_the_action_of_the_step_takes(keys: dict[str, Any], valid: bool) -> None:
    assert VALID.is_valid(step(**keys)) == valid


def rule(**keys: Any) -> dict[str, Any]:
    known = {"id": "a", "triggers": [{"trigger": "memory_created"}], "actions": [{"stop": "done"}]}
    return {"rules": [known | keys]}


def case(**keys: Any) -> dict[str, Any]:
    known = {"name": "a", "events": [{"memory_created": {}}], "expect": []}
    return rule() | {"tests": [known | keys]}


@pytest.mark.parametrize(
    "document",
    [
        rule(conditions=[{"path": "$.starred"}]),
        rule(conditions=[{"path": "starred", "equals": True}]),
        rule(conditions=[{"path": "$.starred", "not": {}}]),
        rule(conditions=[{"path": "$.starred", "all": {}}]),
        rule(conditions=[{"template": "event.starred"}]),
        rule(conditions=[{"phrases": ["budget"], "in": "titel"}]),
        rule(conditions=[{"time": {"timezone": "user"}}]),
        rule(dedupe={"key": "event.id", "period": "1d"}),
        rule(throttle={"limit": 1, "period": "1h", "key": ["uid", "user"]}),
        step(**{"if": "event.starred", "then": [{"stop": "a"}]}),
        step(repeat={"sequence": [{"stop": "a"}]}),
        step(repeat={"for_each": [1], "count": 1, "sequence": [{"stop": "a"}]}),
        step(repeat={"for_each": "matched.action_items", "sequence": [{"stop": "a"}]}),
        step(repeat={"count": "three", "sequence": [{"stop": "a"}]}),
        step(action="slack.webhook"),
        step(action="slack.post_message", data={"channel": "a"}),
        step(action="omi.create_memories", data={"text_source": "other"}),
        step(action="notion.create_page", data={"title": "a"}),
        case(events=[{"after": "5s"}]),
        case(expect=[{"action": "log.wirte"}]),
        case(mocks={"slack.post_mesage": {}}),
    ],
)
def test_editors_underline_what_check_refuses(document: dict[str, Any]) -> None:
    assert VALID.is_valid(rule())
    assert VALID.is_valid(case())
    assert not VALID.is_valid(document)
    problems = Loader(Facts(complete=False), tests=True).load({"a.yaml": json.dumps(document)}).problems
    assert [one.severity for one in problems] == ["error"]


ODD = [None, True, 0, -1, 1.5, 10**30, "", " ", "x", "5m", "08:00", "$.a", "{{ event.id }}", "{% if 1 %}{% endif %}"]
ODD += [[], {}, [None], ["x"], [[]], [{}], {"x": 1}, {"equals": 1}, {"gte": 2}, "lists.rooms", "uid", ["uid"]]
WRITTEN = [value for path in GOOD if isinstance(value := value_of(path), dict)]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Give all keys and indexes in a value, each with what holds it."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_no_editor_underlines_what_check_accepts(data: st.DataObject) -> None:
    document = copy.deepcopy(data.draw(st.sampled_from(WRITTEN)))
    found = list(places(document))
    holder, key = data.draw(st.sampled_from(found))
    other, its_key = data.draw(st.sampled_from(found))
    holder[key] = copy.deepcopy(data.draw(st.sampled_from([*ODD, other[its_key]])))
    if not VALID.is_valid(document):
        problems = Loader(Facts(complete=False), tests=True).load({"a.yaml": json.dumps(document)}).problems
        assert "error" in {one.severity for one in problems}


def test_each_action_is_offered_with_what_it_does() -> None:
    offered = RULES["definitions"]["step.action"]["properties"]["action"]
    assert offered["enum"] == list(ACTIONS)
    assert offered["markdownEnumDescriptions"] == [action.summary for action in ACTIONS.values()]


@pytest.mark.parametrize("of", SCHEMAS)
def test_the_schemas_beside_the_code_are_up_to_date(of: str, update: bool) -> None:
    path = ROOT / SCHEMAS[of]
    if update:
        path.write_text(schema_text(of))
    assert path.read_text() == schema_text(of)


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"quiet": "22:00-07:00"}, []),
        ({"triggers": [{"trigger": "memory_created", "phrase": ["a"]}]}, ["triggers", 0]),
        ({"actions": [{"stop": "a"}, {"action": "log.write", "data": {"mesage": "a"}}]}, ["actions", 1]),
        ({"priority": 1.5}, ["priority"]),
    ],
)
def test_a_mistake_is_told_where_it_is_and_not_of_all_rules(keys: dict[str, Any], place: list[str | int]) -> None:
    assert [[*error.absolute_path] for error in VALID.iter_errors(rule(**keys))] == [["rules", 0, *place]]


def test_a_number_or_nothing_may_also_be_a_tag() -> None:
    app = CONFIG["definitions"]["App"]["properties"]
    assert {"integer", "null", "string"} == set(app["prompts_per_day"]["type"])
