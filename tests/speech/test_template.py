"""What a template stands for, and what is wrong with one."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.speech.template import PhraseProblem, parse


@pytest.mark.parametrize(
    ("template", "sentences"),
    [
        ("What do you think?", ["what do you think"]),
        ("hey omi [what do you] think", ["hey omi what do you think", "hey omi think"]),
        ("should I (really|actually) go", ["should i really go", "should i actually go"]),
        ("yes [(please|sir)]", ["yes please", "yes sir", "yes"]),
        ("yes [please|sir]", ["yes please", "yes sir", "yes"]),
        ("(a|b [c])", ["a", "b c", "b"]),
        ("light[s] on", ["lights on", "light on"]),
        ("(un|re)do it['s]", ["undo its", "undo it", "redo its", "redo it"]),
        ("[very [very]] good", ["very very good", "very good", "good"]),
        ("(a|A|a)", ["a"]),
        ("don’t (stop)", ["dont stop"]),
        ("(follow-up|follow up)", ["follow up"]),
        ("um", ["um"]),
    ],
)
def test_a_template_stands_for_these_sentences(template: str, sentences: list[str]) -> None:
    assert [" ".join(words) for words in parse(template).variants()] == sentences


@pytest.mark.parametrize(
    ("template", "message", "offset"),
    [
        ("", "this phrase has no words", 0),
        ("…?", "this phrase has no words", 0),
        ("[a]", "all words of this phrase may be missing; at least one must be said", 0),
        ("[a] ([b]|c)", "all words of this phrase may be missing; at least one must be said", 0),
        ("say [it", "'[' is never closed; ']' is missing", 4),
        ("say (a|b", "'(' is never closed; ')' is missing", 4),
        ("say it]", "']' closes nothing", 6),
        ("say (it]", "'(' is closed by ']'; ')' would be right", 7),
        ("say [it)", "'[' is closed by ')'; ']' would be right", 7),
        ("say }", "'}' closes nothing", 4),
        ("(a|)", "an alternative is empty; write '[word]' for a word that may be missing", 3),
        ("( |a)", "an alternative is empty; write '[word]' for a word that may be missing", 1),
        ("a []", "an alternative is empty; write '[word]' for a word that may be missing", 3),
        ("a | b", "'|' stands outside parentheses; write '(one|other)'", 2),
        (
            "remind me to {task}",
            "slots are planned, but this version of omiflow does not have them yet",
            13,
        ),
        ("a " * 201, "this phrase has 201 words; 200 are the most", 0),
        ("(" * 17 + "a" + ")" * 17, "brackets are nested deeper than 16", 16),
    ],
)
def test_a_template_that_can_not_be_meant_is_a_problem_with_a_place(template: str, message: str, offset: int) -> None:
    with pytest.raises(PhraseProblem) as caught:
        parse(template)
    assert (str(caught.value), caught.value.offset) == (message, offset)


def test_two_hundred_words_and_sixteen_brackets_are_allowed() -> None:
    assert len(parse("a " * 200).variants()[0]) == 200
    assert parse("(" * 16 + "a" + ")" * 16).variants() == [("a",)]


def test_five_thousand_sentences_are_the_most_and_more_are_not_even_written_out() -> None:
    thousands = "[a] [b] [c] (d|e|f|g|h) " + " ".join(f"(x{n}|y{n}|z{n}|w{n}|v{n})" for n in range(3))
    assert len(parse(thousands).variants()) == 5000
    with pytest.raises(PhraseProblem) as caught:
        parse("(a|b) " * 13).variants()
    assert str(caught.value) == "this phrase stands for 8192 sentences; 5000 are the most"
    with pytest.raises(PhraseProblem):
        parse("(a|b) " * 99).variants()


# A template as it is written, with the texts it stands for.
Written = tuple[str, list[str]]


def _joined(parts: list[Written]) -> Written:
    return "".join(text for text, _ in parts), ["".join(chosen) for chosen in product(*[texts for _, texts in parts])]


def _choice(alternatives: list[Written]) -> Written:
    return f"({'|'.join(text for text, _ in alternatives)})", [text for _, texts in alternatives for text in texts]


def _optional(part: Written) -> Written:
    return f"[{part[0]}]", [*part[1], ""]


_literals = st.sampled_from(["a", "b", " a ", " b", "a b ", " um "]).map(lambda text: (text, [text]))
_templates: st.SearchStrategy[Written] = st.recursive(
    _literals,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(_joined),
        st.lists(inner, min_size=1, max_size=3).map(_choice),
        inner.map(_optional),
    ),
    max_leaves=7,
)


@settings(max_examples=200, deadline=None)
@given(_templates)
def test_variants_are_all_texts_written_out(written: Written) -> None:
    template, texts = written
    sentences = {tuple(text.split()) for text in texts}
    if () in sentences:
        with pytest.raises(PhraseProblem):
            parse(template)
    else:
        variants = parse(template).variants()
        assert set(variants) == sentences
        assert len(variants) == len(sentences)
