"""A timeline's rows on a terminal: a time, a name, and text that wraps under itself.

What is said in them is left to `show`.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

NAME_WIDTH = 14


class Rows:
    """Prints rows below a heading for each new day; a time is printed once until it changes."""

    def __init__(self, console: Console, *, timezone: tzinfo) -> None:
        self._console = console
        self._timezone = timezone
        self._day = ""
        self._minute = ""

    def event(self, name: str, text: str | Text, *, at: float | None, style: str) -> None:
        """Print what somebody said or what happened, `at` seconds since the epoch if that is known."""
        self._row(self._time(at), Text(name, style=style), text)

    def result(self, name: str, text: str | Text, *, style: str) -> None:
        """Print what came of it, set in under the last event."""
        self._row("", Text(f" ╰▸ {name}", style=style), text)

    def _row(self, time: str, name: Text, text: str | Text) -> None:
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_column(width=6, justify="right", no_wrap=True)
        row.add_column(width=NAME_WIDTH, no_wrap=True)
        row.add_column(overflow="fold")
        row.add_row(Text(time, style="dim"), name, text)
        self._console.print(row)

    def _time(self, at: float | None) -> str:
        if at is None:
            return ""
        moment = datetime.fromtimestamp(at, self._timezone)
        day, minute = f"{moment:%A}, {moment.day} {moment:%B %Y}", f"{moment:%H:%M}"
        if day != self._day:
            self._day, self._minute = day, ""
            self._console.print()
            self._console.rule(Text(day, style="bold"), style="dim", align="left")
            self._console.print()
        shown = "" if minute == self._minute else minute
        self._minute = minute
        return shown
