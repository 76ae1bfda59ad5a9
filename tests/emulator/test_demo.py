"""The demo with everything real: omiflow as a process, the stand-in, and the example day."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DEMO = [sys.executable, "-m", "omiflow.emulator.demo"]
RESULTS = [
    "╰▸ prompt {{user_name}} just asked for a second opinion",
    "╰▸ memory Oh, and remember that Leo needs the red scarf",
    "╰▸ memory Nina tapped twice",
    "╰▸ slack #bikes-team",
    "╰▸ slack webhook family",
    "╰▸ http POST /todo/lists/inbox/tasks title: Put the red scarf",
    "╰▸ http POST /home/scenes/night",
    "╰▸ notify 🚨 bike-map did not reach production",
    "╰▸ notify 3 things are left for tomorrow",
    "╰▸ new talk Voicemail from Duarte's workshop",
    "╰▸ omi says ⚠️ “your account has been blocked”",
]

SUMMARY = [
    "deploy_failed Deploy failed 1 1",
    "family_evening Family evening 1 ·",
    "good_night Good night 1 ·",
    "meeting_to_slack Open points of a meeting 1 ·",
    "my_promises What I promised 3 ·",
    "remember_that Remember that 2 ·",
    "scam_warning Scam warning 1 1",
    "second_opinion Second opinion 1 1",
    "voicemail Voicemail 1 ·",
]


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
    rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest.rstrip().endswith("good night; nothing of this was kept")
    assert "Traceback" not in shown + rest
