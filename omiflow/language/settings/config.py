"""The configuration: `omiflow.yaml` and the environment, read together.

What rules and logs get to know of it is in `views`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omiflow.actions.network import NetworkPolicy
from omiflow.engine.attention import Budget
from omiflow.errors import UsageError
from omiflow.language.codes import UNREADABLE_SETTINGS, WRONG_TYPE
from omiflow.language.scalars import SETTINGS_TAGS
from omiflow.language.settings.check import Draft, variable
from omiflow.language.settings.environment import overlay, read_dotenv
from omiflow.language.settings.scalars import SQLITE, checked_database
from omiflow.language.settings.secrets import masked, secret_texts, without_secrets
from omiflow.language.settings.spec import AppSpec, ConfigSpec, FolderSpec
from omiflow.language.settings.values import Tags
from omiflow.language.source import read
from omiflow.language.spec_parts import Spec
from omiflow.language.telling import at, kind_of
from omiflow.model import Problem

FILE = "omiflow.yaml"
DEFAULT_APP = "default"


@dataclass(frozen=True, kw_only=True)
class AppConfig:
    """An app of Omi; `users` limits it to these, `scopes` is None when the configuration doesn't say.

    `budget` bounds how often its rules interrupt a user.
    """

    name: str
    tokens: tuple[str, ...] = field(default=(), repr=False)
    omi_app_id: str | None = None
    api_key: str | None = field(default=None, repr=False)
    scopes: frozenset[str] | None = None
    users: frozenset[str] | None = None
    prompts_per_day: int | None = None
    budget: Budget | None = None
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class UserConfig:
    """What is known of a user; without a `timezone` or `language`, the configuration's counts."""

    name: str | None = None
    timezone: str | None = None
    language: str | None = None
    group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most bytes of a body, and the requests per second and user, None without limit."""

    body: int
    requests_per_uid: float | None


@dataclass(frozen=True, kw_only=True)
class Config:
    """A configuration in which everything has its value; paths are absolute, `folder` is where it stands.

    `files` are those it was read from, be they there or not. `connections` maps names to settings with their `type`.
    `fillers` are words by language. `given` is what came from `!env` and `!file`.
    """

    folder: Path
    files: tuple[Path, ...] = ()
    database: str
    rules: Path
    data_folder: Path
    public_url: str | None
    timezone: str
    language: str | None = None
    fillers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    apps: Mapping[str, AppConfig]
    users: Mapping[str, UserConfig]
    connections: Mapping[str, Mapping[str, Any]] = field(repr=False)
    omi_base_url: str
    network: NetworkPolicy
    console_token: str | None = field(repr=False)
    limits: Limits
    given: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A configuration, None when it has problems, and the texts they stand in, for showing them."""

    config: Config | None
    problems: list[Problem]
    texts: dict[str, str]


def load_config(path: Path | None, *, folder: Path, environ: Mapping[str, str]) -> Loaded:
    """Read the configuration at `path`, or `omiflow.yaml` of the folder, or without one the defaults.

    An `.env` beside it adds to `environ`. Secrets are blotted out of problems and texts.
    Raises UsageError when there is nothing at `path`.
    """
    place = (folder / (path or FILE)).absolute()
    file = str(path or FILE)
    if path is not None and (not place.exists() or place.is_dir()):
        raise UsageError(f"there is no configuration '{path}'; make one with 'omiflow init', or leave --config out")
    beside = place.parent / ".env"
    dotenv, problems = read_dotenv(beside, file=str(Path(file).parent / ".env"))
    text, unreadable = _text(place, file)
    source = read(text, file=file, tags=SETTINGS_TAGS)
    problems += [*unreadable, *source.problems]
    written = {} if source.value is None else source.value
    if not isinstance(written, dict):
        problems.append(at(source, (), f"a configuration is a mapping, got {kind_of(written)}", code=WRONG_TYPE))
        written = {}
    environ = {**dotenv, **environ}
    merged, owners = overlay(written, environ)
    tags = Tags(source, folder=place.parent, environ=environ)
    value = tags.resolve(merged)
    secrets = secret_texts(value, tags.texts)
    draft = Draft(source, value, folder=place.parent, owners=owners, failed=tags.failed)
    spec = draft.spec()
    problems += sorted([*tags.problems, *draft.problems], key=lambda one: (one.file != file, one.line, one.column))
    texts = {file: masked(source.text, secrets)}
    texts |= {variable(name): f"{name}=…" for name in owners.values()}
    config = None
    if spec is not None and not problems:
        config = _config(spec, files=(place, beside), given=frozenset(tags.texts))
    return Loaded(config=config, problems=without_secrets(problems, secrets), texts=texts)


def absolute_database(url: str, *, folder: Path) -> str:
    """Give the URL of an SQLite database whose path does not depend on the working folder.

    Raises UsageError for a URL that is none.
    """
    try:
        checked_database(url)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return f"{SQLITE}{folder.absolute() / url.removeprefix(SQLITE)}"


def _text(place: Path, file: str) -> tuple[str, list[Problem]]:
    try:
        return place.read_bytes().decode("utf-8"), []
    except FileNotFoundError:
        return "", []
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8 (byte {error.start}); save it as UTF-8"
    except OSError as error:
        message = f"the file can't be read: {error.strerror}"
    return "", [Problem(file=file, line=1, column=1, message=message, code=UNREADABLE_SETTINGS)]


def _config(spec: ConfigSpec, *, files: tuple[Path, ...], given: frozenset[str]) -> Config:
    folder = files[0].parent
    return Config(
        folder=folder,
        files=files,
        database=absolute_database(spec.database, folder=folder),
        rules=folder / spec.rules,
        data_folder=folder / spec.data_folder,
        public_url=spec.public_url,
        timezone=spec.timezone,
        language=spec.language,
        fillers={language: frozenset(words) for language, words in spec.fillers.items()},
        apps={name: _app(name, app) for name, app in spec.apps.items()} or {DEFAULT_APP: AppConfig(name=DEFAULT_APP)},
        users={uid: UserConfig(**user.model_dump()) for uid, user in spec.users.items()},
        connections={name: _connection(one, folder=folder) for name, one in spec.connections.items()},
        omi_base_url=spec.omi.base_url,
        network=NetworkPolicy(allow=tuple(spec.network.allow), allow_private=spec.network.allow_private),
        console_token=spec.console.token,
        limits=Limits(**spec.limits.model_dump()),
        given=given,
    )


def _connection(spec: Spec, *, folder: Path) -> dict[str, Any]:
    settings = spec.model_dump(exclude_none=True)
    return settings | {"path": str(folder / spec.path)} if isinstance(spec, FolderSpec) else settings


def _app(name: str, spec: AppSpec) -> AppConfig:
    return AppConfig(
        name=name,
        tokens=tuple(spec.tokens),
        omi_app_id=spec.omi_app_id,
        api_key=spec.api_key,
        scopes=None if spec.scopes is None else frozenset(spec.scopes),
        users=None if spec.users is None else frozenset(spec.users),
        prompts_per_day=spec.prompts_per_day,
        budget=None if spec.throttle is None else Budget(**spec.throttle.model_dump(exclude={"on_quiet"})),
        variables=spec.variables,
    )
