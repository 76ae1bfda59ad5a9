"""Templates of rule files: parsed when rules are read, compiled when first used, rendered from a mapping of names.

Which names there are at a place is the caller's to say; placeholders of Omi's prompts are sealed here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.meta import find_undeclared_variables
from jinja2.parser import Parser

from omiflow.engine.sandbox import MOST_TEXT, Sandbox
from omiflow.engine.values import plain
from omiflow.errors import TemplateFault

_MARKS = ("{{", "{%", "{#")
_WHOLE = re.compile(r"\A\{\{-?(.*?)-?\}\}\Z", re.DOTALL)


class TemplateMistake(ValueError):
    """A template that can't be compiled; `line` counts from 1 inside the template."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class Template:
    """One template: `names` are those it takes from outside, `paths` the dotted reads below each name."""

    def __init__(self, sandbox: Sandbox, source: str) -> None:
        self.source = source
        self._sandbox = sandbox
        self._expression = _whole_expression(sandbox, source)
        tree = _parsed(sandbox, source)
        _refuse_foreign(sandbox, tree)
        self.names = frozenset(find_undeclared_variables(tree)) - set(sandbox.globals)
        self.paths = frozenset(_reads(tree))

    def render(self, names: Mapping[str, Any]) -> Any:
        """Give the value, typed when the template is one expression, else text.

        Raises TemplateFault when it fails on these values or exceeds its budget.
        """
        self._sandbox.begin()
        try:
            return self._renderer(names)
        except TemplateFault:
            raise
        except TemplateError as error:
            raise TemplateFault(error.message or type(error).__name__) from error
        except RecursionError as error:
            raise TemplateFault("the template calls itself without end") from error
        except Exception as error:
            raise TemplateFault(f"{type(error).__name__}: {error}") from error

    @cached_property
    def _renderer(self) -> Callable[[Mapping[str, Any]], Any]:
        if self._expression is not None:
            evaluate = self._sandbox.compile_expression(self._expression)
            return lambda names: plain(evaluate(names))
        return self._text

    @cached_property
    def _compiled(self) -> Any:
        return self._sandbox.from_string(self.source)

    def _text(self, names: Mapping[str, Any]) -> str:
        pieces: list[str] = []
        length = 0
        for piece in self._compiled.generate(names):
            self._sandbox.spend()
            length += len(piece)
            if length > MOST_TEXT:
                raise TemplateFault(f"the text is longer than {MOST_TEXT} characters")
            pieces.append(piece)
        return "".join(pieces)


def is_template(text: str) -> bool:
    """Tell whether there is anything to render in `text`."""
    return any(mark in text for mark in _MARKS)


def _whole_expression(sandbox: Sandbox, source: str) -> str | None:
    found = _WHOLE.match(source.strip())
    if found is None:
        return None
    try:
        parser = Parser(sandbox, found[1], state="variable")
        parser.parse_expression()
    except TemplateError:
        return None
    return found[1] if parser.stream.eos else None


def _parsed(sandbox: Sandbox, source: str) -> nodes.Template:
    try:
        return sandbox.parse(source)
    except TemplateError as error:
        raise TemplateMistake(error.message or "unreadable template", getattr(error, "lineno", 1)) from error
    except RecursionError as error:
        raise TemplateMistake("the template is nested too deeply") from error


def _refuse_foreign(sandbox: Sandbox, tree: nodes.Template) -> None:
    for kind in (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends):
        for found in tree.find_all(kind):
            raise TemplateMistake("a template can't read other templates", found.lineno)
    for called in tree.find_all(nodes.Filter):
        if called.name not in sandbox.filters:
            raise TemplateMistake(f"unknown filter '{called.name}'", called.lineno)
    for test in tree.find_all(nodes.Test):
        if test.name not in sandbox.tests:
            raise TemplateMistake(f"unknown test '{test.name}'", test.lineno)


def _reads(tree: nodes.Template) -> list[tuple[str, ...]]:
    """List the dotted reads such as ('event', 'structured', 'title'), the longest of each chain and its beginnings."""
    reads = []
    for found in tree.find_all((nodes.Getattr, nodes.Getitem)):
        chain: list[str] = []
        node: nodes.Node = found
        while isinstance(node, nodes.Getattr | nodes.Getitem):
            if isinstance(node, nodes.Getattr):
                chain.append(node.attr)
            elif isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
                chain.append(node.arg.value)
            else:
                chain.clear()
            node = node.node
        if isinstance(node, nodes.Name) and chain:
            reads.append((node.name, *reversed(chain)))
    return reads
