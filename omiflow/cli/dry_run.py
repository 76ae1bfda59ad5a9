"""`omiflow dry-run`: what rules would do with recorded requests."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from omiflow.cli.settings import (
    config_option,
    configuration,
    json_option,
    rules_option,
    show_problems,
)
from omiflow.cli.show_dry_run import Story, document, write_json
from omiflow.engine.index import RuleSet
from omiflow.engine.inline import Seal
from omiflow.errors import UsageError
from omiflow.language.config_views import facts, surroundings
from omiflow.language.load import Loader, read_folder
from omiflow.omi.recorded import Recorded, read_recorded
from omiflow.omi.times import parse
from omiflow.proof.dry_run import Simulation

SEAL = "dry-run"


@click.command()
@click.argument("payloads", nargs=-1, required=True, type=click.Path(path_type=Path))
@config_option
@rules_option
@click.option("--event", help="The event of requests that don't tell theirs; webhook/NAME for a webhook.")
@click.option("--uid", help="The user of requests that don't tell theirs.")
@click.option("--app", help="The app they belong to; the first one when left out.")
@click.option("--now", help="When the first request without a time of its own arrives (ISO 8601).")
@click.option("--all", "every", is_flag=True, help="Show also the rules that did not match, and why.")
@json_option
def dry_run(
    payloads: tuple[Path, ...],
    config_path: Path | None,
    rules: Path | None,
    event: str | None,
    uid: str | None,
    app: str | None,
    now: str | None,
    every: bool,
    as_json: bool,
) -> int:
    """Show what the rules would do with recorded requests, in order; nothing is sent, nothing is kept.

    PAYLOADS are files (.json, .jsonl, .jsonl.gz) or folders of them.
    """
    config = configuration(config_path)
    names = list(config.apps)
    if app is not None and app not in names:
        raise UsageError(f"there is no app '{app}' in the configuration; there are {', '.join(names)}")
    began = parse(now) if now is not None else None
    if now is not None and began is None:
        raise UsageError(f"--now '{now}' is no time; write it like 2026-03-02T10:00:00+01:00")
    simulation = Simulation(
        rules=_rules(config, rules if rules is not None else config.rules),
        surroundings=surroundings(config),
        seal=Seal(SEAL),
        app=app or names[0],
        requests_per_uid=config.limits.requests_per_uid,
        every=every,
        now=None if began is None else began - 1.0,
    )
    foreseen = (simulation.foresee(recorded, event=event, uid=uid) for recorded in _recorded(payloads))
    totals: Counter[str] = Counter()
    if as_json:
        write_json(sys.stdout, (document(one) for one in foreseen), totals)
    else:
        story = Story(timezone=config.timezone)
        for one in foreseen:
            totals.update(document(one)["counts"])
            story.tell(one)
        story.end(totals)
    return int(totals["refused"] > 0)


def _rules(config: Any, folder: Path) -> RuleSet:
    """Compile the rules; problems are shown and end the command with status 1."""
    texts, unreadable = read_folder(folder)
    book = Loader(facts(config)).load(texts, unreadable=unreadable)
    if any(problem.severity == "error" for problem in book.problems):
        show_problems(book.problems, book.texts, err=True)
        sys.exit(1)
    return book.rules


def _recorded(payloads: tuple[Path, ...]) -> Iterator[Recorded]:
    """Read requests in order, with a progress bar on a terminal when there are several files."""
    for path in payloads:
        if not path.exists():
            raise UsageError(f"there is no file or folder '{path}'")
        yield from read_recorded(path)
