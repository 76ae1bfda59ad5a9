"""The slow matcher itself: each sentence of the rule language on phrases (3.1) as an example."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from omiflow.speech.lists import entries

REFERENCE = runpy.run_path(str(Path(__file__).with_name("reference.py")))
Said, Sought, occurrences = REFERENCE["Said"], REFERENCE["Sought"], REFERENCE["occurrences"]
LISTS = {
    "people": entries([{"say": ["Tom", "Tom Becker"], "value": "uid_tom"}, "Ann"]),
    "times": entries(["nine", "nine thirty", "half past nine"]),
    "cities": entries(["new", "new york", "new york city hall"]),
}


def spoken(text: str):
    """Read words of half a second; `|3` is a pause of 3 s, `B:` the next speaker, `I:` the user, `~` the clock."""
    said, at, speaker = [], 0.0, "A"
    for piece in text.split():
        if piece.startswith("|"):
            at += float(piece[1:])
        elif piece == "~":
            said[-1] = said[-1]._replace(still=True)
        elif piece.endswith(":"):
            speaker = piece[:-1]
        else:
            said.append(Said(piece, at, at + 0.5, speaker, speaker == "I"))
            at += 0.5
    return said


def heard(text: str, *templates: str, **options):
    return occurrences(spoken(text), [Sought("rule", template, **options) for template in templates], LISTS)


@pytest.mark.parametrize(
    ("text", "template", "texts"),
    [
        ("So, what do YOU think?", "what do you think", ["what do YOU think"]),
        ("what do we think", "what do you think", []),
        ("what um do you, uh, think", "what do you think", ["what um do you, uh, think"]),
        ("hm um think", "um think", ["um think"]),
        ("um hm think", "um think", ["um hm think"]),
        (
            "hey omi think hey omi do you think",
            "hey omi [[what] do you] think",
            ["hey omi think", "hey omi do you think"],
        ),
        ("should I actually go", "should I (really|actually) go", ["should I actually go"]),
        ("should I go", "should I (really|actually) go", []),
        ("what. Do you think", "what do you think", ["what. Do you think"]),
        ("I: any A: advice", "any advice", []),
        ("I: any A: so I: advice", "any advice", ["any advice"]),
        ("any advice any advice", "any advice", ["any advice", "any advice"]),
        ("go go go", "go go", ["go go"]),
        ("I think about it", "think [about it]", ["think"]),
    ],
)
def test_the_words_of_a_phrase_follow_each_other_in_one_speakers_line(text, template, texts):
    assert [find.text for find in heard(text, template)] == texts


@pytest.mark.parametrize(
    ("text", "template", "slots", "behind"),
    [
        ("remind me to buy milk. And bread", "remind me to {task}", {"task": "buy milk"}, "milk."),
        ("remind me to buy |2 milk", "remind me to {task}", {"task": "buy"}, "buy late"),
        ("remind me to buy |1.9 milk", "remind me to {task}", {"task": "buy milk"}, "milk late"),
        ("remind me to |3 buy milk", "remind me to {task}", {"task": "buy milk"}, "milk late"),
        ("remind me to |13 buy milk", "remind me to {task}", {"task": "buy milk"}, "milk late"),
        ("remind me to |14 buy milk", "remind me to {task}", None, ""),
        ("remind me to buy |1.5 um, |1.5 milk", "remind me to {task}", {"task": "buy um, milk"}, "milk late"),
        ("remind me to buy um. Milk", "remind me to {task}", {"task": "buy"}, "um."),
        ("remind me to. Buy milk", "remind me to {task}", None, ""),
        ("remind me to um. Buy milk", "remind me to {task}", None, ""),
        ("remind me to um", "remind me to {task}", None, ""),
        ("remind me to buy ~ milk", "remind me to {task}", {"task": "buy"}, "buy late"),
        ("remind me to I: hello A: buy", "remind me to {task}", {"task": "buy"}, "buy late"),
        ("turn the big old light on", "turn {what} on", {"what": "the big old light"}, "on"),
        ("turn the on on", "turn {what} on", {"what": "the"}, "on"),
        ("turn on on", "turn {what} on", {"what": "on"}, "on"),
        ("so old Tom called", "{who} called", {"who": "Tom"}, "called"),
        ("turn the. Light |3 on", "turn {what} on", {"what": "the. Light"}, "on"),
        ("turn the |14 light on", "turn {what} on", None, ""),
        ("Tom Becker called", "{who:list people} called", {"who": "uid_tom"}, "called"),
        ("Becker called", "{who:list people} called", None, ""),
        ("call me now", "call me [at {when:list times}]", {"when": None}, "now"),
        ("call me at noon", "call me [at {when:list times}]", {"when": None}, "noon"),
        ("call me at nine o", "call me [at {when:list times}]", {"when": "nine"}, "o"),
        ("call me at nine thirty", "call me [at {when:list times}]", {"when": "nine thirty"}, "thirty"),
        ("call me. At nine thirty", "call me [at {when:list times}]", {"when": None}, "me."),
        ("call me at. nine thirty", "call me [at {when:list times}]", {"when": None}, "at."),
        ("call me |2 at nine", "call me [at {when:list times}]", {"when": None}, "me late"),
        ("call me um, at nine. o", "call me [at {when:list times}]", {"when": "nine"}, "nine."),
        ("new york city lights", "{city:list cities}", {"city": "new york"}, "lights"),
        ("call me please now", "call me [(please|at {when})]", {"when": None}, "please"),
        ("call a call b c", "(call {x} c|call {y} b)", {"x": None, "y": "a call"}, "b"),
        ("go a b", "go (a b|{x} b)", {"x": None}, "b"),
        ("go Tom b", "go ({x} b|{y:list people} b)", {"x": None, "y": "uid_tom"}, "b"),
        ("go go a b", "go {x} b", {"x": "go a"}, "b"),
    ],
)
def test_a_slot_takes_what_was_said_in_its_place(text, template, slots, behind):
    found = heard(text, template)[:1]
    words = [word.raw for word in spoken(text) if word.speaker == "A"]
    assert [find.slots for find in found] == ([] if slots is None else [slots])
    assert [words[find.behind] + " late" * find.late for find in found] == ([behind] if behind else [])


def test_an_open_slot_ends_after_two_minutes():
    words = [Said(f"w{number}" if number else "note", number * 30.0, number * 30.0 + 30) for number in range(8)]
    found = occurrences(words, [Sought("rule", "note {x}", within=31)], LISTS)
    assert [find.slots for find in found] == [{"x": "w1 w2 w3 w4"}]


@pytest.mark.parametrize(("fifth", "behind"), [("um", (4, True)), ("w5", (4, True)), ("w5.", (4, True))])
def test_two_minutes_are_over_behind_the_word_before_whatever_comes_after_them(fifth, behind):
    texts = ["note", "w1", "w2", "w3", "w4", fifth]
    words = [Said(text, number * 30.0, number * 30.0 + 30) for number, text in enumerate(texts)]
    (found,) = occurrences(words, [Sought("rule", "note {x}", within=31)], LISTS)
    assert (found.slots, (found.behind, found.late)) == ({"x": "w1 w2 w3 w4"}, behind)


@pytest.mark.parametrize(
    ("text", "except_", "fires"),
    [
        ("I never go now", "never", False),
        ("I never. Go now", "never", True),
        ("go now never", "never", True),
        ("not today go now", "not today", False),
        ("not. today go now", "not today", True),
        ("go now", "go now", False),
        ("go now", "now", True),
        ("I never go now", "never {x}", False),
        ("I never. Go now", "never {x}", True),
        ("never go now", "go {x}", False),
        ("never go now", "now {x}", True),
    ],
)
def test_an_exception_vetoes_what_is_said_after_it_in_its_sentence(text, except_, fires):
    assert bool(heard(text, "go now", excepts=(except_,))) is fires


@pytest.mark.parametrize(("speaker", "who"), [("user", ["I"]), ("other", ["A"]), ("any", ["I", "A"])])
def test_a_phrase_comes_from_the_speaker_it_asks_for(speaker, who):
    assert [find.speaker for find in heard("I: any advice A: any advice", "any advice", speaker=speaker)] == who


@pytest.mark.parametrize(("pause", "fires"), [("|14", True), ("|14.5", False)])
def test_all_words_lie_within_the_seconds_that_are_allowed(pause, fires):
    assert bool(heard(f"any {pause} advice", "any advice")) is fires


def test_overlapping_finds_of_a_rule_are_one_occurrence_decided_first_leftmost_longest():
    assert [find.text for find in heard("so go on now", "go on", "on now", "so go")] == ["so go", "on now"]
    assert [find.text for find in heard("so go on now", "go on", "so go on")] == ["so go on"]
    assert [find.text for find in heard("go um go", "um", "go go")] == ["um"]
    both = [Sought("one", "go on", "any"), Sought("two", "on now", "any")]
    assert [find.owner for find in occurrences(spoken("go on now"), both, LISTS)] == ["one", "two"]
