"""The rule files of `decisions/` use everything that can be written, and show each check both holding and failing.

What there is to be used is read off the language's own tables, so that what is new there wants a decision here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2 import nodes

from omiflow.actions.table import ACTIONS
from omiflow.cli.show_dry_run import MARKS
from omiflow.engine.filters import FILTERS
from omiflow.engine.jsonpath import compile_path
from omiflow.engine.names import NAMES
from omiflow.engine.operators import OPERATORS
from omiflow.language.compile_conditions import PLACES
from omiflow.language.describe import DescribedKey, keys_of
from omiflow.language.phrase_forms import PHRASE_FORMS
from omiflow.language.schema import config_schema, rules_schema
from omiflow.language.settings.spec import CONNECTIONS
from omiflow.language.source import read
from omiflow.language.spec_conditions import CONDITIONS
from omiflow.language.spec_rules import TRIGGERS
from omiflow.language.spec_steps import STEPS

DECISIONS = Path(__file__).parent / "decisions"
CONFIG = "omiflow.yaml"
FILES = {
    path.stem: read(path.read_text(), file=path.name).value for path in DECISIONS.glob("*.yaml") if path.name != CONFIG
}
RULES = {(name, rule["id"]): rule for name, file in FILES.items() for rule in file["rules"]}
RULES_SCHEMA = rules_schema(ACTIONS)
HOW_PHRASES_ARE_HEARD = {"match", "within", "pause"}
"""What was not heard because of one of these, none of its phrases was said."""
GATES_OF_TRIGGERS = {"status", "apps", "users", "late"} | {
    key.name for name in TRIGGERS for key in keys_of(f"trigger.{name}", RULES_SCHEMA)
} - {"trigger", "id", "name"} - HOW_PHRASES_ARE_HEARD


def inside(value: Any) -> Iterator[Any]:
    """Give a value and all that lies in it."""
    yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from inside(one)


EVERYTHING = [one for rule in RULES.values() for one in inside(rule)]
MAPPINGS = [one for one in EVERYTHING if isinstance(one, dict)]
STEP_LISTS = [
    one
    for mapping in MAPPINGS
    for key in ("actions", "sequence", "then", "else", "default")
    for one in mapping.get(key, ())
]
CONDITION_LISTS = [
    *(one for rule in RULES.values() for one in rule.get("conditions", ())),
    *(one for step in STEP_LISTS if isinstance(step.get("if"), list) for one in step["if"]),
    *(one for step in STEP_LISTS for way in step.get("choose", ()) for one in way["conditions"]),
]
WRITTEN_CONDITIONS = [one for condition in CONDITION_LISTS for one in inside(condition) if isinstance(one, dict)]
TEMPLATES = [one for one in EVERYTHING if isinstance(one, str) and ("{{" in one or "{%" in one)]


def forms() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Give the name of each form in the schema, with all that was written in it."""
    yield "", list(FILES.values())
    yield "rule", list(RULES.values())
    for name in TRIGGERS:
        yield f"trigger.{name}", [one for rule in RULES.values() for one in rule["triggers"] if one["trigger"] == name]
    for name in CONDITIONS:
        yield f"condition.{name}", [one for one in WRITTEN_CONDITIONS if name in one]
    yield "operators", WRITTEN_CONDITIONS
    for name in STEPS:
        yield f"step.{name}", [one for one in STEP_LISTS if name in one and (name != "if" or "then" in one)]
    for name in ACTIONS:
        yield name, [one.get("data", {}) for one in STEP_LISTS if one.get("action") == name]


def found(value: Any, name: str) -> list[Any]:
    """List the values that stand at a key as the reference names it, such as `choose[].conditions`."""
    head, _, rest = name.partition(".")
    many, head = head.endswith("[]"), head.removesuffix("[]")
    if not isinstance(value, dict):
        return []
    there = list(value.values()) if head == "NAME" else [value[head]] if head in value else []
    there = [item for one in there if isinstance(one, list) for item in one] if many else there
    return [item for one in there for item in found(one, rest)] if rest else there


def unused(keys: Iterator[DescribedKey], written: list[dict[str, Any]]) -> Iterator[str]:
    """Name the keys, and of their choices those, that nothing written has."""
    for key in keys:
        values = [value for one in written for value in found(one, key.name)]
        if not values:
            yield key.name
        for choice in re.findall(r"`([^`]+)`", key.type):
            if "lists." not in choice and not any(
                choice in (value if isinstance(value, list) else [value]) for value in values
            ):
                yield f"{key.name}: {choice}"


@pytest.mark.parametrize(("form", "written"), list(forms()), ids=lambda one: one if isinstance(one, str) else "")
def test_every_key_and_choice_is_in_some_decision(form: str, written: list[dict[str, Any]]) -> None:
    assert written
    keys = (key for key in keys_of(form, RULES_SCHEMA) if form or not key.name.startswith("tests"))
    assert list(unused(keys, written)) == []


def test_every_filter_and_name_of_templates_is_in_some_decision() -> None:
    parsed = [jinja2.Environment().parse(text) for text in TEMPLATES]
    assert set(FILTERS) <= {one.name for tree in parsed for one in tree.find_all(nodes.Filter)}
    assert set(NAMES) <= {one.name for tree in parsed for one in tree.find_all(nodes.Name)}


def test_every_form_of_a_phrase_is_heard_in_the_words_of_the_reference() -> None:
    phrases = {phrase for rule in RULES.values() for one in rule["triggers"] for phrase in one.get("phrases", ())}
    said = "".join(path.read_text() for path in DECISIONS.glob("*.jsonl"))
    told = (DECISIONS / "forms_of_phrases.txt").read_text()
    for form in PHRASE_FORMS:
        assert form.phrase in phrases
        assert f'"{form.heard}"' in said
        assert f"{form.phrase}: " in told


def test_every_form_of_a_list_is_in_some_decision() -> None:
    items = [item for file in FILES.values() for items in file.get("lists", {}).values() for item in items]
    written = {
        ("text",)
        if isinstance(item, str)
        else (type(item["say"]).__name__, "value" in item, type(item.get("value")).__name__)
        for item in items
    }
    assert written >= {
        ("text",),
        ("str", False, "NoneType"),
        ("list", False, "NoneType"),
        ("list", True, "str"),
        ("list", True, "dict"),
    }


def test_the_surroundings_have_every_connection_and_every_limit() -> None:
    config = read((DECISIONS / CONFIG).read_text(), file=CONFIG).value
    assert {one["type"] for one in config["connections"].values()} == set(CONNECTIONS)
    limits = [
        key.name for key in keys_of("", config_schema()) if re.search(r"throttle|prompts_per_day|users\.NAME", key.name)
    ]
    assert [name for name in limits if not found(config, name)] == []


def test_rules_stand_above_and_below_each_other() -> None:
    assert {rule.get("priority", 0) > 0 for rule in RULES.values()} == {True, False}
    assert any(rule.get("priority", 0) < 0 for rule in RULES.values())


def features(condition: Mapping[str, Any]) -> Iterator[str]:
    """Name what a condition shows when it holds or fails: its kind, and the one thing in it that decides."""
    kind = next(name for name in CONDITIONS if name in condition)
    yield kind
    if kind == "phrases":
        where = condition.get("in", PLACES[0])
        yield f"phrases in {where if where in PLACES else 'a path'}, by {condition.get('speaker', 'any')}"
    if kind == "time":
        yield f"time of {condition['time'].get('of', 'decision')}"
    if kind == "path":
        quantifier = next((name for name in ("all", "none") if name in condition), None)
        if quantifier is not None or compile_path(condition["path"]).many:
            yield quantifier or "some"
        wishes = condition[quantifier] if quantifier else condition
        operators = [name for name in wishes if name in OPERATORS or name == "not"]
        if len(operators) == 1 and quantifier is None:
            yield f"operator {operators[0]}"
        if condition.get("ignore_case"):
            yield "ignore_case"


def expected_features() -> set[str]:
    places = [*PLACES, "a path"]
    return {
        *CONDITIONS,
        *(f"operator {name}" for name in (*OPERATORS, "not")),
        *("some", "all", "none", "ignore_case", "time of decision", "time of event"),
        *(f"phrases in {place}, by any" for place in places),
        *(f"phrases in transcript, by {speaker}" for speaker in ("user", "other")),
    }


def test_every_check_holds_somewhere_and_fails_somewhere(command: Any) -> None:
    seen: dict[str, set[bool]] = {}
    gates: set[tuple[str, bool]] = set()
    outcomes: set[str] = set()
    for name in FILES:
        done = command("dry-run", "--all", "--json", "--rules", f"{name}.yaml", f"{name}.jsonl", folder=DECISIONS)
        for run in (run for event in json.loads(done.stdout)["events"] for run in event["runs"]):
            outcomes.add(run["outcome"])
            for gate in run["trace"]:
                place = re.fullmatch(r"conditions\[(\d+)\]", gate["path"])
                if place is None:
                    gates.add(
                        (gate["path"].rpartition(".")[2] if gate["gate"] == "trigger" else gate["gate"], gate["passed"])
                    )
                elif not gate["detail"].startswith("nothing "):
                    for feature in features(RULES[name, run["rule"]]["conditions"][int(place[1])]):
                        seen.setdefault(feature, set()).add(gate["passed"])
    assert {feature for feature in expected_features() if seen.get(feature) != {True, False}} == set()
    assert GATES_OF_TRIGGERS - {gate for gate, passed in gates if not passed} == set()
    assert {(gate, passed) for gate in ("dedupe", "throttle", "actions") for passed in (True, False)} <= gates
    assert outcomes == set(MARKS)
