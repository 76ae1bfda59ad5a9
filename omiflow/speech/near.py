"""What was said that nearly was a phrase: the closest misses of each, and what to add to a rule to hear them too.

It looks at the words of one speaker, without the fillers; when to look and where the misses are kept is decided
elsewhere.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
from rapidfuzz.distance import LCSseq, Levenshtein

from omiflow.speech.fuzzy import FuzzyRuns, Run, accepts, allowance, written
from omiflow.speech.slots import Sentence
from omiflow.speech.template import read_phrase
from omiflow.speech.words import normalised

MOST_OF_A_PHRASE = 10
_MOST_LOOSE_RUNS = 50
"""Of so many sentences of a phrase it is looked for where one word is another one."""
_PAIR = 2
_ALIKE = 0.5


class Near(msgspec.Struct, frozen=True):
    """Words that are nearly a phrase, with the letters that differ and how often they were said.

    `phrase` is the template; of one with slots the words stand for the longest run of words between them.
    """

    phrase: str
    said: str
    edits: int
    count: int = 1


class Place(NamedTuple):
    """Words from `first` to the one before `end`, and the letters in which they differ from what was looked for."""

    edits: int
    first: int
    end: int

    def touches(self, first: int, end: int) -> bool:
        """Say whether it shares a word with the words from `first` to the one before `end`."""
        return self.first < end and first < self.end


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

    def misses(self, words: Sequence[str]) -> list[Near]:
        """Give what is nearly a phrase but is not, the closest of what overlaps; every text of a phrase once."""
        heard, near = self.around(words)
        counts: Counter[tuple[str, str, int]] = Counter()
        for sought, places in near.items():
            for place in apart(places, heard.get(sought, ())):
                counts[sought.template, written(words[place.first : place.end]), place.edits] += 1
        return ranked(Near(phrase, said, edits, count) for (phrase, said, edits), count in counts.items())

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


def ranked(misses: Iterable[Near]) -> list[Near]:
    """Put misses in order, the closest and most frequent of a phrase first, at most ten of each."""
    found: dict[str, list[Near]] = {}
    for miss in misses:
        found.setdefault(miss.phrase, []).append(miss)
    return [
        miss
        for of_phrase in found.values()
        for miss in sorted(of_phrase, key=lambda miss: (miss.edits, -miss.count, miss.said))[:MOST_OF_A_PHRASE]
    ]


def merged(kept: Iterable[Near], new: Iterable[Near]) -> list[Near]:
    """Count new misses to those that were kept."""
    counts: Counter[tuple[str, str]] = Counter()
    edits: dict[tuple[str, str], int] = {}
    for miss in (*kept, *new):
        counts[miss.phrase, miss.said] += miss.count
        edits[miss.phrase, miss.said] = min(miss.edits, edits.get((miss.phrase, miss.said), miss.edits))
    return ranked(Near(*key, edits[key], count) for key, count in counts.items())


def widened(phrase: str, said: str) -> str:
    """Give a phrase that hears a miss of another one: the words as they were said, with that one's slots.

    It stands beside the phrase, which stays as it is: that adds one sentence and changes none, where an alternative
    inside of brackets would also let through every mixture of the two.
    """
    heard = said.split()
    sentence = min(
        read_phrase(phrase).sentences,
        key=lambda sentence: (Levenshtein.distance(written(_run_in(sentence)[0]), said), len(sentence)),
    )
    run, at = _run_in(sentence)
    words = (*sentence[:at], *heard, *sentence[at + len(run) :])
    return " ".join(map(str, words))


def line(miss: Near) -> str:
    """Give the line of YAML to add to the `phrases` of a rule."""
    return f"- {json.dumps(widened(miss.phrase, miss.said), ensure_ascii=False)}"


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
