"""A run with all it needs to go on, where a step of it leads, and the signal that it goes on later.

Carrying it out is the business of `carry`.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from omiflow.engine.interpret import Perform
from omiflow.engine.rules import Rule
from omiflow.model import Entry, Event, Run


class Parked(Exception):
    """The run goes on later; a signal, not a fault."""

    def __init__(self, *, due: float, reason: str) -> None:
        super().__init__(reason)
        self.due = due
        self.reason = reason


@dataclass(frozen=True)
class Freight:
    """A run with all it needs to go on."""

    run: Run
    rule: Rule
    event: Event
    journal: list[Entry]


def destination(asked: Perform) -> str:
    """Name what a step calls: a whole URL's host, else the connection, else the action itself."""
    url = asked.data.get("url") if isinstance(asked.data, dict) else None
    try:
        host = urlsplit(url).netloc if isinstance(url, str) else ""
    except ValueError:
        host = ""
    return host or asked.step.connection or asked.step.action
