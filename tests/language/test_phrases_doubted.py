"""What `check` says is never heard never is: held against the slow matcher, which knows nothing of `check`."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.language.codes import NEVER_HEARD
from omiflow.language.facts import Facts
from omiflow.language.load import Loader
from omiflow.speech.near import widened
from omiflow.speech.template import PhraseProblem, read_phrase

SPEECH = Path(__file__).parents[1] / "speech"
REFERENCE = runpy.run_path(str(SPEECH / "reference.py"))
Said, Sought, occurrences = REFERENCE["Said"], REFERENCE["Sought"], REFERENCE["occurrences"]
LOADER = Loader(Facts())
LISTS = {"people": runpy.run_path(str(SPEECH / "generated.py"))["LISTS"]["people"]}
PEOPLE = [{"say": ["Tom", "Tom Becker"], "value": "uid_tom"}, {"say": "Tom Becker at me", "value": 7}, "me"]
PARTS = (
    "call",
    "me",
    "at",
    "um",
    "call me",
    "[me]",
    "(call|at)",
    "{x}",
    "[at {x}]",
    "{p:list people}",
    "[{p:list people}]",
)
WORDS = ("call", "me", "at", "Tom", "Becker", "um", "at.")


def never_heard(phrases: list[str], within: list[str]) -> list[int]:
    """Give the numbers of the phrases that a rule is warned of."""
    triggers = [
        {"trigger": "realtime_transcript", "phrases": [phrase], "within": span}
        for phrase, span in zip(phrases, within, strict=True)
    ]
    rule = {"id": "x", "triggers": triggers, "actions": [{"stop": "x"}]}
    text = yaml.safe_dump({"rules": [rule], "lists": {"people": PEOPLE}}, sort_keys=False, width=1000)
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith("    - ")]
    book = LOADER.load({"a.yaml": text})
    return [lines.index(one.line) for one in book.problems if one.code == NEVER_HEARD]


def readable(text: str) -> bool:
    try:
        read_phrase(text)
    except PhraseProblem:
        return False
    return True


@st.composite
def phrases(draw: st.DrawFn) -> list[str]:
    """Give two phrases, mostly with something of the first in the second one, and a third one."""
    parts = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map(" ".join)
    first = draw(parts.filter(readable))
    longer = parts.map(lambda more: f"{first} {more}").filter(readable)
    around = st.tuples(parts, parts).map(lambda both: f"{both[0]} {first} {both[1]}").filter(readable)
    return draw(st.permutations([first, draw(longer | around | parts.filter(readable)), draw(parts.filter(readable))]))


@settings(max_examples=300, deadline=None)
@given(
    phrases(),
    st.lists(st.sampled_from(["5s", "15s"]), min_size=3, max_size=3),
    st.lists(st.sampled_from(WORDS), min_size=3, max_size=9),
    st.sampled_from([0.3, 1.6]),
)
def test_what_is_said_to_be_never_heard_never_is(
    written: list[str], within: list[str], words: list[str], length: float
) -> None:
    doubted = never_heard(written, within)
    said = [Said(word, number * length, (number + 1) * length) for number, word in enumerate(words)]
    sought = [Sought("x", phrase, "any", (), float(span[:-1])) for phrase, span in zip(written, within, strict=True)]
    heard = {find.template for find in occurrences(said, sought, LISTS)}
    assert heard.isdisjoint(
        {written[number] for number in doubted} - {written[n] for n in range(3) if n not in doubted}
    )


@pytest.mark.parametrize(
    ("written", "doubted"),
    [
        (["call me", "call me at {x}", "at"], [1]),
        (["call me", "call me [at {x}]", "at"], [1]),
        (["call me [at {x}]", "call me at {x}", "um"], []),
        (["call {x} me", "at call {y} me um", "me at"], [1]),
        (["call {x} me", "at call Tom me um", "me at"], []),
        (["call um", "call um me", "at"], [1]),
        (["call [um]", "call me", "at"], []),
        (["me", "call me", "call me now"], [2]),
    ],
)
def test_only_what_can_never_be_first_is_doubted(written: list[str], doubted: list[int]) -> None:
    assert never_heard(written, ["15s"] * 3) == doubted


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("second opinion please", "second opinion"),
        ("second opinion please", "opinion please"),
        ("[please] ask omi now", "ask omi"),
        ("[hey] any advice please", "any advice"),
        ("any (advice|idea) please", "any idea"),
        ("any advice", "any advise"),
        ("what do you think", "what you think"),
        ("what do you (think|think about it)", "do you think"),
        ("write this down [for {who}]", "write this"),
        ("write this down {text}", "write this"),
        ("remind me {when:time} to {task}", "rewind me"),
        ("who is responsible for {thing}", "who was responsible for"),
        ("we have to decide", "we have to"),
    ],
)
def test_what_is_offered_for_a_miss_leaves_no_phrase_unheard(phrase: str, said: str) -> None:
    offer = widened(phrase, said)
    phrases = [offer.phrase] if offer.instead else [offer.phrase, phrase]
    assert never_heard(phrases, ["15s"] * len(phrases)) == []
