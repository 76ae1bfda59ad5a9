"""The part of Slack that rules talk to: `chat.postMessage`, `chat.update`, permalinks, and incoming webhooks.

It knows no workspaces: every channel exists. Source: Slack's Web API and incoming webhooks, as documented by Slack.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath

from omiflow.emulator.bearer import has_bearer
from omiflow.emulator.seen import Refused, Seen, SlackHook, SlackPost


def slack_api(*, seen: Seen, clock: Callable[[], float]) -> Router:
    """Make the routes below `/slack`; any bearer token is good, none is not."""
    numbers = count(1)

    def refuse(path: str, error: str) -> dict[str, Any]:
        seen.add(Refused(at=clock(), path=path, status=200, detail=error))
        return {"ok": False, "error": error}

    async def post_of(request: Request[Any, Any, Any], *, updates: bool) -> dict[str, Any]:
        path = request.url.path
        if not has_bearer(request):
            return refuse(path, "not_authed")
        body = _body(await request.body(), request.headers.get("content-type", ""))
        if body is None:
            return refuse(path, "invalid_json")
        if not body.get("channel"):
            return refuse(path, "channel_not_found")
        if updates and not body.get("ts"):
            return refuse(path, "message_not_found")
        if not body.get("text") and not body.get("blocks"):
            return refuse(path, "no_text")
        now = clock()
        arrival = SlackPost(
            at=now,
            channel=str(body["channel"]),
            text=str(body.get("text") or ""),
            blocks=body.get("blocks") or [],
            thread_ts=body.get("thread_ts"),
            ts=str(body["ts"]) if updates else f"{int(now)}.{next(numbers):06d}",
        )
        seen.add(arrival)
        said = {"type": "message", "text": arrival.text, "ts": arrival.ts}
        return {"ok": True, "channel": arrival.channel, "ts": arrival.ts, "message": said}

    @post("/api/chat.postMessage", status_code=200)
    async def post_message(request: Request[Any, Any, Any]) -> dict[str, Any]:
        return await post_of(request, updates=False)

    @post("/api/chat.update", status_code=200)
    async def update_message(request: Request[Any, Any, Any]) -> dict[str, Any]:
        return await post_of(request, updates=True)

    @get("/api/chat.getPermalink")
    async def permalink(request: Request[Any, Any, Any]) -> dict[str, Any]:
        if not has_bearer(request):
            return refuse(request.url.path, "not_authed")
        channel, ts = (request.query_params.get(name, "") for name in ("channel", "message_ts"))
        link = f"https://demo.slack.com/archives/{channel.lstrip('#')}/p{ts.replace('.', '')}"
        return {"ok": True, "channel": channel, "permalink": link}

    @post("/hook/{hook:path}", status_code=200, media_type="text/html")
    async def incoming(request: Request[Any, Any, Any], hook: FromPath[str]) -> Response[str]:
        body = _body(await request.body(), request.headers.get("content-type", ""))
        error = "invalid_payload" if body is None else "" if body.get("text") or body.get("blocks") else "no_text"
        if body is None or error:
            refuse(request.url.path, error)
            return Response(error, status_code=400, media_type="text/html")
        arrival = SlackHook(
            at=clock(), hook=hook.strip("/"), text=str(body.get("text") or ""), blocks=body.get("blocks") or []
        )
        seen.add(arrival)
        return Response("ok", media_type="text/html")

    return Router("/slack", route_handlers=[post_message, update_message, permalink, incoming])


def _body(raw: bytes, content_type: str) -> Mapping[str, Any] | None:
    """Read a JSON object or a form; None if it is neither."""
    try:
        if content_type.startswith("application/x-www-form-urlencoded"):
            form = dict(parse_qsl(raw.decode()))
            return {**form, "blocks": msgspec.json.decode(form["blocks"])} if "blocks" in form else form
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return body if isinstance(body, dict) else None
