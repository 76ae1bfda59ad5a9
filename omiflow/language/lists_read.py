"""The lists of a folder, and what a file that was compiled relied on of them: mostly that they are there.

What is relied on is asked again at each load, and only a file that would be told something else is compiled anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from omiflow.language.doubts.lists import doubt_of_list
from omiflow.speech.lists import Entries, entries

Asked = tuple[Literal["names", "there", "empty", "doubt", "says"], str]
"""What is asked of a list, by its name."""


class FolderLists:
    """The lists of a folder; those that say what they said `before` are the same values."""

    def __init__(self, items: Mapping[str, Any], before: Mapping[str, Entries] | None = None) -> None:
        read = {name: entries(listed) for name, listed in items.items()}
        known = before or {}
        self.entries = {
            name: known[name] if name in known and known[name].digest == listed.digest else listed
            for name, listed in read.items()
        }
        self._doubts: dict[str, str | None] = {}

    def told(self, asked: Asked) -> object:
        """Answer what is asked."""
        what, name = asked
        if what == "names":
            return frozenset(self.entries)
        if what == "there":
            return name in self.entries
        if what == "empty":
            return not self.entries.get(name)
        if what == "doubt":
            return self.doubt(name)
        return self.entries[name].digest if name in self.entries else None

    def doubt(self, name: str) -> str | None:
        """Say what is doubtful about a list that a slot takes from, None when all is well."""
        if name not in self._doubts:
            self._doubts[name] = doubt_of_list(name, self.entries.get(name, ()))
        return self._doubts[name]


class ListsRead(Mapping[str, Entries]):
    """The lists of a folder as one file reads them; `relied` is what it was told of them."""

    def __init__(self, lists: FolderLists) -> None:
        self._lists = lists
        self.relied: dict[Asked, object] = {}

    def __getitem__(self, name: str) -> Entries:
        self._note("says", name)
        return self._lists.entries[name]

    def __contains__(self, name: object) -> bool:
        return bool(self._note("there", str(name)))

    def __iter__(self) -> Iterator[str]:
        self._note("names")
        return iter(sorted(self._lists.entries))

    def __len__(self) -> int:
        self._note("names")
        return len(self._lists.entries)

    def is_empty(self, name: str) -> bool:
        """Tell whether a list has no entries."""
        return bool(self._note("empty", name))

    def doubt(self, name: str) -> str | None:
        """Say what is doubtful about a list that a slot takes from, None when all is well."""
        self._note("doubt", name)
        return self._lists.doubt(name)

    def _note(self, what: Literal["names", "there", "empty", "doubt", "says"], name: str = "") -> object:
        answer = self.relied[what, name] = self._lists.told((what, name))
        return answer
