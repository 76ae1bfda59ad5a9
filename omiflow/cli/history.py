"""`omiflow events` and `omiflow runs`: what arrived, and what rules did; read beside a running server."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection

from omiflow.cli.settings import config_option, configuration, json_option, print_json
from omiflow.engine.durations import seconds
from omiflow.errors import UsageError
from omiflow.omi.times import iso, parse
from omiflow.runtime.shapes import body_value, event_line, event_page, run_line, run_page
from omiflow.store.database import open_database
from omiflow.store.queries import get_event, list_events, list_runs, load_run
from omiflow.store.stored import StoredEvent

F = TypeVar("F", bound=Callable[..., Any])
STATES = ("answered", "done", "running", "waiting", "failed", "throttled", "deduplicated", "cancelled")


def _filters(command: F) -> F:
    options = (
        click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000)),
        click.option("--rule", help="Only this rule."),
        click.option("--user", help="Only this user."),
        click.option("--state", type=click.Choice(STATES), help="Only runs in this state."),
        click.option("--since", help="Only the last while, such as 2h, or from a time on (ISO 8601)."),
        config_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


class _ListFirst(click.Group):
    """A group that lists when no other command of its is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ListFirst)
def events() -> None:
    """Show what arrived, newest first."""


@events.command("list")
@_filters
@json_option
def list_of_events(
    limit: int,
    rule: str | None,
    user: str | None,
    state: str | None,
    since: str | None,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """List events, newest first."""
    with _reading(config_path) as connection:
        found = list_events(connection, limit=limit, rule=rule, user=user, state=state, since=_since(since))
    if as_json:
        print_json({"events": [event_line(line) for line in found]})
        return
    table = _table("event", "id", "arrived", "app", "user", "runs")
    for line in found:
        table.add_row(line.event, line.id, _local(line.received), line.app, line.uid or "–", str(line.runs or ""))
    _print(table, "no events yet")


@events.command("show")
@click.argument("event_id")
@config_option
@json_option
def show_event(event_id: str, config_path: Path | None, as_json: bool) -> None:
    """Show one event: what was received, what was decided."""
    with _reading(config_path) as connection:
        found = get_event(connection, event_id)
    if found is None:
        raise UsageError(f"there is no event '{event_id}'; `omiflow events` lists them")
    page = event_page(found)
    if as_json:
        print_json(page)
        return
    click.echo(f"{found.name} {found.id}, user {found.uid or '–'}, app {found.app}, arrived {_local(found.received)}")
    click.echo(f"answer: {json.dumps(page['answer'], ensure_ascii=False)}")
    for verdict in found.trace:
        reason = f": {verdict.reason}" if verdict.reason else ""
        click.echo(f"\n{verdict.rule}: {verdict.outcome}{reason}{f'  ({verdict.run_id})' if verdict.run_id else ''}")
        for gate in verdict.gates:
            click.echo(f"  {'✓' if gate.passed else '✗'} {gate.gate:<11} line {gate.line}: {gate.detail}")
    click.echo(f"\nbody: {json.dumps(page['body'], ensure_ascii=False, indent=2)}")


@events.command("export")
@click.argument("event_ids", nargs=-1)
@_filters
def export_events(
    event_ids: tuple[str, ...],
    limit: int,
    rule: str | None,
    user: str | None,
    state: str | None,
    since: str | None,
    config_path: Path | None,
) -> None:
    """Write events as recorded requests, one a line, oldest first: those named, or those the options choose."""
    with _reading(config_path) as connection:
        if not event_ids:
            lines = list_events(connection, limit=limit, rule=rule, user=user, state=state, since=_since(since))
            event_ids = tuple(line.id for line in reversed(lines))
        for event_id in event_ids:
            found = get_event(connection, event_id)
            if found is None:
                raise UsageError(f"there is no event '{event_id}'; `omiflow events` lists them")
            click.echo(json.dumps(_recorded(found), ensure_ascii=False))


@click.group(cls=_ListFirst)
def runs() -> None:
    """Show what rules did, newest first."""


@runs.command("list")
@_filters
@json_option
def list_of_runs(
    limit: int,
    rule: str | None,
    user: str | None,
    state: str | None,
    since: str | None,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """List runs, newest first."""
    with _reading(config_path) as connection:
        found = list_runs(connection, limit=limit, rule=rule, user=user, state=state, since=_since(since))
    if as_json:
        print_json({"runs": [run_line(line) for line in found]})
        return
    table = _table("rule", "state", "id", "decided", "user", "reason")
    for line in found:
        style = {"failed": "red", "waiting": "yellow", "throttled": "dim", "deduplicated": "dim"}.get(line.state, "")
        due = f" (again {_local(line.due)})" if line.due is not None and line.state == "waiting" else ""
        table.add_row(
            line.rule, f"[{style}]{line.state}[/]" if style else line.state, line.id, _local(line.at), line.uid or "–",
            f"{line.reason or ''}{due}",
        )
    _print(table, "no runs yet")


@runs.command("show")
@click.argument("run_id")
@config_option
@json_option
def show_run(run_id: str, config_path: Path | None, as_json: bool) -> None:
    """Show one run: its journal, step by step."""
    with _reading(config_path) as connection:
        found = load_run(connection, run_id)
    if found is None:
        raise UsageError(f"there is no run '{run_id}'; `omiflow runs` lists them")
    page = run_page(found)
    if as_json:
        print_json(page)
        return
    run = found.run
    reason = f": {run.reason}" if run.reason else ""
    click.echo(f"{run.rule} {run.id}: {run.state}{reason}")
    click.echo(f"event {run.event_id}, user {run.uid or '–'}, decided {_local(run.at)}")
    for entry in found.journal:
        value = "" if entry.value is None else json.dumps(entry.value, ensure_ascii=False)
        click.echo(f"  {_local(entry.at)}  {entry.path:<28} {entry.kind:<10} {value[:300]}")




@contextmanager
def _reading(config_path: Path | None) -> Iterator[Connection]:
    config = configuration(config_path)
    with open_database(config.database, reading=True) as database, database.engine.begin() as connection:
        yield connection


def _since(text: str | None) -> float | None:
    """Read `--since`: a duration back from now, or a time."""
    if text is None:
        return None
    at = parse(text) if "-" in text else None
    if at is not None:
        return at
    try:
        return time.time() - seconds(text)
    except ValueError as error:
        raise UsageError(f"--since: {error}, or a time like 2026-03-02T10:00:00Z") from error


def _recorded(event: StoredEvent) -> dict[str, Any]:
    """Write an event as a recorded request; interfaces, section 2."""
    request = event.request or {}
    path = f"/webhook/{event.webhook}" if event.webhook else f"/{event.name}"
    query = {**request.get("query", {}), **({"uid": event.uid} if event.uid else {})}
    headers = {"content-type": "application/json", **request.get("headers", {})}
    return {
        "at": iso(event.received),
        "event": event.name,
        "method": request.get("method", "POST"),
        "path": path,
        "query": query,
        "headers": headers,
        "body": body_value(event.body),
    }


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in columns:
        table.add_column(name, no_wrap=name not in ("reason", "user"), overflow="fold")
    return table


def _print(table: Table, nothing: str) -> None:
    if table.row_count:
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = 240
        console.print(table)
    else:
        click.echo(nothing)


def _local(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


