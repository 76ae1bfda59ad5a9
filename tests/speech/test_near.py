"""What was nearly said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.speech.near import Near, NearPhrases, line, literal_runs, merged, ranked, widened
from omiflow.speech.template import read_phrase
from omiflow.speech.words import normalised


def misses(phrase: str, said: str, *, fuzzy: bool = False) -> list[tuple[str, int]]:
    near = NearPhrases([], [phrase]) if fuzzy else NearPhrases([phrase])
    found = near.misses(normalised(said))
    assert {miss.phrase for miss in found} <= {phrase}
    return [(miss.said, miss.edits) for miss in found]


@pytest.mark.parametrize(
    ("phrase", "said", "found"),
    [
        ("any advice", "is there any advise on this", [("any advise", 1)]),
        ("any advice", "some anyadvise", [("anyadvise", 2)]),
        ("what do you think", "so what did you think of it", [("what did you think", 2)]),
        ("what do you think", "and what you think", [("what you think", 3)]),
        ("what do you think", "what do you all think", [("what do you all think", 4)]),
        ("what do you think", "what does everybody think", []),
        ("we have to decide", "so we have to settle", [("we have to", 7)]),
        ("send me an email", "send me the mail", []),
        ("remind me {when:time} to {task}", "rewind me at nine to call", [("rewind me", 1)]),
        ("should I (really|actually) go", "should I actualy go", [("should i actualy go", 1)]),
        ("who is responsible for {thing}", "who was responsible for it", [("who was responsible for", 2)]),
    ],
)
def test_what_differs_by_a_few_letters_or_a_word_is_near(phrase: str, said: str, found: list[tuple[str, int]]) -> None:
    assert misses(phrase, said) == found


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("any advice", "any advice"),
        ("what do you think", "what do you think"),
        ("think [about] it", "think it"),
        ("what (do|did) you think", "what did you think"),
        ("remind me to {task}", "remind me to call"),
        ("yes", "yet"),
        ("any advice", "the meeting is over"),
    ],
)
def test_what_is_the_phrase_or_far_from_it_is_no_miss(phrase: str, said: str) -> None:
    assert misses(phrase, said) == []


def test_what_fuzzy_hears_is_no_miss_of_a_fuzzy_phrase() -> None:
    assert misses("any advice", "any advise", fuzzy=True) == []
    assert misses("any advice", "and advice", fuzzy=True) == [("and advice", 1)]


def test_misses_are_counted_and_the_closest_and_most_frequent_come_first() -> None:
    near = NearPhrases(["any advice", "any ideas"])
    said = normalised("any idea or an advice or any advise or any advise or an advice or an advice")
    assert near.misses(said) == [
        Near("any ideas", "any idea", 1, 1),
        Near("any advice", "an advice", 1, 3),
        Near("any advice", "any advise", 1, 2),
    ]


def test_of_each_phrase_ten_are_kept() -> None:
    many = [Near("any advice", f"any advice {number}", number) for number in range(20)]
    assert ranked([*reversed(many), Near("help", "yelp", 1)]) == [*many[:10], Near("help", "yelp", 1)]


def test_new_misses_are_counted_to_those_kept() -> None:
    kept = [Near("any advice", "any advise", 1, 2), Near("any advice", "an advice", 1, 2)]
    assert merged(kept, [Near("any advice", "an advice", 1, 3), Near("any advice", "any add vice", 2)]) == [
        Near("any advice", "an advice", 1, 5),
        Near("any advice", "any advise", 1, 2),
        Near("any advice", "any add vice", 2, 1),
    ]


@pytest.mark.parametrize(
    ("phrase", "said", "added"),
    [
        ("any advice", "any advise", '- "any advise"'),
        ("remind me {when:time} to {task}", "rewind me", '- "rewind me {when:time} to {task}"'),
        ("{person:list people} [just] called us", "call us", '- "{person:list people} call us"'),
        ("hey omi [what do you] think", "hey only think", '- "hey only think"'),
        ("was hältst du", "was haltest du", '- "was haltest du"'),
        ("你好吗", "你好嘛", '- "你好嘛"'),
    ],
)
def test_the_line_to_add_hears_the_miss_and_keeps_the_slots(phrase: str, said: str, added: str) -> None:
    assert line(Near(phrase, said, 1)) == added


def test_a_phrase_is_looked_for_by_the_longest_words_between_its_slots() -> None:
    assert literal_runs("at {when:time} [please] remind me to {task}") == [
        ("please", "remind", "me", "to"),
        ("remind", "me", "to"),
    ]
    assert literal_runs("any (advice|idea)") == [("any", "advice"), ("any", "idea")]


WORDS = st.lists(
    st.sampled_from(["any", "advice", "an", "add", "vice", "what", "2", "说", "话"]), min_size=1, max_size=5
)


@given(WORDS, st.sampled_from(["{what}", "[{what}]", "[please] {what:number}", "(on|off)"]), WORDS)
def test_what_is_added_reads_back(words: list[str], more: str, said: list[str]) -> None:
    phrase = f"{' '.join(words)} {more}"
    added = widened(phrase, " ".join(said))
    assert any(list(sentence)[: len(said)] == said for sentence in read_phrase(added).sentences)
    assert [str(slot) for slot in read_phrase(added).slots] in ([], [str(slot) for slot in read_phrase(phrase).slots])
