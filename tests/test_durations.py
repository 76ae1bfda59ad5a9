"""Spans of time as people write them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.durations import seconds, spoken


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("45s", 45),
        ("10m", 600),
        ("1h30m", 5400),
        ("7d", 604_800),
        ("1.5s", 1.5),
        ("1d1h1m1s", 90_061),
        (" 2m ", 120),
        ("0s", 0),
    ],
)
def test_a_duration_is_read(text, wanted):
    assert seconds(text) == wanted


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "1m1h", "-5s", "1.5m", "5min", "1h30", "4000d", "s5", "½h"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match=r"no duration|ten years"):
        seconds(text)


@pytest.mark.parametrize(
    ("span", "wanted"),
    [
        (0, "0s"),
        (0.04, "0s"),
        (0.25, "0.2s"),
        (41, "41s"),
        (120, "2m"),
        (5400, "1h30m"),
        (90_061, "1d1h"),
        (604_800, "7d"),
    ],
)
def test_a_duration_is_written(span, wanted):
    assert spoken(span) == wanted


@given(st.integers(1, 3_660 * 86_400))
def test_a_written_duration_is_read_as_the_same_up_to_its_last_unit(span):
    assert span * 0.95 <= seconds(spoken(span)) <= span


@given(st.text(max_size=8))
def test_any_text_is_read_or_refused(text):
    with suppress(ValueError):
        assert seconds(text) >= 0
