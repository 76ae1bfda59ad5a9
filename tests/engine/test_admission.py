"""Who is let in, and why others are not."""

from __future__ import annotations

import pytest

from omiflow.engine.admission import LONG_UID, NO_UID, OVER_RATE, SPEECH_OVER_RATE, hasty, unaddressed, uninvited
from omiflow.engine.rate import Allowance
from omiflow.engine.surroundings import App
from omiflow.model import EVENT_NAMES


@pytest.mark.parametrize("event", EVENT_NAMES)
def test_only_a_webhook_may_be_nobodys(event):
    assert unaddressed(event, "u1") is None
    assert unaddressed(event, None) is (None if event == "webhook" else NO_UID)


@pytest.mark.parametrize("uid", ["u1", None])
def test_an_unknown_event_is_answered_as_if_nothing_were_wrong_and_told_short(uid):
    unwanted = unaddressed("audio_bytes" * 1_000, uid)
    assert unwanted is not None
    assert (unwanted.status, unwanted.counted, len(unwanted.reason) < 80) == (None, "ignored", True)


@pytest.mark.parametrize(
    ("uid", "users", "reason"),
    [
        ("u1", None, None),
        ("u1", {"u1"}, None),
        ("u2", {"u1"}, "user 'u2' is not among the users of app 'home'"),
        ("u1", set(), "user 'u1' is not among the users of app 'home'"),
        (None, {"u1"}, None),
        ("u" * 256, None, None),
        ("u" * 257, None, LONG_UID.reason),
        ("u" * 257, {"u1"}, LONG_UID.reason),
    ],
)
def test_an_app_with_users_invites_only_those(uid, users, reason):
    unwanted = uninvited(uid, App("home", users=None if users is None else frozenset(users)))
    assert (None if unwanted is None else unwanted.reason) == reason


@pytest.mark.parametrize(
    ("event", "uid", "rate", "second"),
    [
        ("realtime_transcript", "u1", 1.0, SPEECH_OVER_RATE),
        ("webhook", "u1", 1.0, OVER_RATE),
        ("webhook", None, 1.0, None),
        ("memory_created", "u1", 1.0, None),
        ("realtime_transcript", "u1", None, None),
    ],
)
def test_the_rate_is_for_what_a_user_says_and_posts(event, uid, rate, second):
    allowance = Allowance()
    seen = [hasty(event, uid, rate=rate, allowance=allowance, now=100.0) for _ in range(2)]
    assert seen == [None, second]


def test_speech_over_the_rate_is_dropped_and_never_refused():
    assert (SPEECH_OVER_RATE.status, OVER_RATE.status) == (None, 429)
    assert SPEECH_OVER_RATE.reason == OVER_RATE.reason
    assert SPEECH_OVER_RATE.counted == OVER_RATE.counted == "over_rate"


def test_a_reason_says_what_is_wrong_and_what_would_be_right():
    assert NO_UID.reason == "the query parameter 'uid' is missing; Omi adds it to every webhook URL"
