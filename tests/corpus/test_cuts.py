"""A real meeting, cut into segments and calls in twenty ways, is answered as when it comes in one piece."""

from __future__ import annotations

import random
import runpy
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from omiflow.model import Segment
from omiflow.omi.recorded import read_recorded
from omiflow.speech.phrases import Phrase, PhraseIndex
from omiflow.speech.senses import Listener
from omiflow.speech.stream import Stream
from omiflow.speech.words import normalised

COMMON = runpy.run_path(str(Path(__file__).with_name("common_phrases.py")))
CORPUS = COMMON["CORPUS"]
BEGAN = 1_772_442_000.0
LASTS = 0.25

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="no corpus of recorded requests at hand")


class Spoken(NamedTuple):
    """What stands between two blanks, with how many words are in it, when, and in whose voice."""

    text: str
    words: int
    begins: float
    voice: Segment

    @property
    def ends(self) -> float:
        return self.begins + self.words * LASTS


@pytest.fixture(scope="module")
def meeting() -> list[Spoken]:
    """Give a meeting in which every word takes as long, so that segments may be cut and joined anywhere."""
    segments = COMMON["meetings"](islice(read_recorded(CORPUS), 2_000))[0]
    spoken: list[Spoken] = []
    at = before = 0.0
    for segment in segments:
        at += max(0.0, round((segment.start - before) / LASTS) * LASTS)
        before = segment.end
        held = ""
        for text in segment.text.split():
            words = len(normalised(text))
            if words:
                spoken.append(Spoken(f"{held} {text}".strip(), words, at, segment))
                at, held = at + words * LASTS, ""
            elif spoken and spoken[-1].voice is segment:
                spoken[-1] = spoken[-1]._replace(text=f"{spoken[-1].text} {text}")
            else:
                held = f"{held} {text}"
    return spoken


@pytest.fixture(scope="module")
def whole(meeting: list[Spoken]) -> dict[str, list[Any]]:
    return heard([cut(meeting, random.Random(0), 0.0)])


@pytest.mark.parametrize("seed", range(1, 21))
def test_how_a_meeting_is_cut_changes_nothing(meeting, whole, seed):
    chance = random.Random(seed)
    pieces = cut(meeting, chance, (0.0, 0.02, 0.1, 0.3, 1.0)[seed % 5])
    often = (0.05, 0.3, 1.0, 0.6)[seed % 4]
    calls: list[list[Segment]] = [[]]
    for piece in pieces:
        calls[-1].append(piece)
        if chance.random() < often:
            calls.append([])
    assert heard(calls) == whole


def test_the_phrases_are_said_in_the_meeting(whole):
    found = [form for forms in whole.values() for form in forms]
    assert len(found) > 100
    assert sum(any(value is not None for _, value in slots) for *_, slots in found) > 40
    assert len({phrase for phrase, *_ in found}) > 25


def cut(meeting: list[Spoken], chance: random.Random, often: float) -> list[Segment]:
    """Cut wherever another voice begins or somebody pauses, and elsewhere so often."""
    pieces: list[list[Spoken]] = []
    for one in meeting:
        last = pieces[-1][-1] if pieces else None
        apart = last is None or last.ends != one.begins or voice(last.voice) != voice(one.voice)
        if apart or chance.random() < often:
            pieces.append([])
        pieces[-1].append(one)
    return [
        Segment(
            id=f"s{number}",
            text=" ".join(one.text for one in piece),
            start=piece[0].begins,
            end=piece[-1].ends,
            speaker=piece[0].voice.speaker,
            speaker_id=piece[0].voice.speaker_id,
            is_user=piece[0].voice.is_user,
        )
        for number, piece in enumerate(pieces)
    ]


def voice(segment: Segment) -> tuple[Any, ...]:
    return segment.speaker, segment.speaker_id, segment.is_user


def heard(calls: list[list[Segment]]) -> dict[str, list[Any]]:
    """Give what is found by speaker, in order; the punctuation in a hit's text may go where a segment ends."""
    phrases = [Phrase(template=text, owner=text, rule=text) for text in COMMON["PHRASES"]]
    index = PhraseIndex(phrases, COMMON["LISTS"])
    stream = Stream()
    hits = []
    at = BEGAN
    for number, segments in enumerate(calls):
        at = BEGAN + number / 4096
        stream.take(segments, at=at)
        hits += index.hear(stream, Listener(now=at)).hits
    hits += index.hush(stream, Listener(now=at + 3.0)).hits
    lines: dict[str, list[Any]] = {}
    for hit in hits:
        lines.setdefault(hit.speaker, []).append((hit.phrase, normalised(hit.text), sorted(hit.slots.items())))
    return lines
