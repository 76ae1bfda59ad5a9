"""What the other files of a folder need to know of a rule file: its lists and its ids, which are unique over it.

The file itself is compiled by `load`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from omiflow.language.codes import TWICE, UNKNOWN_NAME
from omiflow.language.nearest import did_you_mean
from omiflow.language.rule_file import read_rule_file
from omiflow.language.source import Source
from omiflow.language.telling import Loc, at
from omiflow.model import Problem


@dataclass(frozen=True, slots=True)
class Outline:
    """The text of a file with its lists and ids; `ids` are those of rules with mistakes too, by the rule's number.

    `tested` are the rules that its tests look at, by the test's number.
    """

    path: str
    text: str
    lists: Mapping[str, list[Any]]
    ids: tuple[tuple[int, str], ...]
    tested: tuple[tuple[int, str], ...] = ()

    def source(self, sources: dict[str, Source]) -> Source:
        """Give the file with the places in it, out of `sources` or read again and put there."""
        if self.path not in sources:
            sources[self.path] = read_rule_file(self.text, file=self.path)
        return sources[self.path]


def outline(source: Source, text: str) -> Outline:
    """Give the outline of a file that was read from a text, whatever is wrong with the rest of it."""
    written = source.value if isinstance(source.value, dict) else {}
    lists = written.get("lists")
    return Outline(
        path=source.file,
        text=text,
        lists={
            name: items
            for name, items in (lists.items() if isinstance(lists, dict) else ())
            if isinstance(items, list) and all(_is_entry(item) for item in items)
        },
        ids=_texts(written.get("rules"), "id"),
        tested=_texts(written.get("tests"), "rule"),
    )


def _texts(listed: Any, key: str) -> tuple[tuple[int, str], ...]:
    """Give the texts at a key of the mappings in a list, each with its number."""
    items = enumerate(listed) if isinstance(listed, list) else ()
    return tuple((number, one[key]) for number, one in items if isinstance(one, dict) and isinstance(one.get(key), str))


def _is_entry(item: Any) -> bool:
    """Tell whether an item of a list can be read, whatever else is wrong with the file."""
    if not isinstance(item, dict):
        return isinstance(item, str)
    ways = item.get("say")
    listed = ways if isinstance(ways, list) else [ways]
    return bool(listed) and all(isinstance(way, str) for way in listed)


def gather_lists(outlines: Iterable[Outline], sources: dict[str, Source]) -> tuple[dict[str, list[Any]], list[Problem]]:
    """Give the lists of all files by name; a name counts once."""
    gathered: dict[str, list[Any]] = {}
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
            again = first is one and one.source(sources).place(_id(number)) == one.source(sources).place(
                _id(its_number)
            )
            loc = _id(number)[:-1] if again else _id(number)
            problems.append(at(one.source(sources), loc, message, code=TWICE))
    return problems


def unknown_rules(outlines: Iterable[Outline], sources: dict[str, Source]) -> list[Problem]:
    """Report each test that looks at a rule that no file has."""
    known = list(outlines)
    ids = {name for one in known for _, name in one.ids}
    return [
        at(
            one.source(sources),
            ("tests", number, "rule"),
            f"unknown rule '{name}'{did_you_mean(name, ids)}",
            code=UNKNOWN_NAME,
        )
        for one in known
        for number, name in one.tested
        if name not in ids
    ]


def _id(number: int) -> Loc:
    return ("rules", number, "id")
