"""Many rules: what checking them takes, and how little an edit of one file makes anew."""

from __future__ import annotations

import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest

from omiflow.engine.index import RuleSet
from omiflow.language.facts import Facts
from omiflow.language.load import Loader, read_folder

BENCH = runpy.run_path(str(Path(__file__).parents[1] / "bench" / "rule_folder.py"))
MOST_SECONDS = 3.0
MOST_MEGABYTES = 200
STATUS = Path("/proc/self/status")
CHECK = f"""
import sys, time
from omiflow.cli.main import main
try:
    main(["check"])
finally:
    most = next(line.split()[1] for line in open("{STATUS}") if line.startswith("VmHWM"))
    print(time.process_time(), most, file=sys.stderr)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with 50 files of 20 rules."""
    BENCH["write_folder"](tmp_path, files=50)
    return tmp_path


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells how much memory a process took at most")
def test_a_thousand_rules_are_checked_in_three_seconds_and_little_memory(folder: Path, patience: float) -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "1000 rules in 50 files: no problems\n")
    seconds, kilobytes = map(float, done.stderr.split())
    assert seconds < MOST_SECONDS * patience
    assert kilobytes / 1024 < MOST_MEGABYTES


def test_an_edit_of_one_file_among_many_compiles_that_file_only(folder: Path, patience: float) -> None:
    texts, _ = read_folder(folder / "rules")
    loader = Loader(Facts(complete=False))
    before = loader.load(texts)
    assert (len(before.rules.rules), before.problems) == (1000, ())
    edited = str(folder / "rules" / "team_12" / "rules_0012.yaml")
    began = time.process_time()
    after = loader.load({**texts, edited: texts[edited].replace("cooldown: 2m", "cooldown: 3m")})
    took = time.process_time() - began
    assert {path for path in texts if after.files[path] is not before.files[path]} == {edited}
    kept = [rule for rule in after.rules.rules if rule is before.rules.by_id[rule.id]]
    assert len(kept) == 980
    assert took < 0.5 * patience


def test_an_edit_of_a_list_that_all_files_use_compiles_the_file_with_the_list_only(
    folder: Path, patience: float
) -> None:
    texts, _ = read_folder(folder / "rules")
    loader = Loader(Facts(complete=False))
    before = loader.load(texts)
    edited = str(folder / "rules" / "team_00" / "rules_0000.yaml")
    began = time.process_time()
    after = loader.load({**texts, edited: texts[edited].replace("    - Kim\n", "    - Kim\n    - Lee\n")})
    took = time.process_time() - began
    reading = [rule for rule in before.rules.rules if "people" in rule.reads]
    assert {rule.file for rule in reading} == texts.keys()
    assert all("Lee" in after.rules.by_id[rule.id].lists["people"].ways for rule in reading)
    compiled = {rule.file for rule in before.rules.rules if after.rules.by_id[rule.id].actions is not rule.actions}
    assert compiled == {edited}
    assert took < 0.5 * patience


def test_the_rules_of_a_folder_are_put_together_in_a_moment(folder: Path, patience: float) -> None:
    texts, _ = read_folder(folder / "rules")
    rules = Loader(Facts(complete=False)).load(texts).rules
    began = time.process_time()
    RuleSet(rules.rules, lists=rules.lists)
    assert time.process_time() - began < 0.3 * patience
