"""What is put into a text is escaped there, once, and what the author of a rule wrote never."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.engine.escaping import Inside
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template
from omiflow.errors import TemplateFault

SANDBOX = Sandbox()
EVENT = {
    "x": "<b>&",
    "n": 5,
    "f": 1.5,
    "yes": True,
    "list": ["<b>", {"<a>": "<"}],
    "null": None,
    "at": datetime(2026, 3, 2, tzinfo=UTC),
}
X = "‹b›＆"


def escape(text: str) -> str:
    return text.replace("&", "＆").replace("<", "‹").replace(">", "›")


def rendered(source, **names):
    return Template(SANDBOX, source, escape).render({"event": EVENT, **names})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        # what is put into a text
        ("<i>{{ event.x }}</i>", f"<i>{X}</i>"),
        ("<{{ event.n }}{{ event.f }}{{ event.yes }}>", "<51.5True>"),
        ("<{{ event.list }}", "<['‹b›', {'‹a›': '‹'}]"),
        ("<{{ event.null }}{{ event.gone.below }}{{ event.x.upper }}>", "<>"),
        ("<{{ event.x | upper }}>", "<‹B›＆>"),
        ("<{{ event.x[0] }}>", "<‹>"),
        ("<{{ event.x + '<' }}>", f"<{X}‹>"),
        ("<{{ '%s<' | format(event.x) }}>", f"<{X}‹>"),
        ("<{{ event.gone | default('<') }}>", "<‹>"),
        ("{% if event.yes %}<{{ event.x }}{% endif %}", f"<{X}"),
        ("{% for c in event.list %}<{{ loop.index }}{{ c }}{% endfor %}", "<1‹b›<2{'‹a›': '‹'}"),
        ("{% print event.x %}", X),
        # a value as a whole
        ("{{ event.x }}", X),
        ("{{ event.n }}", 5),
        ("{{ event.yes }}", True),
        ("{{ event.null }}", None),
        ("{{ event.gone }}", None),
        ("{{ event.at }}", EVENT["at"]),
        ("{{ event.list }}", ["‹b›", {"<a>": "‹"}]),
        # what the author wrote
        ("<b>&", "<b>&"),
        ("{{ '<b>' }}", "<b>"),
        ("<{{ '<b>' }}>", "<<b>>"),
        ("{{ '<' ~ event.x ~ '>' }}", f"<{X}>"),
        ("<{{ '<' ~ event.x ~ '>' }}>", f"<<{X}>>"),
        ("{{ '<a>' if event.yes else event.x }}", "<a>"),
        ("{{ event.x if event.yes else '<a>' }}", X),
        ("{{ '<a>' if event.null }}.", "."),
        ("{{ ('<' ~ event.x) if event.yes else '<a>' }}.", f"<{X}."),
        ("{% raw %}<{{ x }}>{% endraw %}", "<{{ x }}>"),
        # what is marked
        ("{{ event.x | safe }}", "<b>&"),
        ("<{{ event.x | safe }}>", "<<b>&>"),
        ("{% set y = event.x | safe %}{{ y }}", "<b>&"),
        ("{{ '<' ~ (event.x | safe) }}", "<<b>&"),
        ("{{ [event.x | safe, event.x] }}", ["<b>&", X]),
        ("{{ event.n | safe }}", 5),
        # a mark covers no more than what was marked
        ("{{ event.x | safe | upper }}", "‹B›＆"),
        ("{{ (event.x | safe) + event.x }}", X + X),
        ("{{ [event.x | safe, event.x] | join }}", X + X),
        ("{{ (event.x | safe)[0] }}", "‹"),
        ("{{ '%s' | safe | format(event.x) }}", X),
        ("{{ '%s' | safe % event.x }}", X),
        ("{{ ('{}' | safe).format(event.x) }}", X),
        ("{{ (event.x | safe).strip() }}", X),
        # Jinja's own marks are none
        ("{{ event.x | e | replace('&', '') }}", "lt;bgt;amp;"),
        ("{{ event.x | forceescape | length > 4 }}", True),
        ("{{ event.x | tojson }}", '"\\u003cb\\u003e\\u0026"'),
        ("{{ ('{}' | e).format(event.x) }}", "＆lt;b＆gt;＆amp;"),
    ],
)
def test_a_template_whose_text_is_escaped_gives(source, value):
    given_back = rendered(source)
    assert given_back == value
    assert type(given_back) is type(value)


class Behind:
    """Escapes all but what a text begins with."""

    spares_beginning = True

    def __call__(self, text):
        return escape(text)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ event.x }}", "<b>&"),
        ("{{ event.x | upper }}", "<B>&"),
        ("{{ event.x }}<{{ event.x }}", f"<b>&<{X}"),
        ("{{ event.x }}{{ event.x }}", f"<b>&{X}"),
        (" {# their own #}\n{{ event.x }}<{{ event.x }}", f" \n<b>&<{X}"),
        ("{{ event.x ~ '<' ~ event.x ~ event.n }}", f"<b>&<{X}5"),
        ("{{ event.x + '<' + event.x }}", f"<b>&<{X}"),
        ("{{ event.x + '<' + event.x }}<{{ event.x }}", f"<b>&<{X}<{X}"),
        ("{{ (event.x if event.yes else '<') ~ event.x }}", f"<b>&{X}"),
        ("{{ (event.x ~ event.x) if event.yes }}<{{ event.x }}", f"<b>&{X}<{X}"),
        ("{% set y = event.x %}{{ y }}<{{ y }}", f"<b>&<{X}"),
        ("{% if event.yes %}{{ event.x }}{% else %}<{% endif %}<{{ event.x }}", f"<b>&<{X}"),
        ("{% if event.null %}<{% elif event.yes %}{{ event.x }}{% endif %}<{{ event.x }}", f"<b>&<{X}"),
        ("{% if event.null %}<{% endif %}{{ event.x }}", X),
        ("<{{ event.x }}", f"<{X}"),
        ("{{ '<' ~ event.x }}", f"<{X}"),
        ("{% for c in [1, 2] %}{{ event.x }}{% endfor %}{{ event.x }}", X * 3),
        ("{{ event.null or event.x }}", "<b>&"),
        ("{{ event.null | default('<', true) }}", "<"),
        ("{{ event.x.strip() }}<", "<b>&<"),
        ("{{ '%s' % event.x }}", X),
        ("{{ '{}'.format(event.x) }}<", f"{X}<"),
        ("{{ '%s' | format(event.x) }}", X),
        ("{{ [event.x, event.x] | join }}<", f"{X}{X}<"),
        ("{{ (event.x ~ event.x) | trim }}<", f"{X}{X}<"),
        ("{{ event.yes and ('%s' % event.x) }}<", f"{X}<"),
        ("{{ '%s' % event.x + event.x }}<", f"{X}{X}<"),
        ("{% set y = event.x ~ event.x %}{{ y }}", X * 2),
        ("{% set y = event.x ~ event.x %}{% set z = y %}{{ z }}", X * 2),
    ],
)
def test_what_a_text_begins_with_can_be_spared(source, text):
    assert Template(SANDBOX, source, Behind()).render({"event": EVENT}) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% set y %}<i>{{ event.x }}{% endset %}{{ y }}", f"<i>{X}"),
        ("{% set y %}<i>{{ event.x }}{% endset %}{{ y ~ event.x }}", f"<i>{X}{X}"),
        ("{% macro m(a) %}<i>{{ a }}{% endmacro %}{{ m(event.x) }}", f"<i>{X}"),
        ("{% macro m(a) %}<i>{{ caller() }}{{ a }}{% endmacro %}{% call m(event.x) %}<q>{{ event.x }}{% endcall %}", f"<i><q>{X}{X}"),
        ("{% for y in event.list recursive %}<{{ y }}{% if loop.depth < 2 %}{{ loop([event.x]) }}{% endif %}{% endfor %}", f"<‹b›<{X}<{{'‹a›': '‹'}}<{X}"),
        ("{% block b %}<{{ event.x }}{% endblock %}{{ self.b() }}", f"<{X}<{X}"),
    ],
)  # fmt: skip
def test_text_that_a_template_gathers_itself_is_escaped_once(source, text):
    assert rendered(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{% filter upper %}<i>{{ event.x }}{% endfilter %}", "‹I›‹B›＆"),
        ("{% set y | upper %}<i>{{ event.x }}{% endset %}{{ y }}", "‹I›‹B›＆"),
        ("{% filter striptags %}&lt;{{ event.x }}{% endfilter %}", "‹＆"),
        ("{% set y | striptags %}&lt;{{ event.x }}{% endset %}{{ y }}", "‹＆"),
        ("{% filter upper %}{% filter lower %}{{ event.x }}{% endfilter %}{% endfilter %}", "‹B›＆"),
        ("{% filter upper %}{% macro m() %}{{ event.x }}{% endmacro %}{{ m() }}{% endfilter %}", "‹B›＆"),
        ("{% call '{}<'.format(event.x) %}{% endcall %}", f"{X}‹"),
        ("{% call event.x.upper() %}{% endcall %}", None),
    ],
)
def test_text_that_went_through_a_filter_or_a_method_is_escaped_behind_it(source, text):
    if text is None:
        with pytest.raises(TemplateFault):
            rendered(source)
    else:
        assert rendered(source) == text


@pytest.mark.parametrize("name", ["ns.m(event.x)", "ns.y", "ns.l([event.x])"])
def test_nothing_leaves_a_filter_block_unescaped(name):
    source = (
        "{% set ns = namespace() %}{% filter upper %}{% macro m(a) %}{{ a }}{% endmacro %}{% set ns.m = m %}"
        "{% set ns.y %}{{ event.x }}{% endset %}"
        "{% for y in [1] recursive %}{% set ns.l = loop %}{% if loop.depth > 1 %}{{ y }}{% endif %}{% endfor %}"
        "{% endfilter %}{{ " + name + " }}"
    )
    try:
        assert "<" not in rendered(source)
    except TemplateFault:
        assert name == "ns.l([event.x])"


PIECES = st.sampled_from(
    ["{{ x }}", "{{ y.a }}", "{{ x ~ y }}", "{{ x | upper }}", "{{ [x, y] }}", "{{ x if y else x }}", "{{ y | tojson }}", "{{ x | e }}",
     "{% for z in y %}", "{{ z }}", "{% endfor %}", "{% if x %}", "{% else %}", "{% endif %}", "{% set z %}", "{% endset %}", "{% set z = x %}",
     "{% macro m(a) %}", "{{ a }}", "{% endmacro %}", "{{ m(x) }}", "{% call m(x) %}", "{{ caller() }}", "{% endcall %}", "{% filter lower %}",
     "{% filter striptags %}", "{% endfilter %}", "{% set z | trim %}", "{% with z = x %}", "{% endwith %}", "{% block b %}", "{% endblock %}",
     "{{ self.b() }}", "{% autoescape true %}", "{% endautoescape %}", "{% set ns = namespace(m=x) %}", "{% set ns.m = z %}", "{{ ns.m }}",
     "{% for z in y recursive %}", "{{ loop(x) }}", "{{ x.join(y) }}", "{{ '%s' % x }}", "{{ x | replace('a', x) }}", "text"]
)  # fmt: skip
VALUES = st.recursive(st.sampled_from(["<", "a<!b>", ">", "&lt;"]), lambda inner: st.lists(inner, max_size=3) | st.fixed_dictionaries({"a": inner}), max_leaves=4)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(PIECES, min_size=1, max_size=9).map("".join), VALUES, VALUES)
def test_no_template_lets_through_what_is_escaped_unless_its_author_marks_it(source, x, y):
    try:
        text = Template(SANDBOX, source, escape).render({"x": x, "y": y})
    except (TemplateFault, ValueError):
        return
    assert "<" not in str(text)
    assert ">" not in str(text)


def test_the_same_template_without_an_escape_changes_nothing():
    source = "<{{ event.x }}>{% set y %}{{ event.x }}{% endset %}{{ y }}{{ event.x | safe }}"
    assert Template(SANDBOX, source).render({"event": EVENT}) == "<<b>&><b>&<b>&"
    assert Template(SANDBOX, "{{ event.x | safe }}").render({"event": EVENT}) == "<b>&"


def test_one_sandbox_escapes_for_each_template_in_its_own_way():
    loud, shy, as_it_is = (Template(SANDBOX, "a{{ x }}", one) for one in (str.upper, str.lower, None))
    assert [one.render({"x": "Yes"}) for one in (loud, shy, as_it_is, loud)] == ["aYES", "ayes", "aYes", "aYES"]


def markup_at(place, data):
    """Escape what stands under the key `text` of a mapping whose kind is `markup`."""
    holder = data
    for part in place[:-1]:
        holder = holder[part]
    return escape if place[-1] == "text" and isinstance(holder, dict) and holder.get("kind") == "markup" else None


@pytest.mark.parametrize(
    ("value", "given_back"),
    [
        ({"kind": "markup", "text": "<"}, {"kind": "markup", "text": "‹"}),
        ({"kind": "plain", "text": "<"}, {"kind": "plain", "text": "<"}),
        ([{"kind": "markup", "text": "<", "more": [{"text": "<"}]}], [{"kind": "markup", "text": "‹", "more": [{"text": "<"}]}]),
        ([[{"a": {"kind": "markup", "text": "<"}}]], [[{"a": {"kind": "markup", "text": "‹"}}]]),
        ({"kind": "markup", "text": ["<"]}, {"kind": "markup", "text": ["<"]}),
        ("<", "<"),
        (5, 5),
        ([], []),
    ],
)  # fmt: skip
def test_a_value_given_as_a_whole_is_escaped_inside_by_what_it_is(value, given_back):
    template = Template(SANDBOX, "{{ x }}", inside=Inside(markup_at, ("blocks", 0)))
    before = repr(value)
    assert template.render({"x": value}) == given_back
    assert repr(value) == before
