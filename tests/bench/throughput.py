"""Requests per second of omiflow against a bare Litestar handler, in alternating pairs on the same core.

Five segments a request, 100 phrase rules, 32 connections, every event on disk before its answer. Run it by `make bench`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import yaml
from load import Result, measure, post

HERE = Path(__file__).parent
SERVERS_CORE, LOADS_CORE = 0, 1
TOKEN = "bench-token-of-nobody"
USERS = 2_000
SPEECH = """
    so the plan for tomorrow is that we meet at noon and then look at what the garden needs before it rains again
    because last year everything was late and nobody had water for the small trees behind the house
"""


def rules(number: int) -> str:
    listed = [
        {
            "id": f"rule_{n}",
            "triggers": [{"trigger": "realtime_transcript", "phrases": [f"hey omi number {n} [please] (now|again)"]}],
            "actions": [{"action": "omi.prompt", "data": {"prompt": "They said: {{ trigger.text }}"}}],
        }
        for n in range(number)
    ]
    return yaml.safe_dump({"rules": listed})


def requests(path: str, matching: float) -> Callable[[], bytes]:
    """Give a maker of requests with unique segment ids, of which a share says a phrase."""
    chance = random.Random(7)
    words = SPEECH.split()
    texts = [" ".join(chance.choices(words, k=12)).capitalize() + "." for _ in range(500)]
    number = 0

    def make() -> bytes:
        nonlocal number
        number += 1
        said = [chance.choice(texts) for _ in range(5)]
        if chance.random() < matching:
            said[2] = "Hey Omi, number 42 now!"
        begun = number // USERS * 15.0
        segments = [
            {
                "id": f"{number:08d}-aaaa-4bbb-8ccc-{place:012d}",
                "text": text,
                "speaker": f"SPEAKER_0{place % 2}",
                "speaker_id": place % 2,
                "is_user": place % 2 == 0,
                "person_id": None,
                "start": begun + place * 3.0,
                "end": begun + place * 3.0 + 2.9,
            }
            for place, text in enumerate(said)
        ]
        body = json.dumps({"session_id": "u", "segments": segments}, separators=(",", ":")).encode()
        return post(f"{path}?uid=user-{number % USERS}", body)

    prepared = [make() for _ in range(40_000)]
    at = 0

    def again() -> bytes:
        nonlocal at
        at += 1
        return prepared[at] if at < len(prepared) else make()

    return again


def started(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a server on the core that is measured."""
    server = subprocess.Popen(command, **options)
    os.sched_setaffinity(server.pid, {SERVERS_CORE})
    return server


def wait_for(port: int, path: str) -> None:
    for _ in range(1_200):
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=1):
                return
        except OSError as error:
            if getattr(error, "code", None) is not None:
                return
            time.sleep(0.05)
    raise SystemExit("the server did not start")


def bare(kind: str, matching: float, seconds: float) -> Result:
    port = 18901
    server = started([sys.executable, str(HERE / "bare.py"), str(port)])
    try:
        wait_for(port, "/")
        return measure(port, requests(f"/hooks/{TOKEN}/{kind}", matching), warm_up=1.0, seconds=seconds)
    finally:
        server.terminate()
        server.wait()


def omiflow(files: dict[str, str], matching: float, seconds: float) -> Result:
    port = 18902
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as folder:
        place = Path(folder)
        (place / "rules").mkdir()
        for name, text in files.items():
            (place / "rules" / name).write_text(text)
        (place / "omiflow.yaml").write_text(f"apps: {{default: {{tokens: [{TOKEN}]}}}}\n")
        command = [sys.executable, "-m", "omiflow", "serve", "--port", str(port), "--log-format", "json"]
        with (place / "log").open("w") as log:
            server = started(command, cwd=place, stderr=log, stdout=log)
            try:
                wait_for(port, "/healthz")
                path = f"/hooks/{TOKEN}/realtime_transcript"
                return measure(port, requests(path, matching), warm_up=2.0, seconds=seconds)
            finally:
                server.send_signal(signal.SIGINT)
                server.wait()


def pairs(matching: float, *, rounds: int, seconds: float) -> None:
    ratios, ours, theirs, waits = [], [], [], []
    for _ in range(rounds):
        base = bare("typed", matching, seconds)
        mine = omiflow({"all.yaml": rules(100)}, matching, seconds)
        if mine.bad or base.bad:
            raise SystemExit(f"{mine.bad} and {base.bad} requests were not answered with 200")
        ratios.append(mine.rate / base.rate)
        ours.append(mine.rate)
        theirs.append(base.rate)
        waits.append(mine.percentile(0.99))
    print(
        f"{matching:.0%} matching: {statistics.median(ours):,.0f} requests/s of {statistics.median(theirs):,.0f} bare; "
        f"ratio median {statistics.median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f}); "
        f"p99 {statistics.median(waits) * 1000:.1f} ms"
    )


if __name__ == "__main__":
    if len(os.sched_getaffinity(0)) < 2:
        raise SystemExit("two cores are wanted: one for the server, one for the load")
    os.sched_setaffinity(0, {LOADS_CORE})
    rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
    seconds = float(os.environ.get("BENCH_SECONDS", "4"))
    for share in (0.01, 1.0):
        pairs(share, rounds=rounds, seconds=seconds)
