"""What `events show` advises for an event that set nothing off, followed to the letter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

RULES = """
rules:
  - id: tea
    triggers: [{trigger: realtime_transcript, phrases: [make tea]}]
    actions: [{action: omi.reply, data: {message: "Kettle on"}}]
"""


def test_the_advice_tells_that_words_sent_again_are_not_new(serve):
    served = serve(RULES)
    served.say("make tea", uid="kim's", segment_id="s1")
    assert served.say("make tea", uid="kim's", segment_id="s1").json() == {}
    again = served.api("events")["events"][0]["id"]
    shown = shell(served.folder, f"omiflow events show {again}")
    advice = next(line.strip() for line in shown.splitlines() if line.strip().startswith("omiflow "))
    *_, first, second = shell(served.folder, advice).split("realtime_transcript")
    assert "tea  fired" in first
    assert "tea  not matched" in second
    assert "'make tea' was said before; only what is said anew counts" in second


def shell(folder: Path, line: str) -> str:
    """Run a line as a person would type it, with this interpreter's omiflow on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        line,
        shell=True,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ended.stdout
