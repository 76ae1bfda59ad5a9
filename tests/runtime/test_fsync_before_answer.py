"""What the system calls of a serving omiflow say: each event is on disk before Omi gets its answer."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

RULES = """
rules:
  - id: advice
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions:
      - {action: omi.prompt, data: {prompt: "{{ event.text() }}"}}
"""
CALLS = "read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,fsync,fdatasync"
CALL = re.compile(r"^(?P<thread>\d+) +(?P<name>\w+)\((?P<rest>.*)$")
RESUMED = re.compile(r"^(?P<thread>\d+) +<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$")


def can_trace() -> bool:
    """Tell whether strace is there and allowed to look into its children; in many containers it is not."""
    try:
        return (
            subprocess.run(["strace", "-f", "--seccomp-bpf", "true"], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False


def syncs(lines: list[str]) -> list[tuple[int, int]]:
    """Give the places at which each sync of the database began and ended."""
    found = []
    begun: dict[str, int] = {}
    for place, line in enumerate(lines):
        call = CALL.match(line)
        if call and call["name"] in {"fsync", "fdatasync"} and "omiflow.db" in call["rest"]:
            if "<unfinished" in line:
                begun[call["thread"]] = place
            elif "= 0" in line:
                found.append((place, place))
        resumed = RESUMED.match(line)
        if resumed and resumed["thread"] in begun and "sync" in resumed["name"]:
            found.append((begun.pop(resumed["thread"]), place))
    return found


def place_of(lines: list[str], names: tuple[str, ...], mark: str) -> int:
    """Find where a mark went over a socket; a call that was interrupted counts where its text stands."""
    for place, line in enumerate(lines):
        call = CALL.match(line) or RESUMED.match(line)
        if call and call["name"].startswith(names) and mark in line and ".log" not in line:
            return place
    pytest.fail(f"'{mark}' was never seen in {names}")


@pytest.mark.skipif(not can_trace(), reason="strace is not installed, or may not trace here")
def test_each_answer_is_preceded_by_a_sync_that_began_after_its_event_came(serve, tmp_path):
    served = serve(RULES)
    assert served.stop() == 0
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "--seccomp-bpf", "-yy", "-s", "1000", "-e", f"trace={CALLS}", "-o", str(trace)]
    with (served.folder / "strace.log").open("wb") as log:
        command = [*strace, sys.executable, "-m", "omiflow", "serve", "--port", str(served.port)]
        served.process = subprocess.Popen(command, cwd=served.folder, stdout=log, stderr=log)
    deadline = time.monotonic() + 60
    while not served.is_ready():
        assert time.monotonic() < deadline, "omiflow did not start under strace"
        time.sleep(0.05)

    def say(number: int) -> str:
        answer = served.say(f"any advice on mark-{number:03}", uid=f"u{number}")
        assert answer.status_code == 200
        return str(answer.json()["notification"]["prompt"])

    with ThreadPoolExecutor(6) as pool:
        prompts = list(pool.map(say, range(30)))
    assert prompts == [f"any advice on mark-{number:03}" for number in range(30)]
    os.kill(json.loads((served.folder / "data" / "server.json").read_text())["pid"], signal.SIGINT)
    assert served.process.wait(timeout=60) == 0

    lines = trace.read_text(errors="replace").splitlines()
    synced = syncs(lines)
    assert synced
    for number in range(30):
        came = place_of(lines, ("read", "recv"), f"mark-{number:03}")
        answered = place_of(lines, ("write", "send"), f"mark-{number:03}")
        assert any(came < began and ended < answered for began, ended in synced), f"mark-{number:03} was not on disk"
