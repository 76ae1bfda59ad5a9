"""`omiflow check`: every problem of rules and configuration, in one pass."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from omiflow.cli.annotations import annotation
from omiflow.cli.settings import config_option, missing, print_json, show_problems
from omiflow.errors import UsageError
from omiflow.language.codes import CODES
from omiflow.language.doubts.folders import missing_folders
from omiflow.language.doubts.hearing import doubt_hearing
from omiflow.language.doubts.unused import unused_connections, unused_lists
from omiflow.language.facts import Facts
from omiflow.language.load import Loader, Rulebook, read_folder
from omiflow.language.nearest import did_you_mean
from omiflow.language.scalars import SETTINGS_TAGS
from omiflow.language.settings.config import FILE, Loaded, load_config
from omiflow.language.settings.views import facts
from omiflow.language.source import read
from omiflow.model import Problem
from omiflow.runtime.shapes import problem_line
from omiflow.runtime.unhurried import unhurried

RULES = Path("rules")
WORTH_A_BAR = 50


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@config_option
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@click.option(
    "--ignore",
    metavar="CODES",
    multiple=True,
    callback=lambda *given: _codes(given[-1]),
    help="Pass over problems with these codes, such as W302,E105; may be given several times.",
)
def check(paths: tuple[Path, ...], config_path: Path | None, form: str, ignore: frozenset[str]) -> int:
    """Show every problem of rules and configuration.

    PATHS are rule files or folders; the configuration's rules folder when left out. Ends with 1 if there is an error.

    Errors that are ignored don't count for that, but their rules are not live all the same: `omiflow serve` takes only
    what is good. What each code stands for is told in the reference.
    """
    loaded = load_config(config_path, folder=Path.cwd(), environ=os.environ)
    config = loaded.config
    if config is not None:
        book = _book(paths or (config.rules,), facts(config))
    else:
        book = _book(paths or ((RULES,) if RULES.exists() else ()), Facts(complete=False))
    found = [*loaded.problems, *book.problems, *(() if paths else _together(loaded, book, config_path or Path(FILE)))]
    problems = [problem for problem in found if problem.code not in ignore]
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
            click.echo(annotation(problem, file=_in_repository(problem.file)))
    else:
        show_problems(problems, {**loaded.texts, **book.texts})
        click.echo(_summary(book, problems, ignored=len(found) - len(problems)))
    return int(any(problem.severity == "error" for problem in problems))


def _codes(given: Sequence[str]) -> frozenset[str]:
    """Read codes that are given one by one or as lists with commas."""
    codes = [code.strip().upper() for text in given for code in text.split(",") if code.strip()]
    for code in codes:
        if code not in CODES:
            raise UsageError(f"there is no code '{code}'{did_you_mean(code, list(CODES))}")
    return frozenset(codes)


def _together(loaded: Loaded, book: Rulebook, place: Path) -> list[Problem]:
    """Find what only all rules together or the configuration tell; `place` is that of the configuration.

    What no rule uses or hears, and folders that are not there.
    """
    found = [*unused_lists(book), *doubt_hearing(book)]
    if loaded.config is not None and place.exists():
        source = read(place.read_text(encoding="utf-8"), file=next(iter(loaded.texts)), tags=SETTINGS_TAGS)
        found += [*unused_connections(book, source), *missing_folders(loaded.config.connections, source)]
    return found


def _book(places: Sequence[Path], known: Facts) -> Rulebook:
    texts: dict[str, str] = {}
    unreadable: list[Problem] = []
    for place in places:
        if not place.exists():
            raise missing("rule file or folder", _shown(place))
        found, wrong = read_folder(_shown(place))
        texts |= found
        unreadable += [problem for problem in wrong if problem not in unreadable]
    with unhurried():
        return _loaded(Loader(known, tests=True), texts, unreadable)


def _loaded(loader: Loader, texts: dict[str, str], unreadable: list[Problem]) -> Rulebook:
    """Load the texts, with a bar on a terminal when there are many."""
    if not sys.stderr.isatty() or len(texts) < WORTH_A_BAR:
        return loader.load(texts, unreadable=unreadable)
    steps = loader.steps(texts, unreadable=unreadable)
    with click.progressbar(length=2 * len(texts), label="checking", file=sys.stderr) as bar:
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


def _summary(book: Rulebook, problems: Sequence[Problem], *, ignored: int) -> str:
    """Say in one line what there is and what is wrong with it."""
    rules, files = len(book.rules.rules), sum(file.good for file in book.files.values())
    there = f"{_count(rules, 'rule')} in {_count(files, 'file')}"
    passed_over = f", {ignored} ignored" if ignored else ""
    nothing_is_good = not rules and any(one.severity == "error" for one in book.problems)
    if not problems and not nothing_is_good:
        return f"{f'{there}:' if book.files else 'no rule files found,'} no problems{passed_over}"
    kinds = (("error", "problem"), ("warning", "warning"))
    counts = (_counted([one for one in problems if one.severity == severity], name) for severity, name in kinds)
    found = (" and ".join(count for count in counts if count) or "no problems") + passed_over
    if not rules:
        return f"{found}; no rule is good"
    return f"{found}; {there} {'is' if rules == 1 else 'are'} good"


def _counted(problems: Sequence[Problem], name: str) -> str:
    """Count problems, with the codes by which `--ignore` knows them."""
    codes = sorted({problem.code for problem in problems})
    return f"{_count(len(problems), name)} ({', '.join(codes)})" if problems else ""


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def _in_repository(file: str) -> str:
    """Name a file from the root of the repository, which is where GitHub looks."""
    root = os.environ.get("GITHUB_WORKSPACE")
    place = os.path.abspath(file)  # noqa: PTH100 - links stay as they are
    return os.path.relpath(place, root) if root and Path(place).is_relative_to(root) else file
