from __future__ import annotations

from typing import Any

import pytest
import yaml

from omiflow.actions.action import Action
from omiflow.actions.data import check_data
from omiflow.actions.table import ACTIONS, PLANNED

each = pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS.keys())


def test_the_actions_of_today_are_in_the_table() -> None:
    assert set(ACTIONS) == {
        "file.append",
        "file.write",
        "http.request",
        "list.add",
        "list.get",
        "list.take",
        "llm.ask",
        "log.write",
        "notify.send",
        "notion.append",
        "notion.create_page",
        "notion.query",
        "notion.update_page",
        "omi.create_conversation",
        "omi.create_facts",
        "omi.create_memories",
        "omi.notify",
        "omi.prompt",
        "omi.reply",
        "slack.post_message",
        "slack.update_message",
        "slack.webhook",
        "value.add",
        "value.get",
        "value.set",
    }


def test_no_action_is_both_there_and_planned() -> None:
    assert not PLANNED & ACTIONS.keys()


@each
def test_the_example_of_an_action_is_right(action: Action) -> None:
    step = yaml.safe_load(action.example)
    assert step["action"] == action.name
    assert ("connection" in step) == (action.connection is not None)
    assert check_data(action.data, step["data"]) == []


@each
def test_every_field_of_an_action_is_described(action: Action) -> None:
    def models(schema: dict[str, Any]) -> list[dict[str, Any]]:
        return [schema, *schema.get("$defs", {}).values()]

    for model in models(action.data.model_json_schema()):
        for name, field in model["properties"].items():
            assert field.get("description"), f"{action.name}: {name}"


@each
def test_only_prompt_and_reply_travel_in_the_answer(action: Action) -> None:
    assert action.inline == (action.name in ("omi.prompt", "omi.reply"))


@pytest.mark.parametrize(
    ("name", "repeatable", "stale", "give_up_after"),
    [
        ("omi.prompt", True, False, 28 * 3600),
        ("omi.reply", True, False, 28 * 3600),
        ("omi.notify", True, False, 600),
        ("omi.create_memories", False, False, 28 * 3600),
        ("omi.create_conversation", False, False, 28 * 3600),
        ("omi.create_facts", False, False, 28 * 3600),
        ("notify.send", True, False, 600),
        ("llm.ask", True, False, 28 * 3600),
        ("file.append", True, False, 28 * 3600),
        ("slack.post_message", True, False, 28 * 3600),
        ("http.request", True, True, 28 * 3600),
        ("log.write", True, False, 28 * 3600),
    ],
)
def test_an_action_says_how_it_may_be_repeated(name: str, repeatable: bool, stale: bool, give_up_after: float) -> None:
    action = ACTIONS[name]
    told = (action.repeatable, action.stale_after_speech, action.give_up_after)
    assert told == (repeatable, stale, give_up_after)


@each
def test_only_what_disturbs_a_person_interrupts(action: Action) -> None:
    assert action.interrupts == (action.name in ("omi.prompt", "omi.reply", "omi.notify", "notify.send"))
