"""A slow and obvious matcher: what the rule language says about phrases (3.1), word for word, to compare the fast one with.

It knows the whole of what was said and tries every placing of every sentence behind every word; how speech is cut into
segments and calls it can't even be told. Only reading templates and splitting texts into words is the product's own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from omiflow.speech.fillers import FILLERS
from omiflow.speech.lists import Entries, WordList, word_list
from omiflow.speech.slots import Sentence, Slot
from omiflow.speech.template import PhraseTemplate, read_phrase
from omiflow.speech.words import ends_sentence, normalised

LONGEST = 120.0
OUTER = re.compile(r"^\W+|\W+$")


class Said(NamedTuple):
    """One word as it was written, when it was said, and by whom; `still`: nothing more came for 3 s behind it."""

    raw: str
    begins: float
    ends: float
    speaker: str = "SPEAKER_00"
    user: bool = False
    still: bool = False


class Sought(NamedTuple):
    """One phrase of a rule."""

    owner: str
    template: str
    speaker: str = "any"
    excepts: tuple[str, ...] = ()
    within: float = 15.0
    pause: float = 2.0


class Found(NamedTuple):
    """One occurrence: the numbers of its words on its speaker's line, and behind which word it was decided.

    `late` says that a break decided it, not the word itself.
    """

    owner: str
    template: str
    speaker: str
    first: int
    last: int
    slots: dict[str, Any]
    text: str
    behind: int
    late: bool


class Step(NamedTuple):
    """How much is known: all words up to number `word`, and with `late` what stands behind it too."""

    word: int
    late: bool


class Placing(NamedTuple):
    """A sentence on kept words: for each element how many of them it takes from where, and its value.

    An open slot takes 0: how many is not known before its break.
    """

    sentence: Sentence
    spans: tuple[tuple[int, int, Any], ...]


def occurrences(said: Iterable[Said], sought: Sequence[Sought], lists: Mapping[str, Entries]) -> list[Found]:
    """Give what fires, line by line, in the order in which it is decided."""
    accepted: list[Found] = []
    for find in finds(said, sought, lists):
        if not any(other.owner == find.owner and shares(other, find) for other in accepted):
            accepted.append(find)
    return accepted


def finds(said: Iterable[Said], sought: Sequence[Sought], lists: Mapping[str, Entries]) -> list[Found]:
    """Give what every phrase finds by itself, line by line, in the order in which it is decided."""
    lines: dict[tuple[str, bool], list[Said]] = {}
    for word in said:
        lines.setdefault((word.speaker, word.user), []).append(word)
    found: list[Found] = []
    for (speaker, user), line in lines.items():
        here = [
            (find, order)
            for order, phrase in enumerate(sought)
            if phrase.speaker == "any" or (phrase.speaker == "user") == user
            for find in _Line(line, phrase, lists).finds(speaker)
        ]
        here.sort(key=lambda one: (one[0].behind, one[0].late, one[0].first, -one[0].last, one[1]))
        found += [find for find, _ in here]
    return found


def shares(one: Found, other: Found) -> bool:
    """Tell whether two finds have a word in common."""
    return one.speaker == other.speaker and one.first <= other.last and other.first <= one.last


class _Line:
    """One phrase, its exceptions, and one speaker's words."""

    def __init__(self, line: Sequence[Said], phrase: Sought, lists: Mapping[str, Entries]) -> None:
        self.line = line
        self.phrase = phrase
        self.texts = [normalised(word.raw)[0] for word in line]
        self.marked = [ends_sentence(word.raw) for word in line]
        self.template = _Template(self, read_phrase(phrase.template), lists, within=phrase.within)
        self.excepts = [_Template(self, read_phrase(text), lists, within=math.inf) for text in phrase.excepts]

    def finds(self, speaker: str) -> Iterator[Found]:
        """Give the phrase's finds, whatever else its rule has found."""
        template, used = self.template, set[int]()
        for step in (Step(word, late) for word in range(len(self.line)) for late in (False, True)):
            decided = [placing for placing in template.decided(step) if template.first(placing) not in used]
            if not decided:
                continue
            for first in sorted({template.first(placing) for placing in decided}):
                used.add(first)
                here = [placing for placing in decided if template.first(placing) == first]
                best = min(here, key=lambda one: template.preference(one, step))
                last = template.last(best, step)
                if self.excepted(last):
                    continue
                slots = template.slots(best, step)
                yield Found(
                    self.phrase.owner,
                    self.phrase.template,
                    speaker,
                    first,
                    last,
                    slots,
                    self.text(first, last),
                    step.word,
                    step.late,
                )

    def excepted(self, last: int) -> bool:
        """Tell whether an exception was said in the sentence of the word `last`: begun before it, over by it.

        Of an open slot's words one is enough.
        """
        for template in self.excepts:
            for placing in template.placings:
                first, (at, length, _) = template.first(placing), placing.spans[-1]
                over = template.kept[at + max(length, 1) - 1]
                if first < last and over <= last and not any(self.marked[first:last]):
                    return True
        return False

    def broken(self, word: int, step: Step) -> bool:
        """Tell whether a break is known behind a word."""
        if self.marked[word]:
            return True
        if Step(word, late=True) > step:
            return False
        if word + 1 == len(self.line) or self.line[word].still:
            return True
        return self.line[word + 1].begins - self.line[word].ends >= self.phrase.pause

    def text(self, first: int, last: int) -> str:
        """Give words as they were written, without the punctuation around them."""
        return OUTER.sub("", " ".join(word.raw for word in self.line[first : last + 1]))

    def span(self, first: int, last: int) -> float:
        """Give the seconds from the beginning of a word to the end of another."""
        return self.line[last].ends - self.line[first].begins


class _Template:
    """A template on the words of a line without the fillers; `kept` are their numbers on the line."""

    def __init__(self, line: _Line, template: PhraseTemplate, lists: Mapping[str, Entries], *, within: float) -> None:
        self.line = line
        self.within = within
        self.template = template
        self.lists = {slot.list: lists[slot.list] for slot in template.slots if slot.list is not None}
        self.said: dict[str, WordList] = {name: word_list(entries) for name, entries in self.lists.items()}
        own = {word for sentence in template.sentences for word in sentence if isinstance(word, str)}
        own |= {word for ready in self.said.values() for text in ready.numbers for word in text.split()}
        skipped = FILLERS - own
        self.kept = [number for number, text in enumerate(line.texts) if text not in skipped]
        self.words = [line.texts[number] for number in self.kept]
        self.placings = [
            Placing(sentence, spans)
            for sentence in template.sentences
            for at in range(len(self.words))
            for spans in self.ways(sentence, at, beginning=True)
            if self.fits(spans)
        ]

    def ways(self, sentence: Sentence, at: int, *, beginning: bool) -> Iterator[tuple[tuple[int, int, Any], ...]]:
        """Give every way to put elements next to each other from a kept word on."""
        if not sentence:
            yield ()
            return
        for length, value in self.takes(sentence[0], at, beginning=beginning, end=len(sentence) == 1):
            for rest in self.ways(sentence[1:], at + length, beginning=False):
                yield ((at, length, value), *rest)

    def takes(self, element: str | Slot, at: int, *, beginning: bool, end: bool) -> list[tuple[int, Any]]:
        """Give how many words an element can take from a kept word on, with the values."""
        left = len(self.words) - at
        if not left:
            return []
        if isinstance(element, str):
            return [(1, None)] * (self.words[at] == element)
        if element.list is not None:
            entries = self.lists[element.list]
            return [(length, entries[number].value) for length, number in self.said[element.list].said(self.words, at)]
        if end:
            return [(0, None)] * self.may_open(at)
        return [(length, None) for length in ([1] if beginning else range(1, left + 1))]

    def may_open(self, at: int) -> bool:
        """Tell whether a slot at the end may begin with a kept word: no sentence ended since the one before it."""
        return not any(self.line.marked[self.kept[at - 1] : self.kept[at]])

    def fits(self, spans: tuple[tuple[int, int, Any], ...]) -> bool:
        """Tell whether all words lie close enough together; an open slot counts with its beginning only."""
        line, first = self.line, self.kept[spans[0][0]]
        at, length, _ = spans[-1]
        if length:
            return line.span(first, self.kept[at + length - 1]) <= self.within
        begun = line.line[self.kept[at]].begins - line.line[first].begins
        return max(begun, line.span(first, self.kept[at - 1])) <= self.within

    def first(self, placing: Placing) -> int:
        return self.kept[placing.spans[0][0]]

    def last(self, placing: Placing, step: Step) -> int:
        at, length, _ = placing.spans[-1]
        return self.kept[at + (length or self.length(at, step)) - 1]

    def length(self, at: int, step: Step) -> int:
        """Give how many kept words an open slot takes, 0 while no break is known that ends it."""
        line, begins = self.line, self.line.line[self.kept[at]].begins
        for word in range(self.kept[at], step.word + 1):
            known = Step(word, late=True) <= step and word + 1 < len(line.line)
            if line.broken(word, step) or (known and line.line[word + 1].ends - begins > LONGEST):
                return sum(self.kept[at] <= number <= word for number in self.kept)
        return 0

    def complete(self, step: Step) -> Iterator[Placing]:
        """Give the placings that are complete with what is known."""
        for placing in self.placings:
            at, length, _ = placing.spans[-1]
            if self.kept[at + length - 1] <= step.word if length else self.length(at, step):
                yield placing

    def decided(self, step: Step) -> list[Placing]:
        """Give the placings that are complete and to which nothing with a slot may still be added."""
        return [placing for placing in self.complete(step) if not self.held(placing, step)]

    def held(self, placing: Placing, step: Step) -> bool:
        """Tell whether what was said up to now may go on into something with a slot."""
        at, length, _ = placing.spans[-1]
        if not length:
            return False
        if any(self.line.broken(word, step) for word in range(self.kept[at + length - 1], step.word + 1)):
            return False
        return any(self.grows(placing, sentence, step) for sentence in self.template.sentences)

    def grows(self, placing: Placing, sentence: Sentence, step: Step) -> bool:
        """Tell whether a sentence that begins with a placing's own may still become complete, words added to it."""
        size = len(placing.sentence)
        if [_form(one) for one in sentence[:size]] != [_form(one) for one in placing.sentence]:
            return False
        first = self.first(placing)
        at, length, _ = placing.spans[-1]
        added = sentence[size:]
        if any(isinstance(one, Slot) for one in added) and self.unfinished(added, at + length, first, step):
            return True
        last = placing.sentence[-1]
        if isinstance(last, str) or last.list is None:
            return False
        return self.unfinished(sentence[size - 1 :], at, first, step, longer=length)

    def unfinished(self, sentence: Sentence, at: int, first: int, step: Step, *, longer: int = 0) -> bool:
        """Tell whether elements can take all known words from a kept word on and still want more.

        The first of them takes more than `longer` words.
        """
        known = sum(number <= step.word for number in self.kept)
        if not sentence or known == at:
            return bool(sentence)
        element, rest = sentence[0], sentence[1:]
        if isinstance(element, Slot) and element.free and not rest:
            begun = self.line.line[self.kept[at]].begins - self.line.line[first].begins
            return self.may_open(at) and begun <= self.within
        return any(
            self.line.span(first, self.kept[at + min(length, known - at) - 1]) <= self.within
            and (length > known - at or self.unfinished(rest, at + length, first, step))
            for length in self.begun(element, self.words[at:known])
            if length > longer
        )

    def begun(self, element: str | Slot, left: list[str]) -> list[int]:
        """Give how many words an element may have that begins with those that are left, or that they begin with."""
        if isinstance(element, str):
            return [1] * (left[0] == element)
        if element.list is None:
            return list(range(1, len(left) + 1))
        entries = [text.split() for text in self.said[element.list].numbers]
        return [len(entry) for entry in entries if all(map(str.__eq__, entry, left))]

    def preference(self, placing: Placing, step: Step) -> tuple[tuple[int, ...], ...]:
        """Give what the preferred one of several placings from one first word has least of, from the left."""
        ranks: list[tuple[int, ...]] = []
        for element, (at, length, _) in zip(placing.sentence, placing.spans, strict=True):
            if isinstance(element, str):
                ranks.append((0,))
            elif element.free:
                ranks.append((2, length or self.length(at, step), element.offset))
            else:
                ranks.append((1, -length, element.offset))
        return (*ranks, (3,))

    def slots(self, placing: Placing, step: Step) -> dict[str, Any]:
        """Give what every slot of the template took; None where it was not said."""
        found: dict[str, Any] = {slot.name: None for slot in self.template.slots}
        for element, (at, length, value) in zip(placing.sentence, placing.spans, strict=True):
            if isinstance(element, Slot):
                last = at + (length or self.length(at, step)) - 1
                found[element.name] = self.line.text(self.kept[at], self.kept[last]) if element.free else value
        return found


def _form(element: str | Slot) -> Any:
    return element if isinstance(element, str) else (element.name, element.kind, element.list)
