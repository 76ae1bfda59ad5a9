"""Logs: lines for people on a terminal, JSON elsewhere; secrets never reach them."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

EMPTY = (None, "")


def configure_logs(form: str, secrets: frozenset[str]) -> Any:
    """Set structlog up and give the logger; `form` is `console` or `json`, `secrets` are blotted out of every value."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if form == "console" else "iso", utc=form != "console"),
        structlog.processors.format_exc_info,
        _without_empty,
        _Blot(secrets),
    ]
    colors = form == "console" and sys.stderr.isatty()
    last: Any = structlog.dev.ConsoleRenderer(colors=colors) if form == "console" else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    return structlog.get_logger()


def _without_empty(_: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in [name for name, value in line.items() if value in EMPTY]:
        del line[name]
    return line


class _Blot:
    """Replaces every known secret inside the texts of a log line."""

    def __init__(self, secrets: frozenset[str]) -> None:
        self._secrets = sorted(secrets, key=len, reverse=True)

    def __call__(self, _: Any, __: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for name, value in line.items():
            if isinstance(value, str):
                for secret in self._secrets:
                    if secret in value:
                        value = value.replace(secret, "•••")  # noqa: PLW2901
                line[name] = value
        return line
