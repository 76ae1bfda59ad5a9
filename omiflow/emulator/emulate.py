"""The stand-in as a command runs it: serve, play a recording if there is one, show it all.

Options and their texts are left to the command line.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from omiflow.emulator.ending import until_signalled
from omiflow.emulator.offer import offer
from omiflow.emulator.omi_gate import Directory, OmiApp
from omiflow.emulator.pace import at_speed
from omiflow.emulator.seen import Seen
from omiflow.emulator.sender import play
from omiflow.emulator.server import LOOPBACK, serving, standin
from omiflow.emulator.show import Timeline
from omiflow.errors import UsageError
from omiflow.omi.recorded import read_recorded

DEMO_DIRECTORY = Directory(apps={"demo-app": OmiApp()}, keys={"demo-app": "sk_demo"})
PORT = 9100


def emulate(
    *,
    port: int = PORT,
    send: Path | None = None,
    to: str | None = None,
    speed: float = 1.0,
    directory: Directory = DEMO_DIRECTORY,
    console: Console | None = None,
    clock: Callable[[], float] = time.time,
) -> None:
    """Serve the stand-in until Ctrl-C; with `send`, play that recording to `to` meanwhile.

    `to` is the part of the webhook URLs before the event's name. Raises UsageError, and EnvironmentFault for the port.
    """
    if send is not None and to is None:
        raise UsageError("a recording needs an address to go to; say --to http://127.0.0.1:8787/hooks/TOKEN")
    if to is not None and not to.startswith(("http://", "https://")):
        raise UsageError(f"'{to}' is no address to send to; one begins with http:// or https://")
    if speed <= 0:
        raise UsageError(f"a speed of {speed:g} leads nowhere; 1 is as recorded, 60 makes a minute a second")
    terminal = console or Console(highlight=False)
    terminal.soft_wrap = terminal.soft_wrap or not terminal.is_terminal
    work = _emulating(port=port, send=send, to=to, speed=speed, directory=directory, console=terminal, clock=clock)
    asyncio.run(until_signalled(work))


async def _emulating(
    *,
    port: int,
    send: Path | None,
    to: str | None,
    speed: float,
    directory: Directory,
    console: Console,
    clock: Callable[[], float],
) -> None:
    seen, timeline = Seen(), Timeline(console)
    seen.listen(timeline.arrived)
    async with serving(standin(directory, seen=seen, clock=clock), port=port) as bound:
        url = f"http://{LOOPBACK}:{bound}"
        console.print(f"the stand-in for Omi and its neighbours listens on {url}; Ctrl-C ends it\n", soft_wrap=True)
        console.print(offer(directory, url=url), soft_wrap=True, markup=False)
        if send is not None and to is not None:
            await play(list(read_recorded(send)), base=to, tell=timeline.happened, pace=at_speed(speed))
            console.print(f"\nthat was {send.name}; still listening, Ctrl-C ends it")
        await asyncio.Event().wait()
