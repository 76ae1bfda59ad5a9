"""A configuration as it was read becomes its form, or the problems that keep it from being one.

Where values come from is the business of `values` and `environment`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError

from omiflow.language.codes import MISSING, NOT_YET, UNKNOWN_NAME, WRONG_TYPE, WRONG_VALUE
from omiflow.language.mistakes import problems_of
from omiflow.language.nearest import did_you_mean
from omiflow.language.scalars import Tag
from omiflow.language.settings.spec import CONNECTIONS, ConfigSpec
from omiflow.language.settings.values import Loc
from omiflow.language.source import Source
from omiflow.language.telling import at, kind_of, not_yet
from omiflow.model import Problem

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_POSTGRES = re.compile(r"postgres(ql)?(\+\w+)?:")
_STRUCTURED = frozenset({"list_type", "dict_type", "model_type"})


class Draft:
    """A configuration on its way.

    Paths are relative to `folder`. `owners` says which environment variable a place comes from, `failed` which places
    have their problem already.
    """

    def __init__(
        self,
        source: Source,
        value: dict[str, Any],
        *,
        folder: Path,
        owners: Mapping[Loc, str],
        failed: Collection[Loc],
    ) -> None:
        self.problems: list[Problem] = []
        self._source = source
        self._value = value
        self._folder = folder
        self._owners = owners
        self._failed = failed

    def spec(self) -> ConfigSpec | None:
        """Give the form, or None after adding to the problems."""
        self._database()
        self._names("apps")
        self._names("connections")
        self._connections()
        self._folders()
        self._quiet_hours()
        self._one_app_a_token()
        try:
            spec = ConfigSpec.model_validate(self._value)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                loc = tuple(part for part in one["loc"] if not str(part).startswith("<"))
                if loc not in self._failed:
                    hint = "write it as JSON" if one["type"] in _STRUCTURED else None
                    for problem in problems_of([one], source=self._source, model=ConfigSpec):
                        self._add(problem, loc, hint=hint)
            return None
        return None if self.problems else spec

    def _database(self) -> None:
        database = self._value.get("database")
        if isinstance(database, str) and _POSTGRES.match(database):
            self._wrong(("database",), not_yet("postgresql"), code=NOT_YET)
            self._drop(("database",))

    def _names(self, section: str) -> None:
        for name in self._section(section):
            if not _NAME.fullmatch(name):
                message = f"'{name}' is no name here; use letters, digits, '_' and '-'"
                self._wrong((section, name), message, code=WRONG_VALUE, of_key=True)
                self._drop((section, name))

    def _connections(self) -> None:
        for name, written in self._section("connections").items():
            loc = ("connections", name)
            kind = written.get("type") if isinstance(written, dict) else None
            if isinstance(kind, str) and kind in CONNECTIONS:
                continue
            self._drop(loc)
            if loc in self._failed or isinstance(kind, Tag):
                continue
            if not isinstance(written, dict):
                self._wrong(loc, f"'{name}' wants a mapping, got {kind_of(written)}", code=WRONG_TYPE)
            elif kind is None:
                *most, last = (f"'{one}'" for one in CONNECTIONS)
                listed = f"{', '.join(most)} or {last}"
                self._wrong(loc, f"'type' is missing; it is {listed}", code=MISSING)
            elif not isinstance(kind, str):
                self._wrong((*loc, "type"), f"'type' wants text, got {kind_of(kind)}", code=WRONG_TYPE)
            else:
                message = f"unknown type '{kind}'{did_you_mean(kind, list(CONNECTIONS))}"
                self._wrong((*loc, "type"), message, code=UNKNOWN_NAME)

    def _folders(self) -> None:
        for name, written in self._section("connections").items():
            path = written.get("path") if written.get("type") == "folder" else None
            if isinstance(path, str) and "\0" not in path and (self._folder / path).is_file():
                self._wrong(("connections", name, "path"), f"'{path}' is a file; a folder is wanted", code=WRONG_VALUE)

    def _quiet_hours(self) -> None:
        for app, written in self._section("apps").items():
            throttle = written.get("throttle") if isinstance(written, dict) else None
            if isinstance(throttle, dict) and throttle.get("on_quiet") == "hold":
                loc = ("apps", app, "throttle", "on_quiet")
                self._wrong(loc, not_yet("on_quiet: hold"), code=NOT_YET)
                self._drop(loc)

    def _one_app_a_token(self) -> None:
        """Keep a token to one app, as it tells which app a request is for."""
        owners: dict[str, str] = {}
        for app, written in self._section("apps").items():
            tokens = written.get("tokens") if isinstance(written, dict) else None
            for number, token in enumerate(tokens if isinstance(tokens, list) else ()):
                if isinstance(token, str) and owners.setdefault(token, app) != app:
                    message = f"app '{owners[token]}' has this token already; each app needs its own"
                    self._wrong(("apps", app, "tokens", number), message, code=WRONG_VALUE)

    def _section(self, key: str) -> dict[str, Any]:
        written = self._value.get(key)
        return dict(written) if isinstance(written, dict) else {}

    def _drop(self, loc: tuple[str, ...]) -> None:
        """Leave out what is known to be wrong, so that the form doesn't complain once more."""
        *above, key = loc
        holder = self._value
        for part in above:
            holder = holder[part]
        del holder[key]

    def _wrong(self, loc: Loc, message: str, *, code: str, of_key: bool = False) -> None:
        self._add(at(self._source, loc, message, code=code, of_key=of_key), loc)

    def _add(self, problem: Problem, loc: Loc, *, hint: str | None = None) -> None:
        """Add a problem; one that comes from an environment variable stands there."""
        owner = next((self._owners[loc[:end]] for end in range(len(loc), 0, -1) if loc[:end] in self._owners), None)
        if owner is not None:
            problem = msgspec.structs.replace(
                problem, file=variable(owner), line=1, column=1, length=len(owner), hint=hint
            )
        self.problems.append(problem)


def variable(name: str) -> str:
    """Name an environment variable where other problems name a file."""
    return f"environment variable {name}"
