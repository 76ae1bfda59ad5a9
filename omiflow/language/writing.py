"""One rule file being compiled: its source, what it may refer to, and the problems found so far.

The parts of a rule are compiled in the `compile_…` files, which all report here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template, TemplateMistake, is_template
from omiflow.language.codes import WRONG_VALUE
from omiflow.language.facts import Facts
from omiflow.language.source import Source
from omiflow.language.telling import Loc, at
from omiflow.language.template_mistakes import Found, unknown_names, unknown_parts, unreadable
from omiflow.model import Problem

MOST_TEMPLATES = 50_000
MOST_SHOWN = 60


class Templates:
    """Templates by their text, so that a text that stands in many rules is parsed once."""

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self._known: dict[str, Template] = {}

    def get(self, text: str) -> Template:
        """Give the template of a text; raises TemplateMistake."""
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= MOST_TEMPLATES:
                self._known.clear()
            found = self._known[text] = Template(self.sandbox, text)
        return found


class Writing:
    """What the compiling of one rule file shares.

    `later` are the names that the rule at hand gives somewhere, for telling those who use them too early; they are not
    `all_names_known` while a rule is looked through of which some part could not be read.
    """

    def __init__(self, source: Source, *, facts: Facts, lists: Mapping[str, list[str]], templates: Templates) -> None:
        self.source = source
        self.facts = facts
        self.lists = lists
        self.templates = templates
        self.later: frozenset[str] = frozenset()
        self.all_names_known = True
        self.problems: list[Problem] = []

    def wrong(
        self, loc: Sequence[str | int], message: str, *, code: str, of_key: bool = False, hint: str | None = None
    ) -> None:
        """Report a mistake at the place of a value, or of its key."""
        self.problems.append(at(self.source, loc, message, code=code, of_key=of_key, hint=hint))

    def wrong_inside(self, loc: Sequence[str | int], offset: int, message: str, *, code: str, length: int = 1) -> None:
        """Report a mistake at a stretch of a text."""
        line, column, reach = self.source.inside(loc, offset, length)
        self.problems.append(
            Problem(file=self.source.file, line=line, column=column, length=reach, message=message, code=code)
        )

    def warn(self, loc: Sequence[str | int], message: str, *, code: str, of_key: bool = False) -> None:
        """Report something that is allowed and hardly meant."""
        told = at(self.source, loc, message, code=code, of_key=of_key)
        self.problems.append(msgspec.structs.replace(told, severity="warning"))

    def line(self, loc: Sequence[str | int]) -> int:
        """Give the line of a value."""
        return self.source.line(loc)

    def template(self, text: str, loc: Loc, names: Collection[str]) -> Template | None:
        """Compile a template and check its names; None when it has mistakes, which are reported."""
        try:
            found = self.templates.get(text)
        except TemplateMistake as mistake:
            self._report(loc, [unreadable(self.templates.sandbox, text, mistake)])
            return None
        if found.names.issubset(names):
            self._report(loc, unknown_parts(found))
            return found
        unknown = unknown_names(text, found.names.difference(names), names=names, later=self.later)
        self._report(loc, [one for one in unknown if self.all_names_known or one.certain])
        return None

    def decision(self, text: str, loc: Loc, names: Collection[str]) -> Template | None:
        """Compile a template whose value is a truth; plain text would never change."""
        if not is_template(text) and text.strip().lower() not in ("true", "false"):
            shown = f"; write '{{{{ {text} }}}}'" if text.isprintable() and len(text) < MOST_SHOWN else ""
            self.wrong(loc, f"a template is wanted, got plain text{shown}", code=WRONG_VALUE)
            return None
        return self.template(text, loc, names)

    def tree(self, value: Any, loc: Loc, names: Collection[str]) -> Any:
        """Compile every template inside nested values."""
        if isinstance(value, str):
            return (self.template(value, loc, names) or value) if is_template(value) else value
        if isinstance(value, Mapping):
            return {key: self.tree(item, (*loc, key), names) for key, item in value.items()}
        if isinstance(value, list):
            return [self.tree(item, (*loc, number), names) for number, item in enumerate(value)]
        return value

    def _report(self, loc: Loc, found: Sequence[Found]) -> None:
        for one in found:
            self.wrong_inside(loc, one.offset, one.message, code=one.code, length=one.length)
