"""What one user of one app said lately, so that a sentence is answered once.

It is a cache: kept and marked after the commit, rebuilt from stored events and marks. It is also where a matcher that
looks across requests will read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from omiflow.model import Mark, Segment
from omiflow.speech.phrases import Hit
from omiflow.speech.utterance import latest, segment_key

MOST_SEGMENTS = 400


class Stream:
    """The segments a user's app has had, the latest 400, and how often each rule fired on them."""

    __slots__ = ("_fired", "_known", "_limit")

    def __init__(self, *, limit: int = MOST_SEGMENTS) -> None:
        self._limit = limit
        self._known: dict[str, tuple[str, bool]] = {}
        self._fired: dict[str, dict[str, int]] = {}

    def fresh(self, segments: Sequence[Segment]) -> list[Segment]:
        """Give the segments that are new, or known with another text or speaker; the stream stays as it is."""
        known = self._known
        return [
            segment for key, segment in latest(segments).items() if known.get(key) != (segment.text, segment.is_user)
        ]

    def keep(self, segments: Sequence[Segment]) -> None:
        """Take segments in, once the event that brought them is committed; the oldest beyond the limit are forgotten.

        One request's segments are kept together, however many they are.
        """
        for key, segment in latest(segments).items():
            self._known.pop(key, None)
            self._known[key] = (segment.text, segment.is_user)
        for key in list(islice(self._known, max(0, len(self._known) - max(self._limit, len(segments))))):
            del self._known[key]
            self._fired.pop(key, None)

    def unfired(self, rule: str, hits: Sequence[Hit], *, fresh: Sequence[Segment]) -> list[Hit]:
        """Give the occurrences a rule has not fired on; `hits` are all of that rule in one request.

        Overlapping hits are one occurrence. The k-th occurrence that counts for a segment is old if the rule fired
        k times on that segment, and so is one without any fresh segment.
        """
        if not hits:
            return []
        news = {segment_key(segment) for segment in fresh}
        speakers = list(dict.fromkeys(hit.speaker for hit in hits))
        reached: dict[str, int] = {}
        count: dict[str, int] = {}
        unfired: list[Hit] = []
        for hit in sorted(hits, key=lambda hit: (speakers.index(hit.speaker), hit.first, -hit.last)):
            if hit.first <= reached.get(hit.speaker, -1):
                continue
            reached[hit.speaker] = hit.last
            segment = hit.mark_segment
            count[segment] = count.get(segment, 0) + 1
            if count[segment] > self._count(rule, segment) and not news.isdisjoint(hit.segment_ids):
                unfired.append(hit)
        return unfired

    def marks(self, rule: str, hits: Sequence[Hit]) -> list[Mark]:
        """Give the marks to store when a rule fires on these hits, which `unfired` gave."""
        count: dict[str, int] = {}
        for hit in hits:
            segment = hit.mark_segment
            count[segment] = count.get(segment, self._count(rule, segment)) + 1
        return [Mark(rule=rule, segment=segment, count=fired) for segment, fired in count.items()]

    def fired(self, rule: str, segment: str, count: int) -> None:
        """Note that a rule has fired `count` times, in all, on words that end in the segment with this key.

        Keep the segment first: a mark on one that the stream does not know is forgotten at once.
        """
        if segment in self._known:
            self._fired.setdefault(segment, {})[rule] = max(count, self._count(rule, segment))

    def restore_marks(self, marks: Iterable[Mark]) -> None:
        """Note stored marks, after a commit or at the start, once their segments are kept."""
        for mark in marks:
            self.fired(mark.rule, mark.segment, mark.count)

    def _count(self, rule: str, segment: str) -> int:
        return self._fired.get(segment, {}).get(rule, 0)
