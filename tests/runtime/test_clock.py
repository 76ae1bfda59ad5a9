from __future__ import annotations

import time

from omiflow.runtime.clock import RequestClock, WallClock


def test_the_machines_clock_believes_no_request():
    clock = WallClock()
    before = time.time()
    assert before <= clock.arrival(5.0) <= clock.now() <= time.time()


def test_a_clock_of_requests_is_the_machines_until_one_tells_the_time():
    clock = RequestClock()
    before = time.time()
    assert before <= clock.arrival(None) <= time.time()


def test_a_clock_of_requests_goes_on_from_the_latest_time_told():
    clock = RequestClock()
    assert clock.arrival(1000.0) == 1000.0
    first = clock.now()
    assert 1000.0 <= first < 1060.0
    assert first <= clock.arrival(None) <= clock.now()


def test_a_request_of_an_earlier_time_keeps_it_and_moves_nothing():
    clock = RequestClock()
    clock.arrival(1000.0)
    assert clock.arrival(500.0) == 500.0
    assert clock.now() >= 1000.0
