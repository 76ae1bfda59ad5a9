"""The configuration that omiflow was started with, beside what its files say by now: it is read at the start only.

What they mean is decided by `language.settings`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LOOK_EVERY = 1.0

Texts = dict[Path, bytes | None]


class StartedWith:
    """Notices that a file of the configuration says something else than at the start, and tells it once a change."""

    def __init__(self, files: Iterable[Path], *, log: Any) -> None:
        self._log = log
        self._started = self._last = self._told = {path: _text(path) for path in files}

    @property
    def changed(self) -> list[Path]:
        """List the files that are known to say something else than at the start."""
        return [path for path, text in self._told.items() if text != self._started[path]]

    async def watch(self) -> None:
        """Look now and then, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.look(await asyncio.to_thread(self.read))

    def read(self) -> Texts:
        """Read the files as they are now, None for one that can't be read."""
        return {path: _text(path) for path in self._started}

    def look(self, now: Texts) -> None:
        """Tell a change once it has stayed from one look to the next, so that no half of a file is taken for one."""
        if now == self._last and now != self._told:
            self._told = now
            self.tell()
        self._last = now

    def tell(self) -> None:
        """Say which files have changed, if any have."""
        for path in self.changed:
            self._log.warning("the configuration has changed; start omiflow again to use it", file=str(path))


def _text(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
