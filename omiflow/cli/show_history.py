"""One event and one run from the history, told for people.

What they are as JSON is decided by `runtime.shapes`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from omiflow.cli.page import Page
from omiflow.store.stored import StoredEvent, StoredRun

STYLES = {"failed": "red", "waiting": "yellow", "throttled": "dim", "deduplicated": "dim", "shadow": "cyan"}
NOBODY = "-"
UNTOLD = frozenset({"spent"})
"""What a journal notes for omiflow's own sake, and tells nobody anything."""
PASSED = ("✓ ", "green")
CLOSED = ("✗ ", "red")
UNDECIDED = ("◔ ", "yellow")
BEGUN = frozenset({"fired", "shadow"})
"""The outcomes of rules whose actions began."""
ENDS = {"failed": CLOSED, "throttled": CLOSED, "cancelled": CLOSED, "running": UNDECIDED, "waiting": UNDECIDED}
"""How the gate of the actions looks by the state of the run, where it did not pass it."""

_SAID = frozenset({"message", "prompt"})
"""What a call carries; of a notification there is only what Omi answered."""
_TRIES = frozenset({"attempt", "limit", "rejected"})

Clock = Callable[[float], str]
Shown = Mapping[str, Any]


def tell_event(page: Page, found: StoredEvent, shown: Shown, *, clock: Clock, zone: str) -> None:
    """Tell what was received, what each rule made of it, and what was answered."""
    name = f"{found.name} {found.webhook}" if found.webhook else found.name
    page.line((name, "bold"), f"  {found.id}")
    page.line(f"arrived {clock(found.received)} {zone}, app {found.app}, user {found.uid or NOBODY}")
    for verdict in shown["trace"]:
        _tell_verdict(page, verdict)
    if not found.trace:
        page.line()
        page.line("no rule was set off; why, decided again behind what came before it:")
        only = f" --user {shlex.quote(found.uid)}" if found.uid else ""
        page.line(f"omiflow events export{only} | omiflow dry-run --all -", indent=2)
        page.line(("with --rule ID behind --all it tells of one rule only", "dim"))
    page.line()
    page.line(("answer", "bold"))
    page.data(shown["answer"], indent=2)
    page.line()
    page.line(("body", "bold"))
    page.data(shown["body"], indent=2)


def tell_run(page: Page, found: StoredRun, shown: Shown, *, clock: Clock, zone: str) -> None:
    """Tell where a run stands and what it did, step by step."""
    run = found.run
    page.line((run.rule, "bold"), f"  {run.id}  ", (run.state, STYLES.get(run.state, "green")))
    if shown["reason"]:
        page.line(shown["reason"])
    page.line(f"decided {clock(run.at)} {zone}, app {run.app}, user {run.uid or NOBODY}")
    page.line(f"event {run.event_id}")
    if said := (shown["trigger"] or {}).get("text"):
        page.line("“", (said, "italic"), "”")
    _tell_journal(page, zip(shown["journal"], (clock(entry.at) for entry in found.journal), strict=True))


def _tell_verdict(page: Page, verdict: Shown) -> None:
    run, outcome = verdict["run"], verdict["outcome"]
    page.line()
    became = f"{outcome}, {run['state']}" if run is not None and run["state"] != outcome else outcome
    page.line((verdict["rule"], "bold"), f"  {became}  {verdict['run_id'] or ''}")
    acts = run is not None and outcome in BEGUN and run["state"] != "answered"
    if verdict["reason"] and not acts:
        page.line(verdict["reason"], indent=2)
    for gate in verdict["trace"]:
        mark = PASSED if gate["passed"] else CLOSED
        page.line(mark, f"{gate['gate']}: {gate['detail']}", (f"  line {gate['line']}", "dim"), indent=2)
    if acts:
        page.line(ENDS.get(run["state"], PASSED), f"actions: {run['reason'] or run['state']}", indent=2)


def _tell_journal(page: Page, journal: Iterable[tuple[Shown, str]]) -> None:
    """Print each entry with its time; a step's data stands there once, however often the step was tried."""
    told = set()
    owed = set()
    for entry, at in journal:
        path, kind, value = entry["path"], entry["kind"], entry["value"]
        if kind in UNTOLD:
            continue
        page.line()
        step = f"{path} {entry['action'] or ''}".rstrip()
        end = _way(value) if kind == "branch" else _paid(kind, value) if path in owed else kind
        page.line((f"{at}  ", "dim"), (f"{step}  ", "bold"), end)
        if kind == "owed":
            owed.add(path)
        if entry["data"] is not None and path not in told:
            page.data(entry["data"], indent=2, name="data")
            told.add(path)
        if kind == "shadow" and path in told:
            value = value["answer"]
        if value is not None and kind != "branch":
            answered = kind in {"done", "shadow"} and path in told
            page.data(value, indent=2, name="answer" if answered else "")


def _paid(kind: str, value: Any) -> str:
    """Say how an answer that had no call to go with went out, or what became of the notification instead of it."""
    if kind == "done":
        carried = isinstance(value, Mapping) and not _SAID.isdisjoint(value)
        return "done, in the answer to a later call" if carried else "done, as a notification"
    return f"{kind}, as a notification" if kind in _TRIES else kind


def _way(chosen: Any) -> str:
    """Say which way an `if` took, by true or false, or a `choose`, by the number of the way or null."""
    if isinstance(chosen, bool):
        return "if: holds" if chosen else "if: does not hold"
    return "choose: none of its ways holds" if chosen is None else f"choose: its {_ordinal(chosen + 1)} way"


def _ordinal(number: int) -> str:
    last = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"
