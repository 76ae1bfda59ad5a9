"""What rules are checked against: the connections, apps and lists there are.

Reading the configuration is the business of `config`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from omiflow.actions.network import NetworkPolicy
from omiflow.speech.fillers import FILLERS


@dataclass(frozen=True)
class AppFacts:
    """An app as a check sees it; `scopes` and `variables` are None when they are not known."""

    name: str
    scopes: frozenset[str] | None = None
    has_key: bool = False
    prompts_per_day: int | None = None
    variables: frozenset[str] | None = None


@dataclass(frozen=True)
class Facts:
    """What a configuration offers to rules.

    `connections` maps a name to the settings it has, with its `type`. It is not `complete` when the configuration could
    not be read: then what rules want of it is not checked. `network` is None where it isn't known where actions may
    connect to. `grouped` are the users that have a group, None where that isn't known. `timezone` is that of times that
    are written without an offset, and `fillers` are those of all languages.
    """

    apps: Mapping[str, AppFacts] = field(default_factory=lambda: {"default": AppFacts("default")})
    connections: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    complete: bool = True
    network: NetworkPolicy | None = None
    grouped: frozenset[str] | None = None
    timezone: str = "UTC"
    fillers: frozenset[str] = FILLERS

    def of_type(self, kind: str, setting: str | None = None) -> list[str]:
        """List the connections of a type, those that have `setting` when it is given."""
        return [
            name
            for name, settings in self.connections.items()
            if settings.get("type") == kind and (setting is None or settings.get(setting))
        ]
