"""The condition that asks for phrases, in what was said or in any text of an event.

Finding phrases is the business of `speech`; the other conditions are in `conditions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from omiflow.engine.conditions import SUMMARIES, View
from omiflow.engine.jsonpath import Path
from omiflow.model import Segment
from omiflow.speech.lists import Lists
from omiflow.speech.phrases import Phrase, PhraseIndex, Speaker

Where = Literal["transcript", "title", "overview", "all"]
TITLES = {"title": ("title", "headline"), "overview": ("overview",)}


@dataclass
class _Made:
    """The index that was made last, and the lists it was made with."""

    last: tuple[Lists, PhraseIndex] | None = None


@dataclass(frozen=True)
class PhrasesCondition:
    """Phrases of which one must be said at a place: a part of the event, or what a JSONPath finds."""

    path: str
    line: int
    phrases: tuple[str, ...]
    where: Where | Path = "transcript"
    speaker: Speaker = "any"
    _made: _Made = field(default_factory=_Made, compare=False, repr=False)

    def check(self, view: View) -> tuple[bool, str]:
        """Tell whether one of the phrases is there, with the words that it was."""
        place = self.where if isinstance(self.where, str) else self.where.text
        found = [segments for segments in self._texts(view) if segments]
        if not found:
            return False, f"nothing in {place}"
        index = self._index(view.lists)
        hit = next((hit for segments in found for hit in index.find(segments)), None)
        if hit is None:
            return False, f"none of the phrases is in {place}"
        return True, f"'{hit.text}' is in {place}"

    def _index(self, lists: Lists) -> PhraseIndex:
        made = self._made.last
        if made is None or made[0] is not lists:
            phrases = [Phrase(template=phrase, owner=self.path, speaker=self.speaker) for phrase in self.phrases]
            made = self._made.last = (lists, PhraseIndex(phrases, lists))
        return made[1]

    def _texts(self, view: View) -> Iterable[Sequence[Segment]]:
        if isinstance(self.where, Path):
            yield from _written(self.where.find(view.payload), self.speaker)
            return
        if self.where in ("transcript", "all"):
            yield view.event.segments
        for part, names in TITLES.items():
            if self.where in (part, "all"):
                yield from _written(_summary(view.payload, names), self.speaker)


def _summary(payload: Any, names: Sequence[str]) -> list[Any]:
    """Give the texts under these names in the summary of a conversation or of a day."""
    holders = [payload.get(key) for key in SUMMARIES] if isinstance(payload, Mapping) else []
    return [holder[name] for holder in holders if isinstance(holder, Mapping) for name in names if holder.get(name)]


def _written(texts: Iterable[Any], speaker: Speaker) -> Iterable[Sequence[Segment]]:
    """Take texts that nobody spoke as said by the speaker that is asked for."""
    for text in texts:
        if isinstance(text, str) and text.strip():
            yield [Segment(text=text, is_user=speaker == "user")]
