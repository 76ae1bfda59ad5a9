"""The web application: every route, put together."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request, Response
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.types import ASGIApp, Receive, Scope, Send

from omiflow import __version__
from omiflow.runtime.root import Root
from omiflow.web.api import api_router
from omiflow.web.health import health_handlers
from omiflow.web.hooks import HOOKS, Hooks


def web_app(root: Root) -> ASGIApp:
    """Build the application of a running omiflow: the hooks, which need nothing of Litestar's, and all the rest."""
    hooks = Hooks(
        intake=root.intake,
        runner=root.runner,
        config=root.config,
        tokens=root.hook_tokens,
        clock=root.clock,
        log=root.log,
    )
    rest = Litestar(
        route_handlers=[*health_handlers(root), api_router(root)],
        exception_handlers={HTTPException: _refusal, Exception: _fault(root)},
        openapi_config=OpenAPIConfig(
            title="omiflow", version=__version__, path="/api/docs", render_plugins=[SwaggerRenderPlugin()]
        ),
        logging_config=None,
        pdb_on_exception=False,
        debug=False,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["path"].lstrip("/").startswith(HOOKS):
            await hooks(scope, receive, send)
        else:
            await rest(scope, receive, send)

    return app


def _refusal(_: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, str]]:
    return Response({"error": _reason(error)}, status_code=error.status_code, headers=error.headers)


def _reason(error: HTTPException) -> str:
    """Say what was wrong; of parameters, which."""
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return error.detail
    return "; ".join(f"'{one.get('key')}': {one.get('message')}" for one in error.extra)


def _fault(root: Root) -> Any:
    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, str]]:
        root.log.error("a request failed", path=request.url.path, exc_info=error)
        return Response({"error": "omiflow failed to answer; see its log"}, status_code=500)

    return answer
