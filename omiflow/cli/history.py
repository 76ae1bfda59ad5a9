"""`omiflow events` and `omiflow runs`: what arrived, and what rules did; read beside a running server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Connection

from omiflow.actions.redaction import Blotter
from omiflow.cli.page import Page
from omiflow.cli.settings import WRITTEN_TIME, config_option, configuration, json_option, print_json
from omiflow.cli.show_history import NOBODY, STYLES, tell_event, tell_run
from omiflow.durations import seconds
from omiflow.engine import emitting
from omiflow.engine.rules import Rule
from omiflow.errors import UsageError
from omiflow.language.load import Loader
from omiflow.language.nearest import did_you_mean
from omiflow.language.settings.config import Config
from omiflow.language.settings.views import facts, secrets
from omiflow.omi.times import iso, parse
from omiflow.runtime.retold import retold
from omiflow.runtime.shapes import body_value, event_line, event_page, run_line, run_page
from omiflow.runtime.tokens import known_tokens
from omiflow.store.database import open_database, sqlite_path
from omiflow.store.queries import (
    get_event,
    list_events,
    list_runs,
    load_run,
    load_source,
    rules_that_ran,
    runs_of_event,
)
from omiflow.store.stored import StoredEvent

F = TypeVar("F", bound=Callable[..., Any])
STATES = ("answered", "done", "running", "waiting", "failed", "throttled", "deduplicated", "shadow", "cancelled")


def _filters(command: F) -> F:
    options = (
        click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="How many."),
        click.option("--rule", help="Only this rule."),
        click.option("--user", help="Only this user."),
        click.option("--state", type=click.Choice(STATES), help="Only runs in this state."),
        click.option("--since", help=f"Only the last while, such as 2h, or from a time on ({WRITTEN_TIME})."),
        config_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


class _ListFirst(click.Group):
    """A group that lists when no other command of its is named."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options of the list, which stand without a command too, and the commands."""
        options = (option.get_help_record(ctx) for option in self.commands["list"].params)
        with formatter.section("Options of the list, which comes without a command"):
            formatter.write_dl([option for option in options if option is not None])
        super().format_options(ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ListFirst)
def events() -> None:
    """Show what arrived, newest first."""


@events.command("list")
@_filters
@json_option
def list_of_events(config_path: Path | None, *, limit: int, as_json: bool, **only: Any) -> None:
    """List events, newest first."""
    config = configuration(config_path)
    only["since"] = _since(only["since"], config)
    with _reading(config) as connection:
        found = list_events(connection, limit=limit, **only) if connection is not None else []
        nothing = _nothing("events", config, connection, rule=only["rule"]) if not found else ""
    if as_json:
        print_json({"events": [event_line(line) for line in found]})
        return
    clock = _clock(config)
    rows = [
        (
            clock(line.received),
            f"{line.event} {line.name or ''}".rstrip(),
            line.id,
            str(line.runs or ""),
            line.app,
            line.uid or NOBODY,
        )
        for line in found
    ]
    names = (f"arrived, {config.timezone}", "event", "id", "runs", "app", "user")
    _table(names, rows, limit=limit, nothing=nothing)


@events.command("show", short_help="Show one event.")
@click.argument("event_id")
@config_option
@json_option
def show_event(event_id: str, config_path: Path | None, *, as_json: bool) -> None:
    """Show one event: what was received, what was decided, and what became of the runs."""
    config = configuration(config_path)
    with _reading(config) as connection:
        found = _event(connection, event_id)
        became = runs_of_event(connection, event_id) if connection is not None else {}
    shown = _blotter(config).value(event_page(found, became))
    if as_json:
        print_json(shown)
        return
    tell_event(Page(), found, shown, clock=_clock(config), zone=config.timezone)


@events.command("export", short_help="Write events as recorded requests.")
@click.argument("event_ids", nargs=-1)
@_filters
def export_events(event_ids: tuple[str, ...], config_path: Path | None, *, limit: int, **only: Any) -> None:
    """Write events as recorded requests, one a line, oldest first: those named, or those the options choose.

    What rules emitted is written only where it is named: played again, the rules emit it anew.
    """
    config = configuration(config_path)
    only["since"] = _since(only["since"], config)
    blotter = _blotter(config)
    with _reading(config) as connection:
        if not event_ids and connection is not None:
            lines = list_events(connection, limit=limit, **only)
            event_ids = tuple(line.id for line in reversed(lines) if line.event != emitting.NAME)
            if len(lines) == limit:
                click.echo(f"omiflow: these are the newest {limit}; more with --limit", err=True)
        for event_id in event_ids:
            click.echo(json.dumps(blotter.value(_recorded(_event(connection, event_id))), ensure_ascii=False))


@click.group(cls=_ListFirst)
def runs() -> None:
    """Show what rules did, newest first."""


@runs.command("list")
@_filters
@json_option
def list_of_runs(config_path: Path | None, *, limit: int, as_json: bool, **only: Any) -> None:
    """List runs, newest first."""
    config = configuration(config_path)
    only["since"] = _since(only["since"], config)
    with _reading(config) as connection:
        found = list_runs(connection, limit=limit, **only) if connection is not None else []
        nothing = _nothing("runs", config, connection, rule=only["rule"]) if not found else ""
    blot = _blotter(config).value
    lines = [blot(run_line(line)) for line in found]
    if as_json:
        print_json({"runs": lines})
        return
    rows, clock = [], _clock(config)
    for line, shown in zip(found, lines, strict=True):
        again = f" (again {clock(line.due)})" if line.due is not None and line.state == "waiting" else ""
        reason = f"{shown['reason'] or ''}{again}"
        rows.append((clock(line.at), line.rule, line.state, line.id, line.uid or NOBODY, reason))
    names = (f"decided, {config.timezone}", "rule", "state", "id", "user", "reason")
    styles = [STYLES.get(line.state, "") for line in found]
    _table(names, rows, limit=limit, nothing=nothing, styles=styles)


@runs.command("show")
@click.argument("run_id")
@config_option
@json_option
def show_run(run_id: str, config_path: Path | None, *, as_json: bool) -> None:
    """Show one run: its journal, step by step."""
    config = configuration(config_path)
    with _reading(config) as connection:
        found = load_run(connection, run_id) if connection is not None else None
        source = load_source(connection, found.run.source) if connection is not None and found is not None else None
    if found is None:
        raise UsageError(f"there is no run '{run_id}'; `omiflow runs` lists them")
    sent = {} if source is None else dict(retold(found, _rule(config, source)))
    shown = _blotter(config).value(run_page(found, source, sent=sent))
    if as_json:
        print_json(shown)
        return
    tell_run(Page(), found, shown, clock=_clock(config), zone=config.timezone)


def _rule(config: Config, source: Any) -> Rule | None:
    """Compile the version of a rule that a run began with."""
    return Loader(facts(config)).compile_source(source, json.dumps(source["rule"], ensure_ascii=False))


@contextmanager
def _reading(config: Config) -> Iterator[Connection | None]:
    """Open the database for reading; None where the first start of the server has yet to make it."""
    if not sqlite_path(config.database).exists():
        yield None
        return
    with open_database(config.database, reading=True) as database, database.engine.begin() as connection:
        yield connection


def _event(connection: Connection | None, event_id: str) -> StoredEvent:
    found = get_event(connection, event_id) if connection is not None else None
    if found is None:
        raise UsageError(f"there is no event '{event_id}'; `omiflow events` lists them")
    return found


def _since(text: str | None, config: Config) -> float | None:
    """Read `--since`: a duration back from now, or a time, in the configuration's zone where it has no offset."""
    if text is None:
        return None
    at = parse(text, zone=ZoneInfo(config.timezone)) if "-" in text else None
    if at is not None:
        return at
    try:
        return time.time() - seconds(text)
    except ValueError as error:
        raise UsageError(f"--since: {error}, or a time like 2026-03-02T10:00:00Z") from error


def _recorded(event: StoredEvent) -> dict[str, Any]:
    """Write an event as a recorded request; interfaces, section 2."""
    request = event.request or {}
    path = f"/{event.name}/{event.webhook}" if event.webhook else f"/{event.name}"
    query = {**request.get("query", {}), **({"uid": event.uid} if event.uid else {})}
    headers = {"content-type": "application/json", **request.get("headers", {})}
    return {
        "at": iso(event.received),
        "event": event.name,
        "app": event.app,
        "method": request.get("method", "POST"),
        "path": path,
        "query": query,
        "headers": headers,
        "body": body_value(event.body),
    }


def _blotter(config: Config) -> Blotter:
    """Give what blots every secret of the configuration and of the data folder out of a page."""
    return Blotter(secrets(config) | frozenset(known_tokens(config.data_folder).values()))


def _table(
    names: Sequence[str], rows: Sequence[Sequence[str]], *, limit: int, nothing: str, styles: list[str] | None = None
) -> None:
    if not rows:
        click.echo(nothing)
        return
    page = Page()
    page.rows(names, rows, styles=styles or ())
    if len(rows) == limit and page.width is not None:
        page.line((f"these are the newest {limit}; more with --limit", "dim"))


def _nothing(what: str, config: Config, connection: Connection | None, *, rule: str | None) -> str:
    if connection is None:
        return f"no {what} yet; `omiflow serve` makes '{sqlite_path(config.database)}' at its first start"
    ran = rules_that_ran(connection)
    return f"no {what}" if rule is None or rule in ran else f"no {what} of rule '{rule}'{did_you_mean(rule, ran)}"


def _clock(config: Config) -> Callable[[float], str]:
    """Give what writes times, in the configuration's zone."""
    zone = ZoneInfo(config.timezone)
    return lambda at: datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S")
