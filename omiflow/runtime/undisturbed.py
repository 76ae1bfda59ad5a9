"""Waiting for what must not be left half done: a cancellation comes into effect only afterwards.

Requests whose sender went away are cancelled, and so are chores at the end; what then follows is the caller's to say.
"""

from __future__ import annotations

import asyncio
from typing import TypeVar

from omiflow.store.lasting import Lasting

Answer = TypeVar("Answer")


async def undisturbed(work: Lasting[Answer]) -> Answer:
    """Give what becomes of some work; whoever is cancelled meanwhile is so at the next thing that they wait for."""
    try:
        return await work
    except asyncio.CancelledError:
        waiter = asyncio.current_task()
        if waiter is None or not work.done():
            raise
        waiter.uncancel()
        waiter.cancel()
        return work.result()
