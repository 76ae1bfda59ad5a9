"""Find the phrases of all rules in what one speaker said.

The time it takes grows with the words said and the phrases found, not with the phrases there are. Whether a found
phrase was answered before is the stream's affair.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from operator import itemgetter
from typing import Any, Literal

import msgspec

from omiflow.model import Segment
from omiflow.speech.fillers import FILLERS
from omiflow.speech.lists import Lists, word_list
from omiflow.speech.scan import Scan
from omiflow.speech.scanned import Effect, Found
from omiflow.speech.template import PhraseTemplate, read_phrase
from omiflow.speech.utterance import Utterance, segment_key

Speaker = Literal["any", "user", "other"]


class Phrase(msgspec.Struct, frozen=True):
    """A template somebody waits for; `excepts` are templates that veto it."""

    template: str
    owner: Hashable
    speaker: Speaker = "any"
    excepts: tuple[str, ...] = ()


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A phrase that was said.

    `phrase` is the template, `text` the words as spoken, `segments` those that carry the words and `segment_ids` their
    keys; `first` and `last` are positions in the utterance's words, `speaker` is the utterance's. `mark_segment` is
    the key of the segment that the occurrence counts for: that of the last word which is in no open slot. `slots` has
    the value of each slot of the template: words as spoken, the value of a list's entry, None where it was not said.
    """

    owner: Hashable
    phrase: str
    text: str
    segments: tuple[Segment, ...]
    segment_ids: tuple[str, ...]
    speaker: str
    first: int
    last: int
    mark_segment: str
    slots: dict[str, Any] = {}


class PhraseIndex:
    """All phrases of all rules, ready to be looked for at once."""

    def __init__(self, phrases: Iterable[Phrase], lists: Lists | None = None) -> None:
        """Take the phrases in; raise PhraseProblem for a template that can't be understood.

        Of a list that does not exist nothing can be said.
        """
        self._phrases = tuple(phrases)
        self._lists: Lists = lists or {}
        templates = [
            (read_phrase(phrase.template), [read_phrase(template) for template in phrase.excepts])
            for phrase in self._phrases
        ]
        named = {slot.list for said, excepts in templates for one in (said, *excepts) for slot in one.slots}
        self._word_lists = {name: word_list(listed) for name, listed in self._lists.items() if name in named}
        scans: dict[frozenset[str], Scan] = {}
        for number, (said, excepts) in enumerate(templates):
            for effect in self._effects(said, scans):
                effect.phrases[number] = None
            for template in excepts:
                for effect in self._effects(template, scans):
                    effect.vetoes.add(number)
        self._scans = tuple(scans.values())
        for scan in self._scans:
            scan.make_ready()

    def find(self, utterance: Utterance) -> list[Hit]:
        """Give what was said, in order; overlapping phrases of one owner are one hit, the leftmost and longest."""
        heard = [found for scan in self._scans if (found := scan.heard(utterance)) is not None]
        if not heard:
            return []
        refused: Speaker = "other" if utterance.is_user else "user"
        said = [
            (one.first, -one.last, number, one)
            for part in heard
            for one in part.found
            for number in one.effect.phrases
            if self._phrases[number].speaker != refused
        ]
        hits: list[Hit] = []
        reached: dict[Hashable, int] = {}
        for first, minus_last, number, one in sorted(said, key=itemgetter(0, 1, 2)):
            phrase = self._phrases[number]
            if first <= reached.get(phrase.owner, -1):
                continue
            if not (phrase.excepts and any(part.vetoed(number, -minus_last) for part in heard)):
                reached[phrase.owner] = -minus_last
                hits.append(self._hit(utterance, phrase, one))
        return hits

    def _effects(self, template: PhraseTemplate, scans: dict[frozenset[str], Scan]) -> list[Effect]:
        """Take a template in, among those that skip the same fillers: all but those it has itself."""
        wanted = frozenset(word for words in template.sentences for word in words if word in FILLERS)
        for slot in template.slots:
            if slot.list is not None and slot.list in self._word_lists:
                wanted |= self._word_lists[slot.list].fillers
        scan = scans.get(wanted)
        if scan is None:
            scan = scans[wanted] = Scan(FILLERS - wanted, self._word_lists)
        return scan.effects(template)

    def _hit(self, utterance: Utterance, phrase: Phrase, found: Found) -> Hit:
        spans = utterance.spans(found.first, found.last)
        segments = tuple(utterance.segments[number] for number, _, _ in spans)
        slots: dict[str, Any] = dict.fromkeys(slot.name for slot in read_phrase(phrase.template).slots)
        for filled in found.filled:
            if filled.entry is None:
                slots[filled.slot] = utterance.text(filled.first, filled.end - 1)
            else:
                name, number = filled.entry
                slots[filled.slot] = self._lists[name][number].value
        return Hit(
            owner=phrase.owner,
            phrase=phrase.template,
            text=" ".join(utterance.segments[number].text[start:end] for number, start, end in spans),
            segments=segments,
            segment_ids=tuple(segment_key(segment) for segment in segments),
            speaker=utterance.speaker,
            first=found.first,
            last=found.last,
            mark_segment=segment_key(utterance.segments[utterance.spans(found.settled, found.settled)[0][0]]),
            slots=slots,
        )
