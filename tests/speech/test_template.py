"""What a template stands for, and what is wrong with one."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.speech.slots import Slot
from omiflow.speech.template import PhraseProblem, read_phrase


@pytest.mark.parametrize(
    ("template", "sentences"),
    [
        ("What do you think?", ["what do you think"]),
        ("hey omi [what do you] think", ["hey omi what do you think", "hey omi think"]),
        ("should I (really|actually) go", ["should i really go", "should i actually go"]),
        ("yes [(please|sir)]", ["yes please", "yes sir", "yes"]),
        ("yes [please|sir]", ["yes please", "yes sir", "yes"]),
        ("(a|b [c])", ["a", "b c", "b"]),
        ("remind me to {task}", ["remind me to {task}"]),
        ("[{ who }] on {room : list  rooms}", ["{who} on {room:list rooms}", "on {room:list rooms}"]),
        ("(a {x}|b {x})", ["a {x}", "b {x}"]),
        ("pay { n : number } [{t:time}]", ["pay {n:number} {t:time}", "pay {n:number}"]),
        ("{a} {n:number} {b} {t:time} {r:list rooms} {c}", ["{a} {n:number} {b} {t:time} {r:list rooms} {c}"]),
        ("{r:list rooms} {n:number}", ["{r:list rooms} {n:number}"]),
        ("{n:number}%, please", ["{n:number} please"]),
        ("提醒我{task}", ["提 醒 我 {task}"]),
        ("l'{x}-like", ["l {x} like"]),
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
    assert [" ".join(map(str, words)) for words in read_phrase(template).sentences] == sentences


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
        ("say {x", "'{' is never closed; '}' is missing", 4),
        ("say {{ x }}", "a slot has single braces; write '{name}'", 4),
        ("say {}", "'' is no name of a slot; use small letters, digits and '_', not beginning with a digit", 4),
        ("say {X}", "'X' is no name of a slot; use small letters, digits and '_', not beginning with a digit", 4),
        ("say {a b}", "'a b' is no name of a slot; use small letters, digits and '_', not beginning with a digit", 4),
        ("at {x:tmie}", "unknown kind of slot 'tmie'; did you mean 'time'?", 3),
        ("at {x:Date}", "unknown kind of slot 'Date'; did you mean 'time'?", 3),
        ("at {x:int}", "unknown kind of slot 'int'; did you mean 'number'?", 3),
        ("at {x:number euros}", "a slot of the type 'number' takes no name; write '{x:number}'", 3),
        ("at {x:time when}", "a slot of the type 'time' takes no name; write '{x:time}'", 3),
        ("{n:number}", "this phrase may be nothing but '{n:number}'; a word beside it must be said", 0),
        ("[at] {t:time} {x}", "this phrase may be nothing but '{t:time}'; a word beside it must be said", 5),
        (
            "{n:number}th",
            "'{n:number}' touches a word; a slot takes whole words, so leave a space, or the ending out",
            0,
        ),
        ("pay {n:number} or {n}", "slot 'n' is in this phrase already; give one another name", 18),
        ("at {x:rooms}", "unknown kind of slot 'rooms'; write '{x:list rooms}' for a list", 3),
        ("at {x:}", "unknown kind of slot ''; write '{x:list rooms}' for a list", 3),
        ("at {x:list}", "'{x:list}' names no list; write '{x:list rooms}' for a list 'rooms'", 3),
        ("at {x:list my rooms}", "'{x:list my rooms}' names no list; write '{x:list rooms}' for a list 'rooms'", 3),
        ("at {x} or [no] {x}", "slot 'x' is in this phrase already; give one another name", 15),
        ("{x}", "this phrase may be nothing but '{x}'; a word beside it must be said", 0),
        ("[please] {x}", "this phrase may be nothing but '{x}'; a word beside it must be said", 9),
        ("[{x}]", "all words of this phrase may be missing; at least one must be said", 0),
        ("a {x} {y}", "nothing says where '{x}' ends and '{y}' begins; put a word between them", 6),
        ("a {x} [b] {y}", "nothing says where '{x}' ends and '{y}' begins; put a word between them", 10),
        ("{name}'s house", "'{name}' touches a word; a slot takes whole words, so leave a space, or the ending out", 0),
        ("un{x} it", "'{x}' touches a word; a slot takes whole words, so leave a space, or the ending out", 2),
        (
            "go to {r:list rooms}[s]",
            (
                "'{r:list rooms}' touches a word; a slot takes whole words, so leave a space, or put the plural or another "
                "ending into the list, such as 'say: [gift card, gift cards]'"
            ),
            6,
        ),
        ("a " * 199 + "{x} b", "this phrase has 201 words; 200 are the most", 0),
        (
            " ".join(f"a {{x{number}}}" for number in range(21)),
            "this phrase has 21 slots; 20 are the most",
            0,
        ),
        ("a " * 201, "this phrase has 201 words; 200 are the most", 0),
        ("(" * 17 + "a" + ")" * 17, "brackets are nested deeper than 16", 16),
    ],
)
def test_a_template_that_can_not_be_meant_is_a_problem_with_a_place(template: str, message: str, offset: int) -> None:
    with pytest.raises(PhraseProblem) as caught:
        read_phrase(template)
    assert (str(caught.value), caught.value.offset) == (message, offset)


def test_a_template_knows_its_slots_and_where_they_stand() -> None:
    assert read_phrase("(tell|ask) {who:list people} [that {what}]").slots == (
        Slot("who", "people", 11),
        Slot("what", None, 35),
    )
    kinds = [(slot.kind, slot.free) for slot in read_phrase("{a:list people} {b:number} x {c:time} {d}").slots]
    assert kinds == [("list", False), ("number", False), ("time", False), ("words", True)]


def test_two_hundred_words_and_sixteen_brackets_are_allowed() -> None:
    assert len(read_phrase("a " * 200).sentences[0]) == 200
    assert read_phrase("(" * 16 + "a" + ")" * 16).sentences == (("a",),)


def test_five_thousand_sentences_are_the_most_and_more_are_not_even_written_out() -> None:
    thousands = "[a] [b] [c] (d|e|f|g|h) " + " ".join(f"(x{n}|y{n}|z{n}|w{n}|v{n})" for n in range(3))
    assert len(read_phrase(thousands).sentences) == 5000
    with pytest.raises(PhraseProblem) as caught:
        read_phrase("(a|b) " * 13)
    assert str(caught.value) == "this phrase stands for 8192 sentences; 5000 are the most"
    with pytest.raises(PhraseProblem):
        read_phrase("(a|b) " * 99)


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
            read_phrase(template)
    else:
        variants = read_phrase(template).sentences
        assert set(variants) == sentences
        assert len(variants) == len(sentences)
