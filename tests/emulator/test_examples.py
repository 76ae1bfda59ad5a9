"""The examples as a set: what belongs together is there, and every recording is what Omi would send."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from omiflow.model import EVENT_NAMES
from omiflow.omi.recorded import Recorded, event_of, read_recorded

EXAMPLES = Path(__file__).parents[2] / "examples"
RULES = sorted((EXAMPLES / "rules").glob("*.yaml"))
USERS = {"nIv7Qd2RtYw5KxBz8LmPs3EoHc41", "pQ4sWn8GvHd1JbYc6RkTz0MxEf23"}
RECORDINGS = [EXAMPLES / "day.jsonl", *sorted((EXAMPLES / "requests").iterdir())]


def test_every_rule_has_a_recording_and_a_line_in_the_index() -> None:
    rules = {rule.stem for rule in RULES}
    index, readme = (EXAMPLES / "README.md").read_text(), (EXAMPLES.parent / "README.md").read_text()
    assert len(rules) >= 14
    assert rules == {recording.stem for recording in (EXAMPLES / "requests").iterdir()}
    assert [rule for rule in rules if f"[{rule}](rules/{rule}.yaml)" not in index] == []
    assert [rule for rule in rules if f"[{rule}](examples/rules/{rule}.yaml)" not in readme] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda path: path.stem)
def test_a_rule_file_begins_with_the_wish_and_ends_with_its_tests(rule: Path) -> None:
    wish, written = rule.read_text().partition("\n")[0], yaml.safe_load(rule.read_text())
    assert re.fullmatch(r"# “.+”", wish)
    assert any(case["expect"] for case in written["tests"])
    assert any("because" in case for case in written["tests"])


def test_the_tests_of_all_examples_pass(command: Any) -> None:
    done = command("test", "--json", folder=EXAMPLES)
    found = json.loads(done.stdout)
    assert [case for case in found["cases"] if not case["passed"]] == []
    assert {Path(case["file"]).stem for case in found["cases"]} == {rule.stem for rule in RULES}
    assert done.returncode == 0


@pytest.mark.parametrize("rule", RULES, ids=lambda path: path.stem)
def test_an_example_that_is_copied_needs_what_the_index_says_and_nothing_else(
    rule: Path, command: Any, tmp_path: Path
) -> None:
    needs = needed(rule.stem)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / rule.name).write_text(rule.read_text())
    assert works(command, tmp_path, needs)
    assert [need for need in needs if works(command, tmp_path, needs - {need})] == []


def needed(rule: str) -> set[str]:
    """Give what the last column of the index names for a rule file."""
    row = next(line for line in (EXAMPLES / "README.md").read_text().splitlines() if line.startswith(f"| [{rule}]"))
    return set(re.findall(r"`(\w+)`", row.strip("|").split("|")[-1]))


def works(command: Any, folder: Path, needs: set[str]) -> bool:
    """Tell whether check and test are content with these parts of the examples' configuration."""
    whole = yaml.load((EXAMPLES / "omiflow.yaml").read_text(), Defaults)
    app = whole["apps"]["default"]
    variables = {name: value for name, value in app.pop("variables").items() if name in needs}
    config = {
        "apps": {"default": {**{key: value for key, value in app.items() if key in needs}, "variables": variables}},
        "users": whole["users"] if "users" in needs else {},
        "connections": {name: value for name, value in whole["connections"].items() if name in needs},
        "timezone": whole["timezone"],
        "network": whole["network"],
    }
    (folder / "omiflow.yaml").write_text(yaml.safe_dump(config))
    (folder / "vault").mkdir(exist_ok=True)
    checked = command("check", "--format", "json", folder=folder)
    return json.loads(checked.stdout)["problems"] == [] and command("test", folder=folder).returncode == 0


class Defaults(yaml.SafeLoader):
    """Reads a configuration with the defaults of what comes from the environment."""


Defaults.add_constructor("!env", lambda loader, node: loader.construct_scalar(node).partition(", ")[2])


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_is_in_order_and_about_users_of_the_configuration(recording: Path) -> None:
    requests = list(read_recorded(recording))
    times = [request.at for request in requests]
    assert None not in times
    assert times == sorted(times, key=lambda at: at or 0)
    assert {(event_of(request) or ("?",))[0] for request in requests} <= set(EVENT_NAMES)
    assert {request.query["uid"] for request in requests} <= USERS


def test_no_delivery_is_in_two_recordings() -> None:
    keys = [key for recording in RECORDINGS for request in read_recorded(recording) for key in _identities(request)]
    assert len(keys) == len(set(keys))
    assert len(keys) > 30


def test_the_day_has_every_kind_of_event() -> None:
    kinds = {(event_of(request) or ("?",))[0] for request in read_recorded(EXAMPLES / "day.jsonl")}
    assert kinds == set(EVENT_NAMES)


def _identities(request: Recorded) -> set[str]:
    """Give the ids of segments, conversations, taps and summaries; a segment that is sent again keeps its own."""
    body = json.loads(request.body)
    segments = [segment["id"] + segment["text"] for segment in body.get("segments", [])]
    own = [body.get("id"), body.get("event_id"), (body.get("summary_json") or {}).get("id")]
    return {identity for identity in (*segments, *own) if identity}
