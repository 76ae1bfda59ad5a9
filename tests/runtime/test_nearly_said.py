"""What is nearly a phrase is found once, whatever calls bring it, and never where a phrase is or may still become one."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from omiflow.engine.surroundings import App, Person, Surroundings
from omiflow.language.facts import AppFacts, Facts
from omiflow.language.load import Loader
from omiflow.model import Event, Realtime, Segment
from omiflow.runtime.nearly_said import MOST_USERS, RESTS_AFTER, NearlySaid

SURROUNDINGS = Surroundings(
    apps={"default": App("default"), "other": App("other")},
    people={"u2": Person(uid="u2", timezone="UTC", language="de")},
    language="en",
)
LATER = 1_000_000.0


def rules(*triggers: str, more: str = "") -> Any:
    listed = "".join(f"\n      - {{trigger: realtime_transcript, {trigger}}}" for trigger in triggers)
    text = f"""
lists: {{people: [anna, bert]}}
rules:
  - id: r
    triggers: {listed}
    actions: [{{action: log.write, data: {{message: x}}}}]
    {more}
"""
    facts = Facts(apps={name: AppFacts(name) for name in SURROUNDINGS.apps})
    book = Loader(facts).load({"r.yaml": text})
    assert not [one for one in book.problems if one.severity == "error"], book.problems
    return book.rules


class Ear:
    """Says things to what listens for near misses."""

    def __init__(self, *triggers: str, more: str = "") -> None:
        self.said = NearlySaid(rules(*triggers, more=more), SURROUNDINGS)
        self.at = 100.0
        self.number = 0

    def say(self, text: str, *, after: float = 1.0, key: str | None = None, **more: Any) -> str:
        self.at += after
        self.number += 1
        is_user = more.pop("is_user", True)
        key = key or f"s{self.number}"
        start = more.pop("start", self.at)
        segment = Segment(id=key, text=text, is_user=is_user, speaker="SPEAKER_00", start=start, end=start + 0.9)
        event = {"app": "default", "uid": "u1", "at": self.at, "received": self.at, **more}
        self.said.take(
            Event(
                id=f"e{self.number}",
                name="realtime_transcript",
                segments=[segment],
                body=Realtime(segments=[segment]),
                **event,
            )
        )
        return key

    def heard(self, until: float | None = None) -> list[str]:
        found = self.said.look(until=self.at + 20 if until is None else until)
        return [miss.said for misses in found for miss in misses]


ADVICE = "phrases: [any advice]"


@pytest.mark.parametrize(
    ("phrases", "said", "found"),
    [
        ("phrases: [any advice]", ["is there any advise on it"], ["any advise"]),
        ("phrases: [any advice]", ["is there any um advise"], ["any advise"]),
        ("phrases: [any advice]", ["is there any", "advise on it"], ["any advise"]),
        ("phrases: [any advice]", ["any advice"], []),
        ("phrases: [any advice], match: fuzzy", ["any advise"], []),
        ("phrases: [any advice, any advise]", ["any advise"], []),
        ("phrases: [what do you think]", ["what do you", "think"], []),
        ('phrases: ["don\'t forget to {task}", "do not forget to {task}"]', ["do not forget to call"], []),
        ("phrases: [hm interesting]", ["hm interesting"], []),
        ("phrases: [hm interesting, any advice]", ["any hm advise"], ["any advise"]),
        ("phrases: ['{person:list people} called us']", ["anna call us"], ["call us"]),
        ("phrases: [any advice], speaker: other", ["any advise"], []),
        ("phrases: [any advice], within: 1s", ["any", "advise"], []),
    ],
)
def test_what_was_nearly_said_is_found_and_nothing_that_was_said(
    phrases: str, said: list[str], found: list[str]
) -> None:
    ear = Ear(phrases)
    for text in said:
        ear.say(text)
    assert ear.heard() == found


def test_what_another_rule_heard_may_be_near_this_one() -> None:
    text = """
rules:
  - {id: a, triggers: [{trigger: realtime_transcript, phrases: [any advice]}], actions: [&do {stop: x}]}
  - {id: b, triggers: [{trigger: realtime_transcript, phrases: [any advise]}], actions: [*do]}
  - {id: c, status: disabled, triggers: [{trigger: realtime_transcript, phrases: [any advice]}], actions: [*do]}
  - {id: d, status: shadow, triggers: [{trigger: realtime_transcript, phrases: [any advice]}], actions: [*do]}
"""
    ear = Ear(ADVICE)
    ear.said.serve(Loader(Facts()).load({"r.yaml": text}).rules)
    ear.say("any advise")
    found = [(miss.rule, miss.said) for misses in ear.said.look(until=LATER) for miss in misses]
    assert sorted(found) == [("a", "any advise"), ("d", "any advise")]


@pytest.mark.parametrize(
    ("more", "who", "found"),
    [
        ("apps: [other]", {}, []),
        ("apps: [other]", {"app": "other"}, ["any advise"]),
        ("users: [u2]", {}, []),
        ("users: [u2]", {"uid": "u2"}, ["any advise"]),
        ("", {"app": "gone"}, []),
    ],
)
def test_a_rule_hears_only_its_apps_and_users(more: str, who: dict[str, Any], found: list[str]) -> None:
    ear = Ear(ADVICE, more=more)
    ear.say("any advise", **who)
    assert ear.heard() == found


def test_the_fillers_are_those_of_the_users_language() -> None:
    ear = Ear(ADVICE)
    ear.say("any ähm advice", uid="u2")
    assert ear.heard() == []
    ear.say("any ähm advice", uid="u1")
    assert ear.heard() == ["any ähm advice"]


def test_words_count_once_when_they_come_again_or_are_corrected() -> None:
    ear = Ear(ADVICE)
    key = ear.say("any advise on this and")
    assert ear.heard() == ["any advise"]
    ear.say("any advise on this and", key=key)
    ear.say("well any advise on this and that", key=key)
    assert ear.heard() == []
    ear.say("any advise")
    assert ear.heard() == ["any advise"]


def test_words_that_may_still_become_a_phrase_are_not_judged() -> None:
    ear = Ear("phrases: [what do you think]")
    ear.say("what do you")
    assert ear.heard(until=ear.at + 5) == []
    ear.say("think")
    assert ear.heard() == []
    ear.say("what do you", after=200)
    assert ear.heard(until=ear.at + 5) == []
    assert ear.said.waits
    assert ear.heard(until=ear.at + 20) == ["what do you"]
    assert not ear.said.waits


@pytest.mark.parametrize(("within", "pauses"), [("60s", 50), ("15s", 14), ("2m", 115)])
def test_words_are_not_judged_as_long_as_others_may_make_them_a_phrase(within: str, pauses: int) -> None:
    ear = Ear(f"phrases: [please order a pizza tonight], within: {within}", "phrases: [any advice], within: 1s")
    ear.say("please order a pizza")
    assert ear.heard(until=ear.at + pauses) == []
    ear.say("tonight", after=pauses)
    assert ear.heard(until=ear.at + 130) == []
    ear.say("please order a pizza", after=200)
    assert ear.heard(until=ear.at + 130) == ["please order a pizza"]


def test_words_that_come_late_may_still_make_a_phrase() -> None:
    ear = Ear("phrases: [please order a pizza tonight]")
    ear.say("please order a pizza")
    assert ear.heard(until=ear.at + 17) == []
    ear.say("tonight", after=17, start=ear.at + 13)
    assert ear.heard(until=ear.at + 130) == []


def test_a_new_session_begins_no_phrase_of_the_old_one_and_judges_what_was_left() -> None:
    ear = Ear("phrases: [what do you think]")
    ear.say("what do you")
    ear.say("think", after=130)
    assert ear.heard(until=ear.at) == ["what do you"]


def test_a_miss_tells_who_said_it_when_and_in_which_event() -> None:
    ear = Ear(ADVICE)
    ear.say("any advise", uid="u7", app="other")
    ear.say("and so on and on", uid="u7", app="other")
    ((miss,),) = [misses for misses in ear.said.look(until=LATER) if misses]
    assert (miss.rule, miss.phrase, miss.edits, miss.count) == ("r", "any advice", 1, 1)
    assert (miss.uid, miss.app, miss.at, miss.event_id) == ("u7", "other", 101.0, "e1")


def test_of_too_many_users_the_longest_unheard_are_judged_and_forgotten() -> None:
    ear = Ear(ADVICE)
    for number in range(MOST_USERS + 3):
        ear.say("any advise", uid=f"u{number}", after=0)
    assert ear.heard(until=ear.at) == ["any advise"] * 3
    assert len(ear.said._speakers) == MOST_USERS  # noqa: SLF001 - what is remembered


def test_who_says_nothing_rests_in_little_room_and_their_words_count_as_before() -> None:
    ear = Ear(ADVICE)
    first = ear.say("any advise", uid="u1")
    ear.say("so to say", uid="u1")
    assert ear.heard() == ["any advise"]
    ear.say("and so on", uid="u3", after=RESTS_AFTER + 1)
    assert ear.heard(until=ear.at) == []
    assert list(ear.said._speakers) == [("default", "u3")]  # noqa: SLF001 - who is remembered at length
    ear.say("any advise", uid="u1", key=first)
    late = ear.say("any advices", uid="u1", start=ear.at)
    ear.say("and so on", uid="u1")
    ((miss,),) = [misses for misses in ear.said.look(until=ear.at + 20) if misses]
    assert (miss.said, miss.event_id) == ("any advices", f"e{late[1:]}")


def test_a_word_corrected_after_a_rest_is_still_of_the_event_that_brought_it() -> None:
    ear = Ear(ADVICE)
    first = ear.say("something else", uid="u1")
    ear.say("so to say", uid="u1")
    assert ear.heard(until=ear.at + RESTS_AFTER + 1) == []
    assert not ear.said._speakers  # noqa: SLF001 - who is remembered at length
    ear.say("any advise", uid="u1", key=first, after=RESTS_AFTER + 2)
    ((miss,),) = [misses for misses in ear.said.look(until=ear.at + 20) if misses]
    assert (miss.said, miss.event_id) == ("any advise", "e1")


def test_of_too_many_users_those_who_rest_are_forgotten_first() -> None:
    ear = Ear(ADVICE)
    for number in range(MOST_USERS):
        ear.say("so to say", uid=f"u{number}", after=0)
    assert ear.heard(until=ear.at + RESTS_AFTER + 1) == []
    assert len(ear.said._resting) == MOST_USERS  # noqa: SLF001 - what is remembered
    ear.say("any advise", uid="another", after=RESTS_AFTER + 1)
    assert ear.heard(until=ear.at) == []
    assert (len(ear.said._speakers), len(ear.said._resting)) == (1, MOST_USERS - 1)  # noqa: SLF001


def test_looking_makes_no_garbage_that_waits_for_a_collection() -> None:
    ear = Ear(ADVICE, "phrases: [the presentation of the prototype]")
    for text in ("any advise on representations", "the presentations of a prototyp"):
        ear.say(text)
    gc.collect()
    assert ear.heard() != []
    assert gc.collect() == 0


def test_a_long_speech_is_looked_through_to_its_end() -> None:
    ear = Ear(ADVICE, "phrases: [second opinion]")
    for number in range(300):
        ear.say(f"{number} any advise and a second opinions then", after=0.5)
    assert len(ear.heard()) == 600
