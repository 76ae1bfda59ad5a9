"""What holds for every file of the repository; linters, types and the arrows between rooms are `make check`."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from omiflow.language.starter import STARTER

ROOT = Path(__file__).parents[1]
LONGEST = 350
REGISTRIES = [
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("crates", "io"))
]
UNFINISHED = re.compile("|".join((r"\bTO" + r"DO\b", r"\bFIX" + r"ME\b", r"\bX" + r"XX\b", "Not" + "ImplementedError")))
HIDDEN_CYCLE = "if TYPE" + "_CHECKING"


def files() -> list[Path]:
    """List what belongs to the repository: known to git or about to be, else all that no tool has made."""
    try:
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in ROOT.rglob("*") if not any(map(made, path.relative_to(ROOT).parts))]
    else:
        found = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in found if path.is_file() and not path.is_symlink()]


def made(part: str) -> bool:
    """Tell whether a part of a path is of what tools make."""
    return part in {"build", "dist", "data", "__pycache__"} or (part.startswith(".") and part != ".ci")


FILES = files()
PYTHON = [path for path in FILES if path.suffix == ".py"]
PACKAGE = [path for path in PYTHON if path.is_relative_to(ROOT / "omiflow")]


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_there_is_something_to_look_at() -> None:
    assert len(PACKAGE) > 100


def test_no_file_names_a_package_registrys_host() -> None:
    assert lines_with(re.compile("|".join(map(re.escape, REGISTRIES))), FILES) == []


def test_nothing_is_left_unfinished() -> None:
    assert lines_with(UNFINISHED, [path for path in FILES if path.suffix in {".py", ".md", ".yaml", ".toml"}]) == []


def test_no_import_hides_a_cycle() -> None:
    assert lines_with(re.compile(HIDDEN_CYCLE), PYTHON) == []


def test_every_module_of_the_package_says_what_it_is() -> None:
    assert [str(path.relative_to(ROOT)) for path in PACKAGE if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_no_file_holds_two_ideas() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in PACKAGE}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_every_example_is_listed() -> None:
    index = (ROOT / "examples" / "README.md").read_text()
    rules = [path.relative_to(ROOT / "examples") for path in FILES if path.parent == ROOT / "examples" / "rules"]
    assert rules
    assert [str(rule) for rule in rules if f"({rule})" not in index] == []


def test_the_first_rule_beside_the_code_is_the_one_that_init_writes() -> None:
    assert (ROOT / "rules" / "hello.yaml").read_text() == STARTER["rules/hello.yaml"]


@pytest.mark.parametrize("name", ["Makefile", "pyproject.toml", ".ci/run"])
def test_what_runs_everywhere_names_no_place_of_one_machine(name: str) -> None:
    assert lines_with(re.compile(r"/home/|/Users/|/opt/|/root/"), [ROOT / name]) == []


def test_the_gate_can_be_run() -> None:
    gate = ROOT / ".ci" / "run"
    assert gate.stat().st_mode & 0o111
    assert {"make check", "make test"} <= {line.split(" || ")[0] for line in gate.read_text().splitlines()}
