"""What actions may use: connections and keys of the configuration, the one HTTP client, and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from omiflow.actions.files import Files
from omiflow.actions.http_client import Http
from omiflow.actions.remembered import Remembered
from omiflow.actions.scope import AppAccess


@dataclass(frozen=True)
class Access:
    """The outward side of a configuration."""

    http: Http
    files: Files
    apps: Mapping[str, AppAccess]
    connections: Mapping[str, Mapping[str, Any]]
    omi_base_url: str
    log: Any
    remembered: Remembered = field(default_factory=Remembered)
