from __future__ import annotations

import json
from typing import Any

import pytest

from omiflow.omi import times
from omiflow.omi.button import BUTTON
from omiflow.omi.receive import Received, receive


def read(body: Any, received: float = 0.0) -> Received:
    return receive("button_event", json.dumps(body).encode(), query={"uid": "u1"}, headers={}, received=received)


@pytest.mark.parametrize(
    ("sent", "gesture"),
    [
        ("single_tap", "single_tap"),
        ("double_tap", "double_tap"),
        ("long_tap", "long_tap"),
        ("long_press", "long_tap"),
        ("longPressStart", "long_tap"),
        ("triple_tap", "triple_tap"),
        (None, None),
        ([], None),
    ],
)
def test_every_spelling_of_a_long_press_is_one_gesture(sent: Any, gesture: str | None) -> None:
    body = read({"button_event": sent}).body
    assert body["gesture"] == gesture
    assert body["button_event"] == (sent if isinstance(sent, str) else None)
    assert body.keys() == BUTTON.keys() | {"gesture"}


def test_a_taps_own_time_makes_it_late_but_is_not_its_event_time() -> None:
    sent = "2026-11-04T10:15:30+00:00"
    tapped = times.parse(sent)
    assert tapped is not None
    result = read({"button_event": "single_tap", "timestamp": sent}, received=tapped + 601)
    assert (result.at, result.claimed_at, result.late) == (None, tapped, True)
    assert read({"button_event": "single_tap", "timestamp": sent}, received=tapped + 600).late is False
    assert read({"button_event": "single_tap"}, received=tapped).late is False


@pytest.mark.parametrize("body", [5, [], None, "double_tap"])
def test_a_body_that_is_no_tap_counts_as_an_empty_one(body: Any) -> None:
    assert read(body).body["gesture"] is None
