"""The condition on the time of day: bounds over midnight, days, zones, and whose time counts."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.engine.time_of_day import between

BERLIN = ZoneInfo("Europe/Berlin")


def fired(bench, outcome, bounds, at, *, event_at=None):
    world = bench(f"[{{conditions: [{{time: {bounds}}}]}}]")
    world.now = datetime.fromisoformat(at).replace(tzinfo=BERLIN).timestamp()
    more = {} if event_at is None else {"at": datetime.fromisoformat(event_at).replace(tzinfo=BERLIN).timestamp()}
    seen = outcome(world.hook({}, **more))
    return seen.outcome == "fired", seen.gates[-1].detail


@pytest.mark.parametrize(
    ("bounds", "at", "wanted"),
    [
        ("{after: '08:00', before: '22:00'}", "2026-03-02T08:00", True),
        ("{after: '08:00', before: '22:00'}", "2026-03-02T07:59:59", False),
        ("{after: '08:00', before: '22:00'}", "2026-03-02T21:59:59", True),
        ("{after: '08:00', before: '22:00'}", "2026-03-02T22:00", False),
        ("{after: '22:00', before: '07:00'}", "2026-03-02T23:10", True),
        ("{after: '22:00', before: '07:00'}", "2026-03-02T06:59", True),
        ("{after: '22:00', before: '07:00'}", "2026-03-02T12:00", False),
        ("{after: '12:00'}", "2026-03-02T12:00", True),
        ("{before: '12:00:30'}", "2026-03-02T12:00:29", True),
        ("{weekdays: [mon, tue]}", "2026-03-02T12:00", True),
        ("{weekdays: [sat, sun]}", "2026-03-02T12:00", False),
        ("{after: '08:00', weekdays: [mon]}", "2026-03-02T07:00", False),
        ("{after: '08:00', timezone: America/New_York}", "2026-03-02T13:59", False),
        ("{after: '08:00', timezone: America/New_York}", "2026-03-02T14:00", True),
        ("{after: '08:00', timezone: user}", "2026-03-02T08:00", True),
    ],
)
def test_a_time_is_within_its_bounds_or_not(bench, outcome, bounds, at, wanted):
    assert fired(bench, outcome, bounds, at)[0] is wanted


def test_the_events_own_time_counts_where_it_is_asked_for(bench, outcome):
    bounds = "{after: '08:00', before: '12:00', of: event}"
    assert fired(bench, outcome, bounds, "2026-03-02T20:00", event_at="2026-03-02T09:00") == (
        True,
        "it was mon 09:00; wanted after 08:00 and before 12:00",
    )
    assert fired(bench, outcome, bounds, "2026-03-02T09:00", event_at="2026-03-01T20:00")[0] is False


def test_the_trace_tells_the_time_and_what_was_wanted(bench, outcome):
    bounds = "{after: '22:00', weekdays: [tue, sun]}"
    assert fired(bench, outcome, bounds, "2026-03-02T20:00")[1] == "it is mon 20:00; wanted after 22:00 and on tue, sun"


@given(st.times(), st.times(), st.times())
def test_every_moment_lies_between_two_times_or_between_the_same_the_other_way_round(moment, one, other):
    assert between(moment, one, other) != between(moment, other, one) or one == other
    assert between(moment, one, one)
    assert between(moment, one, None) is (moment >= one)
    assert between(moment, None, other) is (moment < other)


def test_all_day_is_between_midnight_and_midnight():
    assert between(time(12), time(0), time(0))
