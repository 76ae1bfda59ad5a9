"""What an action may use while it is performed; who fills it, and from where, is left to the runtime."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from omiflow.actions.files import Files
from omiflow.actions.http_client import Http
from omiflow.actions.kept import Kept
from omiflow.actions.remembered import Remembered


class Log(Protocol):
    """A bound logger in structlog's manner: an event's name, then its values."""

    def debug(self, event: str, **values: Any) -> Any:
        """Log what only the curious want."""

    def info(self, event: str, **values: Any) -> Any:
        """Log what is as it should be."""

    def warning(self, event: str, **values: Any) -> Any:
        """Log what somebody should look at."""

    def error(self, event: str, **values: Any) -> Any:
        """Log what went wrong."""


@dataclass(frozen=True, kw_only=True)
class AppAccess:
    """Say which app acts, and with which key it may call Omi."""

    name: str
    omi_app_id: str | None = None
    api_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Carry one attempt of one step: who for, through what, and for how many seconds (`timeout`).

    `connection` is the resolved connection with its `type`, `remembered` what earlier attempts have learnt.
    """

    uid: str | None
    app: AppAccess
    omi_base_url: str
    idempotency_key: str
    timeout: float
    http: Http
    files: Files
    kept: Kept
    log: Log
    run_id: str
    step: str
    group: str | None = None
    connection: Mapping[str, Any] | None = field(default=None, repr=False)
    remembered: Remembered = field(default_factory=Remembered, repr=False)

    def setting(self, name: str) -> Any:
        """Give a setting of the connection, None where there is no connection or it lacks the setting."""
        return (self.connection or {}).get(name)
