"""Waiting for something to move in the rules folder: told by the kernel, or else noticed by looking now and then.

What has moved is found out by `rules_folder`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

from watchfiles import awatch

from omiflow.language.load import SUFFIXES

LOOK_EVERY = 0.4


async def moves(folder: Path, stop: asyncio.Event, *, log: Any) -> AsyncGenerator[None]:
    """Yield soon after every move, and every 0.4 s for moves nobody tells, such as a link's that points elsewhere.

    Waits also for a folder that isn't there yet, and for one that is another than before.
    """
    told = False
    while not stop.is_set():
        before = _identity(folder)
        if before is not None:
            try:
                async with aclosing(_told(folder, stop)) as moved:
                    async for _ in moved:
                        yield
                        if _identity(folder) != before:
                            break
            except (OSError, RuntimeError) as error:
                if not told:
                    log.warning("the rules folder can't be watched; it is looked at instead", reason=str(error))
                told = True
        await asyncio.sleep(LOOK_EVERY)
        yield


async def _told(folder: Path, stop: asyncio.Event) -> AsyncGenerator[None]:
    clock = asyncio.get_running_loop().time
    looked = clock()
    async for changes in awatch(
        os.path.realpath(folder),  # noqa: ASYNC240 - a few links' worth
        watch_filter=None,
        stop_event=stop,
        debounce=50,
        step=20,
        rust_timeout=int(LOOK_EVERY * 1000),
        yield_on_timeout=True,
    ):
        if clock() - looked >= LOOK_EVERY or any(_may_matter(path) for _, path in changes):
            yield
            looked = clock()


def _may_matter(path: str) -> bool:
    """Tell a rule file's path, or a folder's as far as it can be told, from those of editors and databases."""
    name = os.path.basename(path)  # noqa: PTH119 - called for every move
    return name.endswith(SUFFIXES) or "." not in name.lstrip(".")


def _identity(folder: Path) -> tuple[int, int] | None:
    """Tell the folder from one that takes its name later; None when there is none."""
    try:
        facts = folder.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
