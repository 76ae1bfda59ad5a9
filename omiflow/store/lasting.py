"""A future that goes on when whoever waits for it is cancelled: what is being written can't be taken back.

What the cancelled one does then is left to them.
"""

from __future__ import annotations

import asyncio
from typing import TypeVar

Answer = TypeVar("Answer")


class Lasting(asyncio.Future[Answer]):
    """A future that nobody can cancel; a task that waits for it and is cancelled hears of that when it is done."""

    def cancel(self, msg: object = None) -> bool:  # noqa: ARG002 - as in asyncio
        """Go on."""
        return False
