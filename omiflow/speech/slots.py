"""Places in a phrase that take what was said, and the sentences of a template with such places in them.

Reading them from a template is the template's part, finding what was said the placing's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from omiflow.speech.words import normalised


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that takes words, an entry of the list with the name `list`, or what is said of a type.

    `offset` is the place of its brace in the template, in characters.
    """

    name: str
    list: str | None
    offset: int
    typed: Literal["number", "time"] | None = None

    @property
    def kind(self) -> Literal["words", "list", "number", "time"]:
        """Give what it takes."""
        return "list" if self.list is not None else self.typed or "words"

    @property
    def free(self) -> bool:
        """Tell whether it takes any words."""
        return self.list is None and self.typed is None

    def __str__(self) -> str:
        return f"{{{self.name}{_WRITTEN[self.kind].format(self.list)}}}"


_WRITTEN = {"words": "", "list": ":list {}", "number": ":number", "time": ":time"}


Writing = tuple[str | Slot, ...]
"""A sentence as its template writes it; no two texts stand next to each other."""

Sentence = tuple[str | Slot, ...]
"""A sentence as it is compared: words and slots."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts of a template that follow each other."""

    parts: tuple[str | Slot | OneOf, ...]

    def count(self) -> int:
        """Count the sentences, equal ones too."""
        return math.prod(part.count() for part in self.parts if isinstance(part, OneOf))

    def writings(self) -> list[Writing]:
        """Give each sentence as it is written."""
        found: list[Writing] = [()]
        for part in self.parts:
            endings = part.writings() if isinstance(part, OneOf) else [(part,)]
            found = [_joined(beginning, ending) for beginning in found for ending in endings]
        return found

    def may_be_empty(self) -> bool:
        """Say whether nothing has to be said."""
        return all(_may_be_empty(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Alternatives in a template, of which one is said, or none where they are optional."""

    alternatives: tuple[Sequence, ...]
    optional: bool

    def count(self) -> int:
        """Count the sentences, equal ones too."""
        return sum(alternative.count() for alternative in self.alternatives) + self.optional

    def writings(self) -> list[Writing]:
        """Give each sentence as it is written."""
        found = [writing for alternative in self.alternatives for writing in alternative.writings()]
        return [*found, ()] if self.optional else found

    def may_be_empty(self) -> bool:
        """Say whether nothing has to be said."""
        return self.optional or any(alternative.may_be_empty() for alternative in self.alternatives)


def compared(writing: Writing) -> Sentence:
    """Give a sentence as it is compared."""
    words: list[str | Slot] = []
    for piece in writing:
        if isinstance(piece, Slot):
            words.append(piece)
        else:
            words += normalised(piece)
    return tuple(words)


def touches(before: str, after: str) -> bool:
    """Say whether a word that stands between two texts would melt with one of them."""
    return normalised(f"{before}a")[-1] != "a" or normalised(f"a{after}")[0] != "a"


def _joined(beginning: Writing, ending: Writing) -> Writing:
    if beginning and ending:
        last, first = beginning[-1], ending[0]
        if isinstance(last, str) and isinstance(first, str):
            return (*beginning[:-1], last + first, *ending[1:])
    return beginning + ending


def _may_be_empty(part: str | Slot | OneOf) -> bool:
    if isinstance(part, str):
        return not normalised(part)
    return isinstance(part, OneOf) and part.may_be_empty()
