"""What a template reads of values whose shape is known: through dots, indexes, loops, and the filters that keep items.

What the names stand for is told by `templates`; what values there will be, nobody knows here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from jinja2 import nodes

from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template
from omiflow.language.doubts.missing_fields import Missing, missing, never, unordered
from omiflow.language.doubts.payload_fields import Kind, Seen

Scope = Mapping[str, Seen | None]
"""The names whose shape is known; None for those of which it is not, or not any more."""

OURS = frozenset({"matched", "repeat", "user", "app"})
"""Names of omiflow's own; that they have no other parts is told elsewhere."""

_TELLING = ("[", "{%", "attribute", " is ", ").", "==", "!=")
"""Without any of these in its text, the dotted reads that a template knows of itself are all there is."""
_ONE_CHAIN = re.compile(r"\{\{-?\s*(\w+(?:\.\w+)*)\s*-?\}\}\s*")
_FILTERED = re.compile(r"\{\{[^{}|]*\|[^{}]*\}\}\s*")
_ORDERING = frozenset({"gt", "gteq", "lt", "lteq"})
_EQUALITY = frozenset({"eq", "ne", "in", "notin"})
_KEEPING = frozenset(
    {"selectattr", "rejectattr", "select", "reject", "sort", "list", "unique", "reverse", "default", "d"}
)
_BY_FIRST = frozenset({"groupby", "selectattr", "rejectattr"})
_OF_ITEMS = _BY_FIRST | {"map", "sort", "unique", "sum", "min", "max", "join"}
_ONE = frozenset({"first", "last", "min", "max"})
_METHODS: Mapping[Kind, frozenset[str]] = {
    "object": frozenset(dir(dict)),
    "list": frozenset(dir(list)),
    "text": frozenset(dir(str)),
    "time": frozenset(dir(str)),
    "moment": frozenset(dir(datetime)),
    "number": frozenset(dir(float)),
    "flag": frozenset(dir(int)),
}


class _Bare(NamedTuple):
    """A name that stands alone, in a line of the template."""

    line: int


class _Dotted(NamedTuple):
    """A field that stands behind a word and a dot, in a line of the template."""

    behind: str
    line: int = 1


class _Quoted(NamedTuple):
    """A field that stands in quotes, in a line of the template."""

    line: int


class Read(NamedTuple):
    """A read of what is not there, and how it is written."""

    missing: Missing
    way: _Bare | _Dotted | _Quoted

    def offset(self, source: str, taken: Collection[int]) -> int:
        """Find the word that was read in the text of the template, but at no place that is `taken` already."""
        begin = sum(len(line) + 1 for line in source.split("\n")[: self.way.line - 1])
        word = rf"({re.escape(self.missing.name)})\b"
        before = [r"['\"](?:[\w.]*\.)?"]
        if isinstance(self.way, _Bare):
            before, word = [r"(?<![\w.])"], rf"{word}(?!\s*[.\[])"
        elif isinstance(self.way, _Dotted):
            before = [rf"\b{re.escape(self.way.behind)}\s*\.\s*", r"\.\s*"]
        for beginning in before:
            for found in re.compile(beginning + word).finditer(source, begin):
                if found.start(1) not in taken:
                    return found.start(1)
        return begin


class Reads:
    """Looks through templates; what they read and is not there comes to stand in `missing`."""

    def __init__(self, sandbox: Sandbox, events: Sequence[str]) -> None:
        self.missing: list[Read] = []
        self._sandbox = sandbox
        self._events = events

    def look(self, template: Template, scope: Scope) -> Seen | None:
        """Look through a template and give what it stands for as a whole, None where nothing is known of it."""
        known = {name: None if name in template.own else scope.get(name) for name in template.names}
        if not any(known.values()):
            return None
        whole = any(seen is not None and seen.kinds == {"object"} for seen in map(known.get, template.whole))
        telling = whole or any(mark in template.source for mark in _TELLING)
        if not telling and not _FILTERED.fullmatch(template.source):
            return self._chains(template, known)
        tree = self._sandbox.parse(template.source)
        only = tree.body[0] if len(tree.body) == 1 else None
        if isinstance(only, nodes.Output) and len(only.nodes) == 1:
            return self._value(only.nodes[0], known)
        self._body(tree.body, known)
        return None

    def _chains(self, template: Template, scope: Scope) -> Seen | None:
        """Look through the dotted reads that a simple template knows of itself."""
        found: dict[tuple[str, ...], Seen | None] = {(name,): seen for name, seen in scope.items()}
        for path in sorted(template.paths):
            above = path[:-1]
            found[path] = self._field(found.get(above), path[-1], _Dotted(above[-1]))
        chain = _ONE_CHAIN.fullmatch(template.source)
        return found.get(tuple(chain[1].split("."))) if chain is not None else None

    def _body(self, body: Iterable[nodes.Node], scope: Scope) -> None:
        inner = dict(scope)
        for node in body:
            if isinstance(node, nodes.For):
                self._loop(node, inner)
            elif isinstance(node, nodes.Assign):
                value = self._value(node.node, inner)
                inner.update(dict.fromkeys(_names(node.target)))
                if isinstance(node.target, nodes.Name):
                    inner[node.target.name] = value
            elif isinstance(node, nodes.If):
                self._value(node.test, inner)
                for part in (node.body, node.elif_, node.else_):
                    self._body(part, inner)
                inner.update(dict.fromkeys(name for part in (node.body, node.elif_, node.else_) for name in _set(part)))
            elif isinstance(node, nodes.Expr):
                self._value(node, inner)
            else:
                self._body(node.iter_child_nodes(), {**inner, **dict.fromkeys(_names(node))})

    def _loop(self, node: nodes.For, scope: dict[str, Seen | None]) -> None:
        listed = self._value(node.iter, scope)
        inner = {**scope, **dict.fromkeys(_names(node.target)), "loop": None}
        if isinstance(node.target, nodes.Name):
            inner[node.target.name] = listed.item if listed is not None else None
        inner.update(dict.fromkeys(_set(node.body)))
        if node.test is not None:
            self._value(node.test, inner)
        self._body(node.body, inner)
        self._body(node.else_, scope)

    def _value(self, node: nodes.Node, scope: Scope) -> Seen | None:
        """Give what an expression stands for, having looked at all that it reads."""
        if isinstance(node, nodes.Name):
            return scope.get(node.name)
        if isinstance(node, nodes.Getattr):
            return self._field(self._value(node.node, scope), node.attr, _Dotted(_last_word(node.node), node.lineno))
        if isinstance(node, nodes.Getitem):
            return self._item(node, scope)
        if isinstance(node, nodes.Filter):
            return self._filtered(node, scope)
        if isinstance(node, nodes.Test) and node.name in ("defined", "undefined"):
            if isinstance(node.node, nodes.Getattr | nodes.Getitem):
                self._value(node.node.node, scope)
            return None
        called = None
        if isinstance(node, nodes.Compare):
            self._compared(node, scope)
        else:
            seen = [self._value(inner, scope) for inner in node.iter_child_nodes()]
            called = seen[0] if isinstance(node, nodes.Call) else None
        return called if called is not None and called.kinds == {"moment"} else None

    def _compared(self, node: nodes.Compare, scope: Scope) -> None:
        """Look at what is compared, with what it can't be compared with or never is."""
        if all(one.op in _ORDERING for one in node.ops):
            for operand in (node.expr, *(one.expr for one in node.ops)):
                self._ordered(operand, scope)
        seen = self._value(node.expr, scope)
        for one in node.ops:
            self._value(one.expr, scope)
            if seen is not None and one.op in _EQUALITY and not isinstance(node.expr, nodes.Filter):
                for value in one.expr.find_all(nodes.Const) if one.op in ("in", "notin") else [one.expr]:
                    self._known(seen, value)

    def _known(self, seen: Seen, node: nodes.Node) -> None:
        """Look at a value that one of a fixed choice is compared with."""
        found = never(seen, node.value) if isinstance(node, nodes.Const) and isinstance(node.value, str) else None
        if found is not None:
            self.missing.append(Read(found, _Quoted(node.lineno)))

    def _ordered(self, node: nodes.Node, scope: Scope) -> None:
        """Look at what is compared by size, which a mapping has not."""
        seen = scope.get(node.name) if isinstance(node, nodes.Name) else None
        if seen is not None and seen.kinds == {"object"} and not seen.free:
            self.missing.append(Read(unordered(seen), _Bare(node.lineno)))

    def _item(self, node: nodes.Getitem, scope: Scope) -> Seen | None:
        seen = self._value(node.node, scope)
        self._value(node.arg, scope)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self._field(seen, node.arg.value, _Quoted(node.lineno))
        if seen is None or seen.kinds != {"list"}:
            return None
        return seen if isinstance(node.arg, nodes.Slice) else seen.item

    def _filtered(self, node: nodes.Filter, scope: Scope) -> Seen | None:
        seen = self._value(node.node, scope) if node.node is not None else None
        for argument in (*node.args, *(one.value for one in node.kwargs)):
            self._value(argument, scope)
        if node.name in _OF_ITEMS and seen is not None:
            self._attribute(node, seen.item)
        if node.name in _ONE:
            return seen.item if seen is not None else None
        return seen if node.name in _KEEPING else None

    def _attribute(self, node: nodes.Filter, item: Seen | None) -> None:
        """Read the field of the items that a filter names."""
        named = [one.value for one in node.kwargs if one.key == "attribute"]
        if node.name in _BY_FIRST:
            named += node.args[:1]
        if len(named) != 1 or not isinstance(named[0], nodes.Const) or not isinstance(named[0].value, str):
            return
        for part in named[0].value.split("."):
            item = None if part.isdigit() else self._field(item, part, _Quoted(node.lineno))

    def _field(self, seen: Seen | None, name: str, way: _Dotted | _Quoted) -> Seen | None:
        if seen is None or seen.free:
            return None
        if seen.says in OURS:
            return seen.below(name, f"{seen.says}.{name}")
        method = isinstance(way, _Dotted) and any(name in _METHODS.get(kind, ()) for kind in seen.kinds)
        found = missing(seen, name, self._events) if not method else None
        if found is not None:
            self.missing.append(Read(found, way))
            return None
        return seen.below(name, f"{seen.says}.{name}")


def _last_word(node: nodes.Expr) -> str:
    """Give the last word of an expression, where it ends in one."""
    return node.attr if isinstance(node, nodes.Getattr) else node.name if isinstance(node, nodes.Name) else ""


def _names(node: nodes.Node) -> list[str]:
    """List the names that a node gives itself."""
    names = [one.name for one in node.find_all(nodes.Name) if one.ctx != "load"]
    return [*names, node.name] if isinstance(node, nodes.Name) else names


def _set(body: Iterable[nodes.Node]) -> list[str]:
    """List the names that a part of a template sets, of which the rest can't tell whether it did."""
    return [name for node in body for one in (node, *node.find_all(nodes.Assign)) for name in _assigned(one)]


def _assigned(node: nodes.Node) -> list[str]:
    return _names(node.target) if isinstance(node, nodes.Assign | nodes.AssignBlock) else []
