"""What templates hand on survives the journal, whatever a stranger sends."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import ChainableUndefined

from omiflow.engine.values import outward, pack, plain, truth, unpack
from omiflow.errors import TemplateFault

KEYS = st.sampled_from(["$at", "$microseconds", "$plain", "a", ""]) | st.text(max_size=3)
TIMES = st.datetimes(timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=5, minutes=45))]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=8,
)
PLAIN = st.recursive(
    JSON | TIMES | st.timedeltas(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=8,
)


@given(PLAIN)
def test_what_is_packed_comes_back_the_same(value):
    stored = msgspec.json.decode(msgspec.json.encode(pack(value)))
    assert unpack(stored) == value


@given(PLAIN)
def test_what_is_plain_stays_the_same(value):
    assert plain(value) == value
    assert plain(plain(value)) == plain(value)


@given(PLAIN)
def test_what_goes_outward_is_json(value):
    assert json.loads(json.dumps(outward(value))) is not NotImplemented


@pytest.mark.parametrize(
    ("value", "given_on"),
    [
        ((1, 2), [1, 2]),
        (range(3), [0, 1, 2]),
        ({1: 2}, {"1": 2}),
        ({"a": 1}.items(), [["a", 1]]),
        ((n for n in (1, 2)), [1, 2]),
        (ChainableUndefined(obj={}, name="a"), None),
        ([ChainableUndefined(obj={}, name="a")], [None]),
        (date(2026, 3, 2), "2026-03-02"),
        (float("nan"), None),
        (float("inf"), None),
        ("\ud800a", "\ufffda"),
        ("😀", "😀"),
        ({"\udfff": 1}, {"\ufffd": 1}),
        (3 + 4j, "(3+4j)"),
        (True, True),
    ],
)
def test_a_value_becomes_plain(value, given_on):
    assert plain(value) == given_on


def test_a_time_keeps_its_offset_and_loses_its_zone():
    summer = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert plain(summer).isoformat() == "2026-07-01T12:00:00+02:00"
    assert type(plain(summer).tzinfo) is timezone


@pytest.mark.parametrize("many", [range(100_001), [[0] * 60_000, [0] * 60_000], iter(int, 1)])
def test_too_many_items_are_a_fault(many):
    with pytest.raises(TemplateFault, match="more than 100000 items"):
        plain(many)


def test_too_deep_a_value_is_a_fault():
    deep: list[object] = []
    for _ in range(500):
        deep = [deep]
    with pytest.raises(TemplateFault, match="nested deeper"):
        plain(deep)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (datetime(2026, 3, 2, tzinfo=UTC), "2026-03-02T00:00:00+00:00"),
        (timedelta(minutes=2), 120.0),
        ({"a": [timedelta(seconds=1)]}, {"a": [1.0]}),
    ],
)
def test_times_go_outward_as_text_and_spans_as_seconds(value, sent):
    assert outward(value) == sent


@pytest.mark.parametrize("value", ["true", "True", " yes ", "on", "enable", "1", 1, 0.5, [0], {"a": 0}, True])
def test_this_is_true(value):
    assert truth(value) is True


@pytest.mark.parametrize("value", ["false", "no", "off", "0", "", "perhaps", "None", 0, 0.0, [], {}, None, False])
def test_this_is_false(value):
    assert truth(value) is False
