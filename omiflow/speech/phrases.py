"""Hear the phrases of all rules in what people say, each occurrence once.

The time it takes grows with the words said and the phrases found, not with the phrases there are, nor with what was
said before. What hearing a phrase leads to is left to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import itemgetter
from typing import Any, Literal, NamedTuple

import msgspec

from omiflow.model import Mark, Segment
from omiflow.speech.fillers import FILLERS
from omiflow.speech.line import LOOK_BACK, Line, lines_of
from omiflow.speech.lists import Lists, word_list
from omiflow.speech.marks import NONE
from omiflow.speech.placing import Span
from omiflow.speech.scan import Scan
from omiflow.speech.segments import latest
from omiflow.speech.senses import Listener, Senses
from omiflow.speech.stream import STILL_AFTER, Stream
from omiflow.speech.template import PhraseTemplate, read_phrase
from omiflow.speech.trying import Open, Opening
from omiflow.speech.walk import Effect, Found, Slotted, Walk

Speaker = Literal["any", "user", "other"]
WITHIN = 15.0
PAUSE = 2.0
EVER = float("inf")


class Phrase(msgspec.Struct, frozen=True):
    """A template somebody waits for; `excepts` are templates that veto it.

    Occurrences are counted for the `rule`, or the owner where there is none. `within` and `pause` are in seconds.
    """

    template: str
    owner: Hashable
    speaker: Speaker = "any"
    excepts: tuple[str, ...] = ()
    rule: str | None = None
    within: float = WITHIN
    pause: float = PAUSE
    fuzzy: bool = False


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A phrase that was said.

    `phrase` is the template, `text` the words as spoken, `segments` those that carry the words. `slots` has the value
    of each slot of the template: words as spoken, what they mean where it has a type, None where it was not said.
    `event_id` is of the event that brought the last words.
    """

    owner: Hashable
    phrase: str
    text: str
    segments: tuple[Segment, ...]
    speaker: str
    slots: dict[str, Any] = {}
    event_id: str = ""


class Hearing(NamedTuple):
    """What was heard, and the marks that it left in the stream."""

    hits: list[Hit]
    marks: list[Mark]


class PhraseIndex:
    """All phrases of all rules, ready to be looked for at once."""

    def __init__(
        self, phrases: Iterable[Phrase], lists: Lists | None = None, *, fillers: frozenset[str] = FILLERS
    ) -> None:
        """Take the phrases in; raise PhraseProblem for a template that can't be understood.

        Of a list that does not exist nothing can be said. `fillers` are all that any listener skips.
        """
        self._phrases = tuple(phrases)
        self._lists: Lists = lists or {}
        self._fillers = fillers
        templates = [read_phrase(phrase.template) for phrase in self._phrases]
        named = {slot.list for template in templates for slot in template.slots}
        self._word_lists = {name: word_list(listed) for name, listed in self._lists.items() if name in named}
        scans: dict[tuple[frozenset[str], bool], Scan] = {}
        for number, (phrase, template) in enumerate(zip(self._phrases, templates, strict=True)):
            for effect in self._effects(phrase, template, scans):
                effect.phrases[number] = None
        self._scans = tuple(scans.values())
        for scan in self._scans:
            scan.make_ready()
        self._vetoes: dict[tuple[str, ...], PhraseIndex] = {}
        for excepts in {phrase.excepts for phrase in self._phrases if phrase.excepts}:
            vetoing = [Phrase(one, one, within=EVER, pause=EVER) for one in excepts]
            self._vetoes[excepts] = PhraseIndex(vetoing, self._lists, fillers=fillers)

    def hear(self, stream: Stream, listener: Listener, serves: Callable[[Hashable], bool] | None = None) -> Hearing:
        """Decide the words of a stream that are not decided yet, for those owners that `serves` lets pass."""
        course = _Course(self, stream, listener, serves)
        for line in stream.past:
            if self._wants(line) or line.open:
                course.take(line, still=True)
        for line in stream.lines.values():
            if self._wants(line):
                course.take(line)
        stream.forget_past()
        return Hearing(course.hits, course.made)

    def hush(self, stream: Stream, listener: Listener, serves: Callable[[Hashable], bool] | None = None) -> Hearing:
        """Decide what may still go on in lines that have been still for a while; `listener.now` is the time."""
        course = _Course(self, stream, listener, serves)
        for line in stream.lines.values():
            if not line.hushed and listener.now >= line.arrived + STILL_AFTER:
                course.take(line, still=True)
        return Hearing(course.hits, course.made)

    def find(
        self,
        segments: Sequence[Segment],
        listener: Listener | None = None,
        serves: Callable[[Hashable], bool] | None = None,
    ) -> list[Hit]:
        """Give what was said in a finished text, speaker by speaker, in order of the words that decided."""
        course = _Course(self, Stream(), listener or Listener(fillers=self._fillers), serves, marking=False)
        for line in lines_of(segments):
            course.take(line, final=True)
        return course.hits

    def find_with(self, segments: Sequence[Segment], stream: Stream, listener: Listener) -> list[Hit]:
        """Give what some segments of a stream say together with what was said before them, as if nothing followed."""
        keys = latest(segments).keys()
        course = _Course(self, Stream(), listener, None, marking=False)
        for line in stream.lines.values():
            said = line.copy()
            said.decided, said.open, said.open_of = 0, {}, self
            course.take(said, final=True)
        return [hit for hit in course.hits if not keys.isdisjoint(latest(hit.segments))]

    def opened(self, line: Line, listener: Listener) -> None:
        """Find out what may still go on behind the words of a line that are decided, and leave it there.

        A mark that came without words is left out: it may be what ends them.
        """
        senses = self.senses(listener, line)
        bare = line.as_decided()
        low = max(0, line.decided - LOOK_BACK)
        opened: dict[Slotted, Opening] = {}
        for scan in self._scans:
            walk = Walk(bare, low, low, line.decided, listener.fillers, senses, still=line.hushed)
            opened.update(scan.walk(walk, {})[1])
        line.open, line.open_of = opened, self

    def senses(self, listener: Listener, line: Line) -> Senses:
        """Give what slots can be said to be on a line; times count from when its words came."""
        return Senses(self._lists, self._word_lists, listener, now=line.arrived or None)

    def may_hear(self, words: Iterable[str]) -> bool:
        """Say whether some words may be the last ones of anything, when nothing is open: mostly they are not."""
        return any(scan.may_hear(words) for scan in self._scans)

    def walked(self, walk: Walk, opened: Open) -> tuple[list[Found], Open]:
        """Give what the new words of a walk say, and what may still go on behind them."""
        found: list[Found] = []
        left: dict[Slotted, Opening] = {}
        for scan in self._scans:
            more, still_open = scan.walk(walk, opened)
            found += more
            left.update(still_open)
        return found, left

    def vetoed(self, phrase: Phrase, line: Line, found: Found, listener: Listener) -> bool:
        """Say whether an except of a phrase lies in the sentence of its last word, begun before it and over by then."""
        low = found.last
        while low and not line.marked(low - 1):
            low -= 1
        index = self._vetoes[phrase.excepts]
        walk = Walk(line, low, low, found.last + 1, listener.fillers, index.senses(listener, line), final=True)
        vetoes, _ = index.walked(walk, {})
        return any(veto.first < found.last for veto in vetoes)

    def _wants(self, line: Line) -> bool:
        """Say whether something is to be decided on a line, or found out that may still go on."""
        if line.decided < len(line.words) or line.open_of is not self:
            return bool(line.words)
        return bool(line.open) and line.marked(len(line.words) - 1)

    def phrase(self, number: int) -> Phrase:
        """Give a phrase by its number."""
        return self._phrases[number]

    def _effects(
        self, phrase: Phrase, template: PhraseTemplate, scans: dict[tuple[frozenset[str], bool], Scan]
    ) -> list[Effect]:
        """Take a template in, among those that skip the same fillers: all but those it has itself."""
        wanted = frozenset(word for words in template.sentences for word in words if word in self._fillers)
        for slot in template.slots:
            if slot.list is not None and slot.list in self._word_lists:
                wanted |= self._word_lists[slot.list].among(self._fillers)
        scan = scans.get((wanted, phrase.fuzzy))
        if scan is None:
            scan = scans[wanted, phrase.fuzzy] = Scan(wanted, self._word_lists, fuzzy=phrase.fuzzy)
        return scan.effects(template, Span(phrase.within, phrase.pause))


class _Course:
    """One hearing: line by line, occurrence by occurrence."""

    def __init__(
        self,
        index: PhraseIndex,
        stream: Stream,
        listener: Listener,
        serves: Callable[[Hashable], bool] | None,
        *,
        marking: bool = True,
    ) -> None:
        self.index = index
        self.marking = marking
        self.stream = stream
        self.listener = listener
        self.serves = serves
        self.made: list[Mark] = []
        self.hits: list[Hit] = []

    def take(self, line: Line, *, still: bool = False, final: bool = False) -> None:
        """Decide what is new on a line."""
        if line.open_of is not self.index:
            self.index.opened(line, self.listener)
        line.shorten(self.stream.known)
        since, high = line.decided, len(line.words)
        if line.open or self.index.may_hear(line.words[since:high]):
            senses = self.index.senses(self.listener, line)
            walk = Walk(line, 0, since, high, self.listener.fillers, senses, still=still, final=final)
            found, line.open = self.index.walked(walk, line.open)
            self.accept(line, found)
        line.decided, line.hushed = high, line.hushed or still

    def accept(self, line: Line, found: Iterable[Found]) -> None:
        """Keep of what was found, in the order in which it was decided, what is no part of what was heard before."""
        refused: Speaker = "other" if line.is_user else "user"
        said = [
            (one.known, one.first, -one.last, number, one)
            for one in found
            for number in one.effect.phrases
            if self.index.phrase(number).speaker != refused
        ]
        accepted: dict[Hashable, _Ranges] = {}
        for _, first, minus_last, number, one in sorted(said, key=itemgetter(0, 1, 2, 3)):
            phrase, last = self.index.phrase(number), -minus_last
            if self.serves is not None and not self.serves(phrase.owner):
                continue
            ranges = accepted.setdefault(phrase.owner if phrase.rule is None else phrase.rule, _Ranges())
            if ranges.touch(first, last) or self.answered(line, phrase.rule, first, last):
                continue
            if self.marking and any(piece.key not in self.stream.known for piece, _, _ in line.spans(first, last)):
                continue
            if not one.filled and not line.is_near(first, last, phrase.within):
                continue
            if phrase.excepts and self.index.vetoed(phrase, line, one, self.listener):
                continue
            ranges.add(first, last)
            if self.mark(line, phrase.rule, first, last):
                self.hits.append(_hit(line, phrase, one))

    def answered(self, line: Line, rule: str | None, first: int, last: int) -> bool:
        """Say whether some of these words are marked for a rule."""
        marks = self.stream.marks
        if rule is None or not marks:
            return False
        spans = line.spans(first, last)
        return any(marks.get(piece.key, NONE).on(rule, begun, end) for piece, begun, end in spans)

    def mark(self, line: Line, rule: str | None, first: int, last: int) -> bool:
        """Mark words for a rule; say whether they are not what was answered already in another form."""
        if rule is None or not self.marking:
            return True
        spans = line.spans(first, last)
        lost = self.stream.marks.get(spans[-1][0].key, NONE).lost.get(rule) or self.moved(line, rule, first, last)
        made = [Mark(rule=rule, segment=piece.key, first=begun, last=end) for piece, begun, end in spans]
        self.stream.mark(made)
        self.made += made
        return not lost

    def moved(self, line: Line, rule: str, first: int, last: int) -> bool:
        """Say whether a correction may have brought the words here from another segment, where they were answered.

        They were said then when they were before, or at the same time as they still are there.
        """
        corrected, marks = self.stream.corrected, self.stream.marks
        if not corrected:
            return False
        words, begun, ended = line.words[first : last + 1], line.begins(first), line.ends(last)
        if any(
            marks.get(key, NONE).lost.get(rule) and begun <= before.ends and before.segment.start <= ended
            for key, before in corrected.items()
        ):
            return True
        return any(
            words == piece.words[mark.first : mark.last + 1]
            and min(ended, piece.begins(mark.last + 1)) > max(begun, piece.begins(mark.first))
            for other in self.stream.lines.values()
            for piece in other.pieces
            for mark in marks.get(piece.key, NONE).ranges
            if mark.rule == rule
        )


class _Ranges:
    """The words of a line that a rule has heard."""

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []
        self._reach = -1

    def add(self, first: int, last: int) -> None:
        self._ranges.append((first, last))
        self._reach = max(self._reach, last)

    def touch(self, first: int, last: int) -> bool:
        return first <= self._reach and any(begun <= last and first <= end for begun, end in self._ranges)


def _hit(line: Line, phrase: Phrase, found: Found) -> Hit:
    spans = line.spans(found.first, found.last)
    slots: dict[str, Any] = dict.fromkeys(slot.name for slot in read_phrase(phrase.template).slots)
    for filled in found.filled:
        slots[filled.slot] = line.text(filled.first, filled.end - 1) if filled.free else filled.value
    return Hit(
        owner=phrase.owner,
        phrase=phrase.template,
        text=line.text(found.first, found.last),
        segments=tuple(piece.segment for piece, _, _ in spans),
        speaker=line.speaker,
        slots=slots,
        event_id=line.event_id,
    )
