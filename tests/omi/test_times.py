from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.omi.times import iso, normalise, parse

NOON = 1793880000.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2026-11-05T12:00:00+00:00", NOON),
        ("2026-11-05T12:00:00Z", NOON),
        ("2026-11-05T12:00:00", NOON),
        (" 2026-11-05 12:00:00.250 ", NOON + 0.25),
        ("2026-11-05T13:00:00+01:00", NOON),
        ("2026-11-05", NOON - 12 * 3600),
        (NOON, NOON),
        (1793880000, NOON),
        ("0001-01-01T00:00:00+14:00", None),
        ("0001-12-31T23:59:59Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("noon", None),
        ("", None),
        (True, None),
        (None, None),
        (1e300, None),
        (float("nan"), None),
        (10**400, None),
        ([], None),
    ],
)
def test_a_moment_is_read_whatever_its_zone_is_written_like(value: Any, seconds: float | None) -> None:
    assert parse(value) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2026-11-05T13:00:00", NOON),
        ("2026-11-05T12:00:00Z", NOON),
        ("2026-11-05T07:00:00-05:00", NOON),
        (NOON, NOON),
        ("0001-01-01T00:00:00", None),
    ],
)
def test_only_a_moment_without_an_offset_is_read_in_a_zone(value: Any, seconds: float | None) -> None:
    assert parse(value, zone=ZoneInfo("Europe/Berlin")) == seconds


@pytest.mark.parametrize("value", ["0002-01-01T00:00:00Z", "9999-01-01T00:00:00Z"])
@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Europe/Berlin", "Pacific/Kiritimati"])
def test_each_moment_that_is_read_has_a_day_before_and_after_it_in_every_zone(value: str, zone: str) -> None:
    seconds = parse(value)
    assert seconds is not None
    local = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    assert local - timedelta(days=1) < local < local + timedelta(days=1)


@given(st.floats(min_value=-62104060800, max_value=253370764800).map(lambda seconds: round(seconds, 3)))
def test_a_written_moment_reads_back_the_same(seconds: float) -> None:
    written = iso(seconds)
    assert written.endswith("+00:00")
    assert parse(written) == pytest.approx(seconds, abs=1e-4)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("2026-11-05T12:00:00.500", "2026-11-05T12:00:00.500000+00:00"),
        ("2026-11-05T12:00:00.120000+00:00", "2026-11-05T12:00:00.120000+00:00"),
        ("2026-11-05T13:00:00+01:00", "2026-11-05T13:00:00+01:00"),
        ("2026-11-05T12:00:00Z", "2026-11-05T12:00:00Z"),
        (NOON, "2026-11-05T12:00:00+00:00"),
        ("soon", None),
        ({}, None),
    ],
)
def test_only_a_moment_without_an_offset_is_rewritten(value: Any, written: str | None) -> None:
    assert normalise(value) == written
