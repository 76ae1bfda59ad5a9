from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from omiflow.emulator.emulate import emulate
from omiflow.errors import UsageError

EXAMPLES = Path(__file__).parents[2] / "examples"
START = "from omiflow.emulator.emulate import emulate; from pathlib import Path; emulate({})"


def test_a_recording_without_an_address_is_refused() -> None:
    with pytest.raises(UsageError, match="say --to"):
        emulate(send=EXAMPLES / "day.jsonl")


@pytest.mark.parametrize(
    ("to", "speed", "said"), [("127.0.0.1:8787", 1.0, "no address"), ("http://x", 0.0, "leads nowhere")]
)
def test_what_cannot_be_played_is_refused(to: str, speed: float, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        emulate(send=EXAMPLES / "day.jsonl", to=to, speed=speed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_peace(number: signal.Signals) -> None:
    play = f"port=0, send=Path({str(EXAMPLES / 'requests/voicemail.jsonl')!r}), to='http://127.0.0.1:1/x', speed=1e6"
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", START.format(play)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        shown = ""
        while "still listening" not in shown:
            line = process.stdout.readline()
            assert line, shown
            shown += line
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    assert "listens on http://127.0.0.1:" in shown
    assert "the event is lost" in " ".join(shown.split())
