"""Heavy work in a thread, so that the event loop beside it hardly notices.

Which work that is, and in which thread, is the caller's to say.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH_INTERVAL = 0.0005


@contextmanager
def unhurried() -> Iterator[None]:
    """Let other threads go on at any moment while this one makes many objects that stay.

    A full garbage collection would stop them all, 100 ms for a thousand rules. None happens in here, and what was made
    is not looked at again by later ones; it goes as soon as nothing refers to it.
    """
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        sys.setswitchinterval(interval)
