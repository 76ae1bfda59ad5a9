"""Pace, what Omi reads from an answer, and taps: the pure parts of the sender."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omiflow.emulator.answers import Prompt, Reading, Route, read_answer
from omiflow.emulator.deliver import address, route_of
from omiflow.emulator.pace import at_speed, gaps_of, within
from omiflow.emulator.tap import tapped_now
from omiflow.omi.recorded import Recorded


def test_gaps_are_a_second_where_no_time_is_known_and_never_negative() -> None:
    assert gaps_of([100.0, 103.0, None, 101.0, 110.0]) == [0.0, 3.0, 1.0, 0.0, 6.0]


def test_speed_divides_every_gap() -> None:
    assert at_speed(60)([0.0, 60.0, 3.0]) == [0.0, 1.0, 0.05]


def test_a_day_fits_into_its_time_and_keeps_its_order_of_silences() -> None:
    waits = within(40)([0.0, 3.0, 7200.0, 60.0])
    assert sum(waits) == pytest.approx(40)
    assert waits[0] == 0 < waits[1] < waits[3] < waits[2]


def test_a_recording_without_silences_needs_no_time() -> None:
    assert within(40)([0.0, 0.0]) == [0.0, 0.0]


PROMPT = {"prompt": "Ask {{user_name}}", "params": ["user_name", "user_bank_account"]}
READ = Prompt(prompt="Ask {{user_name}}", params=["user_name"], context={})


@pytest.mark.parametrize(
    ("answer", "event", "route", "status", "reading"),
    [
        ({"message": "Beware!"}, "realtime_transcript", "app", 200, Reading(message="Beware!")),
        ({"message": "Beware!"}, "realtime_transcript", "app", 202, Reading(message="Beware!")),
        ({"message": "Beware!"}, "realtime_transcript", "developer", 202, Reading()),
        ({"message": "Beware!"}, "realtime_transcript", "app", 500, Reading()),
        ({"message": "short"}, "realtime_transcript", "app", 200, Reading()),
        ({"notification": PROMPT}, "realtime_transcript", "app", 200, Reading(prompt=READ)),
        ({"notification": PROMPT}, "realtime_transcript", "developer", 200, Reading()),
        (
            {"message": "Beware!", "notification": PROMPT},
            "realtime_transcript",
            "app",
            200,
            Reading(message="Beware!", prompt=READ),
        ),
        ({"message": 7, "notification": PROMPT}, "realtime_transcript", "app", 200, Reading()),
        ({"notification": {"prompt": "x", "params": "user_name"}}, "realtime_transcript", "app", 200, Reading()),
        ({"notification": {"prompt": " "}}, "realtime_transcript", "app", 200, Reading()),
        ({"message": "ok"}, "memory_created", "app", 200, Reading(message="ok")),
        ({"message": "ok"}, "memory_created", "developer", 200, Reading()),
        ({"message": "Beware!"}, "day_summary", "developer", 200, Reading()),
        ({"message": "Beware!"}, "webhook", "other", 200, Reading()),
        (["message"], "realtime_transcript", "app", 200, Reading()),
    ],
)
def test_omi_reads_only_what_it_reads(answer: Any, event: str, route: Route, status: int, reading: Reading) -> None:
    assert read_answer(json.dumps(answer).encode(), status=status, event=event, route=route) == reading


def test_an_answer_that_is_no_json_says_nothing() -> None:
    assert read_answer(b"<html>", status=200, event="realtime_transcript", route="app") == Reading()


@pytest.mark.parametrize(
    ("event", "headers", "path", "route", "url"),
    [
        ("realtime_transcript", {}, "/x", "app", "http://h/hooks/t/realtime_transcript"),
        ("realtime_transcript", {"idempotency-key": "1"}, "", "developer", "http://h/hooks/t/realtime_transcript"),
        ("day_summary", {}, "", "developer", "http://h/hooks/t/day_summary"),
        ("webhook", {}, "/hooks/old/webhook/deploy", "other", "http://h/hooks/t/webhook/deploy"),
        (None, {}, "/hooks/old/memory_created", "app", "http://h/hooks/t/memory_created"),
    ],
)
def test_a_request_goes_to_the_address_of_its_event(
    event: str | None, headers: dict[str, str], path: str, route: Route, url: str
) -> None:
    request = Recorded(event=event, headers=headers, path=path, source="day:1")
    assert route_of(request) == route
    assert address(request, base="http://h/hooks/t/") == url


def test_a_tap_is_tapped_now() -> None:
    request = Recorded(event="button_event", body=b'{"button_event":"double_tap","timestamp":"2020"}', source="day:1")
    body = json.loads(tapped_now(request, now=0.5).body)
    assert body == {"button_event": "double_tap", "timestamp": "1970-01-01T00:00:00.500+00:00"}


@pytest.mark.parametrize(
    ("headers", "body"),
    [({"x-omi-signature": "t=1,v1=ab"}, b'{"timestamp":"2020"}'), ({}, b"[]"), ({}, b"?"), ({}, b'{"a":1}')],
)
def test_a_tap_that_is_signed_or_has_no_time_stays_as_it_is(headers: dict[str, str], body: bytes) -> None:
    request = Recorded(event="button_event", headers=headers, body=body, source="day:1")
    assert tapped_now(request, now=1.0) is request
