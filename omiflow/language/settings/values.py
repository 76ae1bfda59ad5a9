"""What stands behind `!env` and `!file` in a configuration, and what a text from outside becomes where it is put.

The variables that override a configuration are in `environment`.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from omiflow.language.codes import NO_FILE, NOT_SET, NOT_YET, TAG_FORM
from omiflow.language.scalars import Tag
from omiflow.language.settings.spec import ConfigSpec
from omiflow.language.source import Source
from omiflow.language.telling import at, not_yet
from omiflow.model import Problem

Loc = tuple[str | int, ...]

MOST_FILE_BYTES = 64_000

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WHOLE = re.compile(r"[+-]?[0-9]{1,300}")


class _Fault(NamedTuple):
    """Why nothing stands behind a tag."""

    message: str
    code: str


class Tags:
    """Puts values in the place of tags; what went wrong is in `problems`, and where in `failed`.

    `texts` are the values that were found outside of the configuration. Files are relative to `folder`.
    """

    def __init__(self, source: Source, *, folder: Path, environ: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self.failed: set[Loc] = set()
        self.texts: set[str] = set()
        self._source = source
        self._folder = folder
        self._environ = environ

    def resolve(self, value: Any, loc: Loc = ()) -> Any:
        """Give a value without tags; those that can't be followed stay."""
        if isinstance(value, dict):
            return {key: self.resolve(inner, (*loc, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.resolve(inner, (*loc, number)) for number, inner in enumerate(value)]
        if not isinstance(value, Tag):
            return value
        found = {"env": self._env, "file": self._file}.get(value.kind, _user)(value.text.strip())
        if isinstance(found, _Fault):
            self.problems.append(at(self._source, loc, found.message, code=found.code))
            self.failed.add(loc)
            return value
        return typed(found, loc)

    def _env(self, text: str) -> str | _Fault:
        name, comma, default = (part.strip() for part in text.partition(","))
        if not _NAME.fullmatch(name):
            wanted = 'the name of a variable, or a name and a default: !env "NAME, default"'
            return _Fault(f"'!env' wants {wanted}", TAG_FORM)
        found = self._environ.get(name, "")
        if found:
            self.texts.add(found)
            return found
        if comma:
            return default
        state = "empty" if name in self._environ else "not set"
        message = f"environment variable '{name}' is {state}; set it, or put it into '.env' beside omiflow.yaml"
        return _Fault(message, NOT_SET)

    def _file(self, text: str) -> str | _Fault:
        if not text or "\0" in text:
            return _Fault("'!file' wants a path, relative to the folder of omiflow.yaml", TAG_FORM)
        try:
            with (self._folder / text).open("rb") as file:
                raw = file.read(MOST_FILE_BYTES + 1)
            found = raw.decode("utf-8").rstrip("\r\n")
        except OSError as error:
            reason = f"file '{text}' can't be read: {error.strerror}"
            return _Fault(f"{reason}; a path is relative to the folder of omiflow.yaml", NO_FILE)
        except UnicodeDecodeError:
            return _Fault(f"file '{text}' is not UTF-8; '!file' wants text", NO_FILE)
        if len(raw) > MOST_FILE_BYTES:
            return _Fault(f"file '{text}' is larger than {MOST_FILE_BYTES // 1000} kB; name another", NO_FILE)
        self.texts.add(found)
        return found


def _user(_text: str) -> _Fault:
    return _Fault(not_yet("!user"), NOT_YET)


def typed(text: str, loc: Sequence[str | int]) -> Any:
    """Give a text from outside the type that the configuration wants at a place; it stays text where it doesn't fit.

    Flags are `true` and `false`, lists and mappings are JSON, `null` is nothing where nothing may be.
    """
    wanted, optional = _wanted(loc)
    if wanted is bool:
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if optional and wanted is not str and text.strip() == "null":
        return None
    if wanted is int and _WHOLE.fullmatch(text.strip()):
        return int(text)
    if wanted in (list, dict):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return found if isinstance(found, list | dict) else text
    return text


def _wanted(loc: Sequence[str | int]) -> tuple[Any, bool]:
    """Find the plain type that is wanted at a place, and whether it may be null."""
    current: Any = ConfigSpec
    for part in loc:
        current = _below(_bare(current)[0], part)
    bare, optional = _bare(current)
    if (isinstance(bare, type) and issubclass(bare, BaseModel)) or _is_union(bare):
        return dict, optional
    return get_origin(bare) or bare, optional


def _below(annotation: Any, part: str | int) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(part))
        return field.annotation if field else str
    if _is_union(annotation):
        return next((found for one in get_args(annotation) if (found := _below(_bare(one)[0], part)) is not str), str)
    inner = get_args(annotation)
    return inner[-1] if get_origin(annotation) in (list, dict) else str


def _bare(annotation: Any) -> tuple[Any, bool]:
    """Take Annotated and `| None` off; tell whether there was a `| None`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    left = [one for one in get_args(annotation) if one is not type(None)] if _is_union(annotation) else []
    if len(left) == 1:
        return _bare(left[0])[0], True
    return annotation, False


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (typing.Union, types.UnionType)
