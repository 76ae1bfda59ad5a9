"""A pipe for another process to write lines into, told in order whenever somebody wants to be up to date.

What the lines say is left to `told`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator

CHUNK = 65_536


class Lines:
    """Gives each whole line to `tell`; what is written before `catch_up` is called has been told when it returns."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._unfinished = b""
        self._reading: int | None = None

    @contextlib.contextmanager
    def open(self) -> Iterator[int]:
        """Give a file descriptor to write to, told of as it is written; the block's end tells what is left."""
        self._reading, writing = os.pipe()
        os.set_blocking(self._reading, False)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._reading, self.catch_up)
        try:
            yield writing
        finally:
            self.catch_up()
            loop.remove_reader(self._reading)
            os.close(writing)
            os.close(self._reading)
            self._reading = None
            if self._unfinished:
                self._take(b"\n")

    def catch_up(self) -> None:
        """Tell every line that has been written by now."""
        while self._reading is not None:
            try:
                written = os.read(self._reading, CHUNK)
            except BlockingIOError:
                return
            self._take(written)

    def _take(self, written: bytes) -> None:
        *lines, self._unfinished = (self._unfinished + written).split(b"\n")
        for line in lines:
            self._tell(line.decode(errors="replace"))
