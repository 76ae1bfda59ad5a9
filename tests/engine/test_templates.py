"""Templates: types that are kept, keys that are missing, names that are not there, and any payload at all."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omiflow.engine.names import EventNames, Now, as_datetime, event_names
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template, TemplateMistake, is_template
from omiflow.errors import TemplateFault
from omiflow.model import Event, Segment
from omiflow.speech.lists import entries

BERLIN = ZoneInfo("Europe/Berlin")
AT = 1_772_442_000.0
SANDBOX = Sandbox()


def names_of(payload, **more):
    segments = [
        Segment(id="1", text=" Hello there ", is_user=True),
        Segment(id="2", text="Hi."),
        Segment(id="3", text=" "),
    ]
    event = Event(id="e1", name="webhook", app="a", uid="u", at=AT, received=AT, body=payload, segments=segments)
    frozen = {"trigger": {"text": "the words"}, "matched": {}, "user": {"name": "Kim"}, "app": {"variables": {"x": 1}}}
    names = event_names(
        EventNames(event, payload, BERLIN), frozen=frozen, lists={"rooms": entries(["a"])}, now=AT, zone=BERLIN
    )
    return {**names, **more}


PAYLOAD = {
    "title": "Plan",
    "null": None,
    "items": [1, 2],
    "values": {"keys": "k"},
    "deep": {"list": [{"a": 1}], "update": "u"},
    "n": 3,
    "f": 1.5,
    "yes": True,
    "text": "own text",
    "braces": "{{ event.title }}",
    "nested": {"at": "2026-03-02T09:00:00Z"},
}


def rendered(source, payload=PAYLOAD, **more):
    return Template(SANDBOX, source).render(names_of(payload, **more))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ event.n }}", 3),
        ("{{ event.n }}\n", 3),
        ("{{- event.n -}}", 3),
        ("{{ event.f }}", 1.5),
        ("{{ event.yes }}", True),
        ("{{ event.null }}", None),
        ("{{ event.items }}", [1, 2]),
        ("{{ event.deep }}", PAYLOAD["deep"]),
        ("{{ (1, 'a') }}", [1, "a"]),
        ("{{ range(3) }}", [0, 1, 2]),
        ("{{ event.items | map('string') }}", ["1", "2"]),
        ("{{ {'a': event.n} }}", {"a": 3}),
        ("{{ '}}' }}", "}}"),
        ("{{ {'a': {'b': 1}} }}", {"a": {"b": 1}}),
        ("{{ timedelta(minutes=2) }}", timedelta(minutes=2)),
        ("{{ as_datetime('2026-03-02T09:00:00Z') }}", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("{{ 1 if event.yes else 2 }}", 1),
        ("{{ none }}", None),
        # anything else gives text
        ("{{ event.n }}{{ event.n }}", "33"),
        ("{{ event.n }} {{ event.n }}", "3 3"),
        ("n{{ event.n }}", "n3"),
        (" {{ event.n }}", " 3"),
        ("{{ event.n }} ", "3 "),
        ("{{ event.n }}\n\n", "3\n\n"),
        ("{# c #}{{ event.n }}", "3"),
        ("{% if event.yes %}{{ event.n }}{% endif %}", "3"),
        ("no template", "no template"),
        ("a\n", "a\n"),
        ("{{ event.null }}.", "."),
        ("{{ 'a' ~ event.null ~ 1 }}", "a1"),
        ("{{ event.yes }}!", "True!"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        # what a template gives is never rendered again
        ("{{ event.braces }}", "{{ event.title }}"),
        ("<{{ event.braces }}>", "<{{ event.title }}>"),
        ("{{ '{{ event.title }}' ~ event.braces }}", "{{ event.title }}{{ event.title }}"),
    ],
)
def test_a_template_gives(source, value):
    given_back = rendered(source)
    assert given_back == value
    assert type(given_back) is type(value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ event.gone }}", None),
        ("{{ event.gone.below.that }}", None),
        ("{{ event.null.below }}", None),
        ("{{ event.title.below }}", None),
        ("{{ event.items.below }}", None),
        ("{{ event['gone']['below'][0] }}", None),
        ("{{ event.items[7].below }}", None),
        ("<{{ event.gone.below }}>", "<>"),
        ("{{ event.gone.below | default('d') }}", "d"),
        ("{{ event.gone is defined }}", False),
        ("{% if event.gone.below %}yes{% else %}no{% endif %}", "no"),
        ("{% for x in event.gone.below %}{{ x }}{% endfor %}.", "."),
        ("{{ event.gone | length }}", 0),
        ("{{ event.gone | int }}", 0),
        ("{{ event.gone.below | float(2.5) }}", 2.5),
        ("{{ as_datetime(event.gone) }}", None),
        ("{{ [event.gone, 1] }}", [None, 1]),
        ("{{ {'a': event.gone} }}", {"a": None}),
        ("{{ [] | first }}", None),
        ("{{ event.gone == event.missing }}", True),
        ("{{ event.gone == 'a' }}", False),
        ("{{ 'a' ~ event.gone }}", "a"),
        ("{{ event.gone or 'other' }}", "other"),
        ("{{ app.variables.y }}", None),
    ],
)
def test_a_key_that_is_not_there_is_empty_false_and_null(source, value):
    assert rendered(source) == value


@pytest.mark.parametrize(
    "source",
    [
        "{{ gone }}",
        "<{{ gone }}>",
        "{{ gone.below }}",
        "{{ gone['below'] }}",
        "{{ [gone] }}",
        "{% if gone %}{% endif %}",
        "{% for x in gone %}{% endfor %}",
        "{{ gone == 1 }}",
        "{{ gone | length }}",
        "{{ gone | upper }}",
        "{{ gone ~ 'a' }}",
        "{{ gone() }}",
        "{% if event.gone %}{% set y = 1 %}{% endif %}{{ y }}",
    ],
)
def test_a_name_that_is_not_there_when_the_template_runs_is_an_error(source):
    with pytest.raises(TemplateFault, match="is undefined"):
        rendered(source)


@pytest.mark.parametrize(("source", "value"), [("{{ gone is defined }}", False), ("{{ gone | default(1) }}", 1)])
def test_a_template_can_ask_whether_a_name_is_there(source, value):
    assert rendered(source) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ event.items }}", [1, 2]),
        ("{{ event.items[0] }}", 1),
        ("{{ event['items'] }}", [1, 2]),
        ("{{ event.values.keys }}", "k"),
        ("{{ event.deep.update }}", "u"),
        ("{{ event.text }}", "own text"),
        ("{% for x in event.items %}{{ x }}{% endfor %}", "12"),
    ],
)
def test_keys_win_over_methods(source, value):
    assert rendered(source) == value


@pytest.mark.parametrize(
    "source", ["{{ event.items }}", "{{ event.keys }}", "{{ event.deep.get }}", "{{ event.title.upper }}"]
)
def test_a_method_that_nobody_called_is_nothing(source):
    assert rendered(source, {"deep": {}, "title": "x"}) is None
    assert rendered(f"<{source}>", {"deep": {}, "title": "x"}) == "<>"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ event.items or 'none' }}", "none"),
        ("{{ event['items'] | default('none') }}", "none"),
        ("{{ event.text or 'said nothing' }}", "said nothing"),
        ("{% if event.values %}some{% endif %}", ""),
        ("{{ event.keys is defined }}", False),
        ("{{ event.items | length }}", 0),
        ("{{ event.items | bullets }}", ""),
        ("{{ 'a' in event.items }}", False),
        ("{% for item in event.items %}{{ item }}{% endfor %}", ""),
        ("{{ event.update | upper }}", ""),
        ("{{ event.pop.below }}", None),
        ("{{ event.rows | map(attribute='copy') | list }}", [None]),
        ("{{ event.title.format or 'none' }}", "none"),
        ("{{ (event.at or now).isoformat() }}", "2026-03-02T10:00:00+01:00"),
    ],
)
def test_a_key_with_the_name_of_a_method_is_not_there_either(source, value):
    assert rendered(source, {"title": "x", "rows": [{}]}) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ event.id }}", "e1"),
        ("{{ event['id'] }}", "e1"),
        ("{{ event.at.isoformat() }}", "2026-03-02T10:00:00+01:00"),
        ("{{ event.text() }}", "Hello there Hi."),
        ("{{ event.text('user') }}", "Hello there"),
        ("{{ event.text(speaker='other') }}", "Hi."),
        ("{{ event.items() | list }}", [["title", "x"]]),
        ("{{ user.name }} {{ trigger.text }} {{ lists.rooms[0] }}", "Kim the words a"),
    ],
)
def test_an_event_has_an_id_a_time_and_a_text_beside_its_payload(source, value):
    assert rendered(source, {"title": "x"}) == value


@pytest.mark.parametrize("body", [[1, 2], "text", 5, None])
def test_a_payload_that_is_no_mapping_is_the_event_itself(body):
    assert rendered("{{ event }}", body) == body
    assert [rendered(f"{{{{ event.{part} }}}}", body) for part in ("value", "id", "at")] == [None] * 3


def test_a_list_that_is_the_event_is_read_like_any_list():
    assert rendered("{{ event[0] }}", [{"a": 1}, 2]) == {"a": 1}
    assert rendered("{{ event | length }} {{ event[0].a }} {{ event[7].a }}", [{"a": 1}, 2]) == "2 1 "


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ now }}", datetime(2026, 3, 2, 10, tzinfo=BERLIN)),
        ("{{ now() }}", datetime(2026, 3, 2, 10, tzinfo=BERLIN)),
        ("{{ now.hour }}-{{ now().hour }}", "10-10"),
        ("{{ now - timedelta(days=1) }}", datetime(2026, 3, 1, 10, tzinfo=BERLIN)),
        ("{{ (now() + timedelta(hours=1)).hour }}", 11),
        ("{{ now() - now }}", timedelta(0)),
        ("{{ now > as_datetime('2026-03-02T08:59:59Z') }}", True),
        ("{{ now.strftime('%d.%m.%Y') }}", "02.03.2026"),
        ("{{ now.isoformat() }}", "2026-03-02T10:00:00+01:00"),
        ("{% set now = 5 %}{{ '2026-03-02T08:59:00Z' | ago }}", "1 minute ago"),
    ],
)
def test_now_is_a_value_and_a_function(source, value):
    assert rendered(source) == value


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("2026-03-02T09:00:00Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02T09:00:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        (AT, datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("1772442000", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        (Now.at(AT, BERLIN), datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("tomorrow", None),
        ("", None),
        (None, None),
        ([], None),
        (float("nan"), None),
        (10**400, None),
        (1e300, None),
    ],
)
def test_as_datetime_reads_times(value, wanted):
    assert as_datetime(value) == wanted


def test_a_loop_can_go_down_a_tree():
    tree = [{"name": "a", "below": [{"name": "b"}, {"name": "c", "below": [{"name": "d"}]}]}]
    source = "{% for x in event.tree recursive %}{{ x.name }}({{ loop(x.below) }}){% endfor %}"
    assert rendered(source, {"tree": tree}) == "a(b()c(d()))"


@pytest.mark.parametrize("name", ["result", "context", "environment", "loop", "missing", "t_1", "l_0_x"])
def test_a_variable_may_have_any_name(name):
    assert rendered(f"{{{{ {name} }}}}", **{name: 5}) == 5
    assert rendered(f"{{{{ {name} + 1 }}}}.", **{name: 5}) == "6."


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("{{ event.a.b }}", {("event", "a"), ("event", "a", "b")}),
        ("{{ event['a'].b[0].c }}", {("event", "a"), ("event", "a", "b")}),
        ("{{ a }}", set()),
        ("{% set t = event %}{{ t.a }}", {("t", "a"), ("event", "a")}),
        ("{% set t = event.a['b'] %}{% set u = t %}{{ u.c }}", {("event", "a", "b", "c")}),
        ("{% with t = event.a %}{{ t.b }}{% endwith %}", {("event", "a", "b")}),
    ],
)
def test_a_template_tells_what_it_reads(source, found):
    assert found <= Template(SANDBOX, source).paths


@pytest.mark.parametrize(
    "source",
    [
        "{% set t = event %}{% set t = app %}{{ t.a }}",
        "{% set event = 1 %}{% set t = event %}{{ t.a }}",
        "{% set t = event[x] %}{{ t.a }}",
        "{% set t = event or app %}{{ t.a }}",
        "{% for t in event %}{{ t.a }}{% endfor %}",
    ],
)
def test_a_name_that_may_stand_for_something_else_is_not_followed(source):
    assert ("event", "a") not in Template(SANDBOX, source).paths


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("{{ a + b.c }}", {"a", "b"}),
        ("{% set a = 1 %}{{ a }}", set()),
        ("{% for a in b %}{{ a }}{% endfor %}", {"b"}),
        ("{{ range(3) | list + [timedelta(days=1)] }}", set()),
    ],
)
def test_a_template_tells_the_names_it_takes(source, names):
    assert Template(SANDBOX, source).names == names


@pytest.mark.parametrize(
    ("source", "around", "typed"),
    [
        ("{{ a }}", "", True),
        ("{{ a }} {{ b }}\n", "", False),
        ("{{ a }} > 3 {# no #}", "> 3", False),
        ("not {{ a }} or {{ b }}", "not  or", False),
        ("{% if a %}yes{% endif %}", "", False),
    ],
)
def test_a_template_tells_what_stands_around_it(source, around, typed):
    found = Template(SANDBOX, source)
    assert (found.around, found.typed) == (around, typed)


@pytest.mark.parametrize(
    ("text", "is_one"), [("{{ a }}", True), ("{% x %}", True), ("{# x #}", True), ("{ a }", False), ("", False)]
)
def test_text_with_braces_is_a_template(text, is_one):
    assert is_template(text) is is_one


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6)
)
HOSTILE = st.sampled_from(
    ["{{ event }}", "{% for %}", "{{ ''.__class__ }}", "__class__", "⟦1:2⟧", "%9999d", "{0.__class__}", "x" * 5000]
)
KEYS = st.sampled_from(["a", "b", "items", "values", "text", "id", "at", "__class__", "get", "_event"]) | st.text(
    max_size=3
)
JSON = st.recursive(
    SCALARS | HOSTILE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)
SOURCES = [
    "{{ event.a }}", "{{ event.a.b.items }}", "<{{ event.a }}>", "{{ event.items }}", "{{ event.a + 1 }}", "{{ event.a ~ event.b }}",
    "{{ event.a | upper }}", "{{ event.a | join(',') }}", "{{ event.a | sort }}", "{{ event.a | tojson }}", "{{ event.a | int }}",
    "{{ event.a | map(attribute='b') | list }}", "{{ event.a | groupby('b') }}", "{{ event.a | sum }}", "{{ event.a | replace('a', event.b) }}",
    "{% for x in event.a %}{{ loop.index }}{{ x }}{% endfor %}", "{{ event.a[0] }}", "{{ event.a[event.b] }}", "{{ event.a * event.b }}",
    "{{ event.a ** event.b }}", "{{ event.a % event.b }}", "{{ event.a.format(event) }}", "{{ event.a | format(event.b) }}",
    "{{ event.text() }}", "{{ event.id }}{{ event.at }}", "{{ event.a == event.b }}", "{{ event.a < event.b }}", "{{ event.a in event.b }}",
    "{{ as_datetime(event.a) }}", "{{ timedelta(seconds=event.a) }}", "{{ range(event.a) }}", "{{ event.a | center(event.b) }}",
    "{{ event | tojson }}", "{{ event }}", "{{ event.a | pprint }}", "{{ event.a | batch(event.b) | list }}", "{{ event.a.join(event.b) }}",
    "{{ event.a | slugify }}", "{{ event.a | slugify(event.b) }}", "{{ event.a | to_json }}", "{{ event | to_json(pretty_print=true) }}",
    "{{ event.a | duration }}", "{{ event.a | local }}", "{{ event.a | local(event.b) }}", "{{ event.a | ago }}", "{{ event.a | sentences }}",
    "{{ event.a | sentences(event.b) }}", "{{ event.a | bullets }}", "{{ event.a | closest(event.b) }}", "{{ event.a | safe }}", "{{ today_at(event.a) }}",
    "{{ as_datetime(event.a, event.b) }}", "{{ event.a | xmlattr }}", "{{ event.a | urlize }}", "{{ event.a | round(event.b) }}", "{{ event.a | dictsort }}", "{{ event | items | list }}",
]  # fmt: skip
TEMPLATES = [Template(SANDBOX, source, escape) for source in SOURCES for escape in (None, str.swapcase)]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=JSON)
def test_any_template_on_any_payload_renders_or_is_a_fault_within_its_budget(patience, payload):
    names = names_of(payload)
    for template in TEMPLATES:
        begun = time.process_time()
        try:
            template.render(names)
        except TemplateFault as fault:
            assert str(fault)  # noqa: PT017
        assert time.process_time() - begun < 0.5 * patience


PIECES = st.sampled_from(
    ["{{ event.a }}", "{% for x in event.a %}", "{% endfor %}", "{% if event.b %}", "{% endif %}", "{{ x }}", "{{", "}}", "{%", "%}",
     "text", "{{ event.a | join }}", "{% set x = event %}", "{% macro m() %}", "{% endmacro %}", "{{ m() }}", "{#", "#}", "{{ (", ") }}"]
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(PIECES, max_size=8).map("".join), JSON)
def test_any_text_is_a_template_or_a_mistake(source, payload):
    try:
        template = Template(SANDBOX, source)
    except TemplateMistake:
        return
    with suppress(TemplateFault):
        template.render(names_of(payload))


def test_the_line_of_a_mistake_is_told():
    with pytest.raises(TemplateMistake) as mistake:
        Template(SANDBOX, "one\ntwo {{ a\n b b }}")
    assert mistake.value.line == 3
