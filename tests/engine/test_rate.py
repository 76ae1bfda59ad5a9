"""An allowance of requests: never more than its rate, and never stuck."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from omiflow.engine.rate import Allowance


def test_a_second_takes_its_number_of_requests_and_not_one_more():
    allowance = Allowance()
    assert [allowance.take(3, 100.0) for _ in range(5)] == [True, True, True, False, False]
    assert [allowance.take(3, 100.4) for _ in range(2)] == [True, False]
    assert [allowance.take(3, 200.0) for _ in range(4)] == [True, True, True, False]


def test_a_rate_below_one_lets_one_in_from_time_to_time():
    allowance = Allowance()
    assert [allowance.take(0.5, at) for at in (0.0, 1.0, 2.0, 3.0, 4.0)] == [True, False, True, False, True]


def test_a_clock_that_went_back_does_not_stop_requests_for_long():
    allowance = Allowance()
    assert [allowance.take(1, at) for at in (1000.0, 10.0, 11.5)] == [True, False, True]


@given(st.lists(st.floats(0, 5), min_size=1, max_size=80), st.integers(1, 10))
def test_any_span_takes_at_most_one_second_more_than_its_rate(gaps, rate):
    allowance, now, taken = Allowance(), 0.0, []
    for gap in gaps:
        now += gap
        if allowance.take(rate, now):
            taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            assert last - first + 1 <= rate * (taken[last] - taken[first] + 1) + 1e-6
