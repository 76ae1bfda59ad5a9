"""What was nearly said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.speech.fuzzy import written
from omiflow.speech.near import NearPhrases, Offer, Sought, apart, literal_runs, widened
from omiflow.speech.template import read_phrase
from omiflow.speech.words import normalised


def misses(phrase: str, said: str, *, fuzzy: bool = False) -> list[tuple[str, int]]:
    near = NearPhrases([], [phrase]) if fuzzy else NearPhrases([phrase])
    words, sought = normalised(said), Sought(phrase, fuzzy)
    heard, found = near.around(words)
    assert heard.keys() | found.keys() <= {sought}
    places = apart(found.get(sought, ()), heard.get(sought, ()))
    return [(written(words[place.first : place.end]), place.edits) for place in places]


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


def test_every_miss_is_found_the_closest_first_and_nothing_that_overlaps_what_was_heard() -> None:
    assert misses("any advice", "some anyadvise or any advise or any any advice or any advise") == [
        ("any advise", 1),
        ("any advise", 1),
        ("anyadvise", 2),
    ]


@pytest.mark.parametrize(
    ("phrase", "said", "added"),
    [
        ("any advice", "any advise", "any advise"),
        ("remind me {when:time} to {task}", "rewind me", "rewind me {when:time} to {task}"),
        ("{person:list people} [just] called us", "call us", "{person:list people} call us"),
        ("hey omi [what do you] think", "hey only think", "hey only think"),
        ("was hältst du", "was haltest du", "was haltest du"),
        ("你好吗", "你好嘛", "你好嘛"),
        ("Hey Omi, what's up", "hey omi what up", "Hey Omi what up"),
        ("Hey Omi, what's {this}", "hey omi whats this", "Hey Omi what's this {this}"),
    ],
)
def test_what_is_offered_hears_the_miss_and_keeps_slots_and_capitals(phrase: str, said: str, added: str) -> None:
    assert widened(phrase, said) == Offer(added)


@pytest.mark.parametrize(
    ("phrase", "said", "offer"),
    [
        ("second opinion please", "second opinion", Offer("second opinion [please]", instead=True)),
        ("second opinion please", "opinion please", Offer("[second] opinion please", instead=True)),
        ("Ask Omi for help", "ask omi", Offer("Ask Omi [for help]", instead=True)),
        ("[please] ask omi now", "ask omi", Offer("[please] ask omi [now]", instead=True)),
        ("any (advice|idea) please", "any idea", Offer("any idea [please]")),
        ("write this down {text}", "write this", Offer("write this [down] {text}", instead=True)),
        ("{who:list people} called us now", "called us", Offer("{who:list people} called us [now]", instead=True)),
        ("write this down [for {who}]", "write this", Offer("write this [down] [for {who}]", instead=True)),
        ("hey omi [do you] think", "hey omi", Offer("hey omi [think]", instead=True)),
        ("all the light[s] now", "the light now", Offer("[all] the light now")),
        ("all the light[s] now", "all the light", Offer("all the light [now]")),
        ("turn the light[s]", "turn the", Offer("turn the [light]", instead=True)),
        ("你好吗", "你好", Offer("你好[吗]", instead=True)),
    ],
)
def test_words_left_out_at_an_end_are_offered_in_brackets(phrase: str, said: str, offer: Offer) -> None:
    assert widened(phrase, said) == offer


def test_an_offer_is_a_line_of_yaml() -> None:
    assert Offer("was hältst [du]").line == '- "was hältst [du]"'


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
    added = widened(phrase, " ".join(said)).phrase
    assert any(list(sentence)[: len(said)] == said for sentence in read_phrase(added).sentences)
    assert [str(slot) for slot in read_phrase(added).slots] in ([], [str(slot) for slot in read_phrase(phrase).slots])
