"""Events between rules that can't meet: nobody listens to them, nobody emits them, or what is read is never sent.

That rules set themselves off by what they emit is told by `setting_off`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from omiflow.engine.emitting import NAME
from omiflow.engine.rules import EmitStep, Rule
from omiflow.language.codes import NEVER_EMITTED, UNHEARD
from omiflow.language.doubts.doubting import Doubting, every_step
from omiflow.language.doubts.emitted import Emitted, shape_of
from omiflow.language.doubts.paths import doubt_paths
from omiflow.language.doubts.templates import doubt_templates
from omiflow.language.facts import Facts
from omiflow.language.lists_read import FolderLists
from omiflow.language.load import Rulebook, RuleFile
from omiflow.language.nearest import nearest
from omiflow.language.source import read
from omiflow.language.writing import Templates, Writing
from omiflow.model import Problem


def doubt_hearing(book: Rulebook) -> list[Problem]:
    """Warn of events between rules that can't meet; `book` holds all files of the rules folder.

    Nothing is told while a rule has a mistake, as it may emit any event or wait for it.
    """
    rules = book.rules.rules
    emits: dict[str, list[EmitStep]] = {}
    for rule in rules:
        for step in _emits(rule):
            emits.setdefault(step.name, []).append(step)
    awaited = [name for rule in rules for name in _awaited(rule).values()]
    if not book.whole or not (emits or awaited):
        return []
    templates = Templates()
    problems: list[Problem] = []
    for file in book.files.values():
        concerned = [rule for rule in file.rules if rule.enabled and (any(_emits(rule)) or _awaited(rule))]
        if concerned:
            writing = Writing(
                read(file.text, file=file.path), facts=Facts(complete=False), lists=FolderLists({}), templates=templates
            )
            for rule in concerned:
                doubting = Doubting(writing, rule, _loc(writing, rule))
                _unheard(doubting, awaited)
                _never_emitted(doubting, list(emits))
                _never_sent(doubting, emits)
            problems += _new(writing.problems, file)
    return problems


def _emits(rule: Rule) -> Iterator[EmitStep]:
    return (step for step in every_step(rule) if isinstance(step, EmitStep))


def _awaited(rule: Rule) -> dict[int, str]:
    """Give the names of emitted events that a rule listens to, by the number of the trigger."""
    return {
        number: trigger.name
        for number, trigger in enumerate(rule.triggers)
        if trigger.event == NAME and trigger.name is not None
    }


def _loc(writing: Writing, rule: Rule) -> tuple[str, int]:
    written: Sequence[Mapping[str, object]] = writing.source.value["rules"]
    return "rules", next(number for number, one in enumerate(written) if one["id"] == rule.id)


def _unheard(doubting: Doubting, awaited: Sequence[str]) -> None:
    for step in _emits(doubting.rule):
        if step.name not in awaited:
            advice = _or_else(step.name, awaited, f"add 'trigger: event' with 'name: {step.name}', or remove this")
            loc = (*doubting.loc_of(step.path), "emit", "name")
            doubting.warn(loc, f"no trigger listens to event '{step.name}'; {advice}", code=UNHEARD)


def _never_emitted(doubting: Doubting, emitted: Sequence[str]) -> None:
    for number, name in _awaited(doubting.rule).items():
        if name not in emitted:
            advice = _or_else(name, emitted, "nothing ever sets this off")
            loc = (*doubting.loc, "triggers", number, "name")
            doubting.warn(loc, f"no rule emits event '{name}'; {advice}", code=NEVER_EMITTED)


def _or_else(name: str, known: Sequence[str], advice: str) -> str:
    guess = nearest(name, known)
    return advice if guess is None else f"did you mean '{guess}'?"


def _never_sent(doubting: Doubting, emits: Mapping[str, Sequence[EmitStep]]) -> None:
    """Warn of what a rule reads of events that are all emitted, and that no emit gives along."""
    names = list(dict.fromkeys(_awaited(doubting.rule).values()))
    if doubting.events != (NAME,) or not emits.keys() >= set(names):
        return
    shapes = tuple(shape_of(step.data) for name in names for step in emits[name])
    doubting.emitted = Emitted(tuple(f"event '{name}'" for name in names), shapes)
    doubt_paths(doubting)
    doubt_templates(doubting)


def _new(found: Iterable[Problem], file: RuleFile) -> list[Problem]:
    """Leave out what was told of a rule by itself."""
    return [problem for problem in found if problem not in file.problems]
