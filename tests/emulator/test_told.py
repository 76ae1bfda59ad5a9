from __future__ import annotations

import io
import json
from datetime import UTC
from typing import Any

import pytest
from rich.console import Console

from omiflow.emulator.rows import Rows
from omiflow.emulator.told import Told


class Screen:
    def __init__(self, *, width: int = 100) -> None:
        self._written = io.StringIO()
        console = Console(file=self._written, width=width, highlight=False)
        self.told = Told(Rows(console, timezone=UTC))

    def tell(self, event: str, level: str = "info", **facts: Any) -> None:
        line = {"run_id": "r1", **facts, "event_id": "e1", "event": event, "level": level, "timestamp": "now"}
        self.told.line(json.dumps(line))

    def lines(self) -> list[str]:
        return self._written.getvalue().splitlines()


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (
            {"event": "fired", "rule": "opinion", "words": "what do you think"},
            "● opinion           heard “what do you think”",
        ),
        ({"event": "fired", "rule": "promises"}, "● promises          fired"),
        (
            {"event": "shadow", "rule": "wider", "words": "stay on the line"},
            "◐ wider             would have fired: heard “stay on the line”",
        ),
        ({"event": "shadow", "rule": "wider", "words": None}, "◐ wider             would have fired"),
        (
            {"event": "throttled", "rule": "opinion", "reason": "fired 9s ago, limit 1 per 2m"},
            "◌ opinion           fired 9s ago, limit 1 per 2m",
        ),
        (
            {"event": "deduplicated", "rule": "deploy", "reason": "fired 1m ago"},
            "◌ deploy            had this already: fired 1m ago",
        ),
        (
            {"event": "failed", "rule": "deploy", "reason": "status 403", "level": "warning"},
            "✗ deploy            failed: status 403",
        ),
        (
            {"event": "waiting", "rule": "deploy", "reason": "status 500", "level": "warning"},
            "◔ deploy            waits: status 500",
        ),
        (
            {"event": "cancelled", "rule": "deploy", "reason": "the rule was disabled", "level": "warning"},
            "✗ deploy            cancelled: the rule was disabled",
        ),
        ({"event": "log.write", "rule": "deploy", "message": "[b]a tidy day"}, "╰▸ log              [b]a tidy day"),
        (
            {"event": "rule problem", "level": "error", "place": "a.yaml:1:2", "problem": "unknown key 'x'"},
            "✗ rule problem      a.yaml:1:2: unknown key 'x'",
        ),
    ],
)
def test_what_a_rule_did_is_one_row(line: dict[str, Any], row: str) -> None:
    screen = Screen()
    screen.tell(**line)
    assert screen.lines() == ["         " + row]


def test_the_end_of_a_run_takes_no_row_since_its_results_stand_there() -> None:
    screen = Screen()
    screen.tell("done", rule="promises")
    assert screen.lines() == []


def test_a_run_in_the_shadow_has_one_row_for_its_beginning_and_end() -> None:
    screen = Screen()
    for run in ("a", "a", "b"):
        screen.tell("shadow", rule="wider", run_id=run)
    assert screen.lines() == ["         ◐ wider             would have fired"] * 2


def test_rules_that_are_loaded_again_are_told_and_those_of_the_start_are_not() -> None:
    screen = Screen()
    screen.tell("rules loaded", rules=9, problems=0)
    screen.tell("rules loaded", rules=10, problems=0)
    assert screen.lines() == ["         ↻ rules loaded      10 are live"]


def test_a_warning_stands_there_plainly_with_its_facts_and_its_traceback() -> None:
    screen = Screen()
    screen.tell("a request failed", "error", path="/x", exception="Traceback:\n  line 1")
    assert screen.lines() == ["a request failed  path: /x", "Traceback:", "  line 1"]


@pytest.mark.parametrize("strange", ["RuntimeWarning: [bold]careful", "{}", '{"event": 3}', "[1]", "{"])
def test_a_line_that_is_no_log_line_is_shown_as_it_is(strange: str) -> None:
    screen = Screen()
    screen.told.line(strange)
    assert screen.lines() == [strange]


def test_lines_that_were_kept_back_are_shown_at_a_bad_end_and_only_once() -> None:
    screen = Screen()
    screen.tell("omiflow listens", url="http://x")
    screen.told.last_lines()
    screen.told.last_lines()
    (line,) = screen.lines()
    assert json.loads(line)["event"] == "omiflow listens"


def test_outcomes_are_counted_by_rule() -> None:
    screen = Screen()
    for number, event in enumerate(("fired", "fired", "throttled", "done")):
        screen.tell(event, rule="opinion", run_id=f"r{number}")
    assert screen.told.counts == {("opinion", "fired"): 2, ("opinion", "throttled"): 1}


def test_a_run_that_fired_and_held_back_all_it_would_do_is_counted_as_throttled() -> None:
    screen = Screen()
    for run in ("r1", "r2"):
        screen.tell("fired", rule="laundry", run_id=run)
    screen.tell("throttled", rule="laundry", run_id="r1", reason="the app's quiet hours last until 07:00")
    screen.tell("throttled", rule="laundry", run_id="r3", reason="fired 9s ago, limit 1 per 2m")
    assert screen.told.counts == {("laundry", "fired"): 1, ("laundry", "throttled"): 2}


@pytest.mark.parametrize("width", [40, 80, 120])
def test_text_wraps_under_itself_at_every_width(width: int) -> None:
    screen = Screen(width=width)
    screen.tell("fired", rule="a_rule_with_a_very_long_name", words="word " * 40)
    first, *rest = screen.lines()
    assert first.startswith("         ● a_rule_with_a_v…  heard “word")
    assert all(line.startswith(" " * 29 + "word") or line.strip() == "”" for line in rest)
    assert max(len(line) for line in (first, *rest)) <= max(width, 29 + 24)
