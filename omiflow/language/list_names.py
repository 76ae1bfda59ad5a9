"""The lists that a rule file names in conditions, phrases and templates; which there are is told by `outline`.

What a rule was found to use when it was compiled is kept by `writing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from omiflow.language.source import Source
from omiflow.speech.lists import EVERY

_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_READ = re.compile(r"""(?<![\w.])lists\b(?:\s*\.\s*(\w+)|\s*\[\s*(?:'([^']*)'|"([^"]*)")\s*\])?""")
_METHODS = frozenset({"get", "items", "keys", "values"})
_SLOT = re.compile(r"\{[^{}]*:\s*list\s+([^\s{}]+)\s*\}")


def lists_named(source: Source) -> frozenset[str]:
    """Give the names of the lists that a rule file names, `EVERY` among them where it may name any."""
    if source.value is None and source.problems:
        return frozenset({EVERY})
    if "list" not in source.text:
        return frozenset()
    return frozenset(name for text in _texts(source.value) if "list" in text for name in _named(text))


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict | list) and id(one) not in seen:
            seen.add(id(one))
            waiting += one.values() if isinstance(one, dict) else one


def _named(text: str) -> Iterator[str]:
    if text.startswith("lists."):
        yield text.removeprefix("lists.")
    yield from _SLOT.findall(text)
    for tag in _TAGS.findall(text):
        for names in _READ.findall(tag):
            name = next(filter(None, names), EVERY)
            yield name
            if name in _METHODS:
                yield EVERY
