"""`omiflow check`: every problem of rules and configuration, in one pass."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from omiflow.cli.settings import config_option, print_json, show_problems
from omiflow.language.config import load_config
from omiflow.language.config_views import facts
from omiflow.language.facts import Facts
from omiflow.language.load import Loader, Rulebook, read_folder
from omiflow.model import Problem
from omiflow.runtime.shapes import problem_line


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
    folders = paths or ((config.rules,) if config is not None else (Path("rules"),))
    book = _book(folders, facts(config) if config is not None else Facts())
    problems = [*loaded.problems, *book.problems]
    texts = {**loaded.texts, **book.texts}
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
        show_problems(problems, texts)
        click.echo(_summary(book, problems), err=bool(problems))
    return int(any(problem.severity == "error" for problem in problems))


def _book(folders: tuple[Path, ...], known: Facts) -> Rulebook:
    texts: dict[str, str] = {}
    unreadable: list[Problem] = []
    for folder in folders:
        found, wrong = read_folder(_shown(folder))
        texts |= found
        unreadable += wrong
    loader = Loader(known)
    if not sys.stderr.isatty() or len(texts) < 50:  # noqa: PLR2004
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


def _shown(folder: Path) -> Path:
    """Name a folder below this one the way people write it."""
    try:
        return folder.relative_to(Path.cwd()) if folder.is_absolute() else folder
    except ValueError:
        return folder


def _summary(book: Rulebook, problems: list[Problem]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    rules = f"{_count(len(book.rules.rules), 'rule')} in {_count(len(book.files), 'file')}"
    if not problems:
        return f"{rules}: no problems"
    found = [_count(number, name) for number, name in ((errors, "problem"), (warnings, "warning")) if number]
    return f"{rules} {'are' if errors else 'is' if len(book.rules.rules) == 1 else 'are'} good; {' and '.join(found)}"


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def _annotation(problem: Problem) -> str:
    message = problem.message if problem.hint is None else f"{problem.message} ({problem.hint})"
    escaped = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return (
        f"::{problem.severity} file={problem.file},line={problem.line},col={problem.column},"
        f"title={problem.code}::{escaped}"
    )
