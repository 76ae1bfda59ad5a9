"""The demo: omiflow with the example rules on one side, the stand-in on the other, and a recorded day between them.

Options and signals are left to `demo`, what is said before and after the day to `frame`.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from omiflow.emulator.beside import Served, free_port, running
from omiflow.emulator.day import DayClock, timed
from omiflow.emulator.deliver import client
from omiflow.emulator.emulate import DEMO_DIRECTORY, PORT
from omiflow.emulator.frame import Places, Played, closing, opening
from omiflow.emulator.inside import Inside
from omiflow.emulator.lines import Lines
from omiflow.emulator.pace import within
from omiflow.emulator.played import Answered, Happening
from omiflow.emulator.seen import Arrival, Seen
from omiflow.emulator.sender import play
from omiflow.emulator.server import LOOPBACK, serving, standin
from omiflow.emulator.show import Timeline
from omiflow.emulator.told import Told
from omiflow.errors import EnvironmentFault
from omiflow.omi.recorded import Recorded, read_recorded

SERVICE_PORT = 8787
VAULT = "vault"


async def perform(*, examples: Path, seconds: float, once: bool, console: Console) -> None:
    """Play the day of `examples` in about `seconds`; then end if `once`, else stay until cancelled.

    Raises EnvironmentFault when omiflow can't be started or ends by itself.
    """
    day = [timed(request) for request in read_recorded(examples / "day.jsonl")]
    with TemporaryDirectory(prefix="omiflow-demo-") as folder:
        await _Stage(console, examples=examples, folder=Path(folder)).perform(day, seconds=seconds, once=once)


def environment(*, port: int, token: str, console_token: str, folder: Path) -> dict[str, str]:
    """Give the settings that turn the example configuration towards a stand-in on `port`."""
    omi = f"http://{LOOPBACK}:{port}"
    return {
        "OMIFLOW_TOKEN": token,
        "OMIFLOW_CONSOLE__TOKEN": console_token,
        "OMIFLOW_DATA_FOLDER": str(folder / "data"),
        "OMIFLOW_OMI__BASE_URL": omi,
        "OMIFLOW_CONNECTIONS__SLACK__BASE_URL": f"{omi}/slack/api",
        "OMIFLOW_CONNECTIONS__NOTION__BASE_URL": f"{omi}/notion",
        "OMIFLOW_CONNECTIONS__MODEL__BASE_URL": f"{omi}/llm/v1",
        "OMIFLOW_CONNECTIONS__CRM__BASE_URL": f"{omi}/http/crm",
        "OMIFLOW_CONNECTIONS__HOME__BASE_URL": f"{omi}/http/home",
        "OMIFLOW_CONNECTIONS__TODO__BASE_URL": f"{omi}/http/todo",
        "FAMILY_SLACK_WEBHOOK": f"{omi}/slack/hook/family",
        "GUARDIAN_URL": f"ntfy://{LOOPBACK}:{port}/guardian",
        "VAULT": str(folder / VAULT),
        "NO_PROXY": LOOPBACK,
        "no_proxy": LOOPBACK,
    }


class _Stage:
    """Whoever tells of something first lets omiflow finish its lines, so that causes stand above what they caused."""

    def __init__(self, console: Console, *, examples: Path, folder: Path) -> None:
        self.console = console
        self.examples = examples
        self.folder = folder
        self.token, self.console_token = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
        self.clock = DayClock()
        self.timeline = Timeline(console)
        self.told = Told(self.timeline.rows)
        self.lines = Lines(self.told.line)
        self.seen = Seen()
        self.seen.listen(self.arrived)
        self.answer_times: list[float] = []

    async def perform(self, day: list[Recorded], *, seconds: float, once: bool) -> None:
        """Start both sides, play the day, and stay unless `once`."""
        (self.folder / VAULT).mkdir()
        app = standin(DEMO_DIRECTORY, seen=self.seen, clock=self.clock)
        async with serving(app, port=free_port(PORT)) as port:
            served = self.served(omi_port=port)
            opening(self.console, rules=self.examples / "rules", url=served.url, requests=len(day), seconds=seconds)
            try:
                async with running(served, lines=self.lines) as process:
                    ended = asyncio.create_task(process.wait())
                    await _before_it_ends(self.play(day, served.url, omi_port=port, seconds=seconds, once=once), ended)
                    if not once:
                        await _before_it_ends(asyncio.Event().wait(), ended)
            except EnvironmentFault:
                self.told.last_lines()
                raise

    def served(self, *, omi_port: int) -> Served:
        """Say how omiflow is started."""
        tokens = {"token": self.token, "console_token": self.console_token}
        return Served(
            config=self.examples / "omiflow.yaml",
            port=free_port(SERVICE_PORT),
            folder=self.folder,
            environment=environment(port=omi_port, folder=self.folder, **tokens),
        )

    async def play(self, day: list[Recorded], url: str, *, omi_port: int, seconds: float, once: bool) -> None:
        """Play the day, each request once the runs before it have ended, and sum it up."""
        async with client() as via:
            inside = Inside(url, token=self.console_token, via=via)

            async def before(request: Recorded) -> None:
                await inside.settled()
                self.clock.follow(request)

            hooks = f"{url}/hooks/{self.token}"
            pace = within(seconds)
            await play(day, base=hooks, tell=self.happened, pace=pace, clock=self.clock, before=before)
            await inside.settled()
            self.lines.catch_up()
            played = Played(
                requests=len(day),
                arrivals=self.seen.total,
                slowest=max(self.answer_times, default=0.0),
                rules=await inside.rules(),
                counts=self.told.counts,
                notes=_notes(self.folder / VAULT),
            )
        places = Places(omi=f"http://{LOOPBACK}:{omi_port}", omiflow=url, hooks=hooks, rules=self.examples / "rules")
        closing(self.console, played, None if once else places)

    def happened(self, happening: Happening) -> None:
        """Tell what the sender did."""
        self.lines.catch_up()
        if isinstance(happening, Answered):
            self.answer_times.append(happening.took)
        self.timeline.happened(happening)

    def arrived(self, arrival: Arrival) -> None:
        """Tell what came in at the stand-in."""
        self.lines.catch_up()
        self.timeline.arrived(arrival)


def _notes(vault: Path) -> dict[str, str]:
    """Read what rules have written into the folder of notes, by path."""
    return {str(path.relative_to(vault)): path.read_text() for path in sorted(vault.rglob("*.md"))}


async def _before_it_ends(work: Any, ended: asyncio.Task[int]) -> None:
    """Wait for `work`; raises EnvironmentFault if omiflow ends before it."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise EnvironmentFault(f"omiflow ended with status {ended.result()}; its own words stand above")
        await task
    finally:
        task.cancel()
