"""What others see of a configuration: checks, rules at work, and whoever must keep its secrets.

Reading it is the business of `config`.
"""

from __future__ import annotations

from dataclasses import asdict

from omiflow.engine.surroundings import App, Person, Surroundings
from omiflow.language.facts import AppFacts, Facts
from omiflow.language.settings.config import Config
from omiflow.language.settings.secrets import secret_texts
from omiflow.speech.fillers import fillers_of

_OPEN_SETTINGS = frozenset({"type", "base_url"})


def facts(config: Config) -> Facts:
    """Give what rules are checked against; of a connection's secrets only whether they are there."""
    return Facts(
        apps={
            name: AppFacts(
                name,
                scopes=app.scopes,
                has_key=bool(app.omi_app_id and app.api_key),
                prompts_per_day=app.prompts_per_day,
                variables=frozenset(app.variables),
            )
            for name, app in config.apps.items()
        },
        connections={
            name: {key: value if key in _OPEN_SETTINGS else bool(value) for key, value in settings.items()}
            for name, settings in config.connections.items()
        },
        network=config.network,
        grouped=frozenset(uid for uid, user in config.users.items() if user.group is not None),
        timezone=config.timezone,
        fillers=fillers_of(None, config.fillers),
    )


def surroundings(config: Config) -> Surroundings:
    """Give the apps and users as rules see them."""
    return Surroundings(
        apps={
            name: App(
                name=name,
                omi_app_id=app.omi_app_id,
                variables=app.variables,
                prompts_per_day=app.prompts_per_day,
                scopes=tuple(sorted(app.scopes or ())),
                users=app.users,
                budget=app.budget,
                has_key=bool(app.omi_app_id and app.api_key),
            )
            for name, app in config.apps.items()
        },
        people={
            uid: Person(
                uid=uid,
                timezone=user.timezone or config.timezone,
                name=user.name,
                group=user.group,
                language=user.language or config.language,
            )
            for uid, user in config.users.items()
        },
        timezone=config.timezone,
        language=config.language,
        fillers=config.fillers,
    )


def secrets(config: Config) -> frozenset[str]:
    """Give every text that must not be seen: what `!env` and `!file` gave, tokens, keys, headers, webhooks' URLs.

    Texts under 6 characters are left out; they would blot out half a log.
    """
    return secret_texts(asdict(config), config.given)
