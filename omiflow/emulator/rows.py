"""A timeline's rows on a terminal: a time, a name, and text that wraps under itself.

What is said in them is left to `show` and `told`.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from rich.console import Console
from rich.containers import Lines
from rich.text import Text

TIME_WIDTH = 6
NAME_WIDTH = 19
GAP = "  "
NARROWEST = 24


class Rows:
    """Prints rows below a heading for each new day; a time is printed once until it changes.

    On a console with `soft_wrap` nothing is wrapped, so that what is redirected can be searched and copied.
    """

    def __init__(self, console: Console, *, timezone: tzinfo) -> None:
        self._console = console
        self._timezone = timezone
        self._day = ""
        self._minute = ""

    def event(self, name: str, text: str | Text, *, at: float | None, style: str) -> None:
        """Print what somebody said or what happened, `at` seconds since the epoch if that is known."""
        self._row(self._time(at), Text(name, style=style), text)

    def mark(self, mark: str, name: str, text: str | Text, *, style: str) -> None:
        """Print what a rule did with the last event."""
        self._row("", Text(f" {mark} {name}", style=style), text)

    def result(self, name: str, text: str | Text, *, style: str) -> None:
        """Print what came of it, set in under the last event."""
        self._row("", Text(f" ╰▸ {name}", style=style), text)

    def plain(self, text: str, *, style: str) -> None:
        """Print words that are nobody's row, as they are."""
        self._console.print(Text(text, style=style), soft_wrap=True)

    def _row(self, time: str, name: Text, text: str | Text) -> None:
        name.truncate(NAME_WIDTH, overflow="ellipsis", pad=True)
        head = Text.assemble((time.rjust(TIME_WIDTH), "dim"), GAP, name, GAP)
        said = Text(text) if isinstance(text, str) else text
        for line in self._lines(said, room=max(self._console.width - head.cell_len, NARROWEST)) or Lines([Text()]):
            row = Text.assemble(head, line)
            row.rstrip()
            self._console.print(row, soft_wrap=True)
            head = Text(" " * head.cell_len)

    def _lines(self, said: Text, *, room: int) -> Lines:
        if self._console.soft_wrap:
            return said.split("\n")
        return said.wrap(self._console, room, overflow="fold")

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
