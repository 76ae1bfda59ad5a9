"""Places in a text: offsets, lines, columns, and the spots of the values that were read from it.

Leaves finding the spots to `composing` and walking along a path of keys to `source`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

_BREAK = re.compile(r"\r\n|\r|\n")


class Place(NamedTuple):
    """A stretch of one line; line and column count from 1, the length is at least 1 character."""

    line: int
    column: int
    length: int


@dataclass(slots=True)
class Spot:
    """Where a value stands: offsets of its first character and behind its last one.

    `style` is the scalar's quote or block mark (`""` when plain), `*` for a reference to an anchor, `[` and `{` for
    collections in brackets, `-` and `:` for collections made by indentation. `key` is where its key stands.
    """

    start: int
    end: int
    style: str
    key: tuple[int, int] | None = None
    items: list[Spot] = field(default_factory=list)
    fields: dict[str, Spot] = field(default_factory=dict)


@dataclass(frozen=True)
class Lines:
    """A text whose offsets can be told as lines and columns."""

    text: str

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in _BREAK.finditer(self.text))]

    @cached_property
    def _last(self) -> int:
        return len(self.text.rstrip())

    @property
    def count(self) -> int:
        """Give the number of lines; an empty text has one."""
        return len(self._starts)

    def number(self, offset: int) -> int:
        """Give the number of the line, from 1, that holds an offset."""
        return bisect_right(self._starts, max(0, min(offset, self._last)))

    def start(self, line: int) -> int:
        """Give the offset at which a line begins."""
        return self._starts[line - 1]

    def line(self, line: int) -> str:
        """Give a line's text without its line break."""
        end = self._starts[line] if line < len(self._starts) else len(self.text)
        return self.text[self._starts[line - 1] : end].rstrip("\r\n")

    def place(self, start: int, end: int) -> Place:
        """Give the place of a stretch of text, cut at the end of its first line.

        An offset in the blank end of the text is told as the end of what is written.
        """
        offset = max(0, min(start, self._last))
        line = self.number(offset)
        first = self.start(line)
        stop = min(end, first + len(self.line(line)))
        return Place(line, offset - first + 1, max(1, stop - offset))
