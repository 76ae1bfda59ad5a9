"""Random phrases and speech over so few words that they meet often, and ways to cut speech into segments and calls.

What is found in them is the business of the tests.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from omiflow.model import Segment
from omiflow.speech.lists import entries
from omiflow.speech.template import PhraseProblem, read_phrase
from omiflow.speech.words import normalised

REFERENCE = runpy.run_path(str(Path(__file__).with_name("reference.py")))
Said, Sought = REFERENCE["Said"], REFERENCE["Sought"]

LISTS = {
    "people": entries(
        [{"say": ["Tom", "Tom Becker"], "value": "uid_tom"}, {"say": "Tom Becker at me", "value": 7}, "me"]
    ),
    "times": entries(["at", "at um call", "Becker"]),
}
WORDS = ("call", "me", "at", "Tom", "Becker", "um")
VOICES = (("SPEAKER_00", True), ("SPEAKER_01", False), ("SPEAKER_02", False))
PARTS = (
    *("call", "me", "at", "Tom", "Becker", "call me", "at Tom"),
    *("[me]", "[at Tom]", "[call [me]]", "(call|at)", "(me|Tom Becker)", "[(at|call)]", "um"),
    *("{x}", "{x}", "{y}", "[{x}]", "[at {x}]", "[(me|at {x})]", "(call {x}|{y} me)", "[at [me] {z}]", "[{z} Tom]"),
    *("{p:list people}", "[{p:list people}]", "{t:list times}", "[at {t:list times}]", "({p:list people}|{x} at)"),
    *("(Tom|{q:list people})", "[{t:list times} [{x}]]", "(call [{x}]|me)"),
    *("[(Tom Becker|at {x})]", "[(call me|{p:list people})]", "{p:list people} [(at|call)]", "[me at [{x}]]"),
)
ENDINGS = (
    "",
    "",
    "",
    " {p}",
    " {p}",
    " [{p}]",
    " [at {p}]",
    " {p:list people}",
    " {p:list people} [me]",
    " [(me at|Becker {p})]",
    " [{p:list people}]",
    " [me {p:list times}]",
)
EXCEPTS = (
    (),
    (),
    (),
    ("call",),
    ("at Tom",),
    ("me [Tom]", "Becker"),
    ("{p:list people} me",),
    ("um",),
    ("at {x}", "{x} Tom [{y}]"),
)


class Pace(NamedTuple):
    """How people speak: at least so many words, how many voices, signs behind words, how many words in 60 begin a new
    stretch, its pause, how long its words last; and which `within` and `pause` a rule for such speech has.
    """

    fewest: int
    voices: tuple[int, ...]
    words: tuple[str, ...]
    signs: tuple[str, ...]
    stretches: int
    pauses: tuple[float, ...]
    lasts: tuple[float, ...]
    within: tuple[float, ...]
    pause: tuple[float, ...]


QUICK = Pace(
    fewest=2,
    voices=(1, 1, 2, 3),
    words=WORDS,
    signs=(".", "?", ".", ",", ".", "..."),
    stretches=16,
    pauses=(0.0, 0.0, 0.25, 0.5, 1.75, 2.0, 3.5, 14.0),
    lasts=(0.25, 0.5, 0.25, 4.0, 0.25, 0.5, 40.0, 0.25),
    within=(15.0, 15.0, 4.0, 1.0),
    pause=(2.0, 2.0, 0.5),
)
SLOW = Pace(
    fewest=6,
    voices=(1, 1, 1, 2),
    words=(*WORDS, "um", "um"),
    signs=("", "", ".", ",", "", ""),
    stretches=24,
    pauses=(0.0, 0.0, 0.25, 0.0, 1.75, 0.0, 14.0, 29.75),
    lasts=(40.0, 60.0, 0.25, 39.75, 20.0, 60.0, 4.0, 119.75),
    within=(120.0, 120.0, 60.0, 15.0),
    pause=(2.0, 30.0, 30.0),
)
"""So slowly that the two minutes of an open slot are over after a few words, and fillers."""


class Case(NamedTuple):
    """Phrases, what was said word by word, and a random number for each word's two cuts, and for repeats."""

    sought: list[Any]
    said: list[Any]
    cuts: int
    calls: int
    again: int


class Piece(NamedTuple):
    """A segment, and the numbers of its words in what was said."""

    segment: Segment
    words: range


@st.composite
def templates(draw: st.DrawFn) -> str:
    """Give a template that can be read: parts that don't fit together are left out."""
    text = ""
    for part in draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=4)):
        longer = f"{text} {part}".strip()
        if readable(longer) or not readable(text):
            text = longer
    return text if readable(text) else f"call {text}" if readable(f"call {text}") else "call me"


def readable(text: str) -> bool:
    try:
        read_phrase(text)
    except PhraseProblem:
        return False
    return True


@st.composite
def fitting(draw: st.DrawFn, said: list[Any]) -> str:
    """Give a template for some words that follow each other in what was said, with slots for some and more behind."""
    speaker = said[draw(st.integers(0, len(said) - 1))].speaker
    line = [normalised(word.raw)[0] for word in said if word.speaker == speaker]
    first = draw(st.integers(0, len(line) - 1))
    ways = draw(st.lists(st.integers(0, 9), min_size=1, max_size=4))
    parts = [
        {6: f"[{word}]", 7: "{" + "wxyz"[number] + "}", 8: f"(Tom|{word})", 9: f"[{word} {{{'wxyz'[number]}}}]"}.get(
            way, word
        )
        for number, (word, way) in enumerate(zip(line[first:], ways, strict=False))
    ]
    text = " ".join(parts) + draw(st.sampled_from(ENDINGS))
    return text if readable(text) else line[first]


@st.composite
def phrases(draw: st.DrawFn, said: list[Any], *, pace: Pace = QUICK) -> list[Any]:
    """Give the phrases of one to three rules, for what was said or for anything."""
    return [
        Sought(
            draw(st.sampled_from(("one", "one", "two", "three"))),
            draw(fitting(said) if draw(st.integers(0, 2)) else templates()),
            draw(st.sampled_from(("any", "any", "any", "user", "other"))),
            draw(st.sampled_from(EXCEPTS)),
            draw(st.sampled_from(pace.within)),
            draw(st.sampled_from(pace.pause)),
        )
        for _ in range(draw(st.integers(1, 4)))
    ]


@st.composite
def speech(draw: st.DrawFn, *, most: int = 14, pace: Pace = QUICK) -> list[Any]:
    """Give words with their times; those of one stretch follow each other at one speed."""
    words = draw(
        st.lists(st.tuples(st.sampled_from(pace.words), st.integers(0, 59)), min_size=pace.fewest, max_size=most)
    )
    voices = draw(st.sampled_from(pace.voices))
    said: list[Any] = []
    at, lasts, voice = 0.0, pace.lasts[0], 0
    for word, chance in words:
        sign = dict(enumerate(pace.signs)).get(chance % 16, "")
        raw = word.capitalize() if chance == 7 else word
        if chance >= 60 - pace.stretches:
            at += pace.pauses[chance % 8]
            lasts = pace.lasts[chance // 2 % 8]
            voice = chance // 3 % voices
        name, user = VOICES[voice]
        said.append(Said(raw + sign, at, at + lasts, name, user))
        at += lasts
    return said


@st.composite
def cases(draw: st.DrawFn, *, most: int = 14) -> Any:
    """Give cases of at most so many words; one in four is said slowly."""
    pace = draw(st.sampled_from((QUICK, QUICK, QUICK, SLOW)))
    said = draw(speech(most=most, pace=pace))
    bits = st.integers(0, 2**20 - 1)
    return Case(draw(phrases(said, pace=pace)), said, draw(bits), draw(bits), draw(bits))


def cut(said: list[Any], cuts: int) -> list[Piece]:
    """Cut speech behind the words whose bit is set, and wherever one segment could not give its words their times."""
    pieces: list[Piece] = []
    first = 0
    for number in range(1, len(said) + 1):
        if number < len(said) and not cuts >> (number - 1) & 1 and goes_on(said[number - 1], said[number]):
            continue
        pieces.append(Piece(segment_of(said[first:number], f"s{first}"), range(first, number)))
        first = number
    return pieces


def goes_on(word: Any, following: Any) -> bool:
    return (word.ends, word.speaker, word.ends - word.begins) == (
        following.begins,
        following.speaker,
        following.ends - following.begins,
    )


def segment_of(said: list[Any], name: str | None) -> Segment:
    return Segment(
        id=name,
        text=" ".join(word.raw for word in said),
        speaker=said[0].speaker,
        is_user=said[0].user,
        start=said[0].begins,
        end=said[-1].ends,
    )


def called(pieces: list[Piece], calls: int) -> list[list[Piece]]:
    """Gather segments into calls: one ends behind each segment whose bit is set."""
    gathered: list[list[Piece]] = [[]]
    for number, piece in enumerate(pieces):
        gathered[-1].append(piece)
        if calls >> number & 1 and number + 1 < len(pieces):
            gathered.append([])
    return gathered
