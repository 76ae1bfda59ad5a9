"""A dry-run as a story for people, and as the JSON document of the interfaces, section 2."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from omiflow.omi.times import iso
from omiflow.proof.dry_run import Action, DryRun, Foreseen
from omiflow.runtime.shapes import gate_shape

MARKS = {
    "fired": ("●", "bold green"),
    "throttled": ("◌", "yellow"),
    "deduplicated": ("◌", "yellow"),
    "failed": ("✗", "bold red"),
    "not_matched": ("·", "dim"),
}
TOTALS = ("fired", "throttled", "deduplicated", "failed")
LEAD = {"omi.prompt": "prompt", "omi.reply": "message", "omi.notify": "message", "slack.post_message": "text"}


def document(one: Foreseen) -> dict[str, Any]:
    """Give one request as JSON; `counts` is for the totals and not part of the document."""
    counts = Counter(run.outcome for run in one.runs)
    shown: dict[str, Any] = {
        "source": one.source,
        "event": one.event,
        "app": one.app,
        "uid": one.uid,
        "at": iso(one.at),
        "runs": [_run(run) for run in one.runs],
        "reply": dict(one.reply),
    }
    if one.error is not None:
        shown["error"] = one.error
        counts["refused"] += 1
    if one.duplicate:
        shown["duplicate"] = True
    return {"event": shown, "counts": counts}


def write_json(out: TextIO, documents: Iterable[Mapping[str, Any]], totals: Counter[str]) -> None:
    """Write the whole document, a request at a time."""
    out.write('{"events": [')
    number = 0
    for one in documents:
        totals.update(one["counts"])
        out.write(",\n  " if number else "\n  ")
        out.write(json.dumps(one["event"], ensure_ascii=False, default=str))
        number += 1
    summary = {"events": number} | {name: totals[name] for name in TOTALS}
    out.write(f'\n ],\n "totals": {json.dumps(summary)}}}\n')


def _run(run: DryRun) -> dict[str, Any]:
    return {
        "rule": run.verdict.rule,
        "outcome": run.outcome,
        "reason": run.reason,
        "actions": [{"action": one.action, "path": one.path, "data": one.data} for one in run.actions],
        "trace": [gate_shape(gate) for gate in run.verdict.gates],
    }


class Story:
    """Tells a dry-run in the terminal: what was said, which rule it set off, what would be done."""

    def __init__(self, *, timezone: str, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.zone = ZoneInfo(timezone)
        self.day = ""
        self.requests = 0

    def tell(self, one: Foreseen) -> None:
        """Tell one request; those that set nothing off are only counted."""
        self.requests += 1
        if not one.runs and one.error is None:
            return
        at = datetime.fromtimestamp(one.at, self.zone)
        self.head(at)
        who = escape(one.uid or "nobody in particular")
        self.console.print(
            f"[dim]{at:%H:%M:%S}[/]  [bold]{escape(one.event or 'unknown event')}[/]  {who}  [dim]{escape(one.source)}[/]"
        )
        if one.error is not None:
            self.console.print(f"          [red]not taken:[/] {escape(one.error)}")
        for run in one.runs:
            self.run(run)

    def head(self, at: datetime) -> None:
        """Print the day when it changes."""
        day = f"{at:%A, %d %B %Y}"
        if day != self.day:
            self.day = day
            self.console.rule(Text(day, style="dim"), style="dim")

    def run(self, run: DryRun) -> None:
        """Tell one rule."""
        mark, style = MARKS.get(run.outcome, ("●", ""))
        line = Text.assemble(("          " + mark + " ", style), (run.verdict.rule, style), "  ", run.outcome)
        if run.words:
            line.append(f"  “{run.words}”", style="italic")
        self.console.print(line)
        if run.reason:
            self.console.print(Text(f"              {run.reason}", style="dim" if run.outcome != "failed" else "red"))
        for action in run.actions:
            self.action(action)

    def action(self, action: Action) -> None:
        """Tell one action: its main text in full, the rest as JSON."""
        data = dict(action.data) if isinstance(action.data, Mapping) else {"data": action.data}
        lead = data.pop(LEAD.get(action.action, ""), None)
        rest = json.dumps(data, ensure_ascii=False, default=str) if data else ""
        line = Text.assemble("              → ", (action.action, "cyan"))
        if rest:
            line.append(f"  {rest if len(rest) <= 400 else rest[:399] + '…'}", style="dim")
        self.console.print(line)
        if lead is not None:
            for part in str(lead).strip().splitlines():
                self.console.print(Text(f"                {part}"))

    def end(self, totals: Counter[str]) -> None:
        """Print what it comes to."""
        parts = [f"{totals[name]} {name}" for name in TOTALS if totals[name]] or ["nothing fired"]
        if totals["refused"]:
            parts.append(f"{totals['refused']} not taken")
        requests = f"{self.requests} request{'' if self.requests == 1 else 's'}"
        self.console.print(f"\n[bold]{requests}:[/] {', '.join(parts)}. Nothing was sent.")
