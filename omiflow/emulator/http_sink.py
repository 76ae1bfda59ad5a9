"""Any other service: whatever is asked of it, it writes down and says yes.

A real service's answers are left to the service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request, Router, route
from litestar.params import FromPath

from omiflow.emulator.seen import HttpCall, Seen

SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


def http_sink(*, seen: Seen, clock: Callable[[], float]) -> Router:
    """Make the routes below `/http`; headers that carry secrets are not kept."""

    @route("/{path:path}", http_method=["GET", "POST", "PUT", "PATCH", "DELETE"], status_code=200)
    async def sink(request: Request[Any, Any, Any], path: FromPath[str]) -> dict[str, bool]:
        query = request.query_params
        arrival = HttpCall(
            at=clock(),
            method=request.method,
            path=path.strip("/"),
            query={name: query.getall(name) for name in dict.fromkeys(query.keys())},
            headers={name: value for name, value in request.headers.items() if name not in SECRET_HEADERS},
            body=_body(await request.body()),
        )
        seen.add(arrival)
        return {"ok": True}

    return Router("/http", route_handlers=[sink])


def _body(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return raw.decode(errors="replace")
