"""JSONPath: parsed once by jsonpath-ng, compiled to closures for the forms that rules use.

Deciding what the found values must be like is the business of `conditions`.
"""

from __future__ import annotations

import re
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.ext.filter import Expression, Filter
from jsonpath_ng.ext.parser import ExtendedJsonPathParser
from jsonpath_ng.jsonpath import Child, Descendants, Fields, Index, JSONPath, Root, Slice, This, Wildcard

_DOTTED = re.compile(r"(?:\{\{\s*)?(?:event\.)?([a-z_]\w*(?:\.\w+|\[(?:\d+|\*)\])*)(?:\s*\}\})?", re.ASCII)
"""A path as a template would have it."""
MOST_FOUND = 10_000
_DEEPEST = 64

Step = Callable[[list[Any]], list[Any]]


class Items(NamedTuple):
    """The items of a list, or one of them; `reads` are the fields that a filter looks at."""

    reads: tuple[tuple[str, ...], ...] = ()


class Below(NamedTuple):
    """Whatever has this name, anywhere below."""

    name: str


Link = str | Items | Below | None
"""One part of a JSONPath as a check reads it: a field, items, or None for what only values can tell."""


class PathMistake(ValueError):
    """A JSONPath that can't be read or isn't allowed; `offset` is the place in it where that is known."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


class Path:
    """A compiled JSONPath; `fields` names the keys of a definite path such as `$.a.b`, else None.

    `route` are its parts as a check reads them.
    """

    def __init__(
        self, text: str, steps: list[Step], *, fields: tuple[str, ...] | None, many: bool, route: tuple[Link, ...]
    ) -> None:
        self.text = text
        self.fields = fields
        self.many = many
        self.route = route
        self._steps = steps

    def find(self, payload: Any) -> list[Any]:
        """List the values found in `payload`; null and empty lists count as nothing found."""
        if self.fields is not None:
            value = payload
            for field in self.fields:
                if not isinstance(value, dict):
                    return []
                value = value.get(field)
            return [] if value is None or value == [] else [value]
        values = [payload]
        for step in self._steps:
            values = step(values)
        return [value for value in values if value is not None and value != []]


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Path:
    """Compile a JSONPath.

    Raises PathMistake with a text for people.
    """
    if not text.startswith("$"):
        meant = _DOTTED.fullmatch(text)
        like = f"write '$.{meant[1]}'" if meant else "write it like '$.structured.title'"
        raise PathMistake(f"'{text}' doesn't begin with '$'; {like}")
    tree = _parse(text)
    links = _links(tree)
    fields = tuple(link.fields[0] for link in links if isinstance(link, Fields) and len(link.fields) == 1)
    definite = len(fields) == len(links)
    many = any(not _gives_one(link) for link in links)
    route = tuple(_link(link) for link in links)
    return Path(text, [_step(link) for link in links], fields=fields if definite else None, many=many, route=route)


def _parse(text: str) -> JSONPath:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return ExtendedJsonPathParser().parse(text)
    except JSONPathError as error:
        raise _unreadable(text, str(error)) from error
    except RecursionError as error:
        raise PathMistake("the JSONPath is nested too deeply") from error


def _unreadable(text: str, said: str) -> PathMistake:
    """Put what jsonpath-ng says into words; it counts columns from 0."""
    found = re.search(r"(?:1:|col )(\d+)", said)
    if found is not None:
        offset = int(found[1])
        return PathMistake(f"'{text}' is no JSONPath: unexpected '{text[offset : offset + 1]}'", offset)
    reason = "a quote is never closed" if "string literal" in said else "it ends too early"
    return PathMistake(f"'{text}' is no JSONPath: {reason}", len(text) - 1)


def _links(tree: JSONPath) -> list[JSONPath]:
    links: list[JSONPath] = []
    while isinstance(tree, Child | Descendants):
        if isinstance(tree, Descendants):
            if not isinstance(tree.right, Fields | Wildcard):
                raise PathMistake("behind '..' a field name is wanted, such as '$..description'")
            links.append(Descendants(This(), tree.right))
        else:
            _check(tree.right)
            links.append(tree.right)
        tree = tree.left
    if not isinstance(tree, Root):
        raise PathMistake("only fields, indexes, slices, filters and '..' can stand in a JSONPath here")
    if len(links) > _DEEPEST:
        raise PathMistake("the JSONPath is too long")
    return links[::-1]


def _check(link: JSONPath) -> None:
    if isinstance(link, Filter):
        if link._references_root():  # noqa: SLF001 - jsonpath-ng has no public name for it
            raise PathMistake("'$' can't stand inside a filter; compare with '@'")
        for expression in _expressions(link.expressions):
            if expression.op == "=~":
                raise PathMistake("regular-expression filters aren't allowed; use 'matches' below the path")
    elif not isinstance(link, Fields | Index | Slice | Wildcard):
        raise PathMistake("only fields, indexes, slices, filters and '..' can stand in a JSONPath here")


def _link(link: JSONPath) -> Link:
    if isinstance(link, Fields):
        return link.fields[0] if len(link.fields) == 1 else None
    if isinstance(link, Descendants):
        below = link.right
        return Below(below.fields[0]) if isinstance(below, Fields) and len(below.fields) == 1 else None
    if isinstance(link, Filter):
        return Items(tuple(_names(expression.target) for expression in _expressions(link.expressions)))
    return Items()


def _names(target: JSONPath) -> tuple[str, ...]:
    """Give the fields that a part of a filter reads, as far as they are fields."""
    names: list[str] = []
    while isinstance(target, Child):
        names = [*target.right.fields, *names] if isinstance(target.right, Fields) else []
        target = target.left
    return (*target.fields, *names) if isinstance(target, Fields) else tuple(names)


def _expressions(found: list[JSONPath]) -> list[Expression]:
    listed = []
    for item in found:
        if isinstance(item, Expression):
            listed.append(item)
        else:
            listed.extend(_expressions(getattr(item, "operands", [])))
    return listed


def _gives_one(link: JSONPath) -> bool:
    if isinstance(link, Fields):
        return len(link.fields) == 1
    return isinstance(link, Index) and len(link.indices) == 1


def _step(link: JSONPath) -> Step:
    if isinstance(link, Fields) and len(link.fields) == 1:
        name = link.fields[0]
        return lambda values: [value[name] for value in values if isinstance(value, dict) and name in value]
    if isinstance(link, Index) and len(link.indices) == 1:
        at = link.indices[0]
        return lambda values: [
            value[at] for value in values if isinstance(value, list) and -len(value) <= at < len(value)
        ]
    if isinstance(link, Wildcard):
        return lambda values: list(islice((item for value in values for item in _children(value)), MOST_FOUND))
    if isinstance(link, Descendants):
        right = link.right
        names = right.fields if isinstance(right, Fields) else None
        return lambda values: list(islice(_below(values, names), MOST_FOUND))
    return lambda values: list(islice((found.value for value in values for found in link.find(value)), MOST_FOUND))


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _below(values: Iterable[Any], names: tuple[str, ...] | None) -> Iterator[Any]:
    """Give what lies anywhere below the values, whatever is reached on several ways once."""
    waiting = deque(values)
    seen: set[int] = set()
    while waiting:
        current = waiting.popleft()
        if not isinstance(current, dict | list) or id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, dict) and names is not None:
            yield from (item for key, item in current.items() if key in names)
        elif names is None:
            yield from _children(current)
        waiting.extend(_children(current))
