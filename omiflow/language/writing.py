"""One rule file being compiled: its source, what it may refer to, and the problems found so far.

The parts of a rule are compiled in the `compile_…` files, which all report here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from omiflow.engine.escaping import Escape, EscapeAt, Inside, Place
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template, TemplateMistake, is_template
from omiflow.engine.values import TRUE
from omiflow.language.codes import WORDS_AS_TRUTH, WRONG_VALUE
from omiflow.language.facts import Facts
from omiflow.language.lists_read import FolderLists, ListsRead
from omiflow.language.nearest import nearest
from omiflow.language.session_reads import misread_session
from omiflow.language.source import Source
from omiflow.language.telling import Loc, at
from omiflow.language.template_mistakes import (
    Misread,
    nothing_matched,
    unknown_lists,
    unknown_names,
    unknown_parts,
    unknown_slots,
    unreadable,
)
from omiflow.model import Problem, Severity
from omiflow.speech.lists import EVERY

_WORDS = re.compile(r"\{\{-?\s*(trigger\.(?:phrase|slots\.\w+))\s*-?\}\}")
GIVING_NAMES = frozenset({"variables", "actions"})
"""The keys of a rule below which it gives names."""
MOST_TEMPLATES = 50_000
MOST_SHOWN = 60
MOST_AROUND = 20


@dataclass(frozen=True)
class Escaping:
    """How what is put into texts is escaped, by the place of a text below `data`, which is given as it is written."""

    escape_at: EscapeAt
    data: Mapping[str, Any]


class Templates:
    """Templates by their text and escaping, so that a text that stands in many rules is parsed once."""

    def __init__(self) -> None:
        self.sandbox = Sandbox()
        self._known: dict[str | tuple[str, Escape | None, Inside | None], Template] = {}

    def get(self, text: str, escape: Escape | None = None, inside: Inside | None = None) -> Template:
        """Give the template of a text; raises TemplateMistake."""
        key = text if escape is None and inside is None else (text, escape, inside)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST_TEMPLATES:
                self._known.clear()
            found = self._known[key] = Template(self.sandbox, text, escape, inside=inside)
        return found


class Writing:
    """What the compiling of one rule file shares.

    `later` are the names that the rule at hand gives somewhere, for telling those who use them too early. `unread` are
    the keys of the rule below which something could not be read, `mended` the places themselves. `slots` are those of
    its phrases, None while they are not known; `finds_items` tells whether its conditions find action items;
    `lists_used` are the lists that it reads, `EVERY` among them where only the values tell which; `session_used` tells
    whether it reads `session`.
    """

    def __init__(self, source: Source, *, facts: Facts, lists: FolderLists, templates: Templates) -> None:
        self.source = source
        self.facts = facts
        self.lists = ListsRead(lists)
        self.templates = templates
        self.later: frozenset[str] = frozenset()
        self.slots: frozenset[str] | None = None
        self.finds_items = False
        self.lists_used: set[str] = set()
        self.session_used = False
        self.unread: frozenset[str] = frozenset()
        self.mended: frozenset[Loc] = frozenset()
        self.problems: list[Problem] = []

    def wrong(
        self, loc: Sequence[str | int], message: str, *, code: str, of_key: bool = False, hint: str | None = None
    ) -> None:
        """Report a mistake at the place of a value, or of its key."""
        self.problems.append(at(self.source, loc, message, code=code, of_key=of_key, hint=hint))

    def wrong_inside(
        self,
        loc: Sequence[str | int],
        offset: int,
        message: str,
        *,
        code: str,
        length: int = 1,
        severity: Severity = "error",
    ) -> None:
        """Report something at a stretch of a text, a mistake unless said otherwise."""
        line, column, reach = self.source.inside(loc, offset, length)
        self.problems.append(
            Problem(
                file=self.source.file,
                line=line,
                column=column,
                length=reach,
                message=message,
                code=code,
                severity=severity,
            )
        )

    def warn(self, loc: Sequence[str | int], message: str, *, code: str, of_key: bool = False) -> None:
        """Report something that is allowed and hardly meant."""
        told = at(self.source, loc, message, code=code, of_key=of_key)
        self.problems.append(msgspec.structs.replace(told, severity="warning"))

    def misspells(self, loc: Loc, key: str) -> bool:
        """Tell whether a mapping of the rule at hand has a key that was left out and is most likely this one."""
        return any(one[:-1] == loc and nearest(str(one[-1]), [key]) is not None for one in self.mended)

    def line(self, loc: Sequence[str | int]) -> int:
        """Give the line of a value."""
        return self.source.line(loc)

    def knows_list(self, name: str) -> bool:
        """Tell whether there is such a list, be it one of this file that has mistakes."""
        value = self.source.value
        own = value.get("lists") if isinstance(value, dict) else None
        return name in self.lists or (isinstance(own, dict) and name in own)

    def template(
        self,
        text: str,
        loc: Loc,
        names: Collection[str],
        *,
        escape: Escape | None = None,
        inside: Inside | None = None,
    ) -> Template | None:
        """Compile a template and check its names, reporting mistakes; None when it can't be read."""
        try:
            found = self.templates.get(text, escape, inside)
        except TemplateMistake as mistake:
            every = (mistake, *mistake.others)
            self._report(loc, [unreadable(self.templates.sandbox, text, one) for one in every])
            if mistake.template is None:
                return None
            found = mistake.template
        self._report(loc, unknown_parts(found))
        self._use_lists(found, loc)
        self._report(loc, misread_session(found, self.templates.sandbox))
        self.session_used |= "session" in found.names
        self._report(loc, () if self.slots is None else unknown_slots(found, self.slots))
        if not self.finds_items and "conditions" not in self.unread:
            self._report(loc, nothing_matched(found), severity="warning")
        missing = found.names.difference(names)
        if missing:
            unknown = unknown_names(text, missing, names=names, later=self.later, slots=self.slots or ())
            all_known = self.unread.isdisjoint(GIVING_NAMES)
            self._report(loc, [one for one in unknown if all_known or one.certain])
        return found

    def decision(self, text: str, loc: Loc, names: Collection[str]) -> Template | None:
        """Compile a template whose value is a truth; plain text would never change."""
        if not is_template(text) and text.strip().lower() not in ("true", "false"):
            shown = f"; write '{{{{ {text} }}}}'" if text.isprintable() and len(text) < MOST_SHOWN else ""
            self.wrong(loc, f"a template is wanted, got plain text{shown}", code=WRONG_VALUE)
            return None
        found = self.template(text, loc, names)
        if found is not None and not any(found.around.lower() in word for word in TRUE):
            around = found.around if len(found.around) <= MOST_AROUND else f"{found.around[:MOST_AROUND]}…"
            message = f"with '{around}' outside of the braces this is text and never true; write all of it inside"
            self.wrong(loc, message, code=WRONG_VALUE)
        words = _WORDS.fullmatch(text.strip())
        if words is not None:
            message = (
                f"words are true only where they say 'true', 'yes', 'on', 'enable' or '1'; "
                f"write '{{{{ {words[1]} is not none }}}}' to ask whether they were said"
            )
            self.warn(loc, message, code=WORDS_AS_TRUTH)
        return found

    def tree(
        self, value: Any, loc: Loc, names: Collection[str], *, escaping: Escaping | None = None, place: Place = ()
    ) -> Any:
        """Compile every template inside nested values; `place` is where these stand for `escaping`."""
        if isinstance(value, str):
            if not is_template(value):
                return value
            if escaping is None:
                return self.template(value, loc, names) or value
            escape, inside = escaping.escape_at(place, escaping.data), Inside(escaping.escape_at, place)
            return self.template(value, loc, names, escape=escape, inside=inside) or value
        if isinstance(value, Mapping):
            parts: Iterable[tuple[str | int, Any]] = value.items()
        elif isinstance(value, list):
            parts = enumerate(value)
        else:
            return value
        for key in value if isinstance(value, Mapping) else ():
            if isinstance(key, str) and is_template(key):
                message = "a key is never a template; it would stand there as it is written"
                self.wrong((*loc, key), message, code=WRONG_VALUE, of_key=True)
        compiled = {
            key: self.tree(item, (*loc, key), names, escaping=escaping, place=(*place, key) if escaping else ())
            for key, item in parts
        }
        return compiled if isinstance(value, Mapping) else list(compiled.values())

    def _use_lists(self, template: Template, loc: Loc) -> None:
        """Note the lists that a template reads; what is no list's name may be a method of all of them."""
        read = {path[1] for path in template.paths if path[0] == "lists"}
        unknown = {name for name in read if not self.knows_list(name)}
        if unknown:
            self._report(loc, unknown_lists(template, unknown, lists=self.lists))
        whole = "lists" in template.whole or any(name not in self.lists for name in read)
        self.lists_used |= {EVERY} if whole else read

    def _report(self, loc: Loc, found: Sequence[Misread], *, severity: Severity = "error") -> None:
        for one in found:
            self.wrong_inside(loc, one.offset, one.message, code=one.code, length=one.length, severity=severity)
