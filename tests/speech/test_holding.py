"""What may still go on is held until other words, a mark, a pause or the clock end it (rule language, 3.1)."""

from __future__ import annotations

from typing import Any

import pytest

REMIND = "remind me to {task}"
CALL = "call me [at {who:list people}]"
CITY = "{city:list cities}"


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        (["1@0 remind me to buy milk."], [["buy milk"]]),
        (["1@0 remind me to buy milk", "2@2.5 and bread. Then"], [[], ["buy milk and bread"]]),
        (["1@0 remind me to buy", "2@2 milk", "3@2.5 and, um", "4@3.5 bread!"], [[], [], [], ["buy milk and, um bread"]]),
        (["1@0 remind me to buy milk", "2@2.5 ! And"], [[], ["buy milk"]]),
        (["1@0 remind me to buy milk", "2@2.5 !", "3@2.5 And"], [[], ["buy milk"], []]),
        (["1@0 remind me to buy milk", "2@2.5 and", "2@2.5 ! And"], [[], [], ["buy milk"]]),
        (["1@0-2 remind me to buy", "2@3.9 milk", "~"], [[], [], ["buy milk"]]),
        (["1@0-2 remind me to buy", "2@4 milk"], [[], ["buy"]]),
        (["1@0-2 remind me to buy | 2@4 milk"], [["buy"]]),
        (["1@0-2 remind me to buy milk", "~1", "~1", "~1", "~3"], [[], [], [], ["buy milk"], []]),
        (["1@0-2 remind me to buy milk", "+2.9 2@2.5 now", "~"], [[], [], ["buy milk now"]]),
        (["1@0-2 remind me to buy milk", "+3 2@2.5 now", "~"], [[], ["buy milk"], []]),
        (["1@0-2 remind me to buy milk", "~", "2@2.5 now", "~"], [[], ["buy milk"], [], []]),
        (["1@0-2 remind me to buy milk", "+2 B:2@2 no", "~1"], [[], [], ["buy milk"]]),
        (["1@0-2 remind me to buy milk", "+2 1@0-2 remind me to buy milk", "~1"], [[], [], ["buy milk"]]),
        (["1@0-2 remind me to buy milk", "+2 1@0-2.5 remind me to buy milk now", "~1", "~2"], [[], [], [], ["buy milk now"]]),
        (["1@0 remind me to", "~", "2@2 buy milk."], [[], [], ["buy milk"]]),
        (["1@0 remind me to", "+10 2@10 buy milk."], [[], ["buy milk"]]),
        (["1@0-1.5 remind me to", "2@15-17 buy milk."], [[], ["buy milk"]]),
        (["1@0-1.5 remind me to", "2@15.5-17 buy milk."], [[], []]),
        (["1@0 remind me to", "2@1.5 um", "~", "3@2 buy milk."], [[], [], [], ["buy milk"]]),
        (["1@0 remind me to", "~"], [[], []]),
        (["1@0 remind me to.", "2@2 Buy milk."], [[], []]),
        (["1@0 remind me to", "2@2 . Buy milk."], [[], []]),
        (["1@0-2 remind me to buy", "2@2-40 a b c d e f g h i j."], [[], ["buy a b c d e f g h i j"]]),
    ],
)  # fmt: skip
def test_an_open_slot_ends_at_a_mark_a_pause_or_by_the_clock(hits: Any, calls: list[str], found: list[Any]) -> None:
    assert [[hit.slots["task"] for hit in one] for one in hits(calls, REMIND)] == found


@pytest.mark.parametrize(
    ("pause", "task"), [(2.0, "buy milk and bread"), (0.5, "buy milk and"), (0.25, "buy milk"), (0.1, "buy")]
)
def test_which_silence_ends_an_open_slot_can_be_set(hits: Any, pause: float, task: str) -> None:
    calls = ["1@0-2 remind me to buy | 2@2.2 milk | 3@3 and | 4@4.1 bread."]
    assert [[hit.slots["task"] for hit in one] for one in hits(calls, REMIND, pause=pause)] == [[task]]


def test_an_open_slot_ends_after_two_minutes(hits: Any) -> None:
    calls = ["1@0-3 remind me to", *(f"s{at}@{at} {at}-" for at in range(3, 200))]
    ((number, hit),) = [(number, hit) for number, one in enumerate(hits(calls, REMIND)) for hit in one]
    words = hit.slots["task"].replace("-", "").split()
    assert (words[0], words[-1], number) == ("3", "122", 121)


def test_an_open_slot_ends_after_three_hundred_words(hits: Any) -> None:
    words = [f"w{number}" for number in range(320)]
    calls = [f"1@0-5 remind me to {' '.join(words[:200])}", f"2@5-9 {' '.join(words[200:])}"]
    first, ((hit),) = hits(calls, REMIND)
    assert first == []
    assert hit.slots["task"].split() == words[:300]


def test_the_end_of_an_open_slot_is_told_in_time_and_only_while_there_is_one(talk: Any) -> None:
    one = talk(REMIND)
    assert one.stream.closes() is None
    one.hear("1@0 hello")
    assert one.stream.closes() is None
    one.hear("2@1 remind me to sing")
    assert one.stream.closes() == one.now + 3
    heard_at = one.now
    one.hear("B:3@1 hello")
    assert one.stream.closes() == heard_at + 3
    assert [hit.slots["task"] for hit in one.hear("~2")] == ["sing"]
    assert one.stream.closes() is None


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        (["1@0 call me", "2@1 now"], [[], ["call me"]]),
        (["1@0 call me."], [["call me"]]),
        (["1@0 call me", "~"], [[], ["call me"]]),
        (["1@0 call me | 2@3 at Tom"], [["call me"]]),
        (["1@0 call me", "2@1 at", "3@1.5 Ana"], [[], [], ["call me at Ana"]]),
        (["1@0 call me", "2@1 at", "3@1.5 noon"], [[], [], ["call me"]]),
        (["1@0 call me", "2@1 at", "~"], [[], [], ["call me"]]),
        (["1@0 call me", "2@1 at", "3@1.5 Tom", "4@2 Becker"], [[], [], [], ["call me at Tom Becker"]]),
        (["1@0 call me", "2@1 at", "3@1.5 Tom", "4@2 please"], [[], [], [], ["call me at Tom"]]),
        (["1@0 call me at Tom", "~", "2@2 Becker"], [[], ["call me at Tom"], []]),
        (["1@0 call me, um", "2@1.5 at Ana"], [[], ["call me, um at Ana"]]),
        (["1@0 call me", "B:2@1 now", "3@1 at Ana"], [[], [], ["call me at Ana"]]),
        (["1@0 call me call me now"], [["call me", "call me"]]),
    ],
)
def test_an_optional_part_with_a_slot_is_waited_for(texts: Any, calls: list[str], found: list[list[str]]) -> None:
    assert texts(calls, CALL) == found


@pytest.mark.parametrize("template", ["think [about it]", "think [about it] [now]"])
def test_an_optional_part_without_a_slot_is_not_waited_for(texts: Any, template: str) -> None:
    assert texts(["1@0 think", "2@0.5 about it now"], template) == [["think"], []]


@pytest.mark.parametrize(
    ("template", "calls", "found"),
    [
        ("call me [(Tom Becker|at {x})]", ["1@0 call me", "2@1 Tom", "3@1.5 Becker"], [[], ["call me"], []]),
        ("call me [(Tom Becker|at {x})]", ["1@0 call me", "2@1 at", "3@1.5 noon."], [[], [], ["call me at noon"]]),
        ("call me [{who:list people}] [at noon]", ["1@0 call me", "2@1 at", "3@1.5 noon"], [[], ["call me"], []]),
        ("call me [{who:list people}] [at noon]", ["1@0 call me Ana", "2@1.5 at noon"], [["call me Ana"], []]),
        ("call me [at noon] [{who:list people}]", ["1@0 call me", "2@1 at", "3@1.5 noon Ana"], [[], [], ["call me at noon Ana"]]),
    ],
)  # fmt: skip
def test_words_that_lead_to_no_slot_are_not_waited_for_beside_those_that_do(
    texts: Any, template: str, calls: list[str], found: list[list[str]]
) -> None:
    assert texts(calls, template) == found


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        (["1@0 new york", "2@1 now"], [[], ["new york"]]),
        (["1@0 new york", "2@1 city", "3@1.5 hall"], [[], [], ["new york city hall"]]),
        (["1@0 new york", "2@1 city", "3@1.5 lights"], [[], [], ["new york"]]),
        (["1@0 new york", "2@1 city", "~"], [[], [], ["new york"]]),
        (["1@0 new york city. Hall"], [["new york"]]),
        (["1@0 new york city", "2@4 hall"], [[], ["new york"]]),
        (["1@0 new york", "+3 2@1 city hall"], [[], ["new york"]]),
        (["1@0 new york city hall"], [["new york city hall"]]),
    ],
)
def test_a_list_entry_that_begins_a_longer_one_is_held(hits: Any, calls: list[str], found: list[Any]) -> None:
    assert [[hit.slots["city"] for hit in one] for one in hits(calls, CITY)] == found


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        (["1@0 I spent twelve", "2@1.5 fifty", "3@2 today"], [[], [], [12.5]]),
        (["1@0 I spent twelve", "2@1.5 on it"], [[], [12]]),
        (["1@0 I spent twelve", "~"], [[], [12]]),
        (["1@0 I spent twelve."], [[12]]),
        (["1@0 I spent nothing"], [[]]),
        (["1@0 I spent", "~", "2@2 twenty", "3@2.5 two", "~"], [[], [], [], [], [22]]),
    ],
)
def test_a_number_that_may_go_on_is_held(hits: Any, calls: list[str], found: list[Any]) -> None:
    assert [[hit.slots["amount"] for hit in one] for one in hits(calls, "I spent {amount:number}")] == found


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        (["1@0 I spent twelve", "2@1.5 dollars", "3@2 more"], [[], ["I spent twelve dollars"], []]),
        (["1@0 I spent twelve um dollars more"], [["I spent twelve um dollars"]]),
        (["1@0 I spent twelve", "2@1.5 US", "3@2 dollars"], [[], ["I spent twelve"], []]),
        (["1@0 I spent twelve. Dollars"], [["I spent twelve"]]),
        (["1@0-1.5 I spent twelve", "2@4 dollars"], [[], ["I spent twelve"]]),
        (["1@0 I spent twelve", "~", "2@1.5 dollars"], [[], ["I spent twelve"], []]),
    ],
)
def test_the_word_that_tells_that_a_number_is_over_belongs_to_it_when_the_phrase_has_it(
    texts: Any, calls: list[str], found: list[list[str]]
) -> None:
    assert texts(calls, "I spent {amount:number} [(dollars|US dollars)]") == found


def test_a_time_that_may_go_on_is_held_and_means_what_it_means_to_the_listener(talk: Any) -> None:
    one = talk("remind me {when:time}")
    assert one.hear("1@0 remind me tomorrow") == []
    (hit,) = one.hear("2@1.5 at nine. Please")
    assert hit.text == "remind me tomorrow at nine"
    assert "2026-03-03T09:00:00" in str(hit.slots["when"]).replace(" ", "T")


def test_a_slot_between_words_closes_at_the_first_that_let_the_rest_match(hits: Any) -> None:
    *_, (hit,) = hits(["1@0 turn the", "2@1 big old", "3@2 light", "4@2.5 on"], "turn {what} on")
    assert hit.slots == {"what": "the big old light"}
    assert hits(["1@0-2 turn the", "2@15.5 on"], "turn {what} on") == [[], []]


def test_what_one_template_holds_does_not_keep_another_of_its_rule_from_firing(texts: Any) -> None:
    assert texts(["1@0 remind me to buy milk", "2@2.5 please", "~"], REMIND, "milk please") == [
        [],
        ["milk please"],
        [],
    ]


@pytest.mark.parametrize(
    ("calls", "found"),
    [
        (["1@0 remind me to buy silk", "1@0 remind me to buy milk", "~"], [[], [], ["buy milk"]]),
        (["1@0 remind me to buy milk", "~", "1@0 remind me to buy oat milk", "~"], [[], ["buy milk"], [], []]),
        (["1@0 remind me to buy milk", "~", "1@0 remind me to buy milk. Remind me to sing.", "~"], [[], ["buy milk"], ["sing"], []]),
        (["1@0 remind me to buy", "2@2 milk", "1@0 remind me to buy.", "~"], [[], [], ["buy"], []]),
        (["1@0 remind me to buy", "2@2 milk", "1@0 remind him to buy", "~"], [[], [], [], []]),
        (["1@0 remind me to buy", "2@2 milk", "B:2@2 milk", "~"], [[], [], [], ["buy"]]),
        (["1@0 remind me to buy", "I:1@0 remind me to buy", "I:2@2 milk."], [[], [], ["buy milk"]]),
        (["1@0 remind me to buy", "2@2 milk", "I:1@0 remind me to buy", "I:2@2 milk", "~"], [[], [], [], [], ["buy milk"]]),
        (["1@0 remind me to buy", "I:1@0 ", "~"], [[], [], []]),
        (["1@0 remind me to buy", "1@0 ", "~"], [[], [], []]),
    ],
)  # fmt: skip
def test_a_correction_changes_what_is_held_but_not_what_was_answered(
    hits: Any, calls: list[str], found: list[Any]
) -> None:
    assert [[hit.slots["task"] for hit in one] for one in hits(calls, REMIND)] == found


def test_words_that_make_a_phrase_whole_count_although_an_entry_might_take_them(texts: Any) -> None:
    calls = ["1@0 new york", "2@1 city", "3@2 hall"]
    assert texts(calls, "{city:list cities} [(city|now)]") == [[], ["new york city"], []]
