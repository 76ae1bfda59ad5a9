"""One speaker's words of one request, in the order in which they came.

Which segments are news is the stream's affair, and what the words mean the phrase index's.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import accumulate

import msgspec

from omiflow.model import Segment
from omiflow.speech.words import Word, ends_sentence, normalised, tokens

_BEHIND = "%\u2030\u00b0"


class Spoken(msgspec.Struct, frozen=True):
    """A word in its utterance: the number of its segment there, and of its sentence, which may span segments."""

    word: Word
    segment: int
    sentence: int


class Utterance:
    """The words that one speaker said in one request; other people's segments between them do not count."""

    __slots__ = ("_ends", "_spoken", "_tokens", "_words", "is_user", "segments", "speaker")

    def __init__(self, speaker: str, segments: Sequence[Segment]) -> None:
        self.speaker = speaker
        self.is_user = segments[0].is_user
        self.segments = segments
        self._words: list[str] | None = None
        self._ends: list[int] | None = None
        self._tokens: dict[int, list[Word]] = {}
        self._spoken: list[Spoken] | None = None

    @property
    def words(self) -> list[str]:
        """Give the words as they are compared."""
        if self._words is None:
            self._words = normalised("\n".join([segment.text for segment in self.segments]))
        return self._words

    @property
    def spoken(self) -> list[Spoken]:
        """Give the words with their places, one for each of `words`; it takes longer."""
        if self._spoken is None:
            self._spoken = list(self._located())
        return self._spoken

    def text(self, first: int, last: int) -> str:
        """Give the words from `first` to `last` as spoken, with punctuation between them and currency signs at them."""
        spans = self.spans(first, last)
        pieces = []
        for number, start, end in spans:
            text = self.segments[number].text
            begin = _before_signs(text, start) if number == spans[0][0] else 0
            pieces.append(text[begin : _behind_signs(text, end) if number == spans[-1][0] else None].strip())
        return " ".join(pieces)

    def spans(self, first: int, last: int) -> list[tuple[int, int, int]]:
        """Give where the words from `first` to `last` stand: number of the segment, and offsets in its text."""
        if self._ends is None:
            self._ends = list(accumulate(len(normalised(segment.text)) for segment in self.segments))
        spans: list[tuple[int, int, int]] = []
        number = bisect_right(self._ends, first)
        while first <= last:
            begun = self._ends[number - 1] if number else 0
            words = self._located_in(number)[first - begun : last + 1 - begun]
            if words:
                spans.append((number, words[0].start, words[-1].end))
                first += len(words)
            number += 1
        return spans

    def _located_in(self, number: int) -> list[Word]:
        words = self._tokens.get(number)
        if words is None:
            words = self._tokens[number] = tokens(self.segments[number].text)
        return words

    def _located(self) -> Iterable[Spoken]:
        begun = 0
        for number, segment in enumerate(self.segments):
            words = self._located_in(number)
            for word in words:
                yield Spoken(word, number, begun + word.sentence)
            if words:
                begun += words[-1].sentence
            begun += ends_sentence(segment.text, words[-1].end if words else 0)


def utterances(segments: Sequence[Segment]) -> list[Utterance]:
    """Group segments by who speaks, in order of their first words; of a segment sent twice the later form counts."""
    of_speaker: dict[str, list[Segment]] = {}
    for segment in latest(segments).values():
        speaker = speaker_key(segment)
        said = of_speaker.get(speaker)
        if said is None:
            of_speaker[speaker] = [segment]
        else:
            said.append(segment)
    return [Utterance(speaker, said) for speaker, said in of_speaker.items()]


def speaker_key(segment: Segment) -> str:
    """Name who speaks: the user, a person Omi knows, or a voice told apart by its number."""
    if segment.is_user:
        return "user"
    if segment.person_id:
        return f"person:{segment.person_id}"
    if segment.speaker_id and segment.speaker in (None, "", "SPEAKER_00"):
        return f"voice:SPEAKER_{segment.speaker_id:02d}"
    return f"voice:{segment.speaker or 'SPEAKER_00'}"


def segment_key(segment: Segment) -> str:
    """Name a segment: by its id, else by a digest of speaker, times and text."""
    if segment.id:
        return segment.id
    content = f"{segment.speaker}\n{segment.start}\n{segment.end}\n{segment.text}"
    return "~" + blake2b(content.encode("utf-8", "replace"), digest_size=12).hexdigest()


def latest(segments: Sequence[Segment]) -> dict[str, Segment]:
    """Give the segments by key, in order; a segment that comes twice has its first place and its last form."""
    return {segment.id or segment_key(segment): segment for segment in segments}


def _before_signs(text: str, start: int) -> int:
    while start and unicodedata.category(text[start - 1]) == "Sc":
        start -= 1
    return start


def _behind_signs(text: str, end: int) -> int:
    while end < len(text) and (text[end] in _BEHIND or unicodedata.category(text[end]) == "Sc"):
        end += 1
    return end
