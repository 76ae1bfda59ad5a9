"""What is allowed in rules and hardly meant: the doubts about one rule, and about all of them together.

Each kind of doubt is in a file of its own; what can't be read at all is told where it is compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec

from omiflow.engine.rules import Rule
from omiflow.language.codes import OUTRANKED, SETS_ITSELF_OFF
from omiflow.language.doubts.answers import doubt_limits
from omiflow.language.doubts.doubting import Doubting, parts_of
from omiflow.language.doubts.groups import doubt_groups
from omiflow.language.doubts.holding import doubt_holding
from omiflow.language.doubts.late_answers import doubt_late_answers
from omiflow.language.doubts.outranked import outranked
from omiflow.language.doubts.paths import doubt_paths
from omiflow.language.doubts.phrases import doubt_phrases
from omiflow.language.doubts.refused_urls import doubt_urls
from omiflow.language.doubts.setting_off import circles, doubt_import
from omiflow.language.doubts.templates import doubt_templates
from omiflow.language.doubts.values import doubt_values
from omiflow.language.outline import Outline
from omiflow.language.salvage import LISTENED
from omiflow.language.source import Source
from omiflow.language.telling import Loc, at
from omiflow.language.writing import Writing
from omiflow.model import Problem

Look = Callable[[Doubting], None]

LOOKS: Mapping[Look, frozenset[str]] = MappingProxyType(
    {
        doubt_paths: frozenset({"triggers"}),
        doubt_values: frozenset({"triggers"}),
        doubt_holding: frozenset({"conditions", "actions"}),
        doubt_templates: frozenset({"triggers", LISTENED, "variables"}),
        doubt_phrases: frozenset({"triggers", LISTENED}),
        doubt_late_answers: frozenset({"triggers", LISTENED}),
        doubt_limits: frozenset({"throttle", "cooldown", "apps"}),
        doubt_urls: frozenset(),
        doubt_groups: frozenset({"users"}),
    }
)
"""What is looked for, each with the keys of a rule below which it must have been read without mistakes in its form."""
LOOKS_AT_WHOLE: Sequence[Look] = (doubt_import,)
"""Those that ask what a rule does not have, and want to see all of it."""


def doubt(writing: Writing, rule: Rule, loc: Loc, *, whole: bool) -> None:
    """Warn of what is hardly meant in a rule that stands at `loc`; without mistakes it is compiled as a `whole`."""
    doubting = Doubting(writing, rule, loc)
    for look, needed in LOOKS.items():
        if needed.isdisjoint(writing.unread):
            look(doubting)
    for look in LOOKS_AT_WHOLE if whole else ():
        look(doubting)


def doubts_together(
    rules: Sequence[Rule], outlines: Mapping[str, Outline], sources: dict[str, Source]
) -> list[Problem]:
    """Warn of what is hardly meant in rules beside each other; they have no mistakes and stand in file order."""
    problems = []
    for rule, path, message, code in _together(rules):
        outlined = outlines[rule.file]
        number = next(number for number, name in outlined.ids if name == rule.id)
        told = at(outlined.source(sources), ("rules", number, *parts_of(path)), message, code=code)
        problems.append(msgspec.structs.replace(told, severity="warning"))
    return problems


def _together(rules: Sequence[Rule]) -> Iterator[tuple[Rule, str, str, str]]:
    """Give each doubt with its rule, the path of the value inside it, what to say, and its code."""
    for found in outranked(rules):
        message = f"this never reaches Omi: rule '{found.winner.id}' is set off by the same and always answers first"
        yield found.rule, f"{found.step.path}.action", message, OUTRANKED
    for rule, step, message in circles(rules):
        yield rule, f"{step.path}.emit.name", message, SETS_ITSELF_OFF
