"""The demo with everything real: omiflow as a process, the stand-in, and the example day."""

from __future__ import annotations

import signal
import subprocess
import sys
from importlib.util import find_spec

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

pytestmark = pytest.mark.skipif(find_spec("omiflow.__main__") is None, reason="omiflow can't be served yet")


def test_the_whole_day_is_played_and_every_example_comes_out() -> None:
    ran = subprocess.run([*DEMO, "--once", "--seconds", "3"], capture_output=True, text=True, timeout=60, check=False)
    shown = " ".join(ran.stdout.split())
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [result for result in RESULTS if result.lower() not in shown.lower()] == []
    assert "refused" not in shown
    assert "Traceback" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("moment", ["Ctrl-C ends it at any time", "feed the cat"])
def test_ctrl_c_ends_both_in_peace(moment: str) -> None:
    with subprocess.Popen(
        [*DEMO, "--seconds", "20"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
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
