"""One rule file being compiled: its source, what it may refer to, and the problems found so far.

The parts of a rule are compiled in the `compile_…` files, which all report here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from omiflow.engine.inline import PLACEHOLDERS
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template, TemplateMistake, is_template
from omiflow.language.facts import Facts
from omiflow.language.mistakes import NOT_YET, at, not_yet
from omiflow.language.nearest import did_you_mean
from omiflow.language.source import Source
from omiflow.model import Problem, Severity

Loc = tuple[str | int, ...]

TEMPLATE = "E201"
UNKNOWN_IN_TEMPLATE = "E202"
PLANNED_NAMES = frozenset({"correlate", "batch", "wait", "session", "today_at"})
PLANNED_FILTERS = frozenset({"slugify", "to_json", "duration", "local", "ago", "sentences", "bullets", "closest"})


class Templates:
    """Templates by their text, so that a text that stands in many rules is parsed once."""

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self._known: dict[str, Template] = {}

    def get(self, text: str) -> Template:
        """Give the template of a text; raises TemplateMistake."""
        found = self._known.get(text)
        if found is None:
            if len(self._known) > 50_000:
                self._known.clear()
            found = self._known[text] = Template(self.sandbox, text)
        return found


class Writing:
    """What the compiling of one rule file shares."""

    def __init__(self, source: Source, *, facts: Facts, lists: Mapping[str, list[str]], templates: Templates) -> None:
        self.source = source
        self.facts = facts
        self.lists = lists
        self.templates = templates
        self.problems: list[Problem] = []

    def wrong(self, loc: Sequence[str | int], message: str, *, code: str, of_key: bool = False, hint: str | None = None) -> None:
        """Report a mistake at the place of a value, or of its key."""
        self.problems.append(at(self.source, loc, message, code=code, of_key=of_key, hint=hint))

    def wrong_inside(self, loc: Sequence[str | int], offset: int, message: str, *, code: str, length: int = 1) -> None:
        """Report a mistake at a character of a text."""
        place = self.source.inside(loc, offset)
        self.problems.append(
            Problem(
                file=self.source.file, line=place.line, column=place.column, length=length, message=message, code=code
            )
        )

    def warn(self, loc: Sequence[str | int], message: str, *, code: str) -> None:
        """Report something that is allowed and hardly meant."""
        place = self.source.place(loc)
        severity: Severity = "warning"
        self.problems.append(
            Problem(
                file=self.source.file,
                line=place.line,
                column=place.column,
                length=place.length,
                message=message,
                code=code,
                severity=severity,
            )
        )

    def line(self, loc: Sequence[str | int]) -> int:
        """Give the line of a value."""
        return self.source.place(loc).line

    def template(self, text: str, loc: Loc, names: Collection[str]) -> Template | None:
        """Compile a template and check its names; None when it has mistakes, which are reported."""
        try:
            found = self.templates.get(text)
        except TemplateMistake as mistake:
            self._wrong_template(text, loc, mistake)
            return None
        unknown = sorted(found.names - set(names))
        for name in unknown:
            place = re.search(rf"\b{re.escape(name)}\b", text)
            offset = place.start() if place else 0
            code = NOT_YET if name in PLANNED_NAMES else UNKNOWN_IN_TEMPLATE
            self.wrong_inside(loc, offset, _unknown(name, names), code=code, length=len(name))
        return None if unknown else found

    def tree(self, value: Any, loc: Loc, names: Collection[str]) -> Any:
        """Compile every template inside nested values."""
        if isinstance(value, str):
            return (self.template(value, loc, names) or value) if is_template(value) else value
        if isinstance(value, Mapping):
            return {key: self.tree(item, (*loc, key), names) for key, item in value.items()}
        if isinstance(value, list):
            return [self.tree(item, (*loc, number), names) for number, item in enumerate(value)]
        return value

    def _wrong_template(self, text: str, loc: Loc, mistake: TemplateMistake) -> None:
        message = f"this template can't be read: {str(mistake)[:1].lower()}{str(mistake)[1:].rstrip('.')}"
        code = TEMPLATE
        name = re.match(r"unknown (filter|test) '(\w+)'", str(mistake))
        offset = sum(len(line) + 1 for line in text.split("\n")[: mistake.line - 1])
        if name is not None:
            kind, word = name.groups()
            found = text.find(word)
            offset = max(found, 0)
            message = f"unknown {kind} '{word}'"
            if word in PLANNED_FILTERS:
                message, code = not_yet(f"{kind} {word}"), NOT_YET
            else:
                known = self.templates.sandbox.filters if kind == "filter" else self.templates.sandbox.tests
                guess = did_you_mean(word, list(known))
                message += guess if "did you mean" in guess else ""
        self.wrong_inside(loc, offset, message, code=code)


def _unknown(name: str, names: Collection[str]) -> str:
    if name in PLACEHOLDERS or name == "omi":
        return f"'{name}' is a placeholder of Omi's; it can stand only in the prompt of omi.prompt"
    if name in PLANNED_NAMES:
        return not_yet(name)
    return f"unknown name '{name}'{did_you_mean(name, sorted(names))}"
