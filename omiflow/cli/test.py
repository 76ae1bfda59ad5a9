"""`omiflow test`: the tests of rule files, tried as live events are decided."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from omiflow.cli.page import Page
from omiflow.cli.settings import (
    config_option,
    configuration,
    json_option,
    missing,
    print_json,
    rules_option,
    show_problems,
)
from omiflow.language.cases import Case
from omiflow.language.load import Loader, Rulebook, read_folder
from omiflow.language.problem_text import render
from omiflow.language.settings.config import Config
from omiflow.language.settings.views import facts, surroundings
from omiflow.model import Problem
from omiflow.proof.trying import Tried, Trying

LONG_WORK = 200
"""A progress bar is worth its flicker from this number of tests on."""
INDENT = 6


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@config_option
@rules_option
@json_option
def test_command(paths: tuple[Path, ...], config_path: Path | None, *, rules: Path | None, as_json: bool) -> int:
    """Run the tests that stand in rule files; nothing is sent, nothing is kept, nobody waits.

    PATHS are rule files or folders whose tests are run, beside all other rules of the rules folder where they lie in
    it; the whole folder when left out. Ends with 1 if a test fails or a file has a mistake.
    """
    config = configuration(config_path)
    folder = rules if rules is not None else config.rules
    book = _book(config, _places(folder, paths))
    mistaken = _mistaken(book)
    cases = [case for case in _cases(book, paths) if case.file not in mistaken]
    trying = Trying(
        rules=book.rules,
        surroundings=surroundings(config),
        app=next(iter(config.apps)),
        connections=facts(config).connections,
        requests_per_uid=config.limits.requests_per_uid,
    )
    tried = list(_tried(trying, cases))
    failed = sum(not one.passed for one in tried) + len(mistaken)
    if as_json:
        print_json(_document(tried, mistaken, failed, book))
    else:
        show_problems([problem for problems in mistaken.values() for problem in problems], book.texts, err=True)
        _tell(tried, failed, mistaken)
    return int(failed > 0)


def _places(folder: Path, paths: Sequence[Path]) -> list[Path]:
    """List what to read: the rules folder, unless other places are named only."""
    for path in paths:
        if not path.exists():
            raise missing("rule file or folder", path)
    whole = folder.resolve()
    outside = [path for path in paths if not path.resolve().is_relative_to(whole)]
    return outside if paths and len(outside) == len(paths) else [folder, *outside]


def _book(config: Config, places: Sequence[Path]) -> Rulebook:
    texts: dict[str, str] = {}
    unreadable: list[Problem] = []
    for place in places:
        found, wrong = read_folder(_shown(place))
        texts |= found
        unreadable += wrong
    return Loader(facts(config), tests=True).load(texts, unreadable=unreadable)


def _shown(place: Path) -> Path:
    """Name a file or folder below this one the way people write it."""
    plain, here = Path(os.path.normpath(place)), Path.cwd()
    return plain.relative_to(here) if plain.is_relative_to(here) else plain


def _mistaken(book: Rulebook) -> dict[str, list[Problem]]:
    """Gather the errors of each file that has some; warnings are left to `check`."""
    found: dict[str, list[Problem]] = {}
    for problem in book.problems:
        if problem.severity == "error":
            found.setdefault(problem.file, []).append(problem)
    return found


def _cases(book: Rulebook, paths: Sequence[Path]) -> Iterator[Case]:
    chosen = [path.resolve() for path in paths]
    for file in book.files.values():
        whole = Path(file.path).resolve()
        if not chosen or any(whole.is_relative_to(path) for path in chosen):
            yield from file.cases


def _tried(trying: Trying, cases: Sequence[Case]) -> Iterator[Tried]:
    """Try the cases, with a bar on a terminal when there are many."""
    if not sys.stderr.isatty() or len(cases) < LONG_WORK:
        yield from map(trying.tried, cases)
        return
    with click.progressbar(cases, label="testing", file=sys.stderr) as bar:
        yield from map(trying.tried, bar)


def _document(tried: Iterable[Tried], mistaken: dict[str, list[Problem]], failed: int, book: Rulebook) -> object:
    cases = [_entry(one.case.file, one.case.name, one.case.line, one.detail) for one in tried]
    passed = sum(1 for one in cases if one["passed"])
    for file, problems in mistaken.items():
        detail = "\n\n".join(render(problem, book.texts.get(file, "")) for problem in problems)
        cases.append(_entry(file, "has no mistakes", min(problem.line for problem in problems), detail))
    return {"passed": passed, "failed": failed, "cases": cases}


def _entry(file: str, name: str, line: int, detail: str) -> dict[str, Any]:
    return {"file": file, "name": name, "line": line, "passed": not detail, "detail": detail}


def _tell(tried: Sequence[Tried], failed: int, mistaken: dict[str, list[Problem]]) -> None:
    page = Page(Console(highlight=False, soft_wrap=True))
    file = None
    for one in tried:
        if one.case.file != file:
            file = one.case.file
            page.line((file, "bold"))
        if one.passed:
            page.line(("✓ ", "green"), one.case.name, indent=2)
            continue
        page.line(("✗ ", "bold red"), (one.case.name, "bold"), (f"  {file}:{one.case.line}", "dim"), indent=2)
        for line in one.detail.splitlines():
            words = line.lstrip()
            page.line(words, indent=INDENT + len(line) - len(words))
    if tried:
        page.line()
    if not tried and not mistaken:
        page.line("no tests found")
        return
    passed = sum(one.passed for one in tried)
    parts = [f"{passed} passed"] if passed else []
    broken = len(tried) - passed
    parts += [f"{broken} failed"] if broken else []
    if mistaken:
        parts.append(f"{len(mistaken)} file{'' if len(mistaken) == 1 else 's'} with mistakes")
    page.line((", ".join(parts), "bold red" if failed else "bold green"))
