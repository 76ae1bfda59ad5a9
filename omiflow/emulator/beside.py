"""Runs `omiflow serve` beside the stand-in, as a process of its own with a throw-away database.

What is played to it is left to `stage`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import httpx
import msgspec

from omiflow.emulator.lines import Lines
from omiflow.emulator.server import LOOPBACK
from omiflow.errors import EnvironmentFault

READY_WITHIN = 30.0
ENDS_WITHIN = 10.0


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """How omiflow is started: its configuration, its port, and the folder that holds what it writes."""

    config: Path
    port: int
    folder: Path
    environment: Mapping[str, str]
    program: Sequence[str] = (sys.executable, "-m", "omiflow")

    @property
    def url(self) -> str:
        """Give the address it listens on."""
        return f"http://{LOOPBACK}:{self.port}"

    def command(self) -> list[str]:
        """Give the command line that starts it."""
        rules, database = self.config.parent / "rules", self.folder / "omiflow.db"
        options = [
            "--config",
            self.config,
            "--rules",
            rules,
            "--port",
            self.port,
            "--database",
            f"sqlite:///{database}",
            "--clock",
            "request",
            "--log-format",
            "json",
        ]
        return [*self.program, "serve", *map(str, options)]


@contextlib.asynccontextmanager
async def running(served: Served, *, lines: Lines) -> AsyncIterator[Process]:
    """Run it inside the block, ready for requests; raises EnvironmentFault if it doesn't come up.

    What it writes goes to `lines`, to the last word. It gets a process group of its own, so that Ctrl-C reaches only
    us and it is ended in good order.
    """
    environment = {**os.environ, **served.environment}
    with lines.open() as writing:
        process = await asyncio.create_subprocess_exec(
            *served.command(), stdin=DEVNULL, stdout=writing, stderr=writing, env=environment, process_group=0
        )
        try:
            await _ready(served, process)
            yield process
        finally:
            await _end(process)


def free_port(preferred: int) -> int:
    """Give `preferred` if nobody listens there, else a port that is free."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((LOOPBACK, port))
                return int(probe.getsockname()[1])
    raise EnvironmentFault("no port of this machine is free")


async def _ready(served: Served, process: Process) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_WITHIN):
                while process.returncode is None:
                    with contextlib.suppress(httpx.TransportError):
                        if (await client.get(f"{served.url}/readyz")).is_success:
                            return
                    await asyncio.sleep(0.1)
    if process.returncode is None:
        raise EnvironmentFault(f"omiflow was not ready within {READY_WITHIN:g} s; its own words stand above")
    raise EnvironmentFault(f"omiflow ended with status {process.returncode}; its own words stand above")


async def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(ENDS_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
