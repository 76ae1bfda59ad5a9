"""The environment of a configuration: `.env` beside it, and the variables `OMIFLOW_…` that win over what it says.

What `!env` makes of a variable is in `values`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv.parser import parse_stream

from omiflow.language.codes import DOTENV_LINE, UNREADABLE_SETTINGS
from omiflow.language.settings.spec import ConfigSpec
from omiflow.language.settings.values import Loc, typed
from omiflow.model import Problem

PREFIX = "OMIFLOW_"

_KEYS = frozenset(ConfigSpec.model_fields) | ConfigSpec.planned


def read_dotenv(path: Path, *, file: str) -> tuple[dict[str, str], list[Problem]]:
    """Read the variables of an `.env`, none if it isn't there; values are taken literally, without `${…}`.

    `file` is its name in problems.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}, []
    except UnicodeDecodeError:
        return {}, [_problem(file, 1, "the file is not UTF-8; save it as UTF-8", code=UNREADABLE_SETTINGS)]
    except OSError as error:
        return {}, [_problem(file, 1, f"the file can't be read: {error.strerror}", code=UNREADABLE_SETTINGS)]
    values: dict[str, str] = {}
    problems = []
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            written = binding.original.string
            line = binding.original.line + written[: len(written) - len(written.lstrip())].count("\n")
            problems.append(_problem(file, line, "this line can't be read; write it like NAME=value", code=DOTENV_LINE))
        elif binding.key is not None and binding.value is not None:
            values[binding.key] = binding.value
    return values, problems


def overlay(value: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[dict[str, Any], dict[Loc, str]]:
    """Put the variables `OMIFLOW_…` into a configuration as written, which is not changed.

    Gives the new configuration, and which variable each place comes from. Case does not count, `__` leads into a
    mapping; variables that are empty or begin with no key of the configuration are left alone.
    """
    owners: dict[Loc, str] = {}
    merged = dict(value)
    for name in sorted(environ, key=lambda name: (name.count("__"), name)):
        parts = name[len(PREFIX) :].lower().split("__")
        if name.upper().startswith(PREFIX) and parts[0] in _KEYS and environ[name]:
            merged = _put(merged, parts, environ[name], loc=(), name=name, owners=owners)
    return merged, owners


def _put(value: Any, parts: list[str], text: str, *, loc: Loc, name: str, owners: dict[Loc, str]) -> dict[str, Any]:
    mapping = dict(value) if isinstance(value, dict) else {}
    key = next((known for known in mapping if _plain(known) == _plain(parts[0])), parts[0])
    here = (*loc, key)
    if len(parts) == 1:
        mapping[key] = typed(text, here)
        owners[here] = name
        return mapping
    inner = mapping.get(key)
    if not isinstance(inner, dict):
        owners[here] = name
    mapping[key] = _put(inner, parts[1:], text, loc=here, name=name, owners=owners)
    return mapping


def _plain(key: str) -> str:
    return key.lower().replace("-", "_")


def _problem(file: str, line: int, message: str, *, code: str) -> Problem:
    return Problem(file=file, line=line, column=1, message=message, code=code)
