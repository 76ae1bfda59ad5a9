"""Where templates with slots are placed: the same as trying every placing gives, and in bounded time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.model import Segment
from omiflow.speech.fillers import FILLERS
from omiflow.speech.lists import Entry
from omiflow.speech.phrases import Phrase, PhraseIndex
from omiflow.speech.slots import Sentence, Slot
from omiflow.speech.template import PhraseProblem, PhraseTemplate, read_phrase
from omiflow.speech.utterance import Utterance, utterances

LISTS = {
    "l": (Entry(("a", "a b"), 1), Entry(("c b a",), {"two": 2}), Entry(("b", "a"), None)),
    "m": (Entry(("um", "b"), "m"), Entry(("c",), "c"), Entry(("!",), "never")),
}


class _Spoken(NamedTuple):
    """A word as it is compared and as it is written, with its sentence and its place."""

    text: str
    written: str
    sentence: int
    place: int


class _Tried(NamedTuple):
    """One placing: what was chosen at each word (less is better), where it ends, and the slots."""

    choices: tuple[tuple[int, ...], ...]
    end: int
    slots: tuple[tuple[str, Any], ...]


def _placings(sentences: list[Sentence], words: list[_Spoken], begun: int) -> Iterator[_Tried]:
    """Give every placing from a word on; sentences that go on alike so far are followed together."""

    def follow(left: list[Sentence], at: int, done: int) -> Iterator[_Tried]:
        if any(len(sentence) == done for sentence in left):
            yield _Tried(((4,),), at, ())
        going = [sentence for sentence in left if len(sentence) > done]
        forms = list(dict.fromkeys(_form(sentence[done]) for sentence in going))
        for order, form in enumerate(forms):
            same = [sentence for sentence in going if _form(sentence[done]) == form]
            for length, choices, slot in _takings(form, order, words, at):
                for rest in follow(same, at + length, done + 1):
                    is_open = form[1] == "" and rest.end == at + length
                    if is_open and not _is_rest_of_sentence(words, at, rest.end):
                        continue
                    if form[1] == "" and not done and length > 1:
                        continue
                    yield _Tried((*choices, *rest.choices), rest.end, (*slot, *rest.slots))

    yield from follow(sentences, begun, 0)


def _form(word: str | Slot) -> tuple[str, str | None]:
    """Give a word with None, a slot with its list or nothing."""
    return (word, None) if isinstance(word, str) else (word.name, word.list or "")


def _takings(
    form: tuple[str, str | None], order: int, words: list[_Spoken], at: int
) -> Iterator[tuple[int, tuple[tuple[int, ...], ...], tuple[tuple[str, Any], ...]]]:
    name, kind = form
    if kind is None:
        if at < len(words) and words[at].text == name:
            yield 1, ((1,),), ()
        return
    for length in range(1, len(words) - at + 1):
        said = [word.text for word in words[at : at + length]]
        if not kind:
            yield (
                length,
                ((3, order), *[(5,)] * (length - 1)),
                ((name, (words[at].place, words[at + length - 1].place)),),
            )
        else:
            values = [one.value for one in LISTS.get(kind, ()) for way in one.say if way.split() == said]
            if values and said != ["!"]:
                yield length, ((2, -length, order),), ((name, values[0]),)


def _is_rest_of_sentence(words: list[_Spoken], at: int, end: int) -> bool:
    one_sentence = all(word.sentence == words[end - 1].sentence for word in words[at - 1 : end])
    return one_sentence and (end == len(words) or words[end].sentence != words[end - 1].sentence)


def _kept(template: PhraseTemplate, spoken: list[_Spoken]) -> list[_Spoken]:
    wanted = {word for sentence in template.sentences for word in sentence if isinstance(word, str)}
    for slot in template.slots:
        wanted |= {word for one in LISTS.get(slot.list or "", ()) for way in one.say for word in way.split()}
    return [word for word in spoken if word.text not in FILLERS - wanted]


_Span = tuple[int, int, tuple[tuple[str, Any], ...]]


def _all_spans(template: PhraseTemplate, spoken: list[_Spoken]) -> Iterator[tuple[int, _Tried, list[_Spoken]]]:
    words = _kept(template, spoken)
    for at in range(len(words)):
        for tried in _placings(list(template.sentences), words, at):
            yield at, tried, words


def _spans(template: PhraseTemplate, spoken: list[_Spoken]) -> list[_Span]:
    """Give the spans of a template: without slots each way to say it, with slots the best from each word."""
    spans: dict[int, list[_Tried]] = {}
    words = _kept(template, spoken)
    for at, tried, _ in _all_spans(template, spoken):
        spans.setdefault(at, []).append(tried)
    chosen = [(at, min(tried, key=lambda one: one.choices)) for at, tried in spans.items()]
    if not template.slots:
        chosen = [(at, one) for at, tried in spans.items() for one in tried]
    return [(words[at].place, words[one.end - 1].place, one.slots) for at, one in chosen]


def _vetoed(excepts: tuple[str, ...], spoken: list[_Spoken], last: int) -> bool:
    before = [word for word in spoken[: last + 1] if word.sentence == spoken[last].sentence]
    return any(
        words[at].place < last for template in excepts for at, _, words in _all_spans(read_phrase(template), before)
    )


def _found_by_trying(phrases: list[Phrase], spoken: list[_Spoken]) -> list[tuple[Any, ...]]:
    found = []
    for owner in {phrase.owner for phrase in phrases}:
        spans = [
            (first, -last, number, slots)
            for number, phrase in enumerate(phrases)
            for first, last, slots in _spans(read_phrase(phrase.template), spoken)
            if phrase.owner == owner and not _vetoed(phrase.excepts, spoken, last)
        ]
        reached = -1
        for first, minus_last, number, slots in sorted(spans, key=lambda span: span[:3]):
            if first > reached:
                reached = -minus_last
                template = phrases[number].template
                named = {slot.name: None for slot in read_phrase(template).slots} | dict(slots)
                found.append((owner, first, reached, template, named))
    return found


def _is_understood(template: str) -> bool:
    try:
        read_phrase(template)
    except PhraseProblem:
        return False
    return True


_WORDS = st.sampled_from(["a", "b", "c", "um", "uh"])
_ELEMENTS = st.one_of(
    _WORDS, st.sampled_from(["{x}", "{y}", "{p:list l}", "{q:list m}", "{r:list l}", "{n:list nobody}"])
)
_TEMPLATES = (
    st.lists(
        st.one_of(
            _ELEMENTS,
            _ELEMENTS,
            st.lists(_ELEMENTS, min_size=1, max_size=3).map(lambda inner: f"[{' '.join(inner)}]"),
            st.tuples(_ELEMENTS, _ELEMENTS, _ELEMENTS).map(lambda three: "({}|{} {})".format(*three)),
        ),
        min_size=1,
        max_size=5,
    )
    .map(" ".join)
    .filter(_is_understood)
)
_PHRASES = st.builds(
    Phrase, _TEMPLATES, st.sampled_from(["x", "y"]), st.just("any"), st.lists(_TEMPLATES, max_size=1).map(tuple)
)
_SPEECH = st.lists(st.lists(_WORDS, min_size=1, max_size=7), min_size=1, max_size=3)


@settings(max_examples=400, deadline=None)
@given(st.lists(_PHRASES, min_size=1, max_size=3), _SPEECH)
def test_the_index_finds_the_placings_that_trying_all_of_them_finds(
    phrases: list[Phrase], speech: list[list[str]]
) -> None:
    texts = [" ".join(sentence) + "." for sentence in speech]
    said = utterances([Segment(id=str(number), text=text) for number, text in enumerate(texts)])[0]
    written = " ".join(texts).split()
    sentences = [number for number, sentence in enumerate(speech) for _ in sentence]
    spoken = [
        _Spoken(word.rstrip("."), word, sentence, place)
        for place, (word, sentence) in enumerate(zip(written, sentences, strict=True))
    ]
    expected = [
        (owner, first, last, template, {name: _as_value(value, written) for name, value in slots.items()})
        for owner, first, last, template, slots in _found_by_trying(phrases, spoken)
    ]
    hits = PhraseIndex(phrases, LISTS).find(said)
    found = [(hit.owner, hit.first, hit.last, hit.phrase, hit.slots) for hit in hits]
    assert sorted(found, key=lambda hit: hit[:2]) == sorted(expected, key=lambda hit: hit[:2])


def _as_value(value: Any, written: list[str]) -> Any:
    """Give a slot's value; words are told by their first and last place."""
    return " ".join(written[value[0] : value[1] + 1]).rstrip(".") if isinstance(value, tuple) else value


def _utterance(text: str) -> Utterance:
    return utterances([Segment(id="1", text=text)])[0]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{x} [a] [b] [c] [d] [e] [f] [g] [h] [i] [j] [k] z", "a b c d e f g h i j k " * 200),
        ("a {x} a {y} a {z} a {w} a {v} end", "a " * 2000),
        ("a {x} [a] b [a {y} a [a {z} a [a {w} a]]] end", "a b " * 1000),
        ("(a|a b|a b a|a b a b) {x} (a|a b|a b a|a b a b) {y} (a|b a|a b a) end", "a b " * 1000),
        (" ".join(f"{{p{number}:list l}}" for number in range(20)) + " end", "a b " * 1000),
        ("a {p:list l} {x} {q:list l} b {y} {r:list l} end", "a b a b " * 500),
        ("remind me to {task}", "remind me to " * 700),
    ],
)
def test_the_time_is_bounded_whatever_is_said(template: str, text: str) -> None:
    index = PhraseIndex([Phrase(template, number) for number in range(2)], LISTS)
    said = _utterance(text + "end" if "task" not in template else text)
    begun = time.process_time()
    index.find(said)
    assert time.process_time() - begun < 2.0


def test_a_big_list_is_shared_by_all_phrases_and_phrases_that_were_not_begun_cost_nothing() -> None:
    names = tuple(Entry((f"name{number} family{number}",), number) for number in range(10_000))
    phrases = [Phrase(f"call{number} {{who:list people}} now", number) for number in range(2000)]
    phrases += [Phrase("{who:list people}", -number) for number in range(1, 200)]
    begun = time.process_time()
    index = PhraseIndex(phrases, {"people": names})
    made = time.process_time() - begun
    said = _utterance("so call7 name9999 family9999 now then")
    begun = time.process_time()
    hits = index.find(said)
    found = time.process_time() - begun
    assert {(hit.owner, hit.slots["who"]) for hit in hits} == {(-number, 9999) for number in range(200)} - {
        (0, 9999)
    } | {(7, 9999)}
    assert made < 2.0
    assert found < 0.1
