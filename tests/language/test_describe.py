"""What is described is what can be written: each example passes `check`, each key has words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import yaml

from omiflow.actions.action import Action
from omiflow.actions.table import ACTIONS
from omiflow.engine.operators import OPERATORS
from omiflow.language.describe import Described, described_actions, described_forms, in_words, keys_of
from omiflow.language.facts import Facts
from omiflow.language.load import Loader
from omiflow.language.phrase_forms import PHRASE_FORMS, PhraseForm
from omiflow.language.problem_text import render
from omiflow.language.schema import config_schema, rules_schema
from omiflow.language.settings.config import load_config
from omiflow.language.settings.spec import CONNECTIONS
from omiflow.language.settings.views import facts
from omiflow.language.spec_conditions import CONDITIONS
from omiflow.language.spec_parts import Spec
from omiflow.language.spec_rules import TRIGGERS
from omiflow.language.spec_steps import STEPS
from omiflow.model import Segment
from omiflow.speech.lists import entries
from omiflow.speech.phrases import Phrase, PhraseIndex

DOCUMENT = rules_schema(ACTIONS)
NAMED = {"variables": {"posted": {"channel": "C1", "ts": "1.2"}, "task": {"id": "b0c1"}}}
BY_SETTING = {"webhook_url": "{type: slack, webhook_url: https://hooks.slack.com/services/T0/B0/x}"}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """Give the facts of a configuration with a connection of each type under the names that examples use."""
    folder = tmp_path_factory.mktemp("described")
    (folder / "vault").mkdir()
    named = {
        yaml.safe_load(action.example)["connection"]: BY_SETTING.get(
            action.connection_setting or "", CONNECTIONS[action.connection].example
        )
        for action in ACTIONS.values()
        if action.connection
    }
    lines = [f"  {name}: {written}" for name, written in named.items()]
    app = "apps: {default: {omi_app_id: app, api_key: key, scopes: [user_name, user_facts, user_context, user_chat]}}"
    users = "users: {ana: {group: family}}"
    (folder / "omiflow.yaml").write_text("\n".join([app, users, "connections:", *lines, ""]))
    secrets = dict.fromkeys(("SLACK_BOT_TOKEN", "NOTION_TOKEN", "CRM_AUTH", "LLM_KEY"), "xoxb-0123456789abcdef")
    secrets["NTFY_URL"] = "ntfys://topic"
    loaded = load_config(None, folder=folder, environ=secrets)
    assert [problem.message for problem in loaded.problems] == []
    assert loaded.config is not None
    return facts(loaded.config)


def problems(known: Facts, **rule: Any) -> list[str]:
    """Give what `check` says to a rule with these keys."""
    whole = {
        "id": "shown",
        "triggers": [{"trigger": "memory_created"}],
        "actions": [{"action": "log.write", "data": {"message": "x"}}],
        **rule,
    }
    text = yaml.safe_dump({"rules": [whole], "lists": {"people": ["Ana"]}}, allow_unicode=True, sort_keys=False)
    return [
        render(problem, text)
        for problem in Loader(known).load({"shown.yaml": text}).problems
        if "people" not in problem.message
    ]


@pytest.mark.parametrize("form", TRIGGERS.values(), ids=TRIGGERS.keys())
def test_the_example_of_a_trigger_passes_check(form: type[Spec], known: Facts) -> None:
    assert problems(known, triggers=[yaml.safe_load(form.example)]) == []


@pytest.mark.parametrize("form", CONDITIONS.values(), ids=CONDITIONS.keys())
def test_the_example_of_a_condition_passes_check(form: type[Spec], known: Facts) -> None:
    assert problems(known, conditions=[yaml.safe_load(form.example)]) == []


@pytest.mark.parametrize("form", STEPS.values(), ids=STEPS.keys())
def test_the_example_of_a_step_passes_check(form: type[Spec], known: Facts) -> None:
    assert problems(known, actions=[yaml.safe_load(form.example)]) == []


@pytest.mark.parametrize("name", OPERATORS)
def test_the_example_of_an_operator_passes_check(name: str, known: Facts) -> None:
    operand = yaml.safe_load(OPERATORS[name].example)
    assert problems(known, conditions=[{"path": "$.structured.title", name: operand}]) == []


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())
def test_the_example_of_an_action_passes_check_after_some_trigger(action: Action, known: Facts) -> None:
    step = yaml.safe_load(action.example)
    said = {
        name: problems(known, triggers=[yaml.safe_load(form.example)], actions=[NAMED, step])
        for name, form in TRIGGERS.items()
    }
    assert [] in said.values(), said


@pytest.mark.parametrize("form", CONNECTIONS.values(), ids=CONNECTIONS.keys())
def test_every_connection_has_an_example(form: type[Spec]) -> None:
    assert form.example.startswith("{type: ")


@pytest.mark.parametrize("form", PHRASE_FORMS, ids=lambda form: form.phrase)
def test_a_form_of_a_phrase_is_heard_in_its_words_and_in_no_others(form: PhraseForm) -> None:
    index = PhraseIndex([Phrase(form.phrase, "it")], lists={"people": entries(["Ana"])})

    def heard(text: str) -> bool:
        return bool(index.find([Segment(text=text)]))

    assert heard(form.heard)
    assert not heard("nothing of the kind was said here")


def everything() -> Iterable[Described]:
    config = config_schema()
    yield from described_forms("trigger", TRIGGERS, DOCUMENT)
    yield from described_forms("condition", CONDITIONS, DOCUMENT)
    yield from described_forms("step", STEPS, DOCUMENT)
    yield from described_forms("connection", CONNECTIONS, config)
    yield from described_actions(ACTIONS, DOCUMENT)


@pytest.mark.parametrize("one", list(everything()), ids=lambda one: one.name)
def test_what_is_described_is_described_wholly(one: Described) -> None:
    assert one.text.endswith(".")
    assert one.example
    for key in (*one.keys, *one.answers):
        assert key.type, key
        assert key.text.endswith("."), key
        assert key.text[:1] == key.text[:1].upper(), key
    assert len({key.name for key in one.keys}) == len(one.keys)


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())
def test_an_action_describes_the_answer_that_it_gives(action: Action) -> None:
    data = action.data.checked(yaml.safe_load(action.example)["data"])
    answer = action.foretold(data)
    assert set(answer or {}) == set(action.answers)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "text"),
        ({}, "anything"),
        ({"const": "a"}, "`a`"),
        ({"enum": ["a", "b", "c"]}, "`a`, `b` or `c`"),
        ({"enum": list("abcdefghi")}, "text"),
        ({"type": "array", "items": {"type": "string"}}, "list of texts"),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, "list of `a` or `b`"),
        ({"type": "array", "items": {}}, "list"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "text"),
        ({"anyOf": [{"type": "integer"}, {"type": "string", "$comment": "template"}]}, "whole number"),
        ({"type": "string", "$comment": "duration"}, "duration"),
        ({"type": ["integer", "string"]}, "whole number"),
        ({"$ref": "#/definitions/step"}, "step"),
        ({"type": "array", "items": {"$ref": "#/definitions/step"}}, "list of steps"),
        ({"$ref": "#/definitions/Throttle"}, "mapping"),
    ],
)
def test_a_type_is_told_in_words(schema: dict[str, Any], words: str) -> None:
    definitions = {"step": {"anyOf": []}, "Throttle": {"type": "object"}}
    assert in_words(schema, definitions) == words


def test_keys_of_mappings_follow_theirs() -> None:
    names = [key.name for key in keys_of("rule", DOCUMENT)]
    assert names[names.index("throttle") :][:4] == ["throttle", "throttle.limit", "throttle.period", "throttle.key"]
    assert "memories[].content" in [key.name for key in keys_of("omi.create_memories", DOCUMENT)]
    assert "apps.NAME.tokens" in [key.name for key in keys_of("", config_schema())]


def test_operators_are_told_apart_from_the_conditions_that_take_them() -> None:
    described = {one.name: one for one in described_forms("condition", CONDITIONS, DOCUMENT)}
    assert [key.name for key in described["path"].keys] == ["not", "ignore_case", "path", "all", "none"]
    assert "in" in [key.name for key in described["phrases"].keys]
