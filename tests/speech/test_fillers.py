"""The table of filler words."""

from __future__ import annotations

import pytest

from omiflow.speech.fillers import FILLERS, FILLERS_OF, fillers_of
from omiflow.speech.words import normalised


@pytest.mark.parametrize("filler", ["um", "uh", "erm", "hm", "äh", "ähm", "euh"])
def test_the_usual_fillers_are_known(filler: str) -> None:
    assert filler in FILLERS


@pytest.mark.parametrize("word", ["er", "ah", "oh", "like", "este", "so", "no", "yes", "ok"])
def test_words_that_mean_something_are_no_fillers(word: str) -> None:
    assert word not in FILLERS


@pytest.mark.parametrize("language", FILLERS_OF)
def test_fillers_are_written_as_words_are_compared(language: str) -> None:
    for filler in FILLERS_OF[language]:
        assert normalised(filler) == [filler]


MORE = {"en": frozenset({"like"}), "tr": frozenset({"yani"})}


@pytest.mark.parametrize(
    ("language", "fillers"),
    [
        ("en", FILLERS_OF["en"] | {"like"}),
        ("de", FILLERS_OF["de"]),
        ("tr", FILLERS | {"yani"}),
        ("fi", FILLERS),
        (None, FILLERS | {"like", "yani"}),
    ],
)
def test_a_language_has_its_own_fillers_and_those_that_were_added(
    language: str | None, fillers: frozenset[str]
) -> None:
    assert fillers_of(language, MORE) == fillers
