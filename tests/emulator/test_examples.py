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
