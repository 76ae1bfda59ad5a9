"""A problem as people read it: its place, its text, the line it stands in and a caret below.

Leaves it to the caller where the text goes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from omiflow.language.places import Lines
from omiflow.model import Problem

WIDEST = 100
BEFORE = 40
TAB = "    "

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def render(problem: Problem, text: str) -> str:
    """Give a problem as several lines without a line break at the end.

    `text` is what its file holds, empty when it can't be read.
    """
    warning = "warning: " if problem.severity == "warning" else ""
    said = [f"{problem.file}:{problem.line}:{problem.column}: {warning}{_printable(problem.message)}"]
    lines = _lines(text)
    if text and 1 <= problem.line <= lines.count:
        shown, caret = _excerpt(lines.line(problem.line), problem.column - 1, problem.length)
        number = f"{problem.line:>5}"
        said += [f"{number} | {shown}".rstrip(), f"{' ' * len(number)} | {caret}"]
    if problem.hint is not None:
        said.append(f"      = hint: {_printable(problem.hint)}")
    said.append(f"      = code: {problem.code}")
    return "\n".join(said)


@lru_cache(maxsize=4)
def _lines(text: str) -> Lines:
    """Find the lines of a text once for all its problems."""
    return Lines(text.removeprefix("\ufeff"))


def _excerpt(line: str, column: int, length: int) -> tuple[str, str]:
    """Give the part of a line around a column (from 0), and the carets that belong below it."""
    column = min(max(column, 0), len(line))
    skipped = max(0, column - 2 * WIDEST)
    cells = [_cell(char) for char in line[skipped : column + 2 * WIDEST]]
    column -= skipped
    first, last = _window([width for _, width in cells], column)
    left = "…" if skipped + first > 0 else ""
    right = "…" if skipped + last < len(line) else ""
    shown = left + "".join(char for char, _ in cells[first:last]) + right
    indent = len(left) + sum(width for _, width in cells[first:column])
    carets = sum(width for _, width in cells[column : min(column + length, last)])
    return shown, " " * indent + "^" * max(1, carets)


def _window(widths: list[int], column: int) -> tuple[int, int]:
    """Give the first and the last column to show, so that `column` is seen and the rest fits."""
    if sum(widths) <= WIDEST:
        return 0, len(widths)
    first = column
    room = BEFORE
    while first > 0 and room >= widths[first - 1]:
        first -= 1
        room -= widths[first]
    last = first
    room = WIDEST
    while last < len(widths) and room >= widths[last]:
        room -= widths[last]
        last += 1
    return first, last


def _cell(char: str) -> tuple[str, int]:
    """Give what stands for a character in a terminal, and how many cells it takes."""
    if char == "\t":
        return TAB, len(TAB)
    if _UNSAFE.match(char):
        return "\ufffd", 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return char, 0
    return char, 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _printable(text: str) -> str:
    return _UNSAFE.sub("\ufffd", " ".join(re.split(r"[\r\n]+", text)))
