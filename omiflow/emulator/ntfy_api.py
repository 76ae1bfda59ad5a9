"""The part of ntfy that rules talk to: publishing a notification as JSON, at the root of the server.

It keeps nothing for phones to fetch. Source: ntfy's documentation, "Publish as JSON".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler

from omiflow.emulator.seen import Pushed, Refused, Seen


def ntfy_api(*, seen: Seen, clock: Callable[[], float]) -> HTTPRouteHandler:
    """Make the route `POST /`; every topic exists."""

    @post("/", status_code=200)
    async def publish(request: Request[Any, Any, Any]) -> Response[Any]:
        try:
            said = msgspec.json.decode(await request.body(), type=_Publication)
        except (msgspec.DecodeError, UnicodeDecodeError):
            seen.add(Refused(at=clock(), path="/", status=400, detail="invalid request: a topic and JSON are wanted"))
            return Response({"code": 40024, "http": 400, "error": "invalid request"}, status_code=400)
        seen.add(Pushed(at=clock(), topic=said.topic, title=said.title, message=said.message))
        return Response({"id": f"p{seen.total}", "event": "message", "topic": said.topic, "message": said.message})

    return publish


class _Publication(msgspec.Struct):
    topic: str
    title: str = ""
    message: str = ""
