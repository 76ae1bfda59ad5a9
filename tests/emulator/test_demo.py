"""The demo with everything real: omiflow as a process, the stand-in, and the example day."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DEMO = [sys.executable, "-m", "omiflow.emulator.demo"]
RESULTS = [
    "╰▸ prompt {{user_name}} just asked for a second opinion",
    "╰▸ prompt It is Thursday morning, and {{user_name}} has just begun to talk",
    "╰▸ memory Leo needs the red scarf",
    "╰▸ log glass 1 of 8",
    "╰▸ omi says On the list: oat milk, coffee",
    "╰▸ slack #bikes-team ☐ Take the stolen bikes off the map (Nina)",
    "╰▸ notion Call the city about the racks at Cais do Sodré Who: Aylin",
    "╰▸ model small answers",
    "╰▸ http POST /crm/contacts name: Marta Reis · company: Padaria Sol · budget: 9000",
    "╰▸ push guardian Nina may be talking to a swindler",
    "◐ scam_warning_wi… would have fired: heard “Stay on the line”",
    "╰▸ notify 🛒 • oat milk • coffee",
    "╰▸ http POST /home/services/light/turn_on area_id: living_room",
    "╰▸ http POST /home/services/todo/add_item",
    "╰▸ push guardian Nina said the safe word",
    "╰▸ notify That was 31 min of work",
    "╰▸ slack webhook family",
    "╰▸ http POST /todo/lists/inbox/tasks title: Put the red scarf",
    "╰▸ http POST /home/services/scene/turn_on",
    "╰▸ notify 🚨 bike-map did not reach production",
    "╰▸ notify 3 things are left for tomorrow",
    "╰▸ new talk Voicemail from Duarte's workshop",
    "╰▸ omi says ⚠️ “your account has been blocked”",
    "bookmarks.md - **Lunch with Inês**, 19 November, 13:05 > I signed the lease.",
    "journal/2026-11-19.md - 07:32 🧣 **Breakfast and a red scarf**",
]

SUMMARY = [
    "bookmark_tap Tapped for a bookmark 1 ·",
    "bookmark Bookmark 8 ·",
    "deploy_failed Deploy failed 1 1",
    "family_evening Family evening 1 ·",
    "good_morning Good morning 1 ·",
    "good_night Good night 1 ·",
    "journal Journal 9 ·",
    "late_work Still at work 1 ·",
    "lead_capture A lead from a talk 1 ·",
    "lights Lights by voice 1 ·",
    "meeting_to_slack Open points of a meeting 1 ·",
    "my_promises What I promised 3 ·",
    "remind_me Remind me to 1 ·",
    "file_promise Onto the to-do list 4 ·",
    "remember_that Remember that 1 ·",
    "reminders Reminders by voice 1 ·",
    "safe_word The safe word 1 ·",
    "scam_warning Scam warning 1 1",
    "scam_warning_wider Scam warning, a wider net · ·",
    "second_opinion Second opinion 1 1",
    "shopping_add Onto the shopping list 1 ·",
    "shopping_ask What is on the shopping list 1 ·",
    "shopping_done Shopping is done 1 ·",
    "voicemail Voicemail 1 ·",
    "waiting_for What others promised 1 ·",
    "water A glass of water 1 ·",
    "water_ask How much water 1 ·",
]


@pytest.fixture(autouse=True)
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep two demos from looking for a free port at the same moment."""
    with (tmp_path_factory.getbasetemp().parent / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def shown_in_the_readme() -> str:
    _, _, behind = (Path(__file__).parents[2] / "README.md").read_text().partition("```text demo\n")
    return " ".join(behind.partition("```")[0].split())


def test_the_whole_day_is_played_and_every_example_comes_out() -> None:
    ran = subprocess.run([*DEMO, "--once", "--seconds", "1"], capture_output=True, text=True, timeout=60, check=False)
    shown = " ".join(ran.stdout.split())
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [result for result in RESULTS if result.lower() not in shown.lower()] == []
    assert [line for line in SUMMARY if line not in shown] == []
    assert shown_in_the_readme() in shown
    assert "refused" not in shown
    assert "✗" not in shown
    assert '"level"' not in shown
    assert "Traceback" not in ran.stdout + ran.stderr


def test_help_tells_how_it_is_called() -> None:
    ran = subprocess.run([*DEMO, "--help"], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.startswith('usage: make demo [ARGS="')
    assert "`" not in ran.stdout


def test_a_rule_that_fires_stands_above_what_it_caused_and_a_cooldown_counts_the_days_own_time() -> None:
    ran = subprocess.run([*DEMO, "--once", "--seconds", "0"], capture_output=True, text=True, timeout=60, check=False)
    lines = [" ".join(line.split()) for line in ran.stdout.splitlines()]
    fired = lines.index("● second_opinion heard “Hey Omi, what do you think”")
    assert lines[fired - 1] == "you you think of it?"
    assert lines[fired + 1].startswith("╰▸ prompt")
    assert "◌ second_opinion fired 9s ago, limit 1 per 2m" in lines[fired:]
    assert "◌ deploy_failed had this already: fired 1m ago, limit 1 per 1h" in lines


@pytest.mark.parametrize("moment", ["Ctrl-C ends it at any time", "feed the cat"])
def test_ctrl_c_ends_both_in_peace(moment: str, begun: Any) -> None:
    process = begun([*DEMO, "--seconds", "20"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    shown = ""
    while moment not in shown:
        line = process.stdout.readline()
        assert line, shown
        shown += line
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert rest.rstrip().endswith("good night; nothing of this was kept")
    assert "Traceback" not in shown + rest
