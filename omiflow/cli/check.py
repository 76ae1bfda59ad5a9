"""`omiflow check`: every problem of rules and configuration, in one pass."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from omiflow.cli.settings import config_option, print_json, show_problems
from omiflow.errors import UsageError
from omiflow.language.config import load_config
from omiflow.language.config_views import facts
from omiflow.language.facts import Facts
from omiflow.language.load import Loader, Rulebook, read_folder
from omiflow.model import Problem
from omiflow.runtime.shapes import problem_line
from omiflow.runtime.unhurried import unhurried

RULES = Path("rules")
WORTH_A_BAR = 50

_ESCAPED = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_ESCAPED_IN_PLACES = {**_ESCAPED, ":": "%3A", ",": "%2C"}


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@config_option
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
def check(paths: tuple[Path, ...], config_path: Path | None, form: str) -> int:
    """Show every problem of rules and configuration.

    PATHS are rule files or folders; the configuration's rules folder when left out. Ends with 1 if there is an error.
    """
    loaded = load_config(config_path, folder=Path.cwd(), environ=os.environ)
    config = loaded.config
    if config is not None:
        book = _book(paths or (config.rules,), facts(config))
    else:
        book = _book(paths or ((RULES,) if RULES.exists() else ()), Facts(complete=False))
    problems = [*loaded.problems, *book.problems]
    if form == "json":
        print_json(
            {
                "files": len(book.files),
                "rules": len(book.rules.rules),
                "problems": [problem_line(problem) for problem in problems],
            }
        )
    elif form == "github":
        for problem in problems:
            click.echo(_annotation(problem))
    else:
        show_problems(problems, {**loaded.texts, **book.texts})
        click.echo(_summary(book, problems))
    return int(any(problem.severity == "error" for problem in problems))


def _book(places: Sequence[Path], known: Facts) -> Rulebook:
    texts: dict[str, str] = {}
    unreadable: list[Problem] = []
    for place in places:
        if not place.exists():
            raise UsageError(f"there is no rule file or folder '{_shown(place)}'")
        found, wrong = read_folder(_shown(place))
        texts |= found
        unreadable += [problem for problem in wrong if problem not in unreadable]
    with unhurried():
        return _loaded(Loader(known), texts, unreadable)


def _loaded(loader: Loader, texts: dict[str, str], unreadable: list[Problem]) -> Rulebook:
    """Load the texts, with a bar on a terminal when there are many."""
    if not sys.stderr.isatty() or len(texts) < WORTH_A_BAR:
        return loader.load(texts, unreadable=unreadable)
    steps = loader.steps(texts, unreadable=unreadable)
    with click.progressbar(length=len(texts), label="checking", file=sys.stderr) as bar:
        while True:
            try:
                next(steps)
            except StopIteration as stop:
                book: Rulebook = stop.value
                return book
            bar.update(1)


def _shown(place: Path) -> Path:
    """Name a file or folder below this one the way people write it."""
    plain = Path(os.path.normpath(place))
    here = Path.cwd()
    return plain.relative_to(here) if plain.is_relative_to(here) else plain


def _summary(book: Rulebook, problems: Sequence[Problem]) -> str:
    """Say in one line what there is and what is wrong with it."""
    good = [file for file in book.files.values() if file.good]
    rules, files = len(book.rules.rules), len(good)
    there = f"{_count(rules, 'rule')} in {_count(files, 'file')}"
    if not problems:
        return f"{there}: no problems" if book.files else "no rule files found, no problems"
    errors = sum(problem.severity == "error" for problem in problems)
    counts = ((errors, "problem"), (len(problems) - errors, "warning"))
    found = " and ".join(_count(number, name) for number, name in counts if number)
    if not rules:
        return f"{found}; no rule is good"
    return f"{found}; {there} {'is' if rules == 1 else 'are'} good"


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def _annotation(problem: Problem) -> str:
    """Write a problem as a workflow command of GitHub's."""
    message = problem.message if problem.hint is None else f"{problem.message} ({problem.hint})"
    return (
        f"::{problem.severity} file={_escaped(problem.file, _ESCAPED_IN_PLACES)},line={problem.line},"
        f"col={problem.column},endColumn={problem.column + problem.length},title={problem.code}"
        f"::{_escaped(message, _ESCAPED)}"
    )


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(char, char) for char in text)
