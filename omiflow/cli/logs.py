"""Logs: lines for people on a terminal, JSON elsewhere; secrets never reach them."""

from __future__ import annotations

import atexit
import logging
import sys
import time
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from queue import Full, Queue
from threading import Thread
from typing import Any, TextIO, cast

import structlog

from omiflow.actions.redaction import Blotter

EMPTY = (None, "")
MOST_WAITING = 10_000
LAST_WORDS = 1.0
"""How long the end of the process waits for its log, in seconds."""


def configure_logs(form: str, secrets: frozenset[str]) -> Any:
    """Set up structlog, and the libraries' own logs from warnings on; give the logger.

    `form` is `console` or `json`; `secrets` are blotted out of every value. No local variables stand in tracebacks.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if form == "console" else "iso", utc=form != "console"),
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
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
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


def _without_empty(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in [name for name, value in line.items() if value in EMPTY]:
        del line[name]
    return line


def _blotting(blotter: Blotter) -> Callable[[Any, str, MutableMapping[str, Any]], MutableMapping[str, Any]]:
    def blotted(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {name: blotter.value(value) for name, value in line.items()}

    return blotted


class _Lasting:
    """A stream that a thread writes to, as long as it takes anything.

    A full disk, a closed pipe or one that nobody reads must not stop events: lines beyond 10,000 waiting are dropped.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: Queue[str] = Queue(MOST_WAITING)
        Thread(target=self._work, name="omiflow-log", daemon=True).start()
        atexit.register(self._drain)

    def write(self, text: str) -> None:
        with suppress(Full):
            self._lines.put_nowait(text)

    def flush(self) -> None:
        """Leave it to the thread."""

    def _work(self) -> None:
        while True:
            text = self._lines.get()
            with suppress(OSError, ValueError):
                self._stream.write(text)
                if self._lines.empty():
                    self._stream.flush()
            self._lines.task_done()

    def _drain(self) -> None:
        """Give the thread a moment for the last lines."""
        deadline = time.monotonic() + LAST_WORDS
        while self._lines.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.005)
