"""What a recogniser may mishear."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from omiflow.speech.fuzzy import FuzzyFound, FuzzyRuns, accepts, allowance
from omiflow.speech.words import normalised


def run(text: str) -> tuple[str, ...]:
    return tuple(normalised(text))


@pytest.mark.parametrize(
    ("phrase", "said", "edits"),
    [
        ("any advice", "any advice", 0),
        ("Any advice?", "any, advice", 0),
        ("any advice", "any advise", 1),
        ("any advice", "anyadvice", 1),
        ("any advice", "anyadvise", 2),
        ("any advice", "any ad vice", 1),
        ("any advice", "any add vice", 2),
        ("any advice", "any a dvice", 1),
        ("is it their turn", "is it there turn", 2),
        ("can you write that down", "can you right that down", 4),
        ("should we brake here", "should we break here", 2),
        ("I accept the offer", "I except the offer", 2),
        ("what happened today", "what happened to day", 1),
        ("may be we can", "maybe we can", 1),
        ("who needs help", "who need help", 1),
        ("they called me", "they call me", 2),
        ("that is interesting", "that is interested", 3),
        ("turn off the light", "turn of the light", 1),
        ("me too please", "me to please", 1),
        ("I don't know yet", "I don't no yet", 2),
        ("remind me to call", "remind me two call", 1),
        ("let's take a vote", "let take a vote", 1),
        ("channel 2 please", "channel2 please", 1),
        ("hey omi remind me", "hey omni remind me", 1),
        ("lock the door", "lock the doors", 1),
        ("add to my list", "add to my lists", 1),
        ("turn off the lights", "turn off the nights", 1),
        ("turn off the lights", "turned off the lights", 2),
        ("mach das licht an", "macht das licht an", 1),
        ("what do you think", "what do you sink", 2),
        ("напомни мне завтра", "напомне мне завтра", 1),
        ("was hältst du davon", "was haltst du davon", 1),
    ],
)
def test_what_sounds_the_same_is_taken_for_a_phrase(phrase: str, said: str, edits: int) -> None:
    assert accepts(run(phrase), run(said)) == edits
    assert FuzzyRuns([run(phrase)]).ends(run(said), 0) == [FuzzyFound(run(phrase), 0, len(run(said)), edits)]


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("turn on the light", "turn off the light"),
        ("turn on", "turn off"),
        ("I can do that", "I can't do that"),
        ("I can't do that", "I can do that"),
        ("I do think we should", "I do not think we should"),
        ("I do not think we should", "I do think we should"),
        ("we won't take a vote", "we won take a vote"),
        ("are you free on Tuesday", "are you free on Thursday"),
        ("wake me in sixty minutes", "wake me in six minutes"),
        ("please do send it", "please don't send it"),
        ("please don't send it", "please do send it"),
        ("we could take a vote", "we couldn't take a vote"),
        ("we didn't take a vote", "we did take a vote"),
        ("we couldn't take a vote", "we could take a vote"),
        ("I agree with you", "I disagree with you"),
        ("I think he said so", "I think she said so"),
        ("is that his problem", "is that this problem"),
        ("book room 2 please", "book room 3 please"),
        ("book room 2 please", "book room please"),
        ("book room 2 please", "book room 22 please"),
        ("channel 2 5 please", "channel 25 please"),
        ("channel 25 please", "channel 2 5 please"),
        ("that is a problem", "that is I problem"),
        ("start the recording", "stop the recording"),
        ("enable the alarm now", "disable the alarm now"),
        ("unlock the front door", "lock the front door"),
        ("do it without any help", "do it with any help"),
        ("we will increase the price", "we will decrease the price"),
        ("any advice", "any a device"),
        ("any advice for me", "any advice a for me"),
        ("pon sesenta minutos", "pon setenta minutos"),
        ("in vierzehn minuten", "in vierzig minuten"),
        ("on the thirteenth please", "on the thirtieth please"),
        ("bitte licht einschalten", "bitte licht ausschalten"),
        ("включи свет на кухне", "выключи свет на кухне"),
        ("выключи свет на кухне", "включи свет на кухне"),
        ("mach das licht an", "mach das nicht an"),
        ("nothing to report here", "anything to report here"),
        ("deactivate the alarm now", "activate the alarm now"),
        ("what should I do now", "what could I do now"),
        ("set it to minimum please", "set it to maximum please"),
        ("turn to the north", "turn to the south"),
        ("show the inside camera", "show the outside camera"),
        ("turn on the light", "turn in the light"),
        ("say it is now done", "say it is not done"),
        ("desligar a luz por favor", "ligar a luz por favor"),
        ("see you in january", "see you in februar"),
        ("wake me at nine please", "wake me at fine please"),
        ("take my old car away", "take my new car away"),
        ("할수있어요 그렇죠 정말", "할수없어요 그렇죠 정말"),
        ("open", "opan"),
        ("yes", "yet"),
        ("我不同意这个建议", "我同意这个建议"),
        ("我同意这个建议啊", "我不意这个建议啊"),
    ],
)
def test_what_means_something_else_is_not(phrase: str, said: str) -> None:
    assert accepts(run(phrase), run(said)) is None


@pytest.mark.parametrize(
    ("phrase", "said", "edits"),
    [
        ("ใครมีความเห็นบ้าง", "ใครมีความเห้นบ้าง", 1),
        ("サーバーをみて", "サーバをみて", 1),
        ("サーバーをみてね", "サーバーあをみてね", 1),
        ("あしたおしえます", "あしたおしえません", None),
        ("おしえて", "おしえた", None),
    ],
)
def test_a_letter_of_a_script_without_spaces_may_differ_but_not_two_at_once(
    phrase: str, said: str, edits: int | None
) -> None:
    assert accepts(run(phrase), run(said)) == edits


@pytest.mark.parametrize(
    ("phrase", "edits"), [("help", 0), ("advice", 1), ("any advice", 2), ("你好吗朋友", 1), ("ok 你好", 1)]
)
def test_a_phrase_bears_an_edit_for_every_five_characters(phrase: str, edits: int) -> None:
    assert allowance(run(phrase)) == edits


def test_a_phrase_that_spends_more_than_it_bears_is_not_heard() -> None:
    assert accepts(run("their turn"), run("there turn")) == 2
    assert accepts(run("their two"), run("there two")) is None


def test_runs_are_found_by_their_ends_with_the_first_of_several_ends() -> None:
    runs = FuzzyRuns([run("any advice"), run("advice on this"), run("help")])
    said = run("is there any add vice on this or any advice help")
    assert runs.ends(said, 0) == [
        FuzzyFound(run("any advice"), 2, 5, 2),
        FuzzyFound(run("advice on this"), 3, 7, 2),
        FuzzyFound(run("advice on this"), 4, 7, 2),
        FuzzyFound(run("any advice"), 8, 10, 0),
        FuzzyFound(run("help"), 10, 11, 0),
    ]
    assert [found.first for found in runs.ends(said, 5)] == [3, 4, 8, 10]
    assert [found.first for found in runs.ends(said, 10)] == [10]


def test_an_end_that_was_there_before_is_not_told_again_with_a_longer_one() -> None:
    runs = FuzzyRuns([run("what is needed")])
    said = run("what is need ed")
    assert runs.ends(said[:3], 0) == [FuzzyFound(run("what is needed"), 0, 3, 2)]
    assert runs.ends(said, 3) == []


def test_no_runs_are_found_nowhere() -> None:
    runs = FuzzyRuns([])
    assert runs.longest == 0
    assert runs.ends(["any", "advice"], 0) == []


def test_a_long_phrase_in_letters_takes_no_longer_than_it_has_ways() -> None:
    long = ("に", "ほ", "ん") * 60
    runs = FuzzyRuns([long])
    misheard = (*long[:9], "あ", *long[10:])
    assert runs.ends(misheard, 0) == [FuzzyFound(long, 0, len(long), 1)]
    assert accepts(long, misheard) == 1


def test_what_is_said_is_never_ahead_of_a_run_by_more_than_two_words() -> None:
    whole = tuple("あいうえおかきくけこさしすせそたちつてと")
    assert allowance(whole) == 4
    assert FuzzyRuns([whole]).ends([letter for letter in whole if letter not in "うか"], 0) != []
    without_three = [letter for letter in whole if letter not in "うかこ"]
    assert FuzzyRuns([whole]).ends(without_three, 0) == []
    assert accepts(whole, without_three) is None


def test_a_word_without_end_is_no_work() -> None:
    assert FuzzyRuns([run("any advice"), run("a day")]).ends(["a" * 1_000_000] * 2, 0) == []


WORDS = st.sampled_from(
    [
        "a",
        "i",
        "to",
        "too",
        "day",
        "today",
        "any",
        "advice",
        "advise",
        "add",
        "vice",
        "ad",
        "two",
        "lets",
        "let",
        "remind",
        "re",
        "mind",
        "rewind",
        "me",
        "need",
        "needs",
        "not",
        "nota",
        "notable",
        "able",
        "their",
        "there",
        "2",
        "22",
        "couldnt",
        "could",
        "に",
        "ほ",
        "ん",
        "好",
        "你",
        "follow",
        "followup",
        "up",
    ]
)
SAID = st.lists(WORDS, max_size=12)


@given(runs=st.lists(st.lists(WORDS, min_size=1, max_size=5).map(tuple), max_size=6), said=SAID, new=st.integers(0, 12))
@example(runs=[("remind", "me", "today")], said=["re", "mind", "me", "to", "day"], new=4)
@example(runs=[("に", "ほ", "ん", "に", "に", "ん")], said=["に", "ほ", "に", "に", "に", "ん"], new=0)
@settings(deadline=None, max_examples=300)
def test_looking_for_all_runs_at_once_is_trying_each_at_every_place(
    runs: list[tuple[str, ...]], said: list[str], new: int
) -> None:
    expected = []
    for one in dict.fromkeys(runs):
        for first in range(len(said)):
            ends = ((end, accepts(one, said[first:end])) for end in range(first + 1, len(said) + 1))
            shortest = next(((end, edits) for end, edits in ends if edits is not None), None)
            if shortest is not None and shortest[0] > new:
                expected.append(FuzzyFound(one, first, *shortest))
    looked_for = FuzzyRuns(runs)
    assert sorted(looked_for.ends(said, new)) == sorted(expected)
    kept = max(0, new - looked_for.longest)
    shifted = [f._replace(first=f.first + kept, end=f.end + kept) for f in looked_for.ends(said[kept:], new - kept)]
    assert sorted(shifted) == sorted(expected)
