"""Find runs of words although a recogniser misheard some of them.

A run bears one edit per five characters. Which words are taken for each other is said in `alike`; a word may also be
heard as two, or two as one. No word is lost, put in, or replaced by another one. What a found run means for a template
is left to those who place it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from math import inf
from typing import NamedTuple

from omiflow.speech.alike import Alike, Vocabulary, edits, is_letter, rest_of_joined, split_edits

Run = tuple[str, ...]

PER_EDIT = 5
MORE_OR_LESS = 2
"""What is said is never ahead of a run, or behind it, by more words than this."""


class FuzzyFound(NamedTuple):
    """A run, heard from the word `first` up to the word before `end`, with that many edits; 0 is word for word."""

    run: Run
    first: int
    end: int
    edits: int


def written(words: Sequence[str]) -> str:
    """Write words with spaces between them, but between those of scripts that have none."""
    text = ""
    for number, word in enumerate(words):
        text += f" {word}" if number and not (_unspaced(words[number - 1]) and _unspaced(word)) else word
    return text


def allowance(run: Run) -> int:
    """Give how many edits a run bears."""
    return len(written(run)) // PER_EDIT


def accepts(run: Run, said: Sequence[str]) -> int | None:
    """Give the edits that make a run of what was said, the fewest there are; None when it is something else."""
    if run == tuple(said):
        return 0
    heard = tuple(said)

    @cache
    def least(i: int, j: int, edited: bool) -> float:  # noqa: FBT001
        """Count the edits in the rest of the run; `edited` says that no letter may be edited here."""
        if abs(i - j) > MORE_OR_LESS:
            return inf
        if i == len(run) or j == len(heard):
            return 0 if (i, j) == (len(run), len(heard)) and not edited else inf
        word, here = run[i], heard[j]
        ways = [_or_never(edits(word, here)) + least(i + 1, j + 1, False)]
        if j + 1 < len(heard):
            ways.append(_or_never(split_edits(word, here, heard[j + 1])) + least(i + 1, j + 2, False))
        if i + 1 < len(run) and (rest := rest_of_joined(word, here)) is not None:
            ways.append(_or_never(edits(run[i + 1], rest)) + 1 + least(i + 2, j + 1, False))
        if not edited and is_letter(word):
            ways.append(1 + least(i + 1, j, True))
            if is_letter(here) and here != word:
                ways += [1 + least(i + 1, j + 1, True), 1 + least(i, j + 1, True)]
        return min(ways)

    fewest = least(0, 0, True)
    return int(fewest) if fewest <= allowance(run) else None


def _or_never(count: int | None) -> float:
    return inf if count is None else count


class _Step:
    """What may be said behind the words that led here."""

    __slots__ = ("depth", "letters", "most", "run", "then")

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.then: dict[str, _Step] = {}
        self.letters: dict[str, _Step] = {}
        self.run: Run | None = None
        self.most = 0


_Way = tuple[int, _Step, int, bool]
"""The edits of a step, where it leads, the next word said, and whether a letter was edited."""


class FuzzyRuns:
    """Runs of words that are looked for at once.

    The time it takes grows with the words said and with the runs that begin like them, not with the runs there are;
    what words sound like is remembered.
    """

    def __init__(self, runs: Iterable[Run], *, bears: Callable[[Run], int] = allowance) -> None:
        """Take the runs in; `bears` gives the most edits of each."""
        self._bears = bears
        self._start = _Step(0)
        self.longest = 0
        """How many words before the first new one must be passed along so that nothing is missed."""
        words: set[str] = set()
        for run in dict.fromkeys(runs):
            self._add(run)
            words.update(run)
            self.longest = max(self.longest, len(run) + (MORE_OR_LESS if bears(run) else 0) - 1)
        self._vocabulary = Vocabulary(words)

    def ends(self, words: Sequence[str], first_new: int) -> list[FuzzyFound]:
        """Give the runs that end at the word `first_new` or behind it, by their first word; of each the shortest."""
        found: list[FuzzyFound] = []
        for first in range(max(0, first_new - self.longest), len(words)):
            shortest: dict[Run, FuzzyFound] = {}
            for one in self._heard(words, first):
                best = shortest.get(one.run)
                if best is None or (one.end, one.edits) < (best.end, best.edits):
                    shortest[one.run] = one
            found.extend(one for one in shortest.values() if one.end > first_new)
        return found

    def _add(self, run: Run) -> None:
        step, most = self._start, self._bears(run)
        step.most = max(step.most, most)
        for depth, word in enumerate(run, 1):
            before = step
            step = step.then.setdefault(word, _Step(depth))
            step.most = max(step.most, most)
            if is_letter(word):
                before.letters[word] = step
        step.run = run

    def _heard(self, words: Sequence[str], first: int) -> list[FuzzyFound]:
        """Give all that was heard from one word on, the same run perhaps several times."""
        found: list[FuzzyFound] = []
        waiting = [(self._start, first, 0, True)]
        fewest: dict[tuple[_Step, int, bool], int] = {}
        while waiting:
            step, at, spent, edited = waiting.pop()
            run = step.run
            if run is not None and not edited and spent <= self._bears(run):
                found.append(FuzzyFound(run, first, at, spent))
            if at == len(words):
                continue
            alike = self._vocabulary.alike(words[at])
            steps = self._more_steps(step, words, at, alike, edited=edited) if spent < step.most else []
            steps += [(alike.words[word], step.then[word], at + 1, False) for word in _in_both(alike.words, step.then)]
            for cost, to, end, by_letter in steps:
                spends = spent + cost
                if (
                    spends <= to.most
                    and abs(end - first - to.depth) <= MORE_OR_LESS
                    and spends < fewest.get((to, end, by_letter), inf)
                ):
                    fewest[to, end, by_letter] = spends
                    waiting.append((to, end, spends, by_letter))
        return found

    def _more_steps(self, step: _Step, words: Sequence[str], at: int, alike: Alike, *, edited: bool) -> list[_Way]:
        """Give the steps that are not word by word."""
        steps: list[_Way] = []
        for first, rest in alike.pairs:
            if first in step.then and (then := step.then[first].then):
                costs = self._vocabulary.alike(rest).words
                steps += [(costs[word] + 1, then[word], at + 1, False) for word in _in_both(costs, then)]
        if alike.begins and at + 1 < len(words):
            for word, cost in self._vocabulary.split(words[at], words[at + 1]):
                if word in step.then:
                    steps.append((cost, step.then[word], at + 2, False))
        if not edited:
            for letter, to in step.letters.items():
                steps.append((1, to, at, True))
                if letter != words[at] and is_letter(words[at]):
                    steps += [(1, to, at + 1, True), (1, step, at + 1, True)]
        return steps


def _in_both(words: Mapping[str, int], then: Mapping[str, _Step]) -> list[str]:
    """Give the words that are in both; there may be many in the one and few in the other."""
    fewer, more = (words, then) if len(words) < len(then) else (then, words)
    return [word for word in fewer if word in more]


def _unspaced(word: str) -> bool:
    return not word.isascii() and (is_letter(word) or "\u3400" <= word[0] <= "\u9fff" or word[0] >= "\U00020000")
