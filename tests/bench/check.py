"""How long `omiflow check` takes for many rules, and an edit of one file, or of a list that all use, until it decides.

Seconds of the clock, of the processor, and memory at its most; each a few times. Run it by `make bench`.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rule_folder import rule_file, write_folder

PORT = 18903
PATH = "/hooks/bench-token-of-nobody/realtime_transcript"
ASKED = """
  - id: asked
    priority: 100
    triggers: [{trigger: realtime_transcript, phrases: [which version]}]
    actions: [{action: omi.prompt, data: {prompt: "this is version VERSION"}}]
  - id: asked_for_a_person
    priority: 100
    triggers: [{trigger: realtime_transcript, phrases: ["which {person:list people}"]}]
    actions: [{action: omi.prompt, data: {prompt: "this is person {{ trigger.slots.person }}"}}]
"""
EDITED = Path("rules/team_12/rules_0012.yaml")
LISTS = Path("rules/team_00/rules_0000.yaml")


def check(folder: Path) -> tuple[float, float, float]:
    """Check a folder; give seconds, seconds of the processor, and MB of memory at most."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "omiflow", "check"], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit("the check found problems")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def edited(version: int) -> str:
    """Give the text of the file that is edited, with a rule that answers its version."""
    return re.sub(r"\nrules:\n", f"\nrules:{ASKED.replace('VERSION', str(version))}", rule_file(12), count=1)


def relisted(version: int) -> str:
    """Give the text of the file with the lists, with somebody whose value is the version."""
    return rule_file(0).replace("    - Kim\n", f"    - Kim\n    - {{say: person, value: {version}}}\n")


@contextmanager
def serving(folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "omiflow", "serve", "--port", str(PORT), "--log-format", "json"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            yield
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()


class Asking:
    """Asks again and again which version of a thing decides; `waits` are the seconds that answers took."""

    def __init__(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
        self.numbers = itertools.count()
        self.waits: list[float] = []

    def ask(self, thing: str) -> str:
        number = next(self.numbers)
        segment = {"id": f"s{number}", "text": f"Which {thing}?", "is_user": True, "start": 0, "end": 1}
        body = json.dumps({"session_id": "s", "segments": [segment]})
        began = time.perf_counter()
        self.line.request("POST", f"{PATH}?uid=asker-{number}", body, {"content-type": "application/json"})
        answer = json.loads(self.line.getresponse().read())
        self.waits.append(time.perf_counter() - began)
        prompt: str = answer.get("notification", {}).get("prompt", "")
        return prompt

    def until(self, thing: str, version: int, *, seconds: float) -> float:
        """Ask until the answer is this version; give the seconds it took."""
        began = time.perf_counter()
        while self.ask(thing) != f"this is {thing} {version}":
            if time.perf_counter() - began > seconds:
                raise SystemExit(f"{thing} {version} did not answer within {seconds} s")
            time.sleep(0.005)
        return time.perf_counter() - began


def wait_for_rules(asking: Asking) -> float:
    began = time.perf_counter()
    while time.perf_counter() - began < 120:
        try:
            asking.until("version", 0, seconds=60)
        except OSError:
            asking.line.close()
            time.sleep(0.1)
        else:
            return time.perf_counter() - began
    raise SystemExit("the server did not start")


def edits(folder: Path, *, rounds: int) -> str:
    """Edit one file again and again under a serving omiflow, then a list; tell when each was live."""
    (folder / EDITED).write_text(edited(0))
    with serving(folder):
        asking = Asking()
        started = wait_for_rules(asking)
        file = _live_after(
            asking, "version", {version: edited(version) for version in range(1, rounds + 1)}, folder / EDITED
        )
        listed = _live_after(
            asking, "person", {version: relisted(version) for version in range(1, rounds + 1)}, folder / LISTS
        )
    return (
        f"serving after {started:.1f} s\n  an edit of a file: {file}\n  an edit of a list that all files use: {listed}"
    )


def _live_after(asking: Asking, thing: str, texts: dict[int, str], path: Path) -> str:
    """Write each text, and wait until it is live; tell how long that took, and the slowest answer meanwhile."""
    asking.waits.clear()
    took = []
    for version, text in texts.items():
        time.sleep(2.5)
        fresh = path.with_suffix(".fresh")
        fresh.write_text(text)
        fresh.replace(path)
        took.append(asking.until(thing, version, seconds=60))
    middle, slowest = statistics.median(took), max(asking.waits) * 1000
    return f"live after {middle:.2f} s (at most {max(took):.2f} s); the slowest answer meanwhile took {slowest:.0f} ms"


def main() -> None:
    rounds = int(os.environ.get("BENCH_ROUNDS", "3"))
    for files in (50, 500):
        with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as place:
            folder = Path(place)
            write_folder(folder, files=files)
            taken = [check(folder) for _ in range(rounds)]
            seconds, busy, memory = (statistics.median(column) for column in zip(*taken, strict=True))
            load = os.getloadavg()[0]
            print(f"{files * 20:,} rules in {files} files (load {load:.1f}):")
            print(f"  check: {seconds:.1f} s, {busy:.1f} s of the processor, {memory:.0f} MB")
            print(f"  serve: {edits(folder, rounds=rounds)}", flush=True)


if __name__ == "__main__":
    main()
