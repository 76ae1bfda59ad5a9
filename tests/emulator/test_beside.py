"""Running omiflow beside the stand-in, here with a small program in omiflow's place."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from omiflow.emulator.beside import Served, free_port, running
from omiflow.emulator.lines import Lines
from omiflow.errors import EnvironmentFault

READY = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from os import environ

class Answer(BaseHTTPRequestHandler):
    calls = 0
    def do_GET(self):
        Answer.calls += 1
        self.send_response(200 if Answer.calls > 1 else 503)
        self.end_headers()
        self.wfile.write(f"{environ['OMIFLOW_TOKEN']} {' '.join(sys.argv[1:])}".encode())
    def log_message(self, *args):
        pass

HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Answer).serve_forever()
"""


@pytest.fixture
def port(pytestconfig: pytest.Config) -> int:
    harness: Any = pytestconfig.pluginmanager.get_plugin(str(Path(__file__).parents[1] / "conftest.py"))
    return int(harness.free_port())


def served(folder: Path, program: str, port: int) -> Served:
    return Served(
        config=folder / "omiflow.yaml",
        port=port,
        folder=folder,
        environment={"OMIFLOW_TOKEN": "t0"},
        program=(sys.executable, "-c", program),
    )


async def test_the_service_is_ready_inside_the_block_and_gone_after_it(tmp_path: Path, port: int) -> None:
    started = served(tmp_path, READY, port)
    async with running(started, lines=Lines(print)) as process, httpx.AsyncClient() as client:
        token, *arguments = (await client.get(f"{started.url}/readyz")).text.split()
        assert token == "t0"
        assert arguments[:3] == ["serve", "--config", str(tmp_path / "omiflow.yaml")]
        assert f"sqlite:///{tmp_path}/omiflow.db" in arguments
        assert arguments[-4:] == ["--clock", "request", "--log-format", "json"]
    assert process.returncode is not None


async def test_a_service_that_ends_before_it_is_ready_is_said_so_below_its_last_words(
    tmp_path: Path, port: int
) -> None:
    words: list[str] = []
    dying = "import sys; sys.stderr.write('first\\nand last'); sys.exit(7)"
    with pytest.raises(EnvironmentFault, match="ended with status 7"):
        await running(served(tmp_path, dying, port), lines=Lines(words.append)).__aenter__()
    assert words == ["first", "and last"]


def test_another_port_is_found_when_the_preferred_one_is_taken(port: int) -> None:
    assert free_port(port) == port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert free_port(port) != port
