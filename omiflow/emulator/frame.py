"""What stands before and after the demo's day: what is going to be seen, what it came to, where to look next.

The day itself is told by `show` and `told`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

WEARER = "nIv7Qd2RtYw5KxBz8LmPs3EoHc41"
SENTENCE = '{"segments": [{"text": "Good night, house", "is_user": true}]}'


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What a day came to.

    `slowest` is the longest answer in seconds, `counts` are outcomes by rule and outcome, `notes` the texts of the
    files that were written, by path.
    """

    requests: int
    arrivals: int
    slowest: float
    rules: Sequence[tuple[str, str]]
    counts: Mapping[tuple[str, str], int]
    notes: Mapping[str, str]


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look while both still run."""

    omi: str
    omiflow: str
    hooks: str
    rules: Path


def opening(console: Console, *, rules: Path, url: str, requests: int, seconds: float) -> None:
    """Say in a few lines what is going to be seen."""
    console.print()
    console.print("[bold]omiflow[/]  rules for what is said around an Omi")
    console.print()
    console.print(
        "A day of Nina's in Lisbon is played as Omi would send it. "
        "Below each thing that happens stand the rules it set off, and what they did:"
    )
    console.print()
    signs = "[bold green]●[/] a rule fired       [yellow]◌[/] it held back       [bold green]╰▸[/] what came out"
    console.print(f"    {signs}")
    console.print()
    console.print(f"rules    {_near(rules)}", soft_wrap=True, markup=False)
    console.print(f"omiflow  {url}", soft_wrap=True)
    console.print(f"the day  {requests} requests in about {seconds:.0f} seconds; Ctrl-C ends it at any time")


def closing(console: Console, played: Played, places: Places | None) -> None:
    """Sum the day up, and say where to look next if both go on."""
    console.print()
    console.rule("[bold]that was the day[/]", style="dim", align="left")
    console.print()
    console.print(
        f"{played.requests} requests went in, each was answered within {max(played.slowest * 1000, 1):.0f} ms; "
        f"{played.arrivals} calls came out."
    )
    console.print(_table(played))
    for path, text in played.notes.items():
        console.print(Text(path, style="bold"))
        console.print(Text(text.rstrip(), style="dim"))
        console.print()
    if places is not None:
        _where_next(console, places)


def _near(path: Path) -> Path:
    """Name a path the way it is reached from here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _table(played: Played) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("rule", no_wrap=True)
    table.add_column("")
    for name in ("fired", "throttled"):
        table.add_column(name, justify="right", no_wrap=True)
    failures = any(outcome == "failed" for _, outcome in played.counts)
    if failures:
        table.add_column("failed", justify="right", style="bold red", no_wrap=True)
    for rule, alias in played.rules:
        fired, failed = played.counts.get((rule, "fired"), 0), played.counts.get((rule, "failed"), 0)
        held = sum(played.counts.get((rule, outcome), 0) for outcome in ("throttled", "deduplicated"))
        cells = [Text(rule), Text(alias, style="dim"), Text(_number(fired), style="green")]
        cells += [Text(_number(held), style="yellow"), *([Text(_number(failed))] if failures else [])]
        table.add_row(*cells)
    return table


def _number(count: int) -> str:
    return str(count) if count else "·"


def _where_next(console: Console, places: Places) -> None:
    for name, where in (
        ("what came out", f"{places.omi}/seen"),
        ("what it counted", f"{places.omiflow}/metrics"),
        ("the rules", f"{_near(places.rules)}  (change one and save it: it counts at once)"),
    ):
        console.print(f"{name:<16} {where}", soft_wrap=True, markup=False)
    console.print()
    console.print("Now say something yourself, in another terminal:")
    console.print()
    console.print(
        f"curl '{places.hooks}/realtime_transcript?uid={WEARER}' \\\n"
        f"  -H 'Content-Type: application/json' -d '{SENTENCE}'",
        soft_wrap=True,
        markup=False,
    )
    console.print()
    console.print("(The very same words again count as a repeat of Omi's: change one.)", style="dim")
    console.print("Ctrl-C ends both.\n")
