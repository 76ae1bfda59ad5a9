"""A scripted HTTP server on loopback, and the scope an action is performed in."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from omiflow.actions.files import Files
from omiflow.actions.http_client import Http
from omiflow.actions.kept import Wish
from omiflow.actions.network import NetworkPolicy
from omiflow.actions.scope import AppAccess, Scope
from omiflow.model import Outcome
from omiflow.proof.kept_in_memory import KeptInMemory

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Seen:
    """One request as the server got it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)


@dataclass
class Server:
    """Answers each request with the next script, the last one again and again."""

    hasten: Callable[[float], None]
    port: int = 0
    connections: int = 0
    open: int = 0
    seen: list[Seen] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self, status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        lines = {"Content-Length": str(len(body)), "Content-Type": "application/json", **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.sends(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode("latin-1") + body)

    def sends(self, raw: bytes, *, close: bool = False) -> None:
        async def script(writer: asyncio.StreamWriter) -> None:
            writer.write(raw)
            await writer.drain()
            if close:
                writer.close()

        self.scripts.append(script)

    def outlasts(self, first: bytes = b"") -> None:
        """Take a request and let the time of whoever sent it run out."""

        async def script(writer: asyncio.StreamWriter) -> None:
            writer.write(first)
            await asyncio.sleep(0.05 if first else 0)
            self.hasten(120)
            await asyncio.Event().wait()

        self.scripts.append(script)

    def hangs(self, first: bytes = b"") -> None:
        async def script(writer: asyncio.StreamWriter) -> None:
            writer.write(first)
            await asyncio.Event().wait()

        self.scripts.append(script)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("utf-8")
                first, *lines = head.rstrip().split("\r\n")
                method, target, _ = first.split(" ")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.seen.append(Seen(method, target, headers, body))
                script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                await script(writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            writer.close()


@dataclass
class Log:
    """Keeps what was logged."""

    lines: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def debug(self, event: str, **values: Any) -> None:
        self.lines.append(("debug", event, values))

    def info(self, event: str, **values: Any) -> None:
        self.lines.append(("info", event, values))

    def warning(self, event: str, **values: Any) -> None:
        self.lines.append(("warning", event, values))

    def error(self, event: str, **values: Any) -> None:
        self.lines.append(("error", event, values))


class Remembering:
    """Keeps lists and values for one test, at one moment."""

    def __init__(self) -> None:
        self.memory = KeptInMemory()

    async def answer(self, wish: Wish, *, run_id: str, step: str) -> Outcome:
        return self.memory.answer(wish, run_id=run_id, step=step, now=1_000_000_000.0)


@pytest.fixture
async def server(hasten: Callable[[float], None]) -> AsyncIterator[Server]:
    server = Server(hasten)
    listening: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listening.add(asyncio.ensure_future(server.converse(reader, writer)))

    listener = await asyncio.start_server(accept, "127.0.0.1", 0, backlog=512)
    server.port = listener.sockets[0].getsockname()[1]
    yield server
    listener.close()
    for conversation in listening:
        conversation.cancel()
    await asyncio.gather(*listening, return_exceptions=True)


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@pytest.fixture
async def http(tls: ssl.SSLContext) -> AsyncIterator[Http]:
    async with Http(NetworkPolicy(), ssl_context=tls, clock=lambda: 1_000_000_000.0) as http:
        yield http


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def scope(http: Http, log: Log, server: Server, tmp_path: Path) -> Callable[..., Scope]:
    """Make a scope; anything can be replaced by name."""

    def make(**changes: Any) -> Scope:
        return Scope(
            **{
                "uid": "u1",
                "app": AppAccess(name="mentor", omi_app_id="app/1", api_key="sk_very_secret"),
                "omi_base_url": server.url,
                "idempotency_key": "run1:actions[0]",
                "timeout": 20.0,
                "http": http,
                "files": Files(tmp_path / "data"),
                "kept": Remembering(),
                "log": log,
                "run_id": "run1",
                "step": "actions[0]",
                **changes,
            }
        )

    return make
