"""Limits against an obvious model: at most so many in any period, exactly."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omiflow.engine.limits import Tallies, day_end, day_start, keep_live, over_limit
from omiflow.engine.rules import Key, Limit
from omiflow.model import Spend


def limit_of(limit, period):
    return Limit(path="throttle", line=1, key=Key(), period=period, limit=limit)


def fires(times, limit, period):
    """Say which of some times fire, as a plan would."""
    fired: list[float] = []
    for now in times:
        tallies = Tallies(lambda tally, key: fired)
        used = tallies.used("t", "k", after=now - period, before=now + period)
        if over_limit(limit_of(limit, period), used, now) is None:
            fired.append(now)
            yield now


@given(st.lists(st.integers(0, 60), max_size=40).map(sorted), st.integers(1, 4), st.integers(1, 20))
def test_as_many_fire_as_any_period_allows_and_no_fewer(times, limit, period):
    model: list[int] = []
    for now in times:
        if sum(1 for at in model if at > now - period) < limit:
            model.append(now)
    assert list(fires(times, limit, period)) == model


@given(st.lists(st.integers(0, 60), max_size=25), st.integers(1, 3), st.integers(1, 20))
@example([10, 2, 1], 2, 5)
def test_events_that_overtake_each_other_break_no_limit_either(times, limit, period):
    fired = sorted(fires(times, limit, period))
    assert all(last - first >= period for first, last in zip(fired, fired[limit:], strict=False))


def test_two_that_lie_a_whole_period_apart_leave_room_for_one_between_them():
    assert list(fires([0, 5, 3], 2, 5)) == [0, 5, 3]
    assert list(fires([0, 4, 3], 2, 5)) == [0, 4]


def test_a_clock_that_was_ahead_throttles_nobody_for_ever():
    assert list(fires([1e9, 0, 50, 100], 1, 60)) == [1e9, 0, 100]


def test_the_reason_tells_when_and_how_often():
    assert over_limit(limit_of(2, 120), [1.0, 60.0], 61.0) == "fired 1s ago, limit 2 per 2m"


def test_a_use_counts_for_its_own_tally_and_key():
    tallies = Tallies(lambda tally, key: [1.0] if (tally, key) == ("a", "k") else [])
    tallies.reserve("a", "k", at=2.0, period=5)
    tallies.reserve("a", "other", at=3.0, period=5)
    assert tallies.used("a", "k", after=0, before=9) == [1.0, 2.0]
    assert tallies.used("b", "k", after=0, before=9) == []
    tallies.release(1)
    assert [spend.key for spend in tallies.reserved] == ["k"]
    tallies.release(0)
    assert tallies.used("a", "k", after=0, before=9) == [1.0]


@pytest.mark.parametrize(
    ("zone", "at", "start", "end"),
    [
        ("Europe/Berlin", "2026-03-02T09:00Z", "2026-03-01T23:00Z", "2026-03-02T23:00Z"),
        ("Europe/Berlin", "2026-03-29T09:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        ("Europe/Berlin", "2026-10-25T00:30Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),
        ("Europe/Berlin", "2026-10-25T01:30Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),
        ("America/New_York", "2026-03-02T03:00Z", "2026-03-01T05:00Z", "2026-03-02T05:00Z"),
        ("Africa/Cairo", "2026-04-24T12:00Z", "2026-04-23T22:00Z", "2026-04-24T21:00Z"),
        ("Asia/Kathmandu", "2026-03-02T18:14Z", "2026-03-01T18:15Z", "2026-03-02T18:15Z"),
    ],
)
def test_a_day_begins_and_ends_where_the_user_is(zone, at, start, end):
    now = datetime.fromisoformat(at).timestamp()
    assert datetime.fromtimestamp(day_start(now, ZoneInfo(zone)), UTC) == datetime.fromisoformat(start)
    assert datetime.fromtimestamp(day_end(now, ZoneInfo(zone)), UTC) == datetime.fromisoformat(end)


def test_marks_that_no_longer_count_are_dropped():
    old, live = (Spend(tally="t", key="k", at=0, expires=at) for at in (5, 6))
    assert keep_live({("t", "k"): [old, live], ("t", "j"): [old]}, 5) == {("t", "k"): [live]}
