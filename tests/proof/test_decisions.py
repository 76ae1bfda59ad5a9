"""Rule files as people write them, the requests that reach them, and what `omiflow dry-run` says to that, word for word.

Each rule file of `decisions/` has its requests (`.jsonl`) and what is decided on them (`.txt`) beside it; there,
`omiflow dry-run --all --rules NAME.yaml NAME.jsonl` says the same. `pytest tests/proof --update` writes them anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

DECISIONS = Path(__file__).parent / "decisions"
CONFIG = "omiflow.yaml"
CASES = sorted(path.stem for path in DECISIONS.glob("*.yaml") if path.name != CONFIG)
FEWEST = 64


@pytest.mark.parametrize("name", CASES)
def test_these_rules_lead_to_this_decision(name: str, command: Any, request: pytest.FixtureRequest) -> None:
    done = command("dry-run", "--all", "--rules", f"{name}.yaml", f"{name}.jsonl", folder=DECISIONS)
    golden = DECISIONS / f"{name}.txt"
    if request.config.getoption("--update", default=False):
        golden.write_text(done.stdout)
    assert done.stdout == golden.read_text()
    assert done.stderr == ""
    assert done.returncode == int(" refused: " in done.stdout)


def test_each_rule_file_has_its_requests_and_its_decision() -> None:
    kept = {path.name for path in DECISIONS.iterdir()} - {CONFIG}
    assert kept == {f"{name}{suffix}" for name in CASES for suffix in (".yaml", ".jsonl", ".txt")}
    assert len(CASES) >= FEWEST
