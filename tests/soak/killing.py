"""Kill a loaded omiflow again and again, and check that nothing answered was lost and nothing done was repeated.

`python killing.py --kills 20 --seed 1 --folder DIR`; prints what it saw, exits 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sqlite3
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOKEN = "token-of-the-killing"
CONNECTIONS = 6
LOAD = (0.1, 0.6)
AGAIN = 0.03
QUIET = 180.0
MOST_DUE = 200
"""With more runs due than this the next life gets no load: it could not catch up, ever."""

RULES = """
rules:
  - id: said
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions:
      - {action: omi.prompt, data: {prompt: "Advise on {{ trigger.text }}"}}
      - action: http.request
        connection: out
        data: {method: POST, url: /step/said/0, json: {event: "{{ event.session_id }}"}}
        retry: {give_up_after: 28h}
  - id: told
    triggers: [{trigger: memory_created}]
    actions:
      - {action: slack.post_message, data: {channel: "#c", text: "told 0 {{ event.id }}"}}
      - {action: slack.post_message, data: {channel: "#c", text: "told 1 {{ event.id }}"}}
  - id: imported
    triggers: [{trigger: memory_created}]
    actions:
      - {action: omi.create_memories, data: {memories: [{content: "imported 0 {{ event.id }}"}]}}
  - id: built
    triggers: [{trigger: webhook, name: go}]
    actions:
      - repeat:
          for_each: [0, 1]
          sequence:
            - action: http.request
              connection: out
              data: {method: POST, url: "/step/built/{{ repeat.item }}", json: {event: "{{ event.name }}"}}
"""
STEPS = {
    ("said", "actions[1]"): ("said", "0"),
    ("told", "actions[0]"): ("told", "0"),
    ("told", "actions[1]"): ("told", "1"),
    ("imported", "actions[0]"): ("imported", "0"),
    ("built", "actions[0].repeat[0].sequence[0]"): ("built", "0"),
    ("built", "actions[0].repeat[1].sequence[0]"): ("built", "1"),
}
RULES_OF = {
    "realtime_transcript": {"said"},
    "memory_created": {"told", "imported"},
    "webhook/go": {"built"},
}

Step = tuple[str, str, str]
"""The sender's name of an event, a rule, and a step's number."""


@dataclass
class World:
    """What is outside: it counts what arrives, answers late, and now and then wants to be asked again."""

    chance: random.Random
    arrivals: Counter[Step] = field(default_factory=Counter)
    keys: dict[Step, set[str]] = field(default_factory=dict)
    recorded: set[Step] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self.converse, "127.0.0.1", 0, backlog=256)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                method_path, headers, body = await read_message(reader)
                status = self.arrive(method_path.split(" ")[1], headers, json.loads(body)) if body else 200
                await asyncio.sleep(self.chance.random() * 0.01)
                said = b'{"ok": true, "ts": "1", "channel": "C"}'
                again = "Retry-After: 1\r\n" if status != 200 else ""
                writer.write(f"HTTP/1.1 {status} Said\r\n{again}Content-Length: {len(said)}\r\n\r\n".encode() + said)
                await writer.drain()
        writer.close()

    def arrive(self, path: str, headers: dict[str, str], body: Any) -> int:
        """Count one request; 429 means that it was not done."""
        if path.startswith("/step/"):
            rule, number, event = *path.split("/")[2:], body["event"]
        elif "memories" in body:
            rule, number, event = body["memories"][0]["content"].split(" ")
        else:
            rule, number, event = body["text"].split(" ")
        if self.chance.random() < 0.01:
            return 429
        step = (event, rule, number)
        if step in self.recorded:
            self.broken.append(f"{step} was sent again though its success had been recorded")
        self.arrivals[step] += 1
        if rule == "imported" and self.arrivals[step] > 1:
            self.broken.append(f"{step} was imported {self.arrivals[step]} times")
        if "idempotency-key" in headers:
            keys = self.keys.setdefault(step, set())
            keys.add(headers["idempotency-key"])
            if len(keys) > 1:
                self.broken.append(f"{step} came under {len(keys)} keys: the event was taken twice")
        return 200


@dataclass
class Load:
    """Somebody who sends events, and sends them again until they are answered, as Omi does."""

    port: int
    chance: random.Random
    sent: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    again: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    on: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False

    async def send(self) -> None:
        """Send one event after the other over a connection while there is load, and none unanswered at the end."""
        while not self.ended:
            await self.on.wait()
            if self.ended:
                return
            name = f"n{len(self.sent)}"
            event = self.chance.choice(list(RULES_OF))
            self.sent[name] = event
            request = self.request(event, name)
            tries = 0
            while not await self.answered(request):
                tries += 1
                self.again += 1
                await asyncio.sleep(AGAIN)
            self.answers[event] += 1

    async def answered(self, request: bytes) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            writer.write(request)
            first, _, _ = await read_message(reader)
        except (OSError, asyncio.IncompleteReadError):
            return False
        finally:
            writer.close()
        status = int(first.split(" ")[1])
        self.refused[status] += status != 200
        return status == 200

    def request(self, event: str, name: str) -> bytes:
        body: Any
        headers = ""
        if event == "realtime_transcript":
            segment = {"id": f"s-{name}", "text": f"Any advice, {name}?", "is_user": True, "start": 0, "end": 1}
            body = {"session_id": name, "segments": [segment | {"speaker": "SPEAKER_00", "speaker_id": 0}]}
        elif event == "memory_created":
            body = {"id": name, "created_at": "2026-01-01T00:00:00Z", "structured": {"title": name}}
        else:
            body = {"name": name}
            headers = f"Idempotency-Key: {name}\r\n"
        raw = json.dumps(body).encode()
        head = f"POST /hooks/{TOKEN}/{event}?uid=u-{name} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        return f"{head}{headers}Content-Length: {len(raw)}\r\n\r\n".encode() + raw


async def read_message(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    """Read a request or an answer: its first line, headers by lower-case name, and body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:] if line)}
    return head[0], headers, await reader.readexactly(int(headers.get("content-length", "0")))


@dataclass
class Server:
    """The omiflow that is killed; `zygote` forks it."""

    folder: Path
    port: int
    zygote: asyncio.subprocess.Process
    pid: int = 0

    async def ask(self, **asked: Any) -> int:
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.write(json.dumps(asked).encode() + b"\n")
        return int(await self.zygote.stdout.readline())

    async def start(self) -> None:
        args = ["serve", "--port", str(self.port), "--log-format", "json"]
        log = str(self.folder / "log")
        self.pid = await self.ask(cwd=str(self.folder), args=args, log=log, env=dict(os.environ))
        deadline = time.monotonic() + 60
        while not await self.is_ready():
            if time.monotonic() > deadline:
                raise SystemExit(f"omiflow did not start:\n{(self.folder / 'log').read_text()[-3000:]}")
            await asyncio.sleep(0.01)

    async def is_ready(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
            first, _, _ = await read_message(reader)
            writer.close()
        except (OSError, asyncio.IncompleteReadError):
            return False
        return " 200 " in first

    async def end(self, sign: signal.Signals) -> int:
        os.kill(self.pid, sign)
        return await self.ask(wait=self.pid)


def look(folder: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask the database beside whoever has it open, without changing it."""
    with contextlib.closing(sqlite3.connect(f"file:{folder}/omiflow.db?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(query, values).fetchall()


def recorded(folder: Path, since: float) -> set[Step]:
    """List the steps of runs decided after `since` whose success is in the journal."""
    rows = look(
        folder,
        "SELECT e.body, r.rule, j.path FROM runs r JOIN journal j ON j.run_id = r.id JOIN events e ON e.id = r.event_id "
        "WHERE r.at > ? AND j.kind = 'done'",
        since,
    )
    return {(_name(json.loads(body)), *STEPS[rule, path]) for body, rule, path in rows if (rule, path) in STEPS}


def verdict(folder: Path, world: World, load: Load) -> list[str]:
    """Compare what was answered with what is in the database, and that with what arrived."""
    broken = list(world.broken)
    events = {event: json.loads(body) for event, body in look(folder, "SELECT id, body FROM events")}
    names = Counter(_name(body) for body in events.values())
    broken += [f"{name} was answered and is lost" for name in load.sent if not names[name]]
    broken += [
        f"{name} was taken {names[name]} times"
        for name in names
        if names[name] > 1 and load.sent.get(name) != "realtime_transcript"
    ]
    runs: dict[str, Counter[str]] = {name: Counter() for name in load.sent}
    for run, event, rule, state, reason in look(folder, "SELECT id, event_id, rule, state, reason FROM runs"):
        name = _name(events[event])
        runs[name][rule] += 1
        unknown = rule == "imported" and state == "failed" and "outcome unknown" in reason
        if state != "done" and not unknown:
            broken.append(f"run {run} of {rule} ended {state}: {reason}")
        for (of_rule, _), (_, number) in STEPS.items():
            if of_rule == rule and not unknown and not world.arrivals[name, rule, number]:
                broken.append(f"run {run}: step {number} of {rule} never arrived")
    for name, event in load.sent.items():
        if runs[name] != Counter(RULES_OF[event]):
            broken.append(f"{name} ({event}) set off {dict(runs[name])}")
    return broken


def _name(body: Any) -> str:
    if "segments" in body:
        return str(body["session_id"])
    return str(body.get("name") or body["id"])


def due(folder: Path) -> int:
    """Count the runs that are not through."""
    count: int = look(folder, "SELECT count(*) FROM runs WHERE due IS NOT NULL")[0][0]
    return count


async def quiet(folder: Path) -> bool:
    """Wait until no run wants to go on."""
    deadline = time.monotonic() + QUIET
    while time.monotonic() < deadline:
        if not due(folder):
            return True
        await asyncio.sleep(0.05)
    return False


def free_port() -> int:
    """Give a port that is free, and not one that a connection is given while omiflow is dead."""
    for port in range(19_000, 20_000):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


async def killing(kills: int, seed: int, folder: Path) -> list[str]:
    """Kill omiflow `kills` times; give the promises that were broken."""
    chance = random.Random(seed)
    world = World(random.Random(seed + 1))
    outside = await world.serve()
    write_files(folder, world.port)
    port = free_port()
    zygote = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).parents[1] / "zygote.py"), stdin=-1, stdout=-1
    )
    server = Server(folder, port, zygote)
    load = Load(port, random.Random(seed + 2))
    senders = [asyncio.create_task(load.send()) for _ in range(CONNECTIONS)]
    started: list[float] = []
    for number in range(kills + 1):
        began = time.perf_counter()
        await server.start()
        started.append(time.perf_counter() - began)
        if due(folder) < MOST_DUE:
            load.on.set()
        if number < kills:
            await asyncio.sleep(chance.uniform(*LOAD))
            load.on.clear()
            await server.end(signal.SIGKILL)
            world.recorded |= recorded(folder, time.time() - 60)
    load.on.set()
    await asyncio.sleep(LOAD[1])
    load.ended = True
    _, unanswered = await asyncio.wait(senders, timeout=60)
    for sender in unanswered:
        sender.cancel()
    still = await quiet(folder)
    status = await server.end(signal.SIGTERM)
    outside.close()
    assert zygote.stdin is not None
    zygote.stdin.close()
    await zygote.wait()
    broken = verdict(folder, world, load)
    broken += [f"events were never answered, only refused: {dict(load.refused)}"] if unanswered else []
    broken += [] if still else [f"runs still want to go on after {QUIET:.0f} s"]
    broken += [f"omiflow ended with {status}"] if status else []
    log = (folder / "log").read_text()
    broken += [line for line in log.splitlines() if '"level": "error"' in line or "Traceback" in line][:10]
    repeated = sum(count - 1 for count in world.arrivals.values() if count > 1)
    unknown = look(folder, "SELECT count(*) FROM runs WHERE state = 'failed'")[0][0]
    tell(
        f"{kills} kills, start {sum(started) / len(started):.2f} s, {len(load.sent)} events {dict(load.answers)}, "
        f"{load.again} sent again, other answers {dict(load.refused)}, {sum(world.arrivals.values())} arrivals, "
        f"{repeated} repeated, {unknown} imports of unknown outcome"
    )
    return broken


def tell(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def write_files(folder: Path, port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "rules.yaml").write_text(RULES)
    connections = {
        "out": {"type": "http", "base_url": url},
        "slack": {"type": "slack", "token": "xoxb-1", "base_url": url},
    }
    config = {
        "apps": {"default": {"tokens": [TOKEN], "omi_app_id": "app", "api_key": "sk_key"}},
        "connections": connections,
        "omi": {"base_url": url},
    }
    (folder / "omiflow.yaml").write_text(json.dumps(config))


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--kills", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--folder", type=Path, required=True)
    given = arguments.parse_args()
    began = time.monotonic()
    broken = asyncio.run(killing(given.kills, given.seed, given.folder))
    tell(f"{time.monotonic() - began:.1f} s", *(f"BROKEN {line}" for line in broken[:50]))
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
