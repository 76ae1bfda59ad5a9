"""The filters beyond Jinja's: what they give, for which values, and what they say to values they can't take."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.engine.budget import MOST_TEXT
from omiflow.engine.filters import FILTERS
from omiflow.engine.names import Now, as_datetime
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template
from omiflow.errors import TemplateFault

BERLIN = ZoneInfo("Europe/Berlin")
NOW = Now.at(1_772_442_000.0, BERLIN)  # 2026-03-02T10:00:00+01:00
SANDBOX = Sandbox()


def rendered(source, **names):
    return Template(SANDBOX, source).render({"now": NOW, "as_datetime": as_datetime, "event": {}, **names})


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_gives_what_its_example_says(name):
    assert rendered(FILTERS[name].example) == FILTERS[name].gives
    assert f"| {name}" in FILTERS[name].example


@pytest.mark.parametrize(
    ("value", "slug"),
    [
        ("Größe: 会议 #3", "grosse_huiyi_3"),
        ("Don't  PANIC!", "dont_panic"),
        ("Привет, мир", "privet_mir"),
        ("../../etc/passwd", "etc_passwd"),
        ("…", ""),
        ("", ""),
        (None, ""),
        (5.5, "5_5"),
        ("x" * 10_000, "x" * 10_000),
    ],
)
def test_slugify_makes_names_of_text(value, slug):
    assert rendered("{{ x | slugify }}", x=value) == slug


def test_slugify_takes_another_separator():
    assert rendered("{{ 'a b' | slugify('-') }}{{ 'a b' | slugify(separator='') }}") == "a-bab"


@pytest.mark.parametrize(
    "value",
    [{"a": [1, 2.5, None, True, "ü</script>"]}, [], "text", 5, None, {"deep": {"er": [[]]}}],
)
def test_to_json_gives_json_of_the_value(value):
    for options in ("", "(pretty_print=true)", "(sort_keys=true)"):
        assert json.loads(rendered(f"<{{{{ x | to_json{options} }}}}", x=value)[1:]) == value


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ event.gone | to_json }}", "null"),
        ("{{ now | to_json }}", '"2026-03-02T10:00:00+01:00"'),
        ("{{ timedelta(minutes=2) | to_json }}", "120.0"),
        ("{{ range(3) | map('string') | to_json }}", '["0", "1", "2"]'),
        ("{{ {'b': 'ü', 'a': 1} | to_json(sort_keys=true) }}", '{"a": 1, "b": "ü"}'),
        ("{{ {'a': [1]} | to_json(pretty_print=true) }}", '{\n  "a": [\n    1\n  ]\n}'),
    ],
)
def test_to_json_writes(source, text):
    assert rendered(source) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (45, "45 s"),
        (59.6, "1 min"),
        (90, "1 min 30 s"),
        (3600, "1 h"),
        (3601, "1 h"),
        (5400, "1 h 30 min"),
        (5459, "1 h 30 min"),
        (86_400 * 2 + 3600 * 3, "2 d 3 h"),
        (86_400 + 60, "1 d"),
        (-90, "-1 min 30 s"),
        ("90", "1 min 30 s"),
        (timedelta(hours=25), "1 d 1 h"),
        (None, None),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(value, text):
    assert rendered("{{ x | duration }}", x=value) == text


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ '2026-03-02T09:00:00Z' | local }}", datetime(2026, 3, 2, 10, tzinfo=BERLIN)),
        ("{{ '2026-03-02T09:00:00' | local }}", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("{{ 1772442000 | local }}", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("{{ (now | local('Asia/Tokyo')).isoformat() }}", "2026-03-02T18:00:00+09:00"),
        ("{{ (now.replace(tzinfo=none) | local).hour }}", 11),
        ("{{ ('2026-07-01T09:00:00Z' | local).isoformat() }}", "2026-07-01T11:00:00+02:00"),
        ("{{ (now | local(tz='UTC')).hour }}", 9),
        ("{{ (now | local(event.zone)).hour }}", 10),
        ("{{ event.gone | local }}", None),
        ("{{ none | local }}", None),
    ],
)
def test_local_gives_a_time_in_a_zone(source, value):
    assert rendered(source) == value


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "just now"),
        (0.9, "just now"),
        (1, "1 second ago"),
        (59, "59 seconds ago"),
        (60, "1 minute ago"),
        (119, "1 minute ago"),
        (7200, "2 hours ago"),
        (86_400 * 2, "2 days ago"),
        (86_400 * 61, "2 months ago"),
        (86_400 * 366, "1 year ago"),
        (-300, "in 5 minutes"),
        (-86_400, "in 1 day"),
    ],
)
def test_ago_tells_how_far_a_time_is_from_now(seconds, text):
    assert rendered("{{ x | ago }}", x=NOW - timedelta(seconds=seconds)) == text
    assert rendered("{{ x | ago }}", x=(NOW - timedelta(seconds=seconds)).astimezone(UTC).isoformat()) == text


def test_what_is_not_there_was_no_time_ago():
    assert rendered("{{ event.gone | ago }}") is None
    assert rendered("<{{ event.gone | ago }}>") == "<>"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (["milk", "two eggs"], "• milk\n• two eggs"),
        (["a\nb  c", "", None, "  ", 5], "• a b c\n• 5"),
        ([], ""),
        (None, ""),
        ((n for n in (1, 2)), "• 1\n• 2"),
    ],
)
def test_bullets_give_each_item_a_line(value, text):
    assert rendered("{{ x | bullets }}", x=value) == text


@pytest.mark.parametrize(
    ("said", "entry"),
    [
        ("kitchen", "Kitchen"),
        ("the KICHEN!", "Kitchen"),
        ("livingroom", "Living room"),
        ("room living", "Living room"),
        ("Becker", "Tom Becker"),
        ("会议", "会议室"),
        ("garage", None),
        ("a", None),
        ("", None),
        ("?!", None),
        (None, None),
    ],
)
def test_closest_gives_the_nearest_entry_as_the_list_has_it(said, entry):
    rooms = ["Kitchen", "Living room", "Bathroom", "Tom Becker", "会议室"]
    assert rendered("{{ x | closest(rooms) }}", x=said, rooms=rooms) == entry
    assert rendered("{{ x | closest(rooms | reverse) }}", x=said, rooms=rooms) == entry


@pytest.mark.parametrize(("listed", "entry"), [([], None), (None, None), ([None, 5, "five"], 5)])
def test_closest_takes_any_list(listed, entry):
    assert rendered("{{ '5' | closest(x) }}", x=listed) == entry


def test_what_is_the_same_is_closer_than_what_has_all_the_words():
    assert rendered("{{ 'tom' | closest(['Tom Becker', 'Tom']) }}") == "Tom"


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("{{ 'soon' | local }}", "'local' wants a time, got 'soon'"),
        ("{{ [] | ago }}", "'ago' wants a time, got a list"),
        ("{{ now | local('Mars') }}", "'local' wants a time zone such as 'Europe/Berlin', got 'Mars'"),
        ("{{ now | local(5) }}", "'local' wants a time zone such as 'Europe/Berlin', got a number"),
        ("{{ 'long' | duration }}", "'duration' wants seconds or a timedelta, got 'long'"),
        ("{{ ('9' * 400) | duration }}", "'duration' wants seconds"),
        ("{{ 'x' | bullets }}", "'bullets' wants a list, got text"),
        ("{{ {} | bullets }}", "'bullets' wants a list, got a mapping"),
        ("{{ 'x' | closest('xy') }}", "'closest' wants a list, got text"),
        ("{{ 'x' | sentences('two') }}", "'sentences' wants a number"),
        ("{{ 'a b' | slugify('-' * 11) }}", "has at most 10 characters"),
        ("{{ ('a' * 10001) | slugify }}", "10000 are the most"),
        ("{{ gone | duration }}", "'gone' is undefined"),
        ("{{ today_at('soon') }}", "'today_at' wants a time of day such as '18:30', got 'soon'"),
        ("{{ today_at('24:00') }}", "'today_at' wants a time of day"),
        ("{{ today_at(18) }}", "'today_at' wants a time of day such as '18:30', got a number"),
    ],
)
def test_a_value_that_a_filter_can_not_take_is_a_fault_that_says_what_is_wanted(source, fault):
    with pytest.raises(TemplateFault) as raised:
        rendered(source)
    assert fault in str(raised.value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ today_at('18:30') }}", datetime(2026, 3, 2, 18, 30, tzinfo=BERLIN)),
        ("{{ today_at('7:05:09') }}", datetime(2026, 3, 2, 7, 5, 9, tzinfo=BERLIN)),
        ("{{ today_at() }}", datetime(2026, 3, 2, tzinfo=BERLIN)),
        ("{{ now > today_at('09:59') }}", True),
        ("{{ (today_at('12:00') - now) | duration }}", "2 h"),
        ("{{ as_datetime('2026-03-02', now) }}", datetime(2026, 3, 2, tzinfo=UTC)),
        ("{{ as_datetime('soon', 'never') }}", "never"),
        ("{{ as_datetime('soon', default=none) }}", None),
    ],
)
def test_times_of_today_and_times_as_written(source, value):
    assert rendered(source) == value


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.datetimes() | st.timedeltas()
)
HUGE = st.sampled_from(["x" * 200_000, ". A" * 60_000, "ü会" * 90_000, ["<a>"] * 60_000, [["ab"] * 300] * 300, 10**300])
HOSTILE = st.sampled_from(
    [
        "{{ 7*7 }}",
        "__class__",
        "%9999d",
        "{0.__class__}",
        "Europe/Berlin",
        "../..",
        "\ud800",
        "2026-03-02T09:00:00Z",
        "25:61",
    ]
)
VALUES = st.recursive(
    SCALARS | HUGE | HOSTILE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=6,
)
CALLS = {
    name: ["{{ x | N }}", "<{{ x | N }}>", "{{ x | N(y) }}", "{{ x | map('N') | list }}"] for name in [*FILTERS, "safe"]
}
TEMPLATES = [
    Template(SANDBOX, source.replace("N", name), escape)
    for name, sources in CALLS.items()
    for source in sources
    for escape in (None, str.upper)
]


@settings(max_examples=20, deadline=None)
@given(VALUES, VALUES)
def test_any_filter_on_any_values_gives_something_within_the_budget_or_is_a_fault(x, y):
    for template in TEMPLATES:
        begun = time.process_time()
        try:
            value = template.render({"now": NOW, "x": x, "y": y})
        except TemplateFault as fault:
            assert str(fault)  # noqa: PT017
        else:
            assert not isinstance(value, str) or len(value) <= MOST_TEXT
            assert type(value) in (str, int, float, bool, list, dict, datetime, timedelta, type(None))
        assert time.process_time() - begun < 0.5
