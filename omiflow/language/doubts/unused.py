"""Lists and connections that no rule uses; rules themselves are looked through by `rules`."""

from __future__ import annotations

import msgspec

from omiflow.engine.rules import ActionStep
from omiflow.language.codes import UNREADABLE, UNUSED_CONNECTION, UNUSED_LIST
from omiflow.language.doubts.doubting import every_step
from omiflow.language.load import Rulebook
from omiflow.language.source import Source, read
from omiflow.language.telling import at
from omiflow.model import Problem
from omiflow.speech.lists import EVERY


def unused_lists(book: Rulebook) -> list[Problem]:
    """Warn of lists that nothing in the files names; `book` holds all files of the rules folder.

    Nothing is told while a file can't be read, as it may name any of them.
    """
    used = frozenset(name for file in book.files.values() for name in file.lists_named)
    if EVERY in used or any(problem.code == UNREADABLE for problem in book.problems):
        return []
    problems: list[Problem] = []
    for file in book.files.values():
        names = [name for name in file.lists if name not in used]
        if names:
            source = read(file.text, file=file.path)
            problems += [_warning(source, ("lists", name), _no_use("list", name), UNUSED_LIST) for name in names]
    return problems


def unused_connections(book: Rulebook, source: Source) -> list[Problem]:
    """Warn of connections that no step uses; `source` is the configuration.

    Nothing is told while a rule has a mistake, as it may use any of them, nor of what the environment adds.
    """
    if not book.whole:
        return []
    steps = (step for rule in book.rules.rules for step in every_step(rule))
    used = {step.connection for step in steps if isinstance(step, ActionStep)}
    section = source.root.fields.get("connections")
    return [
        _warning(source, ("connections", name), _no_use("connection", name), UNUSED_CONNECTION)
        for name in (section.fields if section is not None else ())
        if name not in used
    ]


def _no_use(what: str, name: str) -> str:
    return f"no rule uses {what} '{name}'; name it in one, or remove it"


def _warning(source: Source, loc: tuple[str, ...], message: str, code: str) -> Problem:
    told = at(source, loc, message, code=code, of_key=True)
    return msgspec.structs.replace(told, severity="warning")
