"""The demo: omiflow with the example rules on one side, the stand-in on the other, and a recorded day between them.

Options and signals are left to `demo`.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from omiflow.emulator.emulate import DEMO_DIRECTORY, PORT
from omiflow.emulator.pace import within
from omiflow.emulator.seen import Seen
from omiflow.emulator.sender import play
from omiflow.emulator.server import LOOPBACK, serving, standin
from omiflow.emulator.service import Service, free_port, running
from omiflow.emulator.show import Timeline
from omiflow.errors import EnvironmentFault
from omiflow.omi.recorded import Recorded, read_recorded

SERVICE_PORT = 8787
QUIET = 2.0
LONGEST_WAIT = 30.0


async def perform(*, examples: Path, seconds: float, once: bool, console: Console) -> None:
    """Play the day of `examples` in about `seconds`; then end if `once`, else stay until cancelled.

    Raises EnvironmentFault when omiflow can't be started or ends by itself.
    """
    day = list(read_recorded(examples / "day.jsonl"))
    seen, timeline = Seen(), Timeline(console)
    seen.listen(timeline.arrived)
    with TemporaryDirectory(prefix="omiflow-demo-") as folder:
        app = standin(DEMO_DIRECTORY, seen=seen, clock=time.time)
        async with serving(app, port=free_port(PORT)) as port:
            token = secrets.token_urlsafe(18)
            service = Service(
                config=examples / "omiflow.yaml",
                port=free_port(SERVICE_PORT),
                folder=Path(folder),
                environment=environment(port=port, token=token, folder=Path(folder)),
            )
            _opening(console, service, examples=examples, requests=len(day))
            async with running(service) as process:
                base = f"{service.url}/hooks/{token}"
                ended = asyncio.create_task(process.wait())
                playing = asyncio.create_task(_play(day, base=base, seconds=seconds, seen=seen, timeline=timeline))
                await _first(playing, ended)
                _closing(console, base=base, omi_port=port, arrived=seen.total, requests=len(day), once=once)
                if not once:
                    await _first(asyncio.create_task(asyncio.Event().wait()), ended)


def environment(*, port: int, token: str, folder: Path) -> dict[str, str]:
    """Give the settings that turn the example configuration towards a stand-in on `port`."""
    omi = f"http://{LOOPBACK}:{port}"
    return {
        "OMIFLOW_TOKEN": token,
        "OMIFLOW_DATA_FOLDER": str(folder / "data"),
        "OMIFLOW_OMI__BASE_URL": omi,
        "OMIFLOW_CONNECTIONS__SLACK__BASE_URL": f"{omi}/slack/api",
        "OMIFLOW_CONNECTIONS__HOME__BASE_URL": f"{omi}/http/home",
        "OMIFLOW_CONNECTIONS__TODO__BASE_URL": f"{omi}/http/todo",
        "FAMILY_SLACK_WEBHOOK": f"{omi}/slack/hook/family",
    }


async def _play(day: list[Recorded], *, base: str, seconds: float, seen: Seen, timeline: Timeline) -> None:
    """Play the day, then wait until nothing has arrived for a while."""
    await play(day, base=base, tell=timeline.happened, pace=within(seconds))
    deadline = time.monotonic() + LONGEST_WAIT
    before = -1
    while before != seen.total and time.monotonic() < deadline:
        before = seen.total
        await asyncio.sleep(QUIET)


async def _first(work: asyncio.Task[object], ended: asyncio.Task[int]) -> None:
    """Wait for `work`; raises EnvironmentFault if omiflow ends before it."""
    try:
        await asyncio.wait({work, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise EnvironmentFault(f"omiflow ended with status {ended.result()}; its own words stand above")
        await work
    finally:
        work.cancel()


def _opening(console: Console, service: Service, *, examples: Path, requests: int) -> None:
    console.print()
    console.print("[bold]omiflow[/]  rules for what is said around an Omi")
    console.print(f"rules       {examples / 'rules'}", soft_wrap=True)
    console.print(f"omiflow     {service.url}", soft_wrap=True)
    console.print(f"a day       {requests} requests, as Omi would send them; Ctrl-C ends it at any time")
    console.print()


def _closing(console: Console, *, base: str, omi_port: int, arrived: int, requests: int, once: bool) -> None:
    console.print()
    console.rule("[bold]that was the day[/]", style="dim", align="left")
    console.print()
    console.print(f"{requests} requests went in, {arrived} calls came out")
    if once:
        return
    console.print(f"what came out     http://{LOOPBACK}:{omi_port}/seen", soft_wrap=True)
    console.print("one more          say something yourself:")
    said = '{"segments": [{"text": "Good night, house", "is_user": true, "start": 0, "end": 2}]}'
    console.print(
        f"  curl '{base}/realtime_transcript?uid=nIv7Qd2RtYw5KxBz8LmPs3EoHc41' \\\n"
        f"    -H 'Content-Type: application/json' -d '{said}'",
        soft_wrap=True,
        markup=False,
        highlight=False,
    )
    console.print("Ctrl-C ends both")
