"""Look for many sentences and templates with slots at once.

A template with slots is only tried behind words that it can't do without, and while it may still go on; that is the
business of `trying`. Which finds become hits is decided in `phrases`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from omiflow.speech.anchors import Anchor, Window
from omiflow.speech.fuzzy import FuzzyRuns
from omiflow.speech.lists import WordList
from omiflow.speech.placing import Span
from omiflow.speech.runs import Runs, Said
from omiflow.speech.slots import Sentence, Slot
from omiflow.speech.template import PhraseTemplate
from omiflow.speech.trying import Open, Trying
from omiflow.speech.walk import Effect, Found, Slotted, Walk


class Scan:
    """The sentences and templates that skip the same fillers, but for those `wanted`, and that bear the same errors."""

    def __init__(self, wanted: frozenset[str], lists: Mapping[str, WordList], *, fuzzy: bool) -> None:
        self.wanted = wanted
        self._lists = lists
        self._is_fuzzy = fuzzy
        self._effects: dict[str, Effect] = {}
        self._anchors: dict[str, list[Anchor]] = {}
        self._texts: dict[str, Anchor] = {}
        self._of_lists: dict[str, Anchor] = {}
        self._slotted: dict[tuple[str, Span], Slotted] = {}
        self._reach = 0.0
        self._runs = Runs(())
        self._fuzzy = FuzzyRuns(())

    def effects(self, template: PhraseTemplate, span: Span) -> list[Effect]:
        """Take a template in, and give what stands for its being said."""
        if not template.slots:
            runs = [" ".join(map(str, sentence)) for sentence in _shortest(template.sentences)]
            return [self._effects.setdefault(run, Effect()) for run in runs]
        slotted = self._slotted.get((template.text, span))
        if slotted is None:
            slotted = self._slotted[template.text, span] = Slotted(template, span, fuzzy=self._is_fuzzy)
            self._reach = max(self._reach, span.within)
            for sentence in template.sentences:
                runs = _runs(sentence)
                begins = runs[0] if isinstance(sentence[0], str) and not self._is_fuzzy else None
                self._anchor(sentence, runs).put(slotted, begins)
        return [slotted.effect]

    def make_ready(self) -> None:
        """Make ready to look, once all templates are taken in."""
        runs = dict.fromkeys([*self._effects, *self._anchors])
        if self._is_fuzzy:
            self._fuzzy = FuzzyRuns(tuple(run.split(" ")) for run in runs)
        else:
            self._runs = Runs(runs)

    def may_hear(self, words: Iterable[str]) -> bool:
        """Say whether a run may end in one of these words; what may be misheard may end in any."""
        return self._is_fuzzy or not self._runs.lasts.isdisjoint(words)

    def walk(self, walk: Walk, opened: Open) -> tuple[list[Found], Open]:
        """Give what is said by the new words, and the templates that may still go on behind them.

        `opened` may have templates of other scans, which are left out.
        """
        if self.wanted:
            walk = walk._replace(skipped=walk.skipped - self.wanted)
        found: list[Found] = []
        anchors: dict[int, list[Anchor]] = {}
        for first, last, run in self._misheard(walk) if self._is_fuzzy else self._runs.said(walk):
            effect = self._effects.get(run)
            if effect is not None:
                found.append(Found(first, last, (last, False), effect))
            if run in self._anchors:
                anchors.setdefault(last, []).extend(self._anchors[run])
        own = {one: opening for one, opening in opened.items() if self._has(one)} if opened else opened
        if not anchors and not own:
            return found, own
        low = max(walk.low, walk.line.since(walk.since, self._reach)) if anchors else walk.since
        tried = self._tried(walk, low, anchors) if anchors else {}
        if not tried and not own:
            return found, own
        trying = Trying(walk, own, low=low)
        trying.through(tried)
        return found + trying.found, trying.opened

    def _has(self, slotted: Slotted) -> bool:
        return self._slotted.get((slotted.template.text, slotted.span)) is slotted

    def _misheard(self, walk: Walk) -> Iterable[Said]:
        """Give the runs whose last word is a new one, as they may have been misheard."""
        words, skipped = walk.line.words, walk.skipped
        low, needed = walk.since, self._fuzzy.longest
        while low > walk.low and needed > 0:
            low -= 1
            needed -= words[low] not in skipped
        places = [at for at in range(low, walk.high) if words[at] not in skipped]
        for run, first, end, _ in self._fuzzy.ends([words[at] for at in places], bisect_left(places, walk.since)):
            yield Said(places[first], places[end - 1], " ".join(run))

    def _tried(self, walk: Walk, low: int, anchors: Mapping[int, list[Anchor]]) -> dict[int, list[Slotted]]:
        """Give by position the templates whose words end there, and whose beginning was said before."""
        words, skipped = walk.line.words[low : walk.high], walk.skipped
        window = Window(words if skipped.isdisjoint(words) else [word for word in words if word not in skipped])
        tried = {}
        for at, some in anchors.items():
            found = [slotted for anchor in some for slotted in anchor.within(window)]
            if found:
                tried[at] = found
        return tried

    def _anchor(self, sentence: Sentence, runs: Sequence[str]) -> Anchor:
        """Give the place for a sentence behind its last run of words, or else behind what its last list can be."""
        if runs:
            if runs[-1] not in self._texts:
                self._texts[runs[-1]] = Anchor()
                self._anchors.setdefault(runs[-1], []).append(self._texts[runs[-1]])
            return self._texts[runs[-1]]
        name = next(slot.list for slot in reversed(sentence) if isinstance(slot, Slot) and slot.list is not None)
        if name not in self._of_lists:
            self._of_lists[name] = Anchor()
            for run in self._lists[name].numbers if name in self._lists else ():
                self._anchors.setdefault(run, []).append(self._of_lists[name])
        return self._of_lists[name]


def _runs(sentence: Sentence) -> list[str]:
    """Give the runs of words of a sentence."""
    grouped = groupby(sentence, lambda word: isinstance(word, str))
    return [" ".join(map(str, words)) for is_text, words in grouped if is_text]


def _shortest(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Give the sentences without those that go on where another one is over, and heard already."""
    said = set(sentences)
    return [one for one in sentences if not any(one[:end] in said for end in range(1, len(one)))]
