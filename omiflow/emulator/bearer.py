"""Whether a call to a neighbour of the stand-in's brings a token; which one does not matter to any of them."""

from __future__ import annotations

from typing import Any

from litestar import Request


def has_bearer(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a request has an `Authorization: Bearer` with something behind it."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return scheme == "Bearer" and bool(token)
