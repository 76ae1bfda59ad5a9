"""What slots can be said to be: an entry of a list, a number, a time; asked for by the name of the source.

Which slot has which source is told by `paths`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec

from omiflow.speech.fillers import FILLERS
from omiflow.speech.lists import Lists, WordList
from omiflow.speech.numbers import Numbers
from omiflow.speech.times import Times

Spoken = Callable[[int, int], str]
"""Gives the words from one number to another, itself included, as they were spoken."""
Reading = tuple[int, Any]
"""How many words were read, and what they mean."""


class Sense(Protocol):
    """A way to read words."""

    def said(self, words: Sequence[str], at: int, spoken: Spoken) -> Sequence[Reading]:
        """Give what can be read from the word `at` on, the longest first."""

    def may_go_on(self, words: Sequence[str], at: int, spoken: Spoken) -> bool:
        """Say whether all words from `at` on are the beginning of something longer."""


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """For whom phrases are heard: `fillers` are skipped, and numbers and times are read in a language, now, there."""

    now: float = 0.0
    zone: ZoneInfo = ZoneInfo("UTC")
    language: str = "en"
    fillers: frozenset[str] = FILLERS


class Senses:
    """The senses for one listener, by source."""

    def __init__(
        self, lists: Lists, word_lists: Mapping[str, WordList], listener: Listener, *, now: float | None = None
    ) -> None:
        """Take the lists and for whom they are; times count from `now`, else from when the listener hears them."""
        self._now = listener.now if now is None else now
        self._lists = lists
        self._word_lists = word_lists
        self._listener = listener
        self._known: dict[str, Sense] = {}

    def of(self, source: str) -> Sense:
        """Give the sense of a source."""
        sense = self._known.get(source)
        if sense is None:
            sense = self._known[source] = self._made(source)
        return sense

    def _made(self, source: str) -> Sense:
        listener = self._listener
        if source == "number":
            return Numbers(listener.language)
        if source == "time":
            return _Moment(Times(listener.language, listener.zone), datetime.fromtimestamp(self._now, listener.zone))
        name = source.removeprefix("list ")
        listed = self._word_lists.get(name)
        return _Entry(listed, [entry.value for entry in self._lists[name]]) if listed else _Nothing()


class _Moment:
    def __init__(self, times: Times, now: datetime) -> None:
        self._times = times
        self._now = now

    def said(self, words: Sequence[str], at: int, spoken: Spoken) -> Sequence[Reading]:
        return self._times.said(words, at, spoken, self._now)

    def may_go_on(self, words: Sequence[str], at: int, spoken: Spoken) -> bool:
        return self._times.may_go_on(words, at, spoken)


class _Entry:
    def __init__(self, listed: WordList, values: Sequence[Any]) -> None:
        self._listed = listed
        self._values = values

    def said(self, words: Sequence[str], at: int, spoken: Spoken) -> Sequence[Reading]:  # noqa: ARG002 - as they are compared
        return [(length, self._values[number]) for length, number in self._listed.said(words, at)]

    def may_go_on(self, words: Sequence[str], at: int, spoken: Spoken) -> bool:  # noqa: ARG002 - as they are compared
        return self._listed.may_go_on(words, at)


class _Nothing:
    def said(self, words: Sequence[str], at: int, spoken: Spoken) -> Sequence[Reading]:  # noqa: ARG002 - nothing is said
        return ()

    def may_go_on(self, words: Sequence[str], at: int, spoken: Spoken) -> bool:  # noqa: ARG002 - nothing is said
        return False
