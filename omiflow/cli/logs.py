"""Logs: lines for people on a terminal, JSON elsewhere; secrets never reach them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

from omiflow.actions.redaction import forms_of
from omiflow.language.config_secrets import SHORTEST_SECRET

EMPTY = (None, "")


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
        _Blot(secrets),
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


class _Lasting:
    """A stream that is written to as long as it takes anything; a full disk or a closed pipe must not stop events."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


class _Blot:
    """Replaces every known secret inside the values of a log line, however deep."""

    def __init__(self, secrets: frozenset[str]) -> None:
        forms = {form for secret in secrets for known in forms_of(secret) for form in (known, repr(known)[1:-1])}
        self._forms = sorted((form for form in forms if len(form) >= SHORTEST_SECRET), key=len, reverse=True)

    def __call__(self, _: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for name, value in line.items():
            line[name] = self._blotted(value)
        return line

    def _blotted(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {key: self._blotted(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._blotted(inner) for inner in value]
        text = str(value)
        for form in self._forms:
            text = text.replace(form, "•••")
        return text
