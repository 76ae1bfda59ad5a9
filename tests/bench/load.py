"""A load generator: closed-loop connections that post prepared requests and count the answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import uvloop


@dataclass
class Result:
    """What came of a load: requests per second, and latencies in seconds."""

    seconds: float
    answers: int
    bad: int
    latencies: list[float] = field(repr=False)

    @property
    def rate(self) -> float:
        return self.answers / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class _Connection(asyncio.Protocol):
    def __init__(self, load: Load) -> None:
        self.load = load
        self.sent = 0.0
        self.heard = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.send()

    def send(self) -> None:
        self.sent = time.perf_counter()
        self.transport.write(self.load.make())  # type: ignore[union-attr]

    def data_received(self, data: bytes) -> None:
        load = self.load
        self.heard += data
        if not _complete(self.heard):
            return
        data, self.heard = self.heard, b""
        now = time.perf_counter()
        if load.counting:
            load.answers += 1
            load.bad += not data.startswith(b"HTTP/1.1 200")
            load.latencies.append(now - self.sent)
        if load.running:
            self.send()
        else:
            self.transport.close()  # type: ignore[union-attr]


def _complete(heard: bytes) -> bool:
    head, found, body = heard.partition(b"\r\n\r\n")
    if not found:
        return False
    at = head.lower().index(b"content-length:")
    return len(body) >= int(head[at + 15 :].split(b"\r\n", 1)[0])


@dataclass
class Load:
    """Posts what `make` gives, on `connections` connections at once."""

    port: int
    make: Callable[[], bytes]
    connections: int = 32
    running: bool = True
    counting: bool = False
    answers: int = 0
    bad: int = 0
    latencies: list[float] = field(default_factory=list, repr=False)

    async def run(self, *, warm_up: float, seconds: float) -> Result:
        loop = asyncio.get_running_loop()
        for _ in range(self.connections):
            await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self.port)
        await asyncio.sleep(warm_up)
        self.counting = True
        began = time.perf_counter()
        await asyncio.sleep(seconds)
        passed = time.perf_counter() - began
        self.counting = self.running = False
        await asyncio.sleep(0.2)
        return Result(passed, self.answers, self.bad, self.latencies)


def post(path: str, body: bytes) -> bytes:
    """Write a POST request."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def measure(port: int, make: Callable[[], bytes], *, warm_up: float, seconds: float) -> Result:
    """Run a load to its end."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(Load(port, make).run(warm_up=warm_up, seconds=seconds))
