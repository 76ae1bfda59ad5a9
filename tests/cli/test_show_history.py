"""How a run's journal is told, entry by entry."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from omiflow.cli.page import Page
from omiflow.cli.show_history import tell_run
from omiflow.model import Entry, Run
from omiflow.runtime.shapes import run_page
from omiflow.store.stored import StoredRun

SOURCE = {"rule": {"actions": [{"action": "omi.reply"}, {"action": "log.write"}]}}


def told(*journal: tuple[str, str, Any]) -> list[str]:
    """Give the lines that begin an entry, without their time."""
    entries = [Entry(path=path, kind=kind, at=float(at), value=value) for at, (path, kind, value) in enumerate(journal)]
    run = Run(
        id="r1", rule="r", source="s", event_id="e1", app="a", uid="u1", at=0.0, state="done", due=None, inputs={}
    )
    stored = StoredRun(run=run, ended_at=None, journal=entries, event=None)
    out = StringIO()
    page = Page(Console(file=out, width=200))
    tell_run(page, stored, run_page(stored, SOURCE), clock=lambda at: f"at {at:g}", zone="UTC")
    return [line.partition("  ")[2] for line in out.getvalue().splitlines() if line.startswith("at ")]


@pytest.mark.parametrize(
    ("became", "lines"),
    [
        ([("done", {"message": "Hi there"})], ["done, in the answer to a later call"]),
        ([("done", {"prompt": "Say hi"})], ["done, in the answer to a later call"]),
        ([("done", {"status": "Ok"})], ["done, as a notification"]),
        (
            [("spent", None), ("attempt", "Omi answered 500"), ("rejected", "too late")],
            ["attempt, as a notification", "rejected, as a notification"],
        ),
        ([("throttled", "unanswered")], ["throttled"]),
    ],
)
def test_what_became_of_an_answer_that_was_owed_is_told(became: list[tuple[str, Any]], lines: list[str]) -> None:
    path = "actions[0]"
    shown = told((path, "owed", None), *((path, kind, value) for kind, value in became))
    assert shown == [f"{path} omi.reply  {text}" for text in ("owed", *lines)]


def test_other_steps_end_as_ever() -> None:
    shown = told(("actions[0]", "owed", None), ("actions[1]", "done", {"message": "Hi"}))
    assert shown == ["actions[0] omi.reply  owed", "actions[1] log.write  done"]
