"""Templates of rule files: parsed when rules are read, compiled when first used, rendered from a mapping of names.

Which names there are at a place is the caller's to say; placeholders of Omi's prompts are sealed here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.environment import TemplateExpression
from jinja2.meta import find_undeclared_variables
from jinja2.parser import Parser

from omiflow.engine.budget import MOST_TEXT
from omiflow.engine.escaping import Escape, Inside, with_escapes, with_meant
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.values import plain
from omiflow.errors import TemplateFault

_MARKS = ("{{", "{%", "{#")
_WHOLE = re.compile(r"\A\{\{-?(.*?)-?\}\}\Z", re.DOTALL)


class TemplateMistake(ValueError):
    """A template that can't be compiled; `line` counts from 1 inside the template.

    Where only words are not known, `others` are the further ones, and `template` tells what is read; it is never
    rendered.
    """

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.others: tuple[TemplateMistake, ...] = ()
        self.template: Template | None = None


class Template:
    """One template: `names` are those it takes from outside, `paths` the dotted reads below each name.

    What is read through another name, as in `{% set t = trigger %}{{ t.text }}`, is among the paths under both names.

    `whole` are the names that also stand without a dotted read, `own` those it gives itself, `around` is what its
    author wrote outside of all tags; one that is `typed` gives a value, any other gives text.

    What it puts into its text goes through `escape`, where there is one; what its author wrote does not, nor what the
    filter `safe` marks. A list or mapping that it gives as a whole is escaped `inside`.
    """

    def __init__(
        self, sandbox: Sandbox, source: str, escape: Escape | None = None, *, inside: Inside | None = None
    ) -> None:
        self.source = source
        self._sandbox = sandbox
        self._escape = escape
        self._inside = inside
        tree = _parsed(sandbox, source)
        every = _nodes(tree)
        _refuse_foreign(every)
        self._expression = _whole_expression(sandbox, source)
        self.typed = self._expression is not None
        self.around = _around(tree)
        self.names = _names(tree, every) - set(sandbox.globals)
        self.paths = frozenset(_reads(every, _aliases(every)))
        self.whole = _whole_names(every)
        self.own = frozenset(node.name for node in every if isinstance(node, nodes.Name) and node.ctx != "load")
        self._refuse_unknown(every)

    def render(self, names: Mapping[str, Any]) -> Any:
        """Give the value, typed when the template is one expression, else text.

        Raises TemplateFault when it fails on these values or exceeds its budget.
        """
        self._sandbox.begin(self._escape)
        try:
            return self._escaped(plain(self._renderer(names), self._put))
        except TemplateFault:
            raise
        except TemplateError as error:
            raise TemplateFault(error.message or type(error).__name__) from error
        except RecursionError as error:
            raise TemplateFault("the template calls itself without end") from error
        except Exception as error:
            raise TemplateFault(f"{type(error).__name__}: {error}") from error

    def _refuse_unknown(self, every: Sequence[nodes.Node]) -> None:
        """Raise the first of the filters and tests that there are not."""
        unknown = {str(one): one for one in reversed([*_unknown_words(self._sandbox, every)])}
        if unknown:
            *others, first = unknown.values()
            first.others, first.template = tuple(reversed(others)), self
            raise first

    @cached_property
    def _renderer(self) -> Callable[[Mapping[str, Any]], Any]:
        if self._expression is None:
            return self._text
        if self._escape is None:
            return self._sandbox.compile_expression(self._expression, undefined_to_none=False)
        expression = with_meant(
            Parser(self._sandbox, self._expression, state="variable").parse_expression(), self._escape
        )
        tree = nodes.Template([nodes.Assign(nodes.Name("result", "store"), expression, lineno=1)], lineno=1)
        return TemplateExpression(self._sandbox.from_string(tree), undefined_to_none=False)

    @cached_property
    def _put(self) -> Escape | None:
        """Give what the texts of a value go through; a template that writes text has escaped what it put into it."""
        if self._escape is None or self._expression is None:
            return None
        return partial(self._sandbox.put, escape=self._escape)

    def _escaped(self, value: Any) -> Any:
        """Escape what is put inside a value, where all of it did not go through one escape already."""
        if self._inside is not None and self._escape is None and isinstance(value, dict | list):
            for holder, key, escape in self._inside.escapes(value):
                holder[key] = self._sandbox.put(holder[key], escape)
        return value

    @cached_property
    def _compiled(self) -> Any:
        if self._escape is None:
            return self._sandbox.from_string(self.source)
        return self._sandbox.from_string(with_escapes(self._sandbox.parse(self.source), self._escape))

    def _text(self, names: Mapping[str, Any]) -> str:
        pieces: list[str] = []
        length = 0
        for piece in self._compiled.generate(names):
            self._sandbox.budget.spend()
            length += len(piece)
            if length > MOST_TEXT:
                raise TemplateFault(f"the text is longer than {MOST_TEXT} characters")
            pieces.append(piece)
        return "".join(pieces)


def is_template(text: str) -> bool:
    """Tell whether there is anything to render in `text`."""
    return any(mark in text for mark in _MARKS)


def _whole_expression(sandbox: Sandbox, source: str) -> str | None:
    found = _WHOLE.match(source.removesuffix("\n"))
    if found is None:
        return None
    if "}}" not in found[1] and "{{" not in found[1]:
        return found[1]
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


def _nodes(tree: nodes.Template) -> list[nodes.Node]:
    """List all nodes of a template, each before those below it."""
    found: list[nodes.Node] = []
    waiting: list[nodes.Node] = [tree]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(reversed([*node.iter_child_nodes()]))
    return found


def _around(tree: nodes.Template) -> str:
    """Give the text of a template that is there whatever its values are, without the blanks at its ends."""
    outputs = [node for node in tree.body if isinstance(node, nodes.Output)]
    return "".join(part.data for node in outputs for part in node.nodes if isinstance(part, nodes.TemplateData)).strip()


def _refuse_foreign(every: Sequence[nodes.Node]) -> None:
    for node in every:
        if isinstance(node, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
            raise TemplateMistake("a template can't read other templates", node.lineno)


def _unknown_words(sandbox: Sandbox, every: Sequence[nodes.Node]) -> Iterator[TemplateMistake]:
    for node in every:
        if isinstance(node, nodes.Filter) and node.name not in sandbox.filters:
            yield TemplateMistake(f"unknown filter '{node.name}'", node.lineno)
        if isinstance(node, nodes.Test) and node.name not in sandbox.tests:
            yield TemplateMistake(f"unknown test '{node.name}'", node.lineno)


def _names(tree: nodes.Template, every: Sequence[nodes.Node]) -> frozenset[str]:
    """Give the names a template takes from outside; Jinja is asked only where it may give names to itself."""
    names = frozenset(node.name for node in every if isinstance(node, nodes.Name))
    own = any(isinstance(node, nodes.Stmt) and not isinstance(node, nodes.Output | nodes.If) for node in every)
    return frozenset(find_undeclared_variables(tree)) if own or "self" in names else names


def _whole_names(every: Sequence[nodes.Node]) -> frozenset[str]:
    """Give the names of which more than one key, known beforehand, is read somewhere."""
    read = {
        id(node.node) for node in every if isinstance(node, nodes.Getattr | nodes.Getitem) and _key(node) is not None
    }
    return frozenset(node.name for node in every if isinstance(node, nodes.Name) and id(node) not in read)


def _key(node: nodes.Getattr | nodes.Getitem) -> str | None:
    """Give the key that a dotted read reads, None when only the values tell."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    return node.arg.value if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str) else None


def _reads(every: Sequence[nodes.Node], aliases: Mapping[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    """List the dotted reads such as ('event', 'structured', 'title'), the longest of each chain and its beginnings."""
    reads = []
    for found in every:
        read = _read(found) if isinstance(found, nodes.Getattr | nodes.Getitem) else ()
        if len(read) > 1:
            reads.append(read)
            if read[0] in aliases:
                reads.append((*aliases[read[0]], *read[1:]))
    return reads


def _read(node: nodes.Node, *, whole: bool = False) -> tuple[str, ...]:
    """Give the name at the root of a dotted read and its keys up to one that only the values tell.

    It is empty where something else is read, or `whole` was wanted and such a key stands in it.
    """
    chain: list[str] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        key = _key(node)
        if key is None and whole:
            return ()
        if key is None:
            chain.clear()
        else:
            chain.append(key)
        node = node.node
    return (node.name, *reversed(chain)) if isinstance(node, nodes.Name) else ()


def _aliases(every: Sequence[nodes.Node]) -> dict[str, tuple[str, ...]]:
    """Give what the names stand for that a template gives to something it reads, where it gives them only once."""
    given = [pair for node in every if isinstance(node, nodes.Assign | nodes.With) for pair in _given(node)]
    stored = (
        Counter(node.name for node in every if isinstance(node, nodes.Name) and node.ctx != "load") if given else {}
    )
    aliases: dict[str, tuple[str, ...]] = {}
    for target, value in given:
        read = _read(value, whole=True)
        if read and read[0] in aliases:
            read = (*aliases[read[0]], *read[1:])
        if read and read[0] not in stored and isinstance(target, nodes.Name) and stored[target.name] == 1:
            aliases[target.name] = read
    return aliases


def _given(node: nodes.Assign | nodes.With) -> list[tuple[nodes.Node, nodes.Node]]:
    if isinstance(node, nodes.Assign):
        return [(node.target, node.node)]
    return list(zip(node.targets, node.values, strict=True))
