"""Every mistake that can be made in a rule file, and what `omiflow check` says to it, word for word.

Each rule file or folder of `problems/` has a `.txt` beside it; `pytest tests/language --update` writes them anew.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from omiflow.cli.main import main
from omiflow.engine.operators import OPERATORS
from omiflow.language.codes import CODES
from omiflow.language.nearest import nearest

HERE = Path(__file__).parent
PROBLEMS = HERE / "problems"
BLANK = {
    "file_tab.yaml",
    "file_no_break_space.yaml",
    "file_no_break_space_behind_colon.yaml",
    "phrases_blank.yaml",
    "phrases_nothing_but_hash.yaml",
}  # what is wrong there is white space
CASES = sorted(path.name for path in PROBLEMS.iterdir() if path.suffix != ".txt")


def checked(name: str, *options: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Give the exit status of `omiflow check NAME`, and all it says."""
    config = HERE / "configs" / f"{Path(name).stem}.yaml"
    config = config if config.exists() else HERE / "configs" / "default.yaml"
    with pytest.raises(SystemExit) as ended:
        main(["check", name, "--config", f"../configs/{config.name}", *options])
    said = capsys.readouterr()
    assert said.err == ""
    assert isinstance(ended.value.code, int)
    return ended.value.code, said.out


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_told_in_these_words(
    name: str, update: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(PROBLEMS)
    status, said = checked(name, capsys=capsys)
    golden = PROBLEMS / f"{Path(name).stem}.txt"
    if update:
        golden.write_text(said)
    assert said == golden.read_text()
    assert status == int(re.search(r"^\d+ problems?\b", said, re.MULTILINE) is not None)


@pytest.mark.parametrize("name", CASES)
def test_a_caret_stands_below_what_is_wrong(name: str) -> None:
    for line, caret in re.findall(
        r"^ +\d+ \| (.*)\n +\| ( *\^+)$", (PROBLEMS / f"{Path(name).stem}.txt").read_text(), re.MULTILINE
    ):
        below = line[caret.index("^") : len(caret)]
        assert below == below.strip() or name in BLANK
        assert below or caret.index("^") == len(line)


def test_each_expected_text_belongs_to_a_case() -> None:
    assert sorted(path.stem for path in PROBLEMS.glob("*.txt")) == sorted(Path(name).stem for name in CASES)


def test_many_mistakes_are_told_in_one_pass_in_the_order_of_lines() -> None:
    said = (PROBLEMS / "many.txt").read_text()
    lines = [int(line) for line in re.findall(r"^many\.yaml:(\d+):", said, re.MULTILINE)]
    written = (PROBLEMS / "many.yaml").read_text().splitlines()
    assert lines == [number for number, line in enumerate(written, 1) if line.endswith("# wrong")]


def test_each_operator_is_offered_to_those_who_misspell_it() -> None:
    assert [nearest(f"{name}s", list(OPERATORS)) for name in OPERATORS] == list(OPERATORS)


def test_the_table_of_codes_has_each_code_that_is_used_and_no_other() -> None:
    package = HERE.parents[1] / "omiflow"
    table = package / "language" / "codes.py"
    names = dict(re.findall(r'^([A-Z_]+) = "([EW]\d{3})"$', table.read_text(), re.MULTILINE))
    assert set(names.values()) == set(CODES)
    texts = {path: path.read_text() for path in package.rglob("*.py") if path != table}
    literals = {code for text in texts.values() for code in re.findall(r'"([EW]\d{3})"', text)}
    assert literals <= set(CODES)
    used = {word for text in texts.values() for word in re.findall(r"\b[A-Z_]{3,}\b", text)}
    assert {name for name, code in names.items() if name not in used and code not in literals} == set()
