"""Which version of each rule file counts: what it says now, or what it said when it was last good.

Pure; reading the folder and swapping rules is the business of `reloader`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from omiflow.engine.index import RuleSet
from omiflow.engine.rules import Rule
from omiflow.language.codes import TWICE
from omiflow.language.load import Rulebook, RuleFile
from omiflow.speech.lists import Lists


@dataclass(frozen=True)
class Standing:
    """The files that count, by path; `held` are those on disk whose present text does not count."""

    files: Mapping[str, RuleFile]
    held: frozenset[str]
    rules: RuleSet

    @property
    def good_texts(self) -> dict[str, str]:
        """Give the texts that are on disk and count."""
        return {path: file.text for path, file in self.files.items() if path not in self.held}


def last_good(book: Rulebook) -> dict[str, RuleFile]:
    """Give the files of stored texts that can still be used.

    Files that are in each other's way are among them: texts that were stored at different times may be.
    """
    return {
        path: file
        for path, file in book.files.items()
        if all(problem.severity == "warning" or problem.code == TWICE for problem in file.problems)
    }


def standing(book: Rulebook, kept: Mapping[str, RuleFile]) -> Standing:
    """Take every file as it is now, but broken ones as in `kept`, or not at all.

    An id counts once: where files are in each other's way, the one that changed has to wait.
    """
    broken = {problem.file for problem in book.problems if problem.severity == "error"}
    if not broken:
        return Standing(book.files, frozenset(), book.rules)
    good = {path: file for path, file in book.files.items() if path not in broken}
    return _chosen(good, broken, kept, lists=book.rules.lists, fillers=book.rules.fillers)


def all_kept(kept: Mapping[str, RuleFile], *, fillers: frozenset[str]) -> Standing:
    """Take every file as in `kept`."""
    return _chosen({}, kept.keys(), kept, lists={}, fillers=fillers)


def _chosen(
    good: Mapping[str, RuleFile],
    broken: Iterable[str],
    kept: Mapping[str, RuleFile],
    *,
    lists: Lists,
    fillers: frozenset[str],
) -> Standing:
    """Choose; `lists` are those that can be read now, also out of broken files, and what is held reads them too."""
    chosen = {**good, **{path: kept[path] for path in broken if path in kept}}
    while (path := _newcomer_in_the_way(chosen, kept)) is not None:
        if path in kept and kept[path] is not chosen[path]:
            chosen[path] = kept[path]
        else:
            del chosen[path]
    held = {path for path, file in good.items() if chosen.get(path) is not file}.union(broken)
    read = _with_those_of((rule for file in chosen.values() for rule in file.rules), lists)
    files = {path: chosen[path].with_lists(read) if path in held else chosen[path] for path in sorted(chosen)}
    rules = RuleSet((rule for file in files.values() for rule in file.rules), lists=read, fillers=fillers)
    return Standing(files, frozenset(held), rules)


def _with_those_of(rules: Iterable[Rule], lists: Lists) -> Lists:
    """Give the lists, and those that are gone from the files and that rules still read."""
    found = dict(lists)
    for rule in rules:
        for name, listed in rule.lists.items():
            found.setdefault(name, listed)
    return found


def _newcomer_in_the_way(chosen: Mapping[str, RuleFile], kept: Mapping[str, RuleFile]) -> str | None:
    """Find a file with an id that another has, which was there before it."""

    def changed(path: str) -> bool:
        return path not in kept or kept[path].text != chosen[path].text

    owners: dict[str, str] = {}
    for path in sorted(chosen, key=lambda path: (changed(path), path)):
        for rule in chosen[path].rules:
            if owners.setdefault(rule.id, path) != path:
                return path
    return None
