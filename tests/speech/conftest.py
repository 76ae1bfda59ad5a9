"""A bench for what is heard over calls: speech written short, and what each call or the clock sets off."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from omiflow.model import Mark, Segment
from omiflow.speech.lists import Lists, entries
from omiflow.speech.phrases import Hit, Phrase, PhraseIndex
from omiflow.speech.senses import Listener
from omiflow.speech.stream import Stream

BEGAN = 1_772_442_000.0
PACE = 0.5
LISTS = {
    "people": entries([{"say": ["Tom", "Tom Becker"], "value": "uid_tom"}, "Ana"]),
    "cities": entries(["new york", "new york city hall"]),
}
_CALL = re.compile(r"(?:\+([\d.]+)\s*)?(.*)", re.DOTALL)
_SEGMENT = re.compile(r"(?:(\w+):)?(\w+)@([\d.]+)(?:-([\d.]+))? ?(.*)", re.DOTALL)


def segments_of(text: str) -> list[Segment]:
    """Read segments such as `1@0 any | I:2@4-5 advice`: speaker (I is the user), id, start and end, and the words.

    Without an end every word lasts half a second.
    """
    segments = []
    for part in text.split(" | "):
        found = _SEGMENT.fullmatch(part)
        assert found is not None, part
        speaker, key, start, end, words = found.groups()
        begun = float(start)
        over = float(end) if end else begun + PACE * len(words.split())
        segments.append(
            Segment(id=key, text=words, speaker=speaker or "A", is_user=speaker == "I", start=begun, end=over)
        )
    return segments


class Talk:
    """A stream that is told one call after another.

    A call is segments, a second after the last one or `+5` seconds; `~` is the clock 3 s after the last words, `~1`
    after 1 s, and `end` a conversation that Omi finished just now.
    """

    def __init__(self, phrases: Sequence[Phrase], lists: Lists) -> None:
        self.phrases = phrases
        self.lists = lists
        self.index = PhraseIndex(phrases, lists)
        self.stream = Stream()
        self.now = BEGAN
        self.kept: list[tuple[Callable[[Stream], object], list[Mark]]] = []

    def hear(self, call: str) -> list[Hit]:
        if call.startswith("~"):
            self.now += float(call[1:] or 3)
            hearing = self.index.hush(self.stream, Listener(now=self.now))
            if self.kept:
                self.kept[-1][1].extend(hearing.marks)
            return hearing.hits
        if call == "end":
            ended = self.now
            self.kept.append((lambda stream: stream.end(ended), []))
            self.stream.end(ended)
            return []
        found = _CALL.fullmatch(call)
        assert found is not None
        self.now += float(found[1] or 1)
        segments, at = segments_of(found[2]), self.now
        event_id = f"e{len(self.kept)}"
        self.stream.take(segments, at=at, event_id=event_id)
        hearing = self.index.hear(self.stream, Listener(now=at))
        self.kept.append((lambda stream: stream.take(segments, at=at, event_id=event_id), list(hearing.marks)))
        return hearing.hits

    def rebuild(self) -> None:
        """Make the stream again from what would be stored."""
        stream = Stream()
        for step, marks in self.kept:
            step(stream)
            stream.mark(marks)
        stream.settle()
        self.stream = stream

    def reload(self) -> None:
        """Take the same phrases in anew."""
        self.index = PhraseIndex(self.phrases, self.lists)


def talk(*templates: str, lists: Lists = LISTS, **options: Any) -> Talk:
    """Give the talk that one rule with some templates listens to."""
    return Talk([Phrase(template, number, rule="rule", **options) for number, template in enumerate(templates)], lists)


def hits(calls: Sequence[str], *templates: str, **options: Any) -> list[list[Hit]]:
    """Give what each call sets off: the same when the stream is made again, or the rules are loaded again, between."""
    plain, rebuilt, reloaded = (talk(*templates, **options) for _ in range(3))
    heard = []
    for number, call in enumerate(calls):
        heard.append(plain.hear(call))
        if number:
            rebuilt.rebuild()
            reloaded.reload()
        assert rebuilt.hear(call) == heard[-1], f"made again before '{call}'"
        assert reloaded.hear(call) == heard[-1], f"loaded again before '{call}'"
    return heard


def texts(calls: Sequence[str], *templates: str, **options: Any) -> list[list[str]]:
    """Give the words that each call sets something off with."""
    return [[hit.text for hit in one] for one in hits(calls, *templates, **options)]


@pytest.fixture(scope="session", name="talk")
def talk_fixture() -> Any:
    return talk


@pytest.fixture(scope="session", name="hits")
def hits_fixture() -> Any:
    return hits


@pytest.fixture(scope="session", name="texts")
def texts_fixture() -> Any:
    return texts


@pytest.fixture(scope="session", name="segments_of")
def segments_fixture() -> Any:
    return segments_of
