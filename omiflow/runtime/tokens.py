"""The secrets of the data folder: tokens made on first start, and the address of the running server; all mode 0600."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from omiflow.errors import EnvironmentFault
from omiflow.language.settings.config import Config

TOKENS = "tokens.json"
SERVER = "server.json"


def known_tokens(folder: Path) -> dict[str, str]:
    """Give the tokens that were made before, by what they are for: `app:<name>` or `console`."""
    try:
        read = json.loads((folder / TOKENS).read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise EnvironmentFault(f"'{folder / TOKENS}' can't be read: {error}; mend or remove it") from error
    if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
        raise EnvironmentFault(f"'{folder / TOKENS}' holds no tokens; mend or remove it")
    return read


def make_tokens(folder: Path, wanted: Iterable[str]) -> dict[str, str]:
    """Give a token for each of `wanted`, making and keeping those that are not there yet."""
    tokens = known_tokens(folder)
    missing = [name for name in wanted if name not in tokens]
    if missing:
        tokens |= {name: secrets.token_urlsafe(24) for name in missing}
        write_private(folder / TOKENS, tokens)
    return tokens


def wanted_tokens(config: Config) -> list[str]:
    """Name the tokens that the configuration doesn't give."""
    apps = [f"app:{name}" for name, app in config.apps.items() if not app.tokens]
    return apps if config.console_token else [*apps, "console"]


def hook_tokens(config: Config, made: Mapping[str, str]) -> dict[str, str]:
    """Map every path secret to its app: those configured, else the one made."""
    return {
        token: name
        for name, app in config.apps.items()
        for token in (app.tokens or [made.get(f"app:{name}", "")])
        if token
    }


def write_private(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON to a file that only its owner may read, replacing it as a whole."""
    beside = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(value, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise EnvironmentFault(f"'{path}' can't be written: {error.strerror or error}") from error
