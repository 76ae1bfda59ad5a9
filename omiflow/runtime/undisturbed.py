"""Waiting for what must not be left half done: a cancellation comes into effect only afterwards.

Requests whose sender went away are cancelled, and so are chores at the end; what then follows is the caller's to say.
"""

from __future__ import annotations

import asyncio
from typing import TypeVar

Answer = TypeVar("Answer")


async def undisturbed(work: asyncio.Future[Answer]) -> Answer:
    """Give what becomes of some work; whoever is cancelled meanwhile is so at the next thing that they wait for."""
    waiter = asyncio.current_task()
    cancellations = 0
    try:
        while True:
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                if waiter is None or work.cancelled():
                    raise
                waiter.uncancel()
                cancellations += 1
    finally:
        for _ in range(cancellations):
            waiter.cancel()  # type: ignore[union-attr]
