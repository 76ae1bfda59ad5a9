"""`omiflow dry-run`: what rules would do with recorded requests."""

from __future__ import annotations

import gzip
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from omiflow.cli.settings import (
    WRITTEN_TIME,
    config_option,
    configuration,
    json_option,
    missing,
    rules_option,
    show_problems,
)
from omiflow.cli.show_dry_run import Story, add_up, write_json
from omiflow.engine.index import RuleSet
from omiflow.engine.inline import Seal
from omiflow.errors import UsageError
from omiflow.language.load import Loader, read_folder
from omiflow.language.nearest import did_you_mean
from omiflow.language.settings.config import Config
from omiflow.language.settings.views import facts, surroundings
from omiflow.omi.receive import EVENTS
from omiflow.omi.recorded import STDIN, Recorded, read_recorded, recorded_files
from omiflow.omi.times import parse
from omiflow.proof.dry_run import Simulation
from omiflow.proof.foreseen import Foreseen

SEAL = "dry-run"
LONG_WORK = 500
"""A progress bar is worth its flicker from this number of requests on."""


@click.command()
@click.argument("payloads", nargs=-1, required=True, type=click.Path(path_type=Path))
@config_option
@rules_option
@click.option("--event", help="The event of requests that don't tell theirs; webhook/NAME for a webhook.")
@click.option("--uid", help="The user of requests that don't tell theirs.")
@click.option("--app", help="The app of requests that don't tell theirs; the first one when left out.")
@click.option("--now", help=f"When the first request without a recorded time arrives ({WRITTEN_TIME}).")
@click.option("--all", "every", is_flag=True, help="Show also the rules that did not match, and why.")
@click.option("--rule", "only", multiple=True, help="Show only this rule, however often given; all are decided.")
@json_option
def dry_run(
    payloads: tuple[Path, ...],
    config_path: Path | None,
    *,
    rules: Path | None,
    event: str | None,
    uid: str | None,
    app: str | None,
    now: str | None,
    every: bool,
    only: tuple[str, ...],
    as_json: bool,
) -> int:
    """Show what the rules would do with recorded requests, in order; nothing is sent, nothing is kept.

    PAYLOADS are files (.json, .jsonl, .jsonl.gz), folders of them, or - for lines on standard input. Ends with 1 if a
    request would be refused, not if a run would fail: the last line counts those, in JSON totals.failed.
    """
    config = configuration(config_path)
    files = [file for path in payloads for file in _files(path)]
    name, webhook = _event(event)
    zone = ZoneInfo(config.timezone)
    starts_at = parse(now, zone=zone)
    if now is not None and starts_at is None:
        raise UsageError(f"--now '{now}' is no time; write it like 2026-03-02T10:00:00+01:00")
    loaded = _rules(config, rules if rules is not None else config.rules)
    for rule in only:
        if rule not in loaded.by_id:
            raise UsageError(f"there is no rule '{rule}'{did_you_mean(rule, list(loaded.by_id))}")
    simulation = Simulation(
        rules=loaded,
        surroundings=surroundings(config),
        seal=Seal(SEAL),
        app=_app(config, app),
        event=name,
        webhook=webhook,
        uid=uid,
        requests_per_uid=config.limits.requests_per_uid,
        every=every,
        starts_at=starts_at,
    )
    console = Console(highlight=False, soft_wrap=True)
    totals: Counter[str] = Counter()
    with _progress(console, files) as progress:
        decided = _decided(simulation, _recorded(files, progress, zone))
        foreseen = (_of(only, one) for one in decided) if only else decided
        if as_json:
            write_json(sys.stdout, foreseen, totals)
        else:
            story = Story(timezone=config.timezone, console=console)
            for one in foreseen:
                add_up(totals, one)
                story.tell(one)
    if not as_json:
        story.end(totals)
    return int(totals["refused"] > 0)


def _files(path: Path) -> list[Path]:
    if path != STDIN and not path.exists():
        raise missing("file or folder", path)
    return recorded_files(path)


def _event(event: str | None) -> tuple[str | None, str | None]:
    """Read `--event`: the event's name and, for a webhook, the webhook's."""
    if event is None:
        return None, None
    name, _, webhook = event.partition("/")
    if name == "webhook":
        if not webhook:
            raise UsageError("--event webhook wants the webhook's name; write it like webhook/deploy")
        return name, webhook
    if event not in EVENTS:
        raise UsageError(f"--event '{event}' is no event{did_you_mean(event, list(EVENTS))}")
    return event, None


def _app(config: Config, app: str | None) -> str:
    names = list(config.apps)
    if app is not None and app not in names:
        raise UsageError(f"there is no app '{app}' in the configuration{did_you_mean(app, names)}")
    return app or names[0]


def _rules(config: Config, folder: Path) -> RuleSet:
    """Compile the rules; mistakes are shown and end the command with status 1, warnings are left to `check`."""
    texts, unreadable = read_folder(folder)
    book = Loader(facts(config)).load(texts, unreadable=unreadable)
    if any(problem.severity == "error" for problem in book.problems):
        show_problems(book.problems, book.texts, err=True)
        sys.exit(1)
    return book.rules


def _decided(simulation: Simulation, requests: Iterable[Recorded]) -> Iterator[Foreseen]:
    """Decide requests in order, and what is still open when no more come."""
    for recorded in requests:
        yield from simulation.foresee(recorded)
    yield from simulation.end()


def _of(rules: Collection[str], one: Foreseen) -> Foreseen:
    """Leave out what became of other rules."""
    return msgspec.structs.replace(one, runs=[run for run in one.runs if run.verdict.rule in rules])


def _recorded(files: Iterable[Path], progress: Progress, zone: tzinfo) -> Iterator[Recorded]:
    """Read requests in order, telling the progress bar."""
    for file in files:
        for recorded in read_recorded(file, zone=zone):
            yield recorded
            for bar in progress.task_ids:
                progress.advance(bar)


def _progress(console: Console, files: Iterable[Path]) -> Progress:
    """Give a progress bar for long work on a terminal, beside the story or above what is redirected."""
    if not console.is_terminal:
        console = Console(stderr=True)
    columns = (TextColumn("trying"), BarColumn(), MofNCompleteColumn(), TextColumn("requests"))
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    if console.is_terminal:
        requests = sum(_requests(file) for file in files)
        progress.disable = requests < LONG_WORK
        if not progress.disable:
            progress.add_task("", total=requests)
    return progress


def _requests(file: Path) -> int:
    """Count the requests of a file by its lines; standard input can't be read twice, other faults come up later."""
    if file == STDIN:
        return 0
    if file.suffix == ".json":
        return 1
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
            return sum(1 for _ in lines)
    except (OSError, EOFError):
        return 0
