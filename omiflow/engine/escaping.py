"""Interpolated text that stays text: what a template's author wrote goes through, what is put into it is escaped.

How text is escaped at a place is for the caller to say; when a template is escaped at all, for `templates`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

Escape = Callable[[str], str]
"""One with a true attribute `spares_beginning` leaves the value as it is that was read for the beginning of a text."""
Place = tuple[str | int, ...]
EscapeAt = Callable[[Place, Mapping[str, Any]], Escape | None]

ESCAPED, MEANT = "(escaped)", "(meant)"
"""The filters that a rewritten template calls; no name behind a `|` is like these."""
SAFE = "safe"
"""The filter that marks a text as meant to be markup."""

NodeT = TypeVar("NodeT", bound=nodes.Node)


@dataclass(frozen=True)
class Inside:
    """How texts are escaped that stand somewhere inside a value which a template gives as a whole at `place`."""

    escape_at: EscapeAt
    place: Place

    def escapes(self, value: Any) -> list[tuple[Any, str | int, Escape]]:
        """List the texts inside a value that want escaping: the list or mapping, the index or key, and how."""
        whole: Any = value
        for part in reversed(self.place):
            whole = {part: whole}
        found = []
        waiting: list[tuple[Place, Any]] = [(self.place, value)]
        while waiting:
            place, holder = waiting.pop()
            for key, item in holder.items() if isinstance(holder, dict) else enumerate(holder):
                if isinstance(item, dict | list):
                    waiting.append(((*place, key), item))
                elif isinstance(item, str):
                    escape = self.escape_at((*place, key), whole)
                    found += [] if escape is None else [(holder, key, escape)]
        return found


class Meant(str):
    """Text that goes out as it is: `safe` marks it, and so does having been escaped.

    Whatever is done to it gives plain text again, so that a mark never covers more than what was marked.
    """

    __slots__ = ()


def with_escapes(tree: nodes.Template, escape: Escape) -> nodes.Template:
    """Rewrite a template so that all it puts into its text is escaped; text that it gathers itself is so only once."""
    if _spares_beginning(escape):
        _spare_beginning(tree.body, _composed_names(tree))
    rewritten: nodes.Template = _Escaped().visit(tree)
    return rewritten


def with_meant(expression: nodes.Expr, escape: Escape) -> nodes.Expr:
    """Rewrite a template's only expression so that the text in it that its author wrote is marked."""
    return _meant(_spared(expression, frozenset()) if _spares_beginning(escape) else expression)


def _meant(expression: nodes.Expr) -> nodes.Expr:
    if isinstance(expression, nodes.Const):
        return _through(MEANT, expression) if isinstance(expression.value, str) else expression
    if isinstance(expression, nodes.CondExpr):
        return _choice(expression, _meant)
    return _through(MEANT, _put(expression)) if isinstance(expression, nodes.Concat) else expression


def _spares_beginning(escape: Escape) -> bool:
    return getattr(escape, "spares_beginning", False)


def _composed_names(tree: nodes.Template) -> frozenset[str]:
    """Give the names that a template sets to what is put together from several values."""
    composed: frozenset[str] = frozenset()
    for one in tree.find_all(nodes.Assign):
        if not _is_read(one.node, composed):
            composed |= {name.name for name in one.find_all(nodes.Name) if name.ctx == "store"}
    return composed


def _spare_beginning(body: list[nodes.Node], composed: frozenset[str]) -> bool:
    """Mark the value with which a text begins, on each way that leads to it; tell whether it has begun in `body`."""
    for node in body:
        if isinstance(node, nodes.If):
            ways = (node.body, *(way.body for way in node.elif_), node.else_)
            begun = [_spare_beginning(way, composed) for way in ways]
            if any(begun):
                return True
        elif isinstance(node, nodes.Output):
            for place, part in enumerate(node.nodes):
                if not isinstance(part, nodes.TemplateData):
                    node.nodes[place] = _spared(part, composed)
                    return True
                if part.data.strip():
                    return True
        elif not isinstance(node, nodes.Assign | nodes.AssignBlock | nodes.Macro):
            return True
    return False


def _spared(expression: nodes.Expr, composed: frozenset[str]) -> nodes.Expr:
    """Mark what stands first in an expression, if it is one value; what is joined to it is escaped."""
    if isinstance(expression, nodes.CondExpr):
        return _choice(expression, lambda way: _spared(way, composed))
    if isinstance(expression, nodes.Concat):
        first, *more = expression.nodes
        return nodes.Concat([_spared(first, composed), *more], lineno=expression.lineno)
    if isinstance(expression, nodes.Add):
        left, right = _put(_spared(expression.left, composed)), _put(expression.right)
        joined = nodes.Add(left, right, lineno=expression.lineno)
        return _through(SAFE, joined)
    return _through(SAFE, expression) if _is_read(expression, composed) else expression


def _is_read(expression: nodes.Node, composed: frozenset[str]) -> bool:
    """Tell whether an expression gives one value as it was read, perhaps through filters, and puts none together."""
    if isinstance(expression, nodes.Name):
        return expression.name not in composed
    if isinstance(expression, nodes.Or | nodes.And):
        sides = (expression.left, expression.right)
        return all(isinstance(side, nodes.Const) or _is_read(side, composed) for side in sides)
    if isinstance(expression, nodes.Call):
        return (
            isinstance(expression.node, nodes.Getattr)
            and expression.node.attr != "format"
            and _is_read(expression.node, composed)
        )
    if isinstance(expression, nodes.Filter):
        return expression.node is not None and expression.name != "format" and _is_read(expression.node, composed)
    return isinstance(expression, nodes.Getattr | nodes.Getitem) and _is_read(expression.node, composed)


def _put(expression: nodes.Expr) -> nodes.Expr:
    """Rewrite an expression whose value goes into text; text that stands in it as such was written by the author."""
    if isinstance(expression, nodes.TemplateData | nodes.Const):
        return expression
    if isinstance(expression, nodes.CondExpr):
        return _choice(expression, _put)
    if isinstance(expression, nodes.Concat):
        joined = nodes.Concat([_put(part) for part in expression.nodes], lineno=expression.lineno)
        return _through(MEANT, joined)
    return _through(ESCAPED, expression)


def _choice(choice: nodes.CondExpr, rewrite: Callable[[nodes.Expr], nodes.Expr]) -> nodes.CondExpr:
    otherwise = None if choice.expr2 is None else rewrite(choice.expr2)
    return nodes.CondExpr(choice.test, rewrite(choice.expr1), otherwise, lineno=choice.lineno)


def _through(name: str, inner: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(inner, name, [], [], None, None, lineno=inner.lineno)


class _Escaped(NodeTransformer):
    """Escapes where text is written, and marks text that was gathered from what was escaped.

    Text that goes through a filter block is escaped as a whole behind it: a filter may undo what was done before it.
    What can be called from elsewhere escapes wherever it stands.
    """

    # ruff: noqa: N802 - Jinja calls these methods by the names of its nodes
    def __init__(self) -> None:
        self.filtered = False

    def visit_Output(self, node: nodes.Output) -> nodes.Output:
        if not self.filtered:
            node.nodes = [_put(part) for part in node.nodes]
        return node

    def visit_FilterBlock(self, node: nodes.FilterBlock) -> nodes.FilterBlock:
        self._body(node, filtered=True)
        if not self.filtered:
            node.filter = nodes.Filter(node.filter, ESCAPED, [], [], None, None, lineno=node.lineno)
        return node

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.AssignBlock:
        self._body(node, filtered=self.filtered or node.filter is not None)
        if not self.filtered and node.filter is None:
            node.filter = nodes.Filter(None, MEANT, [], [], None, None, lineno=node.lineno)
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Macro:
        return self._body(node, filtered=False)

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.CallBlock:
        return self._body(node, filtered=False)

    def visit_Block(self, node: nodes.Block) -> nodes.Block:
        return self._body(node, filtered=False)

    def visit_For(self, node: nodes.For) -> nodes.For:
        return self._body(node, filtered=self.filtered and not node.recursive)

    def _body(self, node: NodeT, *, filtered: bool) -> NodeT:
        outside, self.filtered = self.filtered, filtered
        self.generic_visit(node)
        self.filtered = outside
        return node
