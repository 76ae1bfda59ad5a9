"""Heavy work in a thread, so that the event loop beside it hardly notices.

Which work that is, and in which thread, is the caller's to say.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock

YOUNG = 50_000
YOUNG_BEFORE_OLDER = 50
SWITCH_INTERVAL = 0.0005


class _Lent:
    """A setting of the process, which is there once: it is changed for the first who wants that, until the last ends.

    `change` gives what puts it back.
    """

    def __init__(self, change: Callable[[], Callable[[], None]]) -> None:
        self._change = change
        self._back = _nothing
        self._holders = 0
        self._lock = Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._lock:
            if not self._holders:
                self._back = self._change()
            self._holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1
                if not self._holders:
                    self._back()


def collect_seldom() -> None:
    """Look for garbage less often: what users said lately is many objects, and hardly anything here is garbage.

    By default every quarter more of them would stop all requests, for as long as it takes to look at each.
    """
    gc.set_threshold(YOUNG, YOUNG_BEFORE_OLDER, YOUNG_BEFORE_OLDER)


def giving_way() -> AbstractContextManager[None]:
    """Let other threads go on at any moment while this one works, and any other that asked for it."""
    return _SWITCHING.held()


@contextmanager
def unhurried() -> Iterator[None]:
    """Let other threads go on at any moment while this one makes many objects that stay.

    A full garbage collection would stop them all, 100 ms for a thousand rules. None happens in here, and what was made
    is not looked at again by later ones; it goes as soon as nothing refers to it.
    """
    with _SWITCHING.held(), _COLLECTING.held():
        yield


def _switch_often() -> Callable[[], None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    return lambda: sys.setswitchinterval(interval)


def _collect_nothing() -> Callable[[], None]:
    collects = gc.isenabled()
    gc.disable()

    def back() -> None:
        gc.freeze()
        if collects:
            gc.enable()

    return back


def _nothing() -> None:
    """Leave all as it is."""


_SWITCHING = _Lent(_switch_often)
_COLLECTING = _Lent(_collect_nothing)
