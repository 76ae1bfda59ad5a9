"""What is added to a table once is known to `check`, to the schema, to `omiflow actions` and to the reference."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

BEFORE = """\
import sys
from pydantic import Field
from omiflow.actions import table
from omiflow.actions.action import Action
from omiflow.actions.data import Data, Text
from omiflow.actions.log_write import perform
from omiflow.engine.operators import OPERATORS, Operator

class Whistle(Data):
    tune: Text = Field(description="What to whistle.")

example = "action: home.whistle\\ndata: {tune: 'a b c'}"
whistle = Action(name="home.whistle", summary="Whistle.", data=Whistle, perform=perform, example=example)
table.ACTIONS = {**table.ACTIONS, whistle.name: whistle}
OPERATORS["rhymes_with"] = Operator("rhymes_with", "text", lambda value, wanted: value[-2:] == wanted[-2:],
                                    "rhymes with this text", "house")
"""
COMMAND = BEFORE + "from omiflow.cli.main import main\nmain(sys.argv[1:])\n"
PAGE = BEFORE + "from omiflow.language.reference import reference\nprint(reference(table.ACTIONS))\n"
RULE = """\
rules:
  - id: whistler
    triggers: [{trigger: memory_created}]
    conditions: [{path: $.structured.title, rhymes_with: mouse}]
    actions: [{action: home.whistle, data: {tune: a b c}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(RULE)
    return tmp_path


def ran(script: str, *args: str, folder: Path, status: int = 0) -> str:
    command = [sys.executable, "-c", script, *args]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (status, "")
    return ended.stdout


def test_check_knows_what_was_added_and_looks_into_it(folder: Path) -> None:
    assert ran(COMMAND, "check", folder=folder) == "1 rule in 1 file: no problems\n"
    (folder / "rules" / "a.yaml").write_text(RULE.replace("tune:", "tone:").replace("rhymes_with:", "rhymes_wth:"))
    said = ran(COMMAND, "check", folder=folder, status=1)
    assert "did you mean 'tune'?" in said
    assert "did you mean 'rhymes_with'?" in said


def test_a_dry_run_compares_with_the_new_operator_and_does_the_new_action(folder: Path) -> None:
    for title, outcomes in (("House", ["fired"]), ("Garden", [])):
        body = {"id": title, "structured": {"title": title}, "created_at": "2026-03-02T10:00:00Z"}
        (folder / "said.json").write_text(json.dumps(body))
        args = ["dry-run", "said.json", "--event", "memory_created", "--uid", "u1", "--json"]
        (event,) = json.loads(ran(COMMAND, *args, folder=folder))["events"]
        assert [run["outcome"] for run in event["runs"]] == outcomes


def test_the_schema_has_it(folder: Path) -> None:
    schema = json.loads(ran(COMMAND, "schema", "rules", folder=folder))
    rule = {
        "id": "a",
        "triggers": [{"trigger": "memory_created"}],
        "conditions": [{"path": "$.a", "rhymes_with": "mouse"}],
        "actions": [{"action": "home.whistle", "data": {"tune": "a"}}],
    }
    valid = Draft7Validator(schema)
    assert valid.is_valid({"rules": [rule]})
    assert not valid.is_valid({"rules": [{**rule, "actions": [{"action": "home.whistle", "data": {"tone": "a"}}]}]})
    assert not valid.is_valid({"rules": [{**rule, "conditions": [{"path": "$.a", "rhymes_with": 1}]}]})


def test_the_list_of_actions_and_the_reference_have_it(folder: Path) -> None:
    assert "What to whistle." in ran(COMMAND, "actions", "home.whistle", folder=folder)
    page = ran(PAGE, folder=folder)
    assert "### `home.whistle`" in page
    assert "| **`tune`** | text | What to whistle. |" in page
    assert "| `rhymes_with` | text | The value rhymes with this text. | `rhymes_with: house` |" in page
