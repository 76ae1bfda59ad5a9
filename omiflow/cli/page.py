"""Text laid out for a terminal: indented, wrapped between words, never inside an id; unwrapped where it is redirected.

What is worth saying is left to the commands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

HANG = 2
NARROWEST = 24
_WORD = re.compile(r"\S+\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Part = str | tuple[str, str]
"""A piece of a line, and its style if it has one."""


class Page:
    """Prints lines; what strangers said can't move the cursor or colour the screen."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)

    @property
    def width(self) -> int | None:
        """Give the columns of the terminal, None where there is none."""
        return self.console.width if self.console.is_terminal else None

    def line(self, *parts: Part, indent: int = 0) -> None:
        """Print one line, wrapped with its further lines indented a little more."""
        text = Text()
        for part in parts:
            said, style = (part, "") if isinstance(part, str) else part
            text.append(_harmless(said), style)
        lines = [text]
        if self.width is not None:
            room = max(self.width - indent - HANG, NARROWEST)
            if text.cell_len > room + HANG:
                lines = list(text.divide(_breaks(text.plain, room)))
        for number, line in enumerate(lines):
            line.rstrip()
            self.console.print(Text(" " * (indent + (HANG if number else 0))) + line)

    def rows(self, names: Sequence[str], rows: Sequence[Sequence[str]], *, styles: Sequence[str] = ()) -> None:
        """Print a table; `styles` are the rows' own. Columns for which a line has no room continue on a second one."""
        widths = [max(cell_len(_harmless(row[place])) for row in (names, *rows)) for place in range(len(names))]
        fitting = len(names)
        if self.width is not None and sum(widths) + HANG * (len(widths) - 1) > self.width:
            fitting = next(
                n for n in range(len(names) - 1, -1, -1) if n <= 1 or sum(widths[:n]) + HANG * n <= self.width
            )
        for row, style in zip((names, *rows), ("dim", *styles, *[""] * (len(rows) - len(styles))), strict=True):
            cells = [_harmless(cell) for cell in row]
            line = "  ".join(_padded(cell, width) for cell, width in zip(cells[:fitting], widths, strict=False))
            self.line((line.rstrip(), style))
            rest = "  ".join(cell for cell in cells[fitting:] if cell)
            if rest:
                self.line((rest, style), indent=HANG * 2)

    def data(self, value: Any, *, indent: int = 0, name: str = "") -> None:
        """Print JSON the way people write it into rules: a line for each value, texts without quotes."""
        if isinstance(value, Mapping) and value:
            inner = self._heading(name, indent)
            for key, item in value.items():
                self.data(item, indent=inner, name=str(key))
        elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
            for number, item in enumerate(value):
                self.data(item, indent=indent, name=f"{name}[{number}]")
        elif isinstance(value, str) and "\n" in value.rstrip():
            inner = self._heading(name, indent)
            for line in value.rstrip().splitlines():
                self.line(line, indent=inner)
        else:
            text = value.rstrip("\n") if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            self.line(*([(f"{name}: ", "dim")] if name else []), text, indent=indent)

    def _heading(self, name: str, indent: int) -> int:
        if not name:
            return indent
        self.line((f"{name}:", "dim"), indent=indent)
        return indent + HANG


def _breaks(text: str, room: int) -> list[int]:
    """Give the places of the words that begin a new line; a word longer than a line stays whole."""
    places: list[int] = []
    width = 0
    for word in _WORD.finditer(text):
        if width and width + cell_len(word[0].rstrip()) > room:
            places.append(word.start())
            width = 0
        width += cell_len(word[0])
    return places


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - cell_len(cell))


def _harmless(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
