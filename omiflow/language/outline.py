"""What the other files of a folder need to know of a rule file: its lists and its ids, which are unique over it.

The file itself is compiled by `load`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from omiflow.language.codes import TWICE
from omiflow.language.source import Source, read
from omiflow.language.telling import Loc, at
from omiflow.model import Problem


@dataclass(frozen=True, slots=True)
class Outline:
    """The text of a file with its lists and ids; `ids` are those of rules with mistakes too, by the rule's number."""

    path: str
    text: str
    lists: Mapping[str, list[str]]
    ids: tuple[tuple[int, str], ...]

    def source(self, sources: dict[str, Source]) -> Source:
        """Give the file with the places in it, out of `sources` or read again and put there."""
        if self.path not in sources:
            sources[self.path] = read(self.text, file=self.path)
        return sources[self.path]


def outline(source: Source, text: str) -> Outline:
    """Give the outline of a file that was read from a text, whatever is wrong with the rest of it."""
    written = source.value if isinstance(source.value, dict) else {}
    lists, rules = written.get("lists"), written.get("rules")
    named = enumerate(rules) if isinstance(rules, list) else ()
    return Outline(
        path=source.file,
        text=text,
        lists={
            name: items
            for name, items in (lists.items() if isinstance(lists, dict) else ())
            if isinstance(items, list) and all(isinstance(item, str) for item in items)
        },
        ids=tuple(
            (number, rule["id"]) for number, rule in named if isinstance(rule, dict) and isinstance(rule.get("id"), str)
        ),
    )


def gather_lists(outlines: Iterable[Outline], sources: dict[str, Source]) -> tuple[dict[str, list[str]], list[Problem]]:
    """Give the lists of all files by name; a name counts once."""
    gathered: dict[str, list[str]] = {}
    owners: dict[str, str] = {}
    problems = []
    for one in outlines:
        for name, items in one.lists.items():
            if name in gathered:
                message = f"list '{name}' is in {owners[name]} already; names of lists are unique over the folder"
                problems.append(at(one.source(sources), ("lists", name), message, code=TWICE, of_key=True))
            else:
                gathered[name], owners[name] = items, one.path
    return gathered, problems


def repeated_ids(outlines: Iterable[Outline], sources: dict[str, Source]) -> list[Problem]:
    """Report each rule whose id another rule has already."""
    owners: dict[str, tuple[Outline, int]] = {}
    problems = []
    for one in outlines:
        for number, name in one.ids:
            first, its_number = owners.setdefault(name, (one, number))
            if first is one and its_number == number:
                continue
            line = first.source(sources).line(_id(its_number))
            message = f"rule '{name}' is in {first.path}:{line} already; ids are unique over the folder"
            problems.append(at(one.source(sources), _id(number), message, code=TWICE))
    return problems


def _id(number: int) -> Loc:
    return ("rules", number, "id")
