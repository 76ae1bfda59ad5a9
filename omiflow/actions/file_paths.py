"""Which paths a rule may give to a file; opening what they lead to is left to `files`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omiflow.actions.data import is_template

LONGEST_NAME = 255
MOST_NAMES = 16
_DELETE, _SURROGATES = 127, range(0xD800, 0xE000)


def names_of(path: str) -> tuple[str, ...]:
    """Split a relative path into the names on the way.

    Raises ValueError, with a text for people, for a path that leads elsewhere, to a hidden file, or can't exist.
    """
    if not path or path.startswith(("/", "~/")):
        raise ValueError("a path below the folder is wanted, like 'notes/today.md'")
    names = tuple(path.split("/"))
    if len(names) > MOST_NAMES:
        raise ValueError(f"the path goes more than {MOST_NAMES - 1} folders deep")
    for name in names:
        _check(name)
    return names


def misuse_of_path(data: Mapping[str, Any], _: Mapping[str, Any] | None) -> tuple[str, str] | None:
    """Say what is wrong with a written `path` that could never be used, with its key."""
    return misuse_of_name("path", data)


def misuse_of_name(key: str, data: Mapping[str, Any]) -> tuple[str, str] | None:
    """Say what is wrong with a written path at a key, with the key; None when there is nothing or only time tells."""
    written = data.get(key)
    if not isinstance(written, str) or is_template(written):
        return None
    try:
        names_of(written)
    except ValueError as error:
        return key, str(error)
    return None


def _check(name: str) -> None:
    if name in ("", ".", ".."):
        raise ValueError("the path has a part that is empty, '.' or '..'; write it without")
    if name.startswith("."):
        raise ValueError("the path has a part that begins with '.'; hidden files are left alone")
    if any(ord(sign) < ord(" ") or ord(sign) == _DELETE or ord(sign) in _SURROGATES for sign in name):
        raise ValueError("the path has a line break or another character that is in no name")
    if len(name.encode("utf-8")) > LONGEST_NAME:
        raise ValueError(f"the path has a part of more than {LONGEST_NAME} bytes")
