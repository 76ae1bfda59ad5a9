"""The stand-in's server: all its APIs in one application, run inside the calling process.

What the APIs do is left to their own files; who ends the server is left to the caller.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import uvicorn
from litestar import Litestar, MediaType, Request, Response, get
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException
from litestar.types import ControllerRouterHandler

from omiflow.emulator.http_sink import http_sink
from omiflow.emulator.llm_api import llm_api
from omiflow.emulator.notion_api import notion_api
from omiflow.emulator.ntfy_api import ntfy_api
from omiflow.emulator.offer import offer
from omiflow.emulator.omi_api import omi_api
from omiflow.emulator.omi_gate import Directory
from omiflow.emulator.seen import Refused, Seen
from omiflow.emulator.slack_api import slack_api
from omiflow.errors import EnvironmentFault

LOOPBACK = "127.0.0.1"


def standin(directory: Directory, *, seen: Seen, clock: Callable[[], float]) -> Litestar:
    """Make the application: Omi's API, its neighbours, `GET /` with what it offers, `GET /seen` with what arrived.

    The neighbours are Slack, Notion, a language model, ntfy, and any HTTP service below `/http`.
    """

    @get("/", media_type=MediaType.TEXT)
    async def offered(request: Request[Any, Any, Any]) -> str:
        return offer(directory, url=str(request.base_url))

    @get("/seen")
    async def report() -> dict[str, Any]:
        return seen.report()

    def astray(request: Request[Any, Any, Any], refusal: HTTPException) -> Response[Any]:
        said = f"nothing takes {request.method} here; GET / tells what there is"
        seen.add(Refused(at=clock(), path=request.url.path, status=refusal.status_code, detail=said))
        return Response({"detail": said}, status_code=refusal.status_code, headers=refusal.headers)

    apis: list[ControllerRouterHandler] = [
        omi_api(directory, seen=seen, clock=clock),
        slack_api(seen=seen, clock=clock),
        notion_api(seen=seen, clock=clock),
        llm_api(seen=seen, clock=clock),
        ntfy_api(seen=seen, clock=clock),
        http_sink(seen=seen, clock=clock),
    ]
    return Litestar(
        route_handlers=[*apis, offered, report],
        exception_handlers={NotFoundException: astray, MethodNotAllowedException: astray},
        openapi_config=None,
        logging_config=None,
    )


@contextlib.asynccontextmanager
async def serving(app: Any, *, port: int) -> AsyncIterator[int]:
    """Serve an ASGI application on loopback inside the block; gives the port, which 0 leaves to the system."""
    bound = _bind(port)
    config = uvicorn.Config(
        app, log_config=None, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=2
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        await server.up.wait()
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        await task


class _Server(uvicorn.Server):
    """A server that says when it is up and leaves the signals to whoever started it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bind(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
    except OSError as error:
        bound.close()
        raise EnvironmentFault(f"port {port} can't be had: {error.strerror}; another one goes with --port") from error
    return bound
