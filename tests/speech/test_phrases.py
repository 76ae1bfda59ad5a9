"""Finding phrases in what somebody said."""

from __future__ import annotations

import pytest

from omiflow.model import Segment
from omiflow.speech.phrases import Hit, Phrase, PhraseIndex, Speaker
from omiflow.speech.template import PhraseProblem


def _said(*texts: str, is_user: bool = False) -> list[Segment]:
    return [Segment(id=str(number), text=text, is_user=is_user) for number, text in enumerate(texts)]


def _texts(hits: list[Hit]) -> list[str]:
    return [hit.text for hit in hits]


@pytest.mark.parametrize(
    ("template", "text", "found"),
    [
        ("any advice", "Well, ANY advice?", ["ANY advice"]),
        ("any advice", "many advices", []),
        ("any advice", "any good advice", []),
        ("any advice", "any, um, uh... advice", ["any, um, uh... advice"]),
        ("any um advice", "any advice", []),
        ("any um advice", "any um advice", ["any um advice"]),
        ("any um advice", "any um uh advice", ["any um uh advice"]),
        ("um", "so um yes", ["um"]),
        ("don't stop", "Don’t stop!", ["Don’t stop"]),
        ("follow up", "the follow-up.", ["follow-up"]),
        ("light[s] on", "lights on, light on", ["lights on", "light on"]),
        ("any advice", "any advice any advice", ["any advice", "any advice"]),
        ("a b a", "a b a b a", ["a b a"]),
        ("北京", "我想去北京。", ["北京"]),
        ("any advice", "", []),
    ],
)
def test_a_phrase_is_found_in_words(template: str, text: str, found: list[str]) -> None:
    assert _texts(PhraseIndex([Phrase(template, "rule")]).find(_said(text))) == found


def test_a_hit_names_the_segments_that_carry_the_words() -> None:
    said = _said("Hello.", "So, any", "advice, please?", "Bye.")
    (hit,) = PhraseIndex([Phrase("any advice", "rule")]).find(said)
    assert hit == Hit(
        owner="rule",
        phrase="any advice",
        text="any advice",
        segments=tuple(said[1:3]),
        speaker="voice:SPEAKER_00",
    )


def test_overlapping_phrases_of_a_rule_are_one_occurrence_and_other_rules_have_their_own() -> None:
    phrases = [
        ("what do you think", "a"), ("do you", "a"), ("think so", "a"), ("you think so", "b"), ("you", "b")
    ]  # fmt: skip
    index = PhraseIndex([Phrase(template, number, rule=rule) for number, (template, rule) in enumerate(phrases)])
    assert [hit.phrase for hit in index.find(_said("what do you think so"))] == ["do you", "you", "think so"]


@pytest.mark.parametrize(
    ("speaker", "is_user", "found"),
    [
        ("any", True, True),
        ("any", False, True),
        ("user", True, True),
        ("user", False, False),
        ("other", True, False),
        ("other", False, True),
    ],
)
def test_a_phrase_waits_for_its_speaker(speaker: Speaker, is_user: bool, found: bool) -> None:
    index = PhraseIndex([Phrase("help", "rule", speaker)])
    assert bool(index.find(_said("help", is_user=is_user))) is found


@pytest.mark.parametrize(
    ("excepts", "text", "found"),
    [
        (("no need",), "No need for any advice.", []),
        (("no need",), "No need. Any advice?", ["Any advice"]),
        (("no need",), "any advice, no need", ["any advice"]),
        (("don't need any",), "I don't need any advice", []),
        (("don't need any advice",), "I don't need any advice", []),
        (("advice",), "any advice", ["any advice"]),
        (("need any advice now",), "need any advice now", ["any advice"]),
        (("no. need",), "no. Need any advice", ["any advice"]),
        (("no need",), "no um need for any advice", []),
        (("no", "not"), "not any advice", []),
        (("no",), "no any advice. Any advice", ["Any advice"]),
    ],
)
def test_an_except_vetoes_what_follows_it_in_its_sentence(
    excepts: tuple[str, ...], text: str, found: list[str]
) -> None:
    assert _texts(PhraseIndex([Phrase("any advice", "rule", "any", excepts)]).find(_said(text))) == found


def test_an_except_holds_across_segments_and_only_for_its_own_phrase() -> None:
    index = PhraseIndex([Phrase("any advice", "a", "any", ("no",), rule="a"), Phrase("any advice", "b", rule="b")])
    assert [hit.owner for hit in index.find(_said("no", "any advice"))] == ["b"]


def test_an_index_without_phrases_finds_nothing() -> None:
    assert PhraseIndex([]).find(_said("any advice")) == []


@pytest.mark.parametrize("phrase", [Phrase("[a]", "rule"), Phrase("a", "rule", "any", ("(b",))])
def test_a_phrase_that_can_not_be_understood_is_refused(phrase: Phrase) -> None:
    with pytest.raises(PhraseProblem):
        PhraseIndex([phrase])
