"""Ends what runs on Ctrl-C, a terminate or a lost terminal, without a traceback.

What has to be put away is left to the work's own `finally` blocks.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def until_signalled(work: Coroutine[Any, Any, Any]) -> bool:
    """Run `work` to its end, or cancel it once a signal comes; tells whether one came."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    signalled = asyncio.Event()

    def end() -> None:
        if not signalled.is_set():
            signalled.set()
            task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, end)
    try:
        await task
    except asyncio.CancelledError:
        if not signalled.is_set():
            raise
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
    return signalled.is_set()
