"""What was said that nearly was a phrase: the closest misses of each, and what to add to a rule to hear them too.

It looks at the words of one speaker, without the fillers; when to look and where the misses are kept is decided
elsewhere.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rapidfuzz.distance import LCSseq, Levenshtein

from omiflow.speech.fuzzy import FuzzyRuns, Run, accepts, allowance, written
from omiflow.speech.slots import Sentence, Slot
from omiflow.speech.template import read_phrase
from omiflow.speech.words import normalised, tokens

MOST_OF_A_PHRASE = 10
_MOST_LOOSE_RUNS = 50
"""Of so many sentences of a phrase it is looked for where one word is another one."""
_PAIR = 2
_ALIKE = 0.5
_SLOT = re.compile(r"\{[^{}]*\}")
_BRACKETS = frozenset("[](){}|")


class Place(NamedTuple):
    """Words from `first` to the one before `end`, and the letters in which they differ from what was looked for."""

    edits: int
    first: int
    end: int

    def touches(self, first: int, end: int) -> bool:
        """Say whether it shares a word with the words from `first` to the one before `end`."""
        return self.first < end and first < self.end


class Offer(NamedTuple):
    """A phrase that hears a miss of another one; one that hears all that the other does stands there `instead`."""

    phrase: str
    instead: bool = False

    @property
    def line(self) -> str:
        """Give the line of YAML for the `phrases` of a rule."""
        return f"- {json.dumps(self.phrase, ensure_ascii=False)}"


class Sought(NamedTuple):
    """A template that is looked for; what a `fuzzy` one hears although it is misheard is no miss of it."""

    template: str
    fuzzy: bool = False


class Around(NamedTuple):
    """Where phrases were heard, and where something like them was."""

    heard: dict[Sought, list[Place]]
    near: dict[Sought, list[Place]]


class NearPhrases:
    """Phrases whose misses are looked for at once."""

    def __init__(self, exact: Iterable[str], fuzzy: Iterable[str] = ()) -> None:
        """Take the templates in; what those in `fuzzy` hear although it is misheard is no miss of theirs."""
        self._sought_by: dict[Run, list[Sought]] = {}
        self._start = _Step()
        every = [Sought(template) for template in exact] + [Sought(template, fuzzy=True) for template in fuzzy]
        for sought in dict.fromkeys(every):
            for number, run in enumerate(literal_runs(sought.template)):
                self._sought_by.setdefault(run, []).append(sought)
                if number < _MOST_LOOSE_RUNS:
                    self._start.add(run)
        self._alike = FuzzyRuns(self._sought_by, bears=_twice)
        self.longest = max(self._alike.longest, *(len(run) for run in self._sought_by), 0) + 1
        """The most words that a phrase, or what is nearly one, has."""

    def around(self, words: Sequence[str]) -> Around:
        """Find the phrases and what is nearly one; of what overlaps, all is given."""
        found = Around({}, {})
        for one in self._alike.ends(words, 0):
            for sought in self._sought_by[one.run]:
                hears = one.edits <= (allowance(one.run) if sought.fuzzy else 0)
                places = (found.heard if hears else found.near).setdefault(sought, [])
                places.append(Place(one.edits, one.first, one.end))
        for run, place in self._with_another_word(words):
            for sought in self._sought_by[run]:
                found.near.setdefault(sought, []).append(place)
        return found

    def _with_another_word(self, words: Sequence[str]) -> Iterator[tuple[Run, Place]]:
        """Give the places where a run is said but for one word, lost, put in or another one."""
        for first in range(len(words)):
            steps = [self._start]
            for end in range(first, len(words)):
                word = words[end]
                steps = [to for step in steps for to in (step.then.get(word), step.then.get(None)) if to is not None]
                if not steps:
                    break
                for run in dict.fromkeys(run for step in steps for run in step.runs):
                    said = words[first : end + 1]
                    edits = Levenshtein.distance(written(run), written(said))
                    if edits and _worth_telling(run, said, edits):
                        yield run, Place(edits, first, end + 1)


def apart(places: Iterable[Place], taken: Iterable[Place]) -> list[Place]:
    """Give the closest of what overlaps, and nothing that overlaps what is taken."""
    chosen = list(taken)
    given = len(chosen)
    for place in sorted(places):
        if not any(place.touches(other.first, other.end) for other in chosen):
            chosen.append(place)
    return chosen[given:]


def widened(phrase: str, said: str) -> Offer:
    """Give a phrase that hears a miss of another one: the words as they were said, with that one's slots.

    Where only first or last words were left out, these stand in brackets. Else it stands beside the phrase, which stays
    as it is: that adds one sentence and changes none, where an alternative inside of brackets would also let through
    every mixture of the two.
    """
    form, heard = read_phrase(phrase), normalised(said)
    sentence = min(
        form.sentences,
        key=lambda sentence: (Levenshtein.distance(written(_run_in(sentence)[0]), said), len(sentence)),
    )
    run, at = _run_in(sentence)
    spelt = _Spelt(phrase)
    words = spelt(heard)
    first, last = run[: -len(heard)], run[len(heard) :]
    if last and (*heard, *last) == run:
        bracketed = _bracketed(phrase, run, len(heard), len(run))
        words = f"{words} [{spelt(last)}]"
    elif first and (*first, *heard) == run:
        bracketed = _bracketed(phrase, run, 0, len(first))
        words = f"[{spelt(first)}] {words}"
    else:
        bracketed = None
    if bracketed is not None:
        return Offer(bracketed, instead=True)
    before, after = (map(spelt.one, part) for part in (sentence[:at], sentence[at + len(run) :]))
    wider = " ".join((*before, words, *after))
    new = [_bare(one) for one in read_phrase(wider).sentences]
    return Offer(wider, all(any(_says(one, part) for part in new) for one in map(_bare, form.sentences)))


def _bracketed(phrase: str, run: Run, begin: int, end: int) -> str | None:
    """Put some words of a run into brackets, where the phrase has the run in one piece outside of its brackets."""
    depth, outside = 0, ""
    for sign in phrase:
        depth += (sign in "[({") - (sign in "])}")
        outside += " " if depth or sign in _BRACKETS else sign
    words = tokens(outside)
    for at in range(len(words) - len(run) + 1):
        piece = words[at : at + len(run)]
        if tuple(word.text for word in piece) == run and _BRACKETS.isdisjoint(phrase[piece[0].start : piece[-1].end]):
            first, behind = piece[begin].start, piece[end - 1].end
            if _BRACKETS.isdisjoint((phrase[first - 1 : first], phrase[behind : behind + 1])):
                return f"{phrase[:first]}[{phrase[first:behind]}]{phrase[behind:]}"
    return None


class _Spelt:
    """Words as a phrase spells them, with its capitals and apostrophes; those that it has not as they are compared."""

    def __init__(self, phrase: str) -> None:
        text = _SLOT.sub(lambda slot: " " * len(slot[0]), phrase)
        self._own = {word.text: text[word.start : word.end] for word in reversed(tokens(text))}

    def __call__(self, words: Sequence[str]) -> str:
        """Give words as one text."""
        return written([self.one(word) for word in words])

    def one(self, word: str | Slot) -> str:
        """Give a word, or a slot as it is written."""
        return self._own.get(word, word) if isinstance(word, str) else str(word)


def _bare(sentence: Sentence) -> Run:
    return tuple(map(str, sentence))


def _says(sentence: Run, part: Run) -> bool:
    """Tell whether who says one sentence has said another one, with all that its slots take."""
    ends = range(len(part), len(sentence) + 1)
    slots = sum(word.startswith("{") for word in sentence) - sum(word.startswith("{") for word in part)
    return slots == 0 and any(sentence[end - len(part) : end] == part for end in ends)


def misheard(phrase: str, said: str) -> bool:
    """Tell whether a phrase would hear these words if it took what is misheard."""
    words = normalised(said)
    return any(accepts(run, words) is not None for run in literal_runs(phrase))


def literal_runs(template: str) -> list[Run]:
    """Give the longest run of words of each sentence of a template."""
    return list(dict.fromkeys(run for sentence in read_phrase(template).sentences if (run := _run_in(sentence)[0])))


class _Step:
    """What may be said behind the words that led here; None is any word."""

    __slots__ = ("runs", "then")

    def __init__(self) -> None:
        self.then: dict[str | None, _Step] = {}
        self.runs: list[Run] = []

    def add(self, run: Run) -> None:
        """Take the ways in to say a run but for one word."""
        for at in range(len(run)):
            ways: list[tuple[str | None, ...]] = [(*run[:at], *run[at + 1 :]), (*run[:at], None, *run[at + 1 :])]
            if at:
                ways.append((*run[:at], None, *run[at:]))
            for way in ways if len(run) > 1 else ():
                step = self
                for word in way:
                    step = step.then.setdefault(word, _Step())
                step.runs.append(run)


def _twice(run: Run) -> int:
    return 2 * allowance(run)


def _worth_telling(run: Run, said: Sequence[str], edits: int) -> bool:
    """Tell whether what was said but for one word is near: by its letters, or as most of three words or more.

    A word before or behind that has little of the run's own is not part of it: there a word was lost, not replaced.
    """
    if len(run) == len(said) and not (_alike(run[0], said[0]) and _alike(run[-1], said[-1])):
        return False
    if edits <= _twice(run):
        return True
    shared = sum(len(word) * count for word, count in (Counter(run) & Counter(said)).items())
    return len(run) > _PAIR and 2 * shared > sum(map(len, run))


def _alike(word: str, said: str) -> bool:
    return LCSseq.normalized_similarity(word, said) >= _ALIKE


def _run_in(sentence: Sentence) -> tuple[Run, int]:
    """Give the longest run of words in a sentence, and its place."""
    runs: list[tuple[list[str], int]] = [([], 0)]
    for at, word in enumerate(sentence):
        if isinstance(word, str):
            runs[-1][0].append(word)
        else:
            runs.append(([], at + 1))
    words, at = max(runs, key=lambda run: len(written(run[0])))
    return tuple(words), at
