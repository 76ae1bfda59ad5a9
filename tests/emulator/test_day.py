from __future__ import annotations

import time

from omiflow.emulator.day import DayClock, timed
from omiflow.emulator.tap import tapped_now
from omiflow.omi.recorded import Recorded

THEN = 1_795_072_440.0
TAP = Recorded(event="button_event", body=b'{"timestamp": "2026-11-19T07:14:00Z"}', at=THEN, source="day:1")


def test_a_request_tells_its_own_time() -> None:
    assert timed(TAP).headers == {"x-omiflow-at": "2026-11-19T07:14:00+00:00"}


def test_a_request_without_a_time_stays_as_it_is() -> None:
    request = Recorded(event="button_event", source="day:1")
    assert timed(request) is request


def test_a_tap_that_tells_its_own_time_is_not_tapped_again() -> None:
    assert tapped_now(timed(TAP), now=0.0) == timed(TAP)
    assert tapped_now(TAP, now=0.0) != TAP


def test_the_clock_goes_to_the_last_request_and_on_from_there() -> None:
    clock = DayClock()
    before = time.time()
    assert before <= clock() <= time.time()
    clock.follow(TAP)
    assert THEN <= clock() < THEN + 60
    clock.follow(Recorded(event="button_event", source="day:2"))
    assert THEN <= clock() < THEN + 60
