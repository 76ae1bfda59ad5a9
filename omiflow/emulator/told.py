"""What the service tells in its log of its rules, in the timeline's own style, and counted for a summary.

Reading the log is left to `lines`, where on the terminal it stands to `rows`.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

import msgspec
from rich.text import Text

from omiflow.emulator.rows import Rows

KEPT = 20
LOUD = frozenset({"warning", "error", "critical"})
QUIET_KEYS = frozenset({"event", "level", "timestamp", "exception", "uid", "run_id", "event_id"})
MARKS = {
    "fired": ("●", "bold green"),
    "shadow": ("◐", "bold blue"),
    "throttled": ("◌", "yellow"),
    "deduplicated": ("◌", "yellow"),
    "waiting": ("◔", "yellow"),
    "failed": ("✗", "bold red"),
    "cancelled": ("✗", "yellow"),
}


class Told:
    """A listener to the lines of the service's log; `counts` holds how often each rule had which outcome."""

    def __init__(self, rows: Rows) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._rows = rows
        self._unshown: deque[str] = deque(maxlen=KEPT)
        self._loaded = False
        self._shadows: set[str] = set()
        self._fired: set[str] = set()

    def line(self, raw: str) -> None:
        """Print a line in its own style, plainly if it is loud or strange, else keep it for a bad end."""
        line = _read(raw)
        if line is None:
            self._rows.plain(raw, style="")
            return
        event, rule = line["event"], line.get("rule")
        if event == "shadow" and self._ends_in_the_shadow(line):
            self._unshown.append(raw)
        elif rule and event in MARKS:
            self._count(rule, event, run=str(line.get("run_id")))
            mark, style = MARKS[event]
            self._rows.mark(mark, rule, _said(line), style=style)
        elif event == "log.write":
            self._rows.result("log", str(line.get("message", "")), style="bold green")
        elif event == "rules loaded" and self._loaded:
            self._rows.mark("↻", "rules loaded", f"{line.get('rules')} are live", style="bold cyan")
        elif event == "rule problem":
            self._rows.mark("✗", event, f"{line.get('place')}: {line.get('problem')}", style="bold red")
        elif line.get("level") in LOUD:
            self._rows.plain(_plainly(line), style="red" if line["level"] != "warning" else "yellow")
        else:
            self._loaded = self._loaded or event == "rules loaded"
            self._unshown.append(raw)

    def _count(self, rule: str, event: str, *, run: str) -> None:
        """Count an outcome; a run that fired, and then had to hold back all it would do, is throttled instead."""
        self.counts[rule, event] += 1
        if event == "fired":
            self._fired.add(run)
        elif event == "throttled" and run in self._fired:
            self.counts[rule, "fired"] -= 1

    def _ends_in_the_shadow(self, line: dict[str, Any]) -> bool:
        """Tell whether a run is told of for the second time: a rule in the shadow decides and ends by the same name."""
        run = str(line.get("run_id"))
        if run in self._shadows:
            return True
        self._shadows.add(run)
        return False

    def last_lines(self) -> None:
        """Print what was kept back, for when the service ended before its time."""
        for raw in self._unshown:
            self._rows.plain(raw, style="dim")
        self._unshown.clear()


def _read(raw: str) -> dict[str, Any] | None:
    try:
        line = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return line if isinstance(line, dict) and isinstance(line.get("event"), str) else None


def _said(line: dict[str, Any]) -> str | Text:
    """Say why: the words heard for a rule that fired, else the reason."""
    event, words, reason = line["event"], line.get("words"), line.get("reason")
    if event == "shadow":
        return Text(f"would have fired{f': heard “{words}”' if words else ''}", style="dim")
    if event == "fired":
        return Text(f"heard “{words}”" if words else "fired", style="green")
    what = {"throttled": "", "deduplicated": "had this already: ", "waiting": "waits: "}.get(event, f"{event}: ")
    return Text(f"{what}{reason or event}", style="red" if event == "failed" else "dim")


def _plainly(line: dict[str, Any]) -> str:
    facts = " · ".join(f"{name}: {value}" for name, value in line.items() if name not in QUIET_KEYS)
    said = f"{line['event']}  {facts}" if facts else str(line["event"])
    return f"{said}\n{line['exception']}" if "exception" in line else said
