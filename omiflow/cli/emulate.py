"""`omiflow emulate`: a stand-in for Omi and its neighbours."""

from __future__ import annotations

from pathlib import Path

import click

from omiflow.emulator.emulate import emulate


@click.command("emulate")
@click.option(
    "--port",
    default=9100,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Where it listens; 0 takes a free one.",
)
@click.option(
    "--send",
    type=click.Path(path_type=Path, exists=True),
    help="Recorded requests to play, as Omi would; it goes on listening afterwards.",
)
@click.option("--to", help="Where to send them: http://…/hooks/TOKEN")
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(min=0.01), help="2 is twice as fast.")
def emulate_command(port: int, send: Path | None, to: str | None, speed: float) -> None:
    """Stand in for Omi, Slack, Notion, a model, ntfy and any HTTP service.

    It shows what they are sent, and plays recorded requests. At its start, and at GET /, it shows the lines for
    omiflow.yaml that send everything here: omi.base_url, a connection for each of them, and the app it knows, demo-app
    with the key sk_demo. GET /seen gives what arrived as JSON.
    """
    emulate(port=port, send=send, to=to, speed=speed)
