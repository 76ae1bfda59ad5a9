"""The examples: every rule is without a problem, and every recording comes to exactly what is written down beside.

`pytest tests/proof --update` writes the golden files anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

EXAMPLES = Path(__file__).parents[2] / "examples"
EXPECTED = Path(__file__).parent / "expected"
RULES = {
    path.stem: {rule["id"] for rule in yaml.safe_load(path.read_text())["rules"]}
    for path in sorted((EXAMPLES / "rules").glob("*.yaml"))
}
"""The ids of the rules in each file, by the name of the file."""
LIVE = set().union(*RULES.values()) - {"scam_warning_wider"}
RECORDINGS = [EXAMPLES / "day.jsonl", *sorted((EXAMPLES / "requests").glob("*.jsonl"))]


@pytest.fixture
def decided(command: Any) -> Callable[[Path], Any]:
    def decide(recording: Path) -> Any:
        done = command("dry-run", "--json", str(recording.relative_to(EXAMPLES)), folder=EXAMPLES)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    return decide


def test_every_rule_is_good_without_a_warning(command: Any) -> None:
    done = command("check", "--format", "json", folder=EXAMPLES)
    assert json.loads(done.stdout)["problems"] == []
    assert json.loads(done.stdout)["rules"] == sum(map(len, RULES.values()))
    assert done.returncode == 0


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_is_decided_as_written_down(recording: Path, decided: Any, request: pytest.FixtureRequest) -> None:
    found = decided(recording)
    golden = EXPECTED / f"{recording.stem}.json"
    if request.config.getoption("--update", default=False):
        EXPECTED.mkdir(exist_ok=True)
        golden.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    assert found == json.loads(golden.read_text())
    assert found["totals"]["failed"] == 0
    fired = {run["rule"] for event in found["events"] for run in event["runs"] if run["outcome"] == "fired"}
    assert (RULES.get(recording.stem) or LIVE) & LIVE <= fired


def test_each_recording_holds_a_request_that_sets_its_rule_off_and_the_day_all_of_them(decided: Any) -> None:
    fired = {run["rule"] for event in decided(RECORDINGS[0])["events"] for run in event["runs"]}
    assert fired == set().union(*RULES.values())
