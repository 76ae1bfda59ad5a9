"""Storing what must not be forgotten, however long the store refuses; what that is, is others' to say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from omiflow.errors import StoreFault

SHORTEST_REST = 0.25
LONGEST_REST = 30.0


async def persist(storing: Callable[[], Awaitable[None]], *, what: str, log: Any) -> None:
    """Try until the store takes it; `what` it is, is told in the log."""
    rest = SHORTEST_REST
    while True:
        try:
            await storing()
        except StoreFault as fault:
            log.error("the store refuses; it is asked again", what=what, reason=str(fault))  # noqa: TRY400
            await asyncio.sleep(rest)
            rest = min(rest * 2, LONGEST_REST)
        else:
            return
