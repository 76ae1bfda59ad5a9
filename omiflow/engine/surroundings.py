"""What rules know of the apps and people they serve.

Reading it from `omiflow.yaml` is the business of `language.settings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from omiflow.engine.attention import Budget


@dataclass(frozen=True)
class App:
    """An app as rules see it; `users` limits it to these, and `budget` what interrupts them, when given.

    One that has a key may call Omi by itself.
    """

    name: str
    omi_app_id: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    prompts_per_day: int | None = None
    scopes: tuple[str, ...] = ()
    users: frozenset[str] | None = None
    budget: Budget | None = None
    has_key: bool = False

    def names(self) -> dict[str, Any]:
        """Give what templates see as `app`."""
        return {"name": self.name, "variables": dict(self.variables)}


class Person(msgspec.Struct, frozen=True):
    """A user as rules see them; `language` is what they speak, by its ISO 639-1 code, None when it isn't known."""

    uid: str | None
    timezone: str
    name: str | None = None
    group: str | None = None
    language: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        """Give the user's time zone."""
        return ZoneInfo(self.timezone)

    def names(self) -> dict[str, Any]:
        """Give what templates see as `user`."""
        return {
            "uid": self.uid,
            "name": self.name,
            "timezone": self.timezone,
            "group": self.group,
        }


@dataclass(frozen=True)
class Surroundings:
    """The apps and users of a configuration; `fillers` are words of a language that count as fillers beside its own."""

    apps: Mapping[str, App]
    people: Mapping[str, Person] = field(default_factory=dict)
    timezone: str = "UTC"
    language: str | None = None
    fillers: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def person(self, uid: str | None) -> Person:
        """Give what is known of a user, at least the default zone and language."""
        known = self.people.get(uid) if uid is not None else None
        return known or Person(uid=uid, timezone=self.timezone, language=self.language)
