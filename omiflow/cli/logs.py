"""Logs: lines for people on a terminal, JSON elsewhere; secrets never reach them."""

from __future__ import annotations

import logging
import os
import sys
from collections import deque
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from select import select
from threading import Lock
from typing import Any, TextIO, cast

import structlog

from omiflow.actions.redaction import Blotter

EMPTY = (None, "")
MOST_WAITING = 10_000
AT_ONCE = 4_096
"""What a pipe takes at once if it takes anything, in bytes (POSIX: PIPE_BUF)."""


def configure_logs(form: str, secrets: frozenset[str], *, zone: tzinfo = UTC) -> Any:
    """Set up structlog, and the libraries' own logs from warnings on; give the logger.

    `form` is `console`, whose times are those of `zone`, or `json`, in UTC; `secrets` are blotted out of every value.
    No local variables stand in tracebacks.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _timed(zone) if form == "console" else structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        _without_empty,
        _blotting(Blotter(secrets)),
    ]
    colors = form == "console" and sys.stderr.isatty()
    last: Any = (
        structlog.dev.ConsoleRenderer(colors=colors) if form == "console" else structlog.processors.JSONRenderer()
    )
    stream = cast("TextIO", _Lasting(sys.stderr))
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    foreign = logging.StreamHandler(stream)
    foreign.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shared, last]
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[foreign], force=True)
    return structlog.get_logger()


def _timed(zone: tzinfo) -> Callable[[Any, str, MutableMapping[str, Any]], MutableMapping[str, Any]]:
    def timed(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {**line, "timestamp": f"{datetime.now(zone):%H:%M:%S}"}

    return timed


def _without_empty(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in [name for name, value in line.items() if value in EMPTY]:
        del line[name]
    return line


def _blotting(blotter: Blotter) -> Callable[[Any, str, MutableMapping[str, Any]], MutableMapping[str, Any]]:
    def blotted(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {name: blotter.value(value) for name, value in line.items()}

    return blotted


class _Lasting:
    """A stream that is written to only while it takes anything at once.

    A full disk, a closed pipe or one that nobody reads must not stop events: what does not go out waits, 10,000 lines
    at most, for the next line that does.
    """

    def __init__(self, stream: TextIO) -> None:
        self._file = stream.fileno()
        self._waiting: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._lock = Lock()

    def write(self, text: str) -> None:
        with self._lock:
            written = text.encode(errors="backslashreplace")
            self._waiting.extend(written[at : at + AT_ONCE] for at in range(0, len(written), AT_ONCE))
            with suppress(OSError, ValueError):
                while self._waiting and select([], [self._file], [], 0)[1]:
                    os.write(self._file, self._waiting[0])
                    self._waiting.popleft()

    def flush(self) -> None:
        """Nothing is held back that could go out."""
