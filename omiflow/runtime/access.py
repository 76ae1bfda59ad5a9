"""What actions may use: connections and keys of the configuration, and the one HTTP client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from omiflow.actions.http_client import Http
from omiflow.actions.scope import AppAccess


@dataclass(frozen=True)
class Access:
    """The outward side of a configuration."""

    http: Http
    apps: Mapping[str, AppAccess]
    connections: Mapping[str, Mapping[str, Any]]
    omi_base_url: str
    log: Any
