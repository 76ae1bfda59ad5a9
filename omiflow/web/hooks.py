"""The hooks: requests of Omi's in, JSON objects out, always fast.

It is a bare ASGI application, which skips all parsing that hooks don't need; what a request means is decided in
`intake`.
"""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any, cast

import msgspec
from litestar.types import HTTPScope, Receive, Scope, Send

from omiflow.errors import BadRequest, StoreFault
from omiflow.language.settings.config import Config
from omiflow.omi.query import read_query
from omiflow.omi.times import parse
from omiflow.runtime.arrivals import KEPT_HEADERS, HookRequest
from omiflow.runtime.clock import Clock, RequestClock
from omiflow.runtime.intake import Intake
from omiflow.runtime.runner import Runner
from omiflow.web.bodies import BODY_HEADERS, read_body

HOOKS = "hooks/"
JSON = (b"content-type", b"application/json")
LONGEST_QUERY = 8_192
TOLD_PATIENCE = 2.0
"""How long a request that tells the time waits, in seconds, for what was due before it."""
AT_HEADER = "x-omiflow-at"
READ_HEADERS = {name.encode(): name for name in (*KEPT_HEADERS, *BODY_HEADERS, AT_HEADER)}

_encode = msgspec.json.Encoder().encode


class Hooks:
    """Answers requests below `/hooks`."""

    def __init__(
        self, *, intake: Intake, runner: Runner, config: Config, tokens: Mapping[str, str], clock: Clock, log: Any
    ) -> None:
        self.intake = intake
        self.runner = runner
        self.tokens = [(token.encode(), app) for token, app in tokens.items()]
        self.clock = clock
        self.told = isinstance(clock, RequestClock)
        self.most = config.limits.body
        self.log = log

    async def answer(self, scope: HTTPScope, receive: Receive) -> tuple[int, bytes]:
        """Give status and body for one request."""
        try:
            path = [part for part in scope["path"].split("/") if part][1:]
            app = self.app(path[0] if path else "")
            asked = _asked(path)
            if asked is not None:
                return 200, _encode(asked)
            answer = await self.intake.accept(await self.request(app, path, scope, receive))
        except BadRequest as refusal:
            self.intake.metrics.refused.labels(str(refusal.status)).inc()
            return refusal.status, _encode({"error": str(refusal)})
        except StoreFault as fault:
            self.log.error("an event could not be stored", reason=str(fault))  # noqa: TRY400
            return 503, _encode({"error": "the event could not be stored; send it again"})
        except Exception:
            self.log.exception("a hook failed before its event was stored")
            return 503, _encode({"error": "the event could not be stored; send it again"})
        return 200, _encode(answer) if answer else b"{}"

    async def request(self, app: str, path: list[str], scope: HTTPScope, receive: Receive) -> HookRequest:
        """Read a request that brings an event; raises BadRequest."""
        event, webhook = _event(path)
        if scope["method"] != "POST":
            raise BadRequest(405, "hooks take POST")
        if len(scope["query_string"]) > LONGEST_QUERY:
            raise BadRequest(414, f"the query is longer than {LONGEST_QUERY} bytes")
        headers = {
            READ_HEADERS[name]: value.decode("latin-1") for name, value in scope["headers"] if name in READ_HEADERS
        }
        body = await read_body(receive, headers, most=self.most)
        if self.told:
            await self.runner.caught_up(within=TOLD_PATIENCE)
        return HookRequest(
            app=app,
            event=event,
            webhook=webhook,
            body=body,
            query=read_query(scope["query_string"]),
            headers=headers,
            arrived=self.clock.arrival(parse(headers.get(AT_HEADER)) if self.told else None),
        )

    def app(self, token: str) -> str:
        """Give the app of a path secret; raises BadRequest (404) for an unknown one."""
        given = token.encode()
        found = None
        for known, app in self.tokens:
            if compare_digest(known, given):
                found = app
        if found is None:
            raise BadRequest(404, "no app has this token; `omiflow urls` shows the URLs to use")
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, as an ASGI application."""
        status, body = await self.answer(cast("HTTPScope", scope), receive)
        headers = [JSON, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _asked(path: list[str]) -> dict[str, Any] | None:
    """Answer what Omi asks an app beside events: nothing has to be set up, and there are no chat tools.

    A failure would count against the app (Omi's protocol, 4 and 5).
    """
    match path[1:]:
        case ["setup_completed"]:
            return {"is_setup_completed": True}
        case ["tools", name]:
            return {"result": f"there is no chat tool '{name[:100]}' here"}
    return None


def _event(path: list[str]) -> tuple[str, str | None]:
    """Read event and webhook name from `<token>/<event>` or `<token>/webhook/<name>`."""
    match path[1:]:
        case ["webhook", name]:
            return "webhook", name
        case [event] if event and event != "webhook":
            return event, None
    raise BadRequest(404, "a hook's path is /hooks/<token>/<event> or /hooks/<token>/webhook/<name>")
