"""A served omiflow that the tests of a module share, and raw connections to it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

HARNESS = str(Path(__file__).parents[1] / "conftest.py")


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give an omiflow with the module's `RULES` and `CONFIG`; events of one test must not be another's."""
    harness: Any = request.config.pluginmanager.get_plugin(HARNESS)
    folder = tmp_path_factory.mktemp("shared")
    (folder / "rules").mkdir()
    (folder / "rules" / "rules.yaml").write_text(request.module.RULES)
    config = harness.configured("http://127.0.0.1:9") | getattr(request.module, "CONFIG", {})
    (folder / "omiflow.yaml").write_text(yaml.safe_dump(config))
    served = harness.Served(folder, harness.free_port(), getattr(request.module, "OPTIONS", ()))
    try:
        yield served.start()
    finally:
        served.end()


@pytest.fixture
def no_faults(shared: Any) -> Iterator[None]:
    """Fail a test during which an exception or an error came into the log."""
    before = len(shared.log())
    yield
    written = shared.log()[before:]
    assert '"level": "error"' not in written, written
    assert "Traceback" not in written, written


class Wire:
    """A raw connection, for what HTTP clients don't do."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.heard = b""

    def send(self, *parts: bytes) -> Wire:
        for part in parts:
            self.socket.sendall(part)
        return self

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read one answer: status, headers, body."""
        while b"\r\n\r\n" not in self.heard:
            self._more()
        head, _, self.heard = self.heard.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        while len(self.heard) < length:
            self._more()
        body, self.heard = self.heard[:length], self.heard[length:]
        return int(first.split(" ")[1]), headers, body

    def _more(self) -> None:
        data = self.socket.recv(65_536)
        assert data, f"closed after {self.heard!r}"
        self.heard += data

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def wire(shared: Any) -> Iterator[Callable[[], Wire]]:
    """Give a function that connects to the shared omiflow."""
    opened: list[Wire] = []

    def connect() -> Wire:
        opened.append(Wire(shared.port))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


def head(path: str, *headers: str, method: str = "POST") -> bytes:
    """Write the head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: omiflow", *headers, "", ""]).encode("latin-1")


@pytest.fixture
def write_head() -> Callable[..., bytes]:
    return head


@pytest.fixture
def ask(shared: Any) -> Callable[..., httpx.Response]:
    """Give a function that sends any request to the shared omiflow."""

    def send(method: str, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return shared.ask(method, path, content=content, headers=named)

    return send


@pytest.fixture
def is_json_object() -> Callable[[httpx.Response], bool]:
    def check(answer: httpx.Response) -> bool:
        return answer.headers["content-type"] == "application/json" and isinstance(json.loads(answer.content), dict)

    return check
