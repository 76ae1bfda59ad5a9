"""The templates that may have been said with some words, by the words that they begin with.

Which words those are is chosen by `scan`; whether a template really was said is found out in `trying`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from omiflow.speech.walk import Slotted

FEW = 4
"""Of so few words it isn't asked whether they were said at all."""


class Window:
    """Words of a line in which a template may lie as a whole."""

    def __init__(self, words: Sequence[str]) -> None:
        self._said = words
        self._text = f" {' '.join(words)} "

    @cached_property
    def words(self) -> frozenset[str]:
        """Give the words, each once."""
        return frozenset(self._said)

    def has(self, run: str) -> bool:
        """Say whether words with spaces between them stand here one after the other."""
        return f" {run} " in self._text


class Anchor:
    """Templates by the run of words they begin with; of some it isn't known."""

    def __init__(self) -> None:
        self._of_any: dict[Slotted, None] = {}
        self._of_word: dict[str, dict[str, dict[Slotted, None]]] = {}

    def put(self, slotted: Slotted, begins_with: str | None) -> None:
        """Put a template in."""
        if begins_with is None:
            self._of_any[slotted] = None
        else:
            word = begins_with.partition(" ")[0]
            self._of_word.setdefault(word, {}).setdefault(begins_with, {})[slotted] = None

    def within(self, window: Window) -> Iterator[Slotted]:
        """Give the templates whose beginning was said."""
        yield from self._of_any
        if len(self._of_word) <= FEW:
            words = list(self._of_word)
        elif len(self._of_word) < len(window.words):
            words = [word for word in self._of_word if word in window.words]
        else:
            words = [word for word in window.words if word in self._of_word]
        for word in words:
            for run, templates in self._of_word[word].items():
                if window.has(run):
                    yield from templates
