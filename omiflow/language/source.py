"""One YAML text, read into plain values that know their places.

Leaves it to the rest of the room what the values mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import yaml

from omiflow.language.composing import Composer
from omiflow.language.places import Lines, Place, Spot
from omiflow.language.scalars import resolve
from omiflow.language.syntax import explain
from omiflow.language.unquoted import swallowed_at
from omiflow.model import Problem

MOST_BYTES = 1_000_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_REFUSED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_ESCAPE = re.compile(r"\\(?:x..|u.{4}|U.{8}|.)")


@dataclass(frozen=True)
class Source:
    """A text that was read: `value` is what it says, None after a syntax error; `problems` are its mistakes.

    A value that is named with `&` and used again is the same object wherever it stands: don't change it.
    """

    file: str
    text: str
    value: Any
    problems: list[Problem]
    lines: Lines
    root: Spot

    def is_block(self, loc: Sequence[str | int]) -> bool:
        """Tell whether the value at a path is a collection made by indentation."""
        return self._walk(loc)[-1].style in (":", "-")

    def place(self, loc: Sequence[str | int], *, of_key: bool = False) -> Place:
        """Give the place of the value at a path of keys and indexes, or with `of_key` that of its last key.

        Parts of the path that are not in the text, such as the names of pydantic's unions, are passed over; the place
        is that of the deepest value reached.
        """
        spot = self._walk(loc)[-1]
        if of_key and spot.key is not None:
            return self.lines.place(*spot.key)
        return self._place_of(spot)

    def line(self, loc: Sequence[str | int]) -> int:
        """Give the line of the value at a path."""
        return self.lines.number(self._walk(loc)[-1].start)

    def inside(self, loc: Sequence[str | int], offset: int, length: int = 1) -> Place:
        """Give the place of a stretch of the text at a path, counted from 0 in its value, cut at the end of its line.

        Texts that are named with `&` or in double quotes over several lines give their own start instead.
        """
        spot = self._walk(loc)[-1]
        value = self._value(loc)
        at = _written(self.text, spot, value, offset)
        if at is None:
            return self._place_of(spot)
        end = _written(self.text, spot, value, offset + length - 1)
        return self.lines.place(at, at + length if end is None else end + 1)

    def hint(self, loc: Sequence[str | int], *, kind: str = "phrase") -> str | None:
        """Tell how to quote the value at a path, if YAML took it for something else than the text it looks like.

        `kind` is what to call it.
        """
        *above, spot = self._walk(loc)
        return swallowed_at(self.lines, spot, above[-1] if above else None, kind=kind)

    def cut(self, loc: Sequence[str | int]) -> str | None:
        """Tell how to quote the text at a path, if YAML cut it off at a `#`."""
        return self.hint(loc) if self._value(loc) else None

    def written(self, loc: Sequence[str | int]) -> str | None:
        """Give the number or truth value at a path as it is written, None when it has a tag or another name."""
        spot = self._walk(loc)[-1]
        written = self.text[spot.start : spot.end]
        return None if spot.style or isinstance(resolve(written), str | None) else written

    def is_plain(self, loc: Sequence[str | int]) -> bool:
        """Tell whether the text at a path is written without quotes."""
        return not self._walk(loc)[-1].style

    def found(self, loc: Sequence[str | int]) -> Any:
        """Give the value at a path; parts of it that are not there are passed over."""
        value = self.value
        for part in loc:
            if isinstance(value, list):
                value = value[part] if isinstance(part, int) and 0 <= part < len(value) else value
            elif isinstance(value, dict):
                value = value.get(part, value)
        return value

    def renamed(self, loc: Sequence[str | int], name: str) -> Source:
        """Give the source as if the last key of a path had another name; what stands there keeps its place."""
        value, root = _renamed(self.value, self.root, loc, name)
        return replace(self, value=value, root=root)

    def _walk(self, loc: Sequence[str | int]) -> list[Spot]:
        spots = [self.root]
        for part in loc:
            spot = spots[-1]
            if isinstance(part, str) and part in spot.fields:
                spots.append(spot.fields[part])
            elif isinstance(part, int) and 0 <= part < len(spot.items):
                spots.append(spot.items[part])
        return spots

    def _value(self, loc: Sequence[str | int]) -> str:
        value = self.found(loc)
        return value if isinstance(value, str) else ""

    def _place_of(self, spot: Spot) -> Place:
        several_lines = self.lines.number(spot.start) != self.lines.number(spot.end)
        if several_lines and spot.style == ":" and spot.fields:
            first = next(iter(spot.fields.values())).key or (0, 0)
            return self.lines.place(spot.start, spot.start + first[1] - first[0])
        if several_lines and spot.style in ("-", "[", "{"):
            return self.lines.place(spot.start, spot.start + 1)
        return self.lines.place(spot.start, spot.end)


def read(text: str, *, file: str, tags: frozenset[str] = frozenset()) -> Source:
    """Read a YAML text; whatever is wrong with it is in the source's problems.

    `tags` are the tags that may stand before a scalar, without their `!`.
    """
    text = text.removeprefix("\ufeff")
    lines = Lines(text)
    composer = Composer(lines, file=file, tags=tags)
    refused = _REFUSED.search(text)
    if len(text.encode(errors="surrogatepass")) > MOST_BYTES:
        composer.problem(0, 1, f"the file is larger than {MOST_BYTES // 1_000_000} MB; split it")
    elif refused:
        message = f"character U+{ord(refused[0]):04X} can't stand in YAML; remove it, or escape it in double quotes"
        composer.problem(refused.start(), refused.end(), message)
    else:
        try:
            composer.compose(yaml.parse(text, Loader=_LOADER))
        except yaml.MarkedYAMLError as error:
            composer.stop(explain(error, lines, brackets=composer.brackets, quoted=composer.quoted))
    return Source(file, text, composer.value, composer.problems, lines, composer.spot)


def _renamed(value: Any, spot: Spot, loc: Sequence[str | int], name: str) -> tuple[Any, Spot]:
    """Copy what lies on the way to a key, and the mapping that has it, with the new name in the old one's place."""
    part, *below = loc
    if isinstance(value, list) and isinstance(part, int) and part < min(len(value), len(spot.items)):
        inner, its = _renamed(value[part], spot.items[part], below, name)
        items = [*spot.items[:part], its, *spot.items[part + 1 :]]
        return [*value[:part], inner, *value[part + 1 :]], replace(spot, items=items)
    if isinstance(value, dict) and isinstance(part, str) and part in value and part in spot.fields:
        if below:
            inner, its = _renamed(value[part], spot.fields[part], below, name)
            return {**value, part: inner}, replace(spot, fields={**spot.fields, part: its})
        fields = {name if key == part else key: one for key, one in spot.fields.items()}
        return {name if key == part else key: one for key, one in value.items()}, replace(spot, fields=fields)
    return _renamed(value, spot, below, name) if below else (value, spot)


def _written(text: str, spot: Spot, value: str, offset: int) -> int | None:
    """Give the offset in the whole text of a character of a scalar's value, None when it can't be told."""
    if spot.items or spot.fields or text[spot.start : spot.start + 1] in ("&", "!", "*"):
        return None
    raw = text[spot.start : spot.end]
    if spot.style == "|":
        return _in_block(text, spot, offset)
    if "\n" in raw or "\r" in raw:
        return None if spot.style == '"' else _in_folds(text, spot, value, offset)
    if spot.style == "":
        return min(spot.start + offset, spot.end)
    at = spot.start + 1
    for _ in range(offset):
        if at >= spot.end - 1:
            break
        if spot.style == "'":
            at += 2 if text.startswith("''", at) else 1
        else:
            escape = _ESCAPE.match(text, at)
            at = escape.end() if escape else at + 1
    return at


def _in_folds(text: str, spot: Spot, value: str, offset: int) -> int | None:
    """Find a character of a text that is folded over several lines, by counting what is not white space."""
    left = sum(not char.isspace() for char in value[:offset])
    at = spot.start
    if spot.style == ">":
        at = text.find("\n", at)
    elif spot.style == "'":
        at += 1
    while at < spot.end:
        if not text[at].isspace():
            if left == 0:
                return at
            left -= 1
            at += spot.style == "'" and text.startswith("''", at)
        at += 1
    return None


def _in_block(text: str, spot: Spot, offset: int) -> int | None:
    """Find a character of a literal block; its lines are those of the text without the indentation."""
    header, _, body = text[spot.start : spot.end].partition("\n")
    first = next((line for line in body.split("\n") if line.strip()), "")
    if any(char.isdigit() for char in header) or not first:
        return None
    indent = len(first) - len(first.lstrip(" "))
    at = spot.start + len(header) + 1
    for line in body.split("\n"):
        own = line[indent:].removesuffix("\r")
        if offset <= len(own):
            return at + min(indent, len(line)) + offset
        offset -= len(own) + 1
        at += len(line) + 1
    return None
