"""`omiflow serve`: the service."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import click
import uvicorn
import uvloop

from omiflow.cli.logs import configure_logs
from omiflow.cli.settings import config_option, configuration, rules_option
from omiflow.cli.urls import app_urls, listing
from omiflow.errors import EnvironmentFault, UsageError
from omiflow.language.settings.config import Config, absolute_database
from omiflow.language.settings.views import secrets
from omiflow.runtime.clock import RequestClock, WallClock
from omiflow.runtime.root import Root, running
from omiflow.runtime.tokens import SERVER, make_tokens, wanted_tokens, write_private
from omiflow.web.app import web_app


@click.command()
@config_option
@rules_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8787, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--database", help="The database, such as sqlite:///omiflow.db.")
@click.option("--no-reload", is_flag=True, help="Don't watch the rules folder.")
@click.option(
    "--clock",
    "clock",
    type=click.Choice(["wall", "request"]),
    default="wall",
    help="'request' (loopback only) takes the time from the header X-Omiflow-At.",
)
@click.option("--log-format", type=click.Choice(["console", "json"]), help="Lines for people, or JSON.")
def serve(
    *,
    config_path: Path | None,
    rules: Path | None,
    host: str,
    port: int,
    database: str | None,
    no_reload: bool,
    clock: str,
    log_format: str | None,
) -> None:
    """Run the service until Ctrl-C."""
    if clock == "request" and not _is_loopback(host):
        raise UsageError("--clock request believes what callers say of the time; use it with --host 127.0.0.1")
    if rules is not None and not rules.exists():
        raise UsageError(f"there is no rules folder '{rules}'; make it, or leave --rules out")
    config = configuration(config_path)
    if rules is not None:
        config = replace(config, rules=rules.absolute())
    if database is not None:
        config = replace(config, database=absolute_database(database, folder=Path.cwd()))
    listener = _listen(host, port)
    made = frozenset(make_tokens(config.data_folder, wanted_tokens(config)).values())
    form = log_format or ("console" if sys.stderr.isatty() else "json")
    log = configure_logs(form, secrets(config) | made, zone=ZoneInfo(config.timezone))
    with (
        suppress(KeyboardInterrupt, asyncio.CancelledError),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_serve(config, listener, log, told=clock == "request", reload=not no_reload))
    log.info("omiflow has ended")


class _Server(uvicorn.Server):
    """An HTTP server that leaves signals to `_serve`; uvicorn would end the process before anything is put away."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def _serve(config: Config, listener: socket.socket, log: Any, *, told: bool, reload: bool) -> None:
    _on_ending(cast("asyncio.Task[None]", asyncio.current_task()).cancel)
    async with running(config, clock=RequestClock() if told else WallClock(), log=log, reload=reload) as root:
        server = _Server(
            uvicorn.Config(
                web_app(root),
                loop="none",
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=5,
            )
        )
        _on_ending(lambda: server.handle_exit(signal.SIGINT, None))
        url = _url(listener)
        address = config.data_folder / SERVER
        write_private(address, {"url": url, "token": root.console_token, "pid": os.getpid()})
        _greet(root, url)
        log.info("omiflow listens", url=url, rules=len(root.live.rules.rules), timezone=config.timezone)
        try:
            await server.serve(sockets=[listener])
        finally:
            address.unlink(missing_ok=True)


def _on_ending(end: Callable[[], object]) -> None:
    """Call `end` for Ctrl-C and for the signal that service supervisors send."""
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, end)


def _greet(root: Root, url: str) -> None:
    """Print the URLs with their tokens, to a terminal only."""
    if not sys.stdout.isatty():
        return
    apps = app_urls(root.config.public_url or url, root.hook_tokens.items())
    click.echo(listing(apps, public=root.config.public_url is not None))


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is begun; raises EnvironmentFault."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise EnvironmentFault(f"can't listen on {host}:{port}: {error.strerror}; choose another --port") from error
    listener.listen(2048)
    listener.setblocking(False)
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
