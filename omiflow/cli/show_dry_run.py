"""A dry-run as a story for people, and as the JSON document of the interfaces, section 2."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

import msgspec
from rich.cells import cell_len
from rich.console import Console

from omiflow.cli.page import Page
from omiflow.engine.emitting import NAME as EMITTED
from omiflow.errors import UsageError
from omiflow.omi.times import iso
from omiflow.proof.foreseen import DryRun, Foreseen, ForeseenAction
from omiflow.runtime.shapes import gate_shape

MARKS = {
    "fired": ("●", "bold green"),
    "shadow": ("○", "green"),
    "throttled": ("◌", "yellow"),
    "deduplicated": ("◌", "yellow"),
    "failed": ("✗", "bold red"),
    "not_matched": ("·", "dim"),
}
TOTALS = ("fired", "shadow", "throttled", "deduplicated", "failed", "emitted", "duplicates", "ignored", "refused")
MARGIN = 10
"""The width of the column of times."""


def add_up(totals: Counter[str], one: Foreseen) -> None:
    """Count a request, or an event that a rule would emit, and its runs."""
    totals["events"] += not one.lull
    totals["emitted"] += one.event == EMITTED
    totals.update(run.outcome for run in one.runs)
    totals["duplicates"] += one.duplicate
    totals["ignored"] += one.ignored is not None
    totals["refused"] += one.error is not None


def document(one: Foreseen) -> dict[str, Any]:
    """Give one request, or an event that a rule would emit, as JSON."""
    shown: dict[str, Any] = {
        "source": one.source,
        "event": one.event,
        "app": one.app,
        "uid": one.uid,
        "at": iso(one.at),
        "runs": [_run(run) for run in one.runs],
        "reply": dict(one.reply),
    }
    extra = {
        "name" if one.event == EMITTED else "webhook": one.webhook,
        "error": one.error,
        "ignored": one.ignored,
        "duplicate": one.duplicate or None,
        "lull": one.lull or None,
        "answered_by": list(one.answered_by) or None,
    }
    return shown | {name: value for name, value in extra.items() if value is not None}


def write_json(out: TextIO, requests: Iterable[Foreseen], totals: Counter[str]) -> None:
    """Write the whole document, a request at a time; it is complete JSON even where the requests end in a fault."""
    out.write('{"events": [')
    first = True
    try:
        for one in requests:
            out.write("\n  " if first else ",\n  ")
            first = False
            out.write(json.dumps(document(one), ensure_ascii=False, default=str))
            add_up(totals, one)
    except UsageError as error:
        _end_json(out, totals, error=str(error))
        raise
    _end_json(out, totals)


def _end_json(out: TextIO, totals: Counter[str], **more: str) -> None:
    summary = {"events": totals["events"]} | {name: totals[name] for name in TOTALS}
    rest = json.dumps({"totals": summary, **more}, ensure_ascii=False)
    out.write(f"\n ],\n {rest[1:]}\n")


def _run(run: DryRun) -> dict[str, Any]:
    shown = {
        "rule": run.verdict.rule,
        "outcome": run.outcome,
        "reason": run.reason,
        "actions": [msgspec.structs.asdict(one) for one in run.actions],
        "trace": [gate_shape(gate) for gate in run.verdict.gates],
    }
    return shown | ({"held": [msgspec.structs.asdict(one) for one in run.held]} if run.held else {})


class Story:
    """Tells a dry-run in the terminal: what was said, which rule it set off, what would be done."""

    def __init__(self, *, timezone: str, console: Console | None = None) -> None:
        self.page = Page(console)
        self.zone = ZoneInfo(timezone)
        self.day = ""

    def tell(self, one: Foreseen) -> None:
        """Tell one request; those that set nothing off are only counted."""
        remark = _remark(one)
        if not one.runs and (remark is None or one.lull):
            return
        self.head(one)
        if remark is not None:
            text, style = remark
            self.page.line((text, style), indent=MARGIN)
        for run in one.runs:
            self.run(run)

    def head(self, one: Foreseen) -> None:
        """Print the day when it changes, then what arrived and where it stands."""
        at = datetime.fromtimestamp(one.at, self.zone)
        day = f"{at:%A, %-d %B %Y}"
        if day != self.day:
            self.day = day
            self.page.line((f"{day}, {self.zone.key}", "bold underline"))
        name = " ".join(part for part in (one.event or "unknown event", one.webhook) if part)
        start = (f"{at:%H:%M:%S}  ", "dim"), (name, "bold"), f"  {one.uid or 'nobody in particular'}"
        width = sum(cell_len(part if isinstance(part, str) else part[0]) for part in start)
        if self.page.width is None or width + 2 + cell_len(one.source) <= self.page.width:
            self.page.line(*start, (f"  {one.source}", "dim"))
        else:
            self.page.line(*start)
            self.page.line((one.source, "dim"), indent=MARGIN)

    def run(self, run: DryRun) -> None:
        """Tell one rule."""
        mark, style = MARKS[run.outcome]
        outcome = run.outcome.replace("_", " ")
        words = ("  “" + run.words + "”", "italic") if run.words else ""
        self.page.line((f"{mark} {run.verdict.rule}", style), f"  {outcome}", words, indent=MARGIN)
        if run.reason and not any(run.reason.endswith(held.reason) for held in run.held):
            self.page.line((run.reason, "red" if run.outcome == "failed" else "dim"), indent=MARGIN + 4)
        for action in run.actions:
            self.action(action)
        for held in run.held:
            self.page.line(("↛ ", "yellow"), (held.action, "cyan"), (f"  {held.reason}", "dim"), indent=MARGIN + 2)

    def action(self, action: ForeseenAction) -> None:
        """Tell one action with all that it would send."""
        self.page.line("→ ", (action.action, "cyan"), indent=MARGIN + 2)
        data = action.data
        if isinstance(data, Mapping):
            data = {name: value for name, value in data.items() if value is not None}
            if len(data) == 1 and isinstance(only := next(iter(data.values())), str):
                data = only
        self.page.data(data, indent=MARGIN + 4)

    def end(self, totals: Counter[str]) -> None:
        """Print what it comes to."""
        parts = [f"{totals[name]} {name}" for name in TOTALS if totals[name]]
        if not any(totals[name] for name in MARKS if name != "not_matched"):
            parts.insert(0, "nothing fired")
        number = totals["events"] - totals["emitted"]
        requests = f"{number} request{'' if number == 1 else 's'}"
        self.page.line()
        self.page.line((f"{requests}: ", "bold"), f"{', '.join(parts)}. Nothing was sent.")


def _remark(one: Foreseen) -> tuple[str, str] | None:
    """Say what is to be said of a request before its rules, and in which style."""
    if one.error is not None:
        return f"refused: {one.error}", "red"
    if one.ignored is not None:
        return f"ignored: {one.ignored}", "yellow"
    if one.duplicate:
        return "the same delivery again: answered as before, nothing else", "dim"
    if one.lull:
        carried = f"; the answer goes out with {' and '.join(one.answered_by)}" if one.answered_by else ""
        return f"nothing more was said, and that silence sets this off{carried}", "dim"
    return None
