"""Finding phrases in what somebody said."""

from __future__ import annotations

from collections.abc import Hashable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.model import Segment
from omiflow.speech.fillers import FILLERS
from omiflow.speech.phrases import Hit, Phrase, PhraseIndex, Speaker
from omiflow.speech.template import PhraseProblem, read_phrase
from omiflow.speech.utterance import Utterance, utterances


def _said(*texts: str, is_user: bool = False) -> Utterance:
    segments = [Segment(id=str(number), text=text, is_user=is_user) for number, text in enumerate(texts)]
    return utterances(segments)[0]


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
        segments=tuple(said.segments[1:3]),
        segment_ids=("1", "2"),
        speaker="voice:SPEAKER_00",
        first=2,
        last=3,
        mark_segment="2",
    )


def test_overlapping_phrases_of_an_owner_are_one_hit_and_other_owners_have_their_own() -> None:
    index = PhraseIndex(
        [Phrase("what do you", "a"), Phrase("what do you think", "a"), Phrase("you think so", "a"), Phrase("you", "b")]
    )
    assert [(hit.owner, hit.phrase) for hit in index.find(_said("what do you think so"))] == [
        ("a", "what do you think"),
        ("b", "you"),
    ]


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
    index = PhraseIndex([Phrase("any advice", "a", "any", ("no",)), Phrase("any advice", "b")])
    assert [hit.owner for hit in index.find(_said("no", "any advice"))] == ["b"]


def test_an_index_without_phrases_finds_nothing() -> None:
    assert PhraseIndex([]).find(_said("any advice")) == []


@pytest.mark.parametrize("phrase", [Phrase("[a]", "rule"), Phrase("a", "rule", "any", ("(b",))])
def test_a_phrase_that_can_not_be_understood_is_refused(phrase: Phrase) -> None:
    with pytest.raises(PhraseProblem):
        PhraseIndex([phrase])


def _spans(template: str, words: list[str]) -> list[tuple[int, int]]:
    variants = read_phrase(template).sentences
    skipped = FILLERS - {word for variant in variants for word in variant}
    kept = [(at, word) for at, word in enumerate(words) if word not in skipped]
    return [
        (kept[at][0], kept[at + len(variant) - 1][0])
        for variant in variants
        for at in range(len(kept) - len(variant) + 1)
        if tuple(word for _, word in kept[at : at + len(variant)]) == variant
    ]


def _found_by_trying(phrases: list[Phrase], sentences: list[list[str]]) -> set[tuple[Hashable, int, int]]:
    words = [word for sentence in sentences for word in sentence]
    sentence_of = [number for number, sentence in enumerate(sentences) for _ in sentence]
    found: set[tuple[Hashable, int, int]] = set()
    for owner in {phrase.owner for phrase in phrases}:
        left = []
        for phrase in phrases:
            vetoes = [span for template in phrase.excepts for span in _spans(template, words)]
            for first, last in _spans(phrase.template, words):
                before = [(b, e) for b, e in vetoes if b < last and e <= last]
                if phrase.owner == owner and not any(sentence_of[b] == sentence_of[last] for b, _ in before):
                    left.append((first, last))
        while left:
            chosen = min(left, key=lambda span: (span[0], -span[1]))
            found.add((owner, *chosen))
            left = [span for span in left if span[0] > chosen[1]]
    return found


_words = st.sampled_from(["a", "b", "c", "um", "uh"])
_template = st.lists(
    st.one_of(
        _words, _words.map("[{}]".format), st.tuples(_words, _words).map(lambda pair: f"({pair[0]}|{pair[1]} c)")
    ),
    min_size=1,
    max_size=4,
).map(" ".join)
_good_template = _template.filter(lambda template: any(not part.startswith("[") for part in template.split()))
_phrases = st.builds(
    Phrase,
    _good_template,
    st.sampled_from(["x", "y"]),
    st.just("any"),
    st.lists(_good_template, max_size=1).map(tuple),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_phrases, max_size=4), st.lists(st.lists(_words, min_size=1, max_size=6), min_size=1, max_size=3))
def test_the_index_finds_what_trying_every_phrase_at_every_word_finds(
    phrases: list[Phrase], sentences: list[list[str]]
) -> None:
    said = _said(*[" ".join(sentence) + "." for sentence in sentences])
    hits = PhraseIndex(phrases).find(said)
    assert {(hit.owner, hit.first, hit.last) for hit in hits} == _found_by_trying(phrases, sentences)
    assert [hit.first for hit in hits] == sorted(hit.first for hit in hits)
    for hit in hits:
        assert hit.text.replace(".", "").split() == said.words[hit.first : hit.last + 1]
