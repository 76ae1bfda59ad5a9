from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from omiflow.emulator.emulate import emulate
from omiflow.errors import UsageError

EXAMPLES = Path(__file__).parents[2] / "examples"
START = "from omiflow.emulator.emulate import emulate; from pathlib import Path; emulate({})"


def read_until(wanted: str, written: IO[str]) -> str:
    shown = ""
    while wanted not in shown:
        line = written.readline()
        assert line, shown
        shown += line
    return shown


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
def test_a_signal_ends_it_in_peace(number: signal.Signals, begun: Any) -> None:
    play = f"port=0, send=Path({str(EXAMPLES / 'requests/voicemail.jsonl')!r}), to='http://127.0.0.1:1/x', speed=1e6"
    command = [sys.executable, "-W", "error", "-c", START.format(play)]
    process = begun(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    shown = read_until("still listening", process.stdout)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "listens on http://127.0.0.1:" in shown
    assert "the event is lost" in " ".join(shown.split())


def test_calls_are_shown_as_they_arrive_also_where_nothing_is_played(begun: Any) -> None:
    command = [sys.executable, "-W", "error", "-c", START.format("port=0")]
    process = begun(command, stdout=subprocess.PIPE, text=True)
    offered = read_until("/seen", process.stdout)
    (seen,) = re.findall(r"http://\S+/seen", offered)
    assert httpx.get(seen.removesuffix("seen")).text.strip() in offered
    httpx.post(seen.replace("/seen", "/http/lamp"), json={"blink": 3})
    httpx.post(seen.replace("/seen", "/nowhere"))
    shown = " ".join(read_until("/nowhere", process.stdout).split())
    assert "http POST /lamp blink: 3" in shown
    assert "refused /nowhere: 404" in shown


def test_what_is_redirected_is_not_wrapped(begun: Any) -> None:
    command = [sys.executable, "-W", "error", "-c", START.format("port=0")]
    process = begun(command, stdout=subprocess.PIPE, text=True)
    (seen,) = re.findall(r"http://\S+/seen", read_until("/seen", process.stdout))
    link = "https://www.notion.so/" + "0123456789abcdef" * 12
    httpx.post(seen.replace("/seen", "/http/lamp"), json={"link": link, "text": f"see {link}"})
    httpx.post(seen.replace("/seen", "/nowhere"))
    assert f"POST /lamp  link: {link} · text: see {link}\n" in read_until("/nowhere", process.stdout)
