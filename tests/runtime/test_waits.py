"""How long a step waits before it is tried again, and when it is given up."""

from __future__ import annotations

import pytest

from omiflow.actions.table import ACTIONS
from omiflow.engine.rules import RetryPolicy
from omiflow.model import Retry
from omiflow.runtime.waits import give_up_after, goes_stale, latest_try, used_up, wait_before

HOUR = 3600.0


@pytest.mark.parametrize(
    ("attempt", "chance", "seconds"),
    [
        (1, 0.5, 5),
        (2, 0.5, 300),
        (3, 0.5, 1_800),
        (4, 0.5, 7_200),
        (5, 0.5, 18_000),
        (6, 0.5, 36_000),
        (7, 0.5, 36_000),
        (20, 0.5, 36_000),
        (1, 0.0, 4.5),
        (1, 1.0, 5.5),
        (6, 0.0, 32_400),
        (6, 1.0, 39_600),
    ],
)
def test_waits_grow_and_are_spread_by_a_tenth(attempt, chance, seconds):
    assert wait_before(attempt, Retry("no"), chance=lambda: chance) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("attempt", "outcome", "seconds"),
    [
        (1, Retry("no", after=17.0), 17),
        (3, Retry("no", after=17.0, throttled=True), 17),
        (5, Retry("no", after=90.0, throttled=True), 90),
        (1, Retry("no", after=0.0), 1),
        (1, Retry("no", after=-5.0), 1),
        (1, Retry("no", throttled=True), 1),
        (2, Retry("no", throttled=True), 2),
        (5, Retry("no", throttled=True), 16),
        (40, Retry("no", throttled=True), HOUR),
    ],
)
def test_what_the_other_side_asks_for_is_obeyed_and_not_spread(attempt, outcome, seconds):
    assert wait_before(attempt, outcome, chance=lambda: 1.0) == seconds


def test_a_crowd_that_is_always_refused_comes_less_and_less_often():
    refused = Retry("no", after=1.0, throttled=True)
    waits = [wait_before(attempt, refused, chance=lambda: 0.5) for attempt in range(1, 9)]
    assert waits == [1, 1, 1, 8, 16, 32, 64, 128]
    assert wait_before(8, refused, chance=lambda: 0.0) < wait_before(8, refused, chance=lambda: 1.0)


@pytest.mark.parametrize(
    ("action", "event", "policy", "give_up", "stale"),
    [
        ("slack.post_message", "realtime_transcript", RetryPolicy(), 28 * HOUR, False),
        ("omi.create_memories", "realtime_transcript", RetryPolicy(), 28 * HOUR, False),
        ("omi.notify", "memory_created", RetryPolicy(), 600, True),
        ("omi.notify", "realtime_transcript", RetryPolicy(attempts=3), 600, True),
        ("omi.notify", "realtime_transcript", RetryPolicy(give_up_after=HOUR), HOUR, True),
        ("http.request", "realtime_transcript", RetryPolicy(), 600, True),
        ("http.request", "button_event", RetryPolicy(), 600, True),
        ("http.request", "memory_created", RetryPolicy(), 28 * HOUR, False),
        ("http.request", "day_summary", RetryPolicy(), 28 * HOUR, False),
        ("http.request", "webhook", RetryPolicy(), 28 * HOUR, False),
        ("http.request", "button_event", RetryPolicy(give_up_after=HOUR), HOUR, True),
    ],
)
def test_what_is_stale_is_given_up_early(action, event, policy, give_up, stale):
    assert give_up_after(ACTIONS[action], policy, event) == give_up
    assert goes_stale(ACTIONS[action], policy, event) is stale


def test_a_rule_says_how_often_a_step_is_tried():
    action = ACTIONS["http.request"]
    assert [used_up(action, RetryPolicy(), failed=failed, tries=20) for failed in (7, 8)] == [False, True]
    assert [used_up(action, RetryPolicy(attempts=2), failed=0, tries=tries) for tries in (1, 2)] == [False, True]


def test_the_longest_spread_costs_no_try():
    action, policy = ACTIONS["slack.post_message"], RetryPolicy()
    longest = sum(wait_before(attempt, Retry("no"), chance=lambda: 1.0) for attempt in range(1, 8))
    assert longest > give_up_after(action, policy, "webhook")
    assert longest < latest_try(action, policy, "webhook")
    assert latest_try(ACTIONS["omi.notify"], policy, "webhook") == 600
