"""Templates that would take the machine are stopped early; what people write goes on."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from zoneinfo import ZoneInfo

import pytest

from omiflow.engine.budget import MOST_TEXT
from omiflow.engine.names import Now, as_datetime
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template, TemplateMistake
from omiflow.errors import TemplateFault

SOON = 0.5
EVENT = {"title": "Plan", "words": "x" * 200_000, "tags": ["<a>"] * 60_000, "html": "<a>" * 80_000, "deep": [[[1]]]}


def grow(assignment: str, times: int = 60, then: str = "{{ ns.x }}") -> str:
    return f"{{% set ns = namespace(x='ab', y=1) %}}{{% for i in range({times}) %}}{{% set ns.x = {assignment} %}}{{% endfor %}}{then}"


ATTACKS = {
    "class": "{{ ''.__class__ }}",
    "mro": "{{ ''.__class__.mro() }}",
    "subclasses": "{{ ().__class__.__base__.__subclasses__() }}",
    "class by key": "{{ event['__class__'] }}",
    "class by attr": "{{ event|attr('__class__') }}",
    "globals of a function": "{{ as_datetime.__globals__ }}",
    "format escape": "{{ '{0.__class__}'.format(event) }}",
    "format escape deep": "{{ '{0.__class__.__init__.__globals__}'.format(event) }}",
    "format_map escape": "{{ '{a.__class__}'.format_map({'a': event}) }}",
    "format by attr": "{{ ('{0.__class__}'|attr('format'))(event) }}",
    "frame of a generator": "{{ (range(3)|map('string')).gi_frame }}",
    "context": "{{ self._TemplateReference__context }}",
    "cycler globals": "{{ cycler.__init__.__globals__ }}",
    "changing the payload": "{{ event.update({'a': 1}) }}",
    "changing a list": "{{ event.tags.append(1) }}",
    "huge range": "{{ range(999999999)|list }}",
    "nested loops without output": "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "nested loops of text": "{% set x %}{% for a in range(9999) %}{% for b in range(9999) %}" + "y" * 500 + "{% endfor %}{% endfor %}{% endset %}",
    "loops of arithmetic": "{% for a in range(9999) %}" + "{% set x = 1 - 1 - 1 - 1 - 1 - 1 - 1 - 1 %}" * 50 + "{% endfor %}",
    "string times": "{{ 'a' * 999999999 }}",
    "list times": "{{ [1] * 999999999 }}",
    "times from the right": "{{ 999999999 * 'a' }}",
    "times of times": "{{ ([('a' * 250000)] * 250000)|string }}",
    "power": "{{ 9 ** 99999999 }}",
    "power of power": "{{ 9 ** (9 ** 9) }}",
    "number times": grow("ns.x * ns.x", then="").replace("x='ab'", "x=9"),
    "percent width": "{{ '%999999999d' % 1 }}",
    "percent star": "{{ '%*d' % (999999999, 1) }}",
    "percent precision": "{{ '%.999999999f' % 1 }}",
    "percent name": "{{ '%(a)999999999d' % {'a': 1} }}",
    "percent nested name": "{{ '%((a))999999999d' % {'(a)': 1} }}",
    "percent many": "{{ ('%(a)s' * 2000) % {'a': event.words} }}",
    "format filter": "{{ '%999999999d'|format(1) }}",
    "format width": "{{ '{:>999999999}'.format(1) }}",
    "format width from value": "{{ '{:{}}'.format(1, 999999999) }}",
    "format width from text": "{{ '{:>{}}'.format(1, '999999999') }}",
    "format many": "{{ ('{0}' * 3000).format(event.words) }}",
    "format conversion": "{{ '{0!a:>99999999}'.format(1) }}",
    "center": "{{ 'a'|center(999999999) }}",
    "center method": "{{ 'a'.center(999999999) }}",
    "ljust": "{{ 'a'.ljust(999999999) }}",
    "rjust": "{{ 'a'.rjust(999999999) }}",
    "zfill": "{{ 'a'.zfill(999999999) }}",
    "expandtabs": "{{ '\t'.expandtabs(999999999) }}",
    "indent": "{{ 'a\nb'|indent(999999999) }}",
    "indent many": "{{ ('a\n' * 100000)|indent(900) }}",
    "indent text": "{{ ('a\n' * 100000)|indent(event.words) }}",
    "wordwrap": "{{ event.words|wordwrap(1, wrapstring=event.words) }}",
    "wordwrap slowly": "{% for i in range(99) %}{% set x = ('a ' * 100000)|wordwrap(1) %}{% endfor %}",
    "replace filter": "{{ event.words|replace('x', event.words) }}",
    "replace named": "{{ event.words|replace(old='x', new=event.words) }}",
    "replace method": "{{ event.words.replace('x', event.words) }}",
    "replace nothing": "{{ event.words.replace('', event.words) }}",
    "join filter": "{{ event.tags|join(event.words) }}",
    "join named": "{{ event.tags|join(d=event.words) }}",
    "join method": "{{ event.words.join(event.tags) }}",
    "join of defaults": "{{ event.tags|map(attribute='q', default=event.words)|join }}",
    "join of lazy": "{{ event.words.join(range(9999)|map('string')) }}",
    "map center": "{{ range(9999)|map('center', 999)|join }}",
    "map of map": "{{ range(9999)|map('list')|list }}",
    "batch": "{{ [1]|batch(999999999, 'x')|list }}",
    "slice": "{{ [1]|slice(999999999, 'x')|list }}",
    "xmlattr": "{{ {'a': event.words|replace('x', '<')}|xmlattr }}",
    "urlize": "{{ ('http://a.de ' * 20000)|urlize(rel=event.words) }}",
    "urlize slowly": "{{ ('www.a.de ' * 25000)|urlize }}",
    "pprint": "{{ event.tags|pprint }}",
    "pprint deep": grow("[ns.x]", 5000, "{{ ns.x|pprint }}"),
    "tojson indent": "{{ event.tags|tojson(indent=999999999) }}",
    "tojson indent many": "{{ event.tags|tojson(indent=8) }}",
    "striptags": "{{ event.html|striptags }}",
    "escape": "{{ event.html|e }}",
    "round": "{{ 1.5|round(999999999, 'ceil') }}",
    "sum of lists": "{{ (event.tags|batch(2)|list)|sum(start=[])|length }}",
    "to_bytes": "{{ (1).to_bytes(999999999, 'big') }}",
    "translate": "{{ event.words.translate({120: event.words}) }}",
    "encode": "{{ event.words.encode().hex(event.words) }}",
    "strftime": "{{ now.strftime('%A' * 100000) }}",
    "strftime width": "{{ now.strftime('%999Y' * 50000) }}",
    "macro without end": "{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}",
    "macro tree": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
    "call without end": "{% macro m() %}{% call m() %}{% endcall %}{% endmacro %}{{ m() }}",
    "block without end": "{% block b %}{{ self.b() }}{% endblock %}",
    "loop without end": "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "loop tree": "{% for x in range(99) recursive %}{% if loop.depth < 9 %}{{ loop(range(99)) }}{% endif %}{% endfor %}",
    "loop wide": "{% for x in range(9999) recursive %}{% if loop.depth < 3 %}{{ loop(range(9999)) }}{% endif %}{% endfor %}",
    "loop named": "{% for x in range(9999) recursive %}{% if loop.depth < 3 %}{{ loop(iterable=range(9999)) }}{% endif %}{% endfor %}",
    "concat": grow("ns.x ~ ns.x"),
    "plus": grow("ns.x + ns.x"),
    "plus of lists": grow("ns.x + ns.x", then="").replace("x='ab'", "x=[1, 2]"),
    "lists of lists": grow("[ns.x, ns.x]"),
    "tuples of tuples": grow("(ns.x, ns.x)", then="{{ {ns.x: 1} }}"),
    "mappings of mappings": grow("{'a': ns.x, 'b': ns.x}"),
    "dict of dicts": grow("dict(a=ns.x, b=ns.x)"),
    "cycler of cyclers": grow("cycler(ns.x, ns.x).items"),
    "joiner of joiners": grow("joiner(ns.x)() ~ ns.x ~ ns.x"),
    "batch of batches": grow("[ns.x]|batch(2, ns.x)|list"),
    "block set": "{% set x = 'ab' %}" + "{% set x %}{{ x }}{{ x }}{% endset %}" * 60 + "{{ x }}",
    "varargs": "{% set ns = namespace(x=1) %}{% macro m() %}{% set ns.x = varargs %}{% endmacro %}"
    "{% for i in range(60) %}{% set y = m(ns.x, ns.x) %}{% endfor %}{{ ns.x }}",
    "compared lists": grow("[ns.x, ns.x]", 15, "{% for i in range(9999) %}{% if ns.x == ns.y %}{% endif %}{% endfor %}"),
    "equal lists": "{% for i in range(9999) %}{% if event.tags == event.tags[0:] %}{% endif %}{% endfor %}",
    "found late": "{% for i in range(9999) %}{% if 'q' in event.tags %}{% endif %}{% endfor %}",
    "tested late": "{{ range(9999)|map('string')|select('in', event.tags)|list }}",
    "sorted often": "{% for i in range(9999) %}{% set x = event.tags|sort %}{% endfor %}",
    "sliced often": "{% for i in range(9999) %}{% set x = event.tags[1:] %}{% endfor %}",
    "listed often": "{% for i in range(9999) %}{% set x = event.tags|list %}{% endfor %}",
    "upper often": "{% for i in range(9999) %}{% set x = event.words.upper() %}{% endfor %}",
    "counted often": "{% for i in range(9999) %}{% set x = event.words.count('q') %}{% endfor %}",
    "shown often": "{% set x %}{% for i in range(9999) %}{{ event.words }}{% endfor %}{% endset %}",
    "named by much": "{{ event.words|slugify }}",
    "named with much between": "{{ 'a b'|slugify(event.words) }}",
    "json of much": "{{ event|to_json }}",
    "json of lazy": "{{ range(9999)|map(attribute='q', default=event.words)|to_json }}",
    "json of indents": "{{ event.tags|to_json(pretty_print=true) }}",
    "json often": "{% for i in range(9999) %}{% set x = event.words|to_json %}{% endfor %}",
    "sentences often": "{% for i in range(9999) %}{% set x = ('.' * 200000)|sentences(9) %}{% endfor %}",
    "bullets of lazy": "{{ range(9999)|map(attribute='q', default=event.words)|bullets }}",
    "bullets of much": "{{ event.tags|bullets }}",
    "closest to much": "{{ event.words|closest(event.tags) }}",
    "closest of lazy": "{{ 'a'|closest(range(9999)|map(attribute='q', default=event.words)) }}",
    "closest often": "{% for i in range(9999) %}{% set x = 'abc'|closest(event.tags) %}{% endfor %}",
    "safe often": "{% for i in range(9999) %}{% set x = event.words|safe %}{% endfor %}",
    "a zone of much": "{{ now|local(event.words) }}",
    "a zone that is a folder": "{{ now|local('America') }}",
    "a zone elsewhere": "{{ now|local('../../../etc/passwd') }}",
    "globals of today_at": "{{ today_at.__globals__ }}",
    "plain lazy": "{{ range(9999)|map(attribute='q', default=event.words) }}",
    "shown lists": "{% set x %}{% for i in range(9999) %}{{ event.tags }}{% endfor %}{% endset %}",
    "title often": "{% for i in range(9999) %}{% set x = event.words|title %}{% endfor %}",
    "calls": "{% macro m() %}{% endmacro %}{% for a in range(9999) %}{% for b in range(9999) %}{{ m() }}{% endfor %}{% endfor %}",
    "long text": "{% for a in range(9999) %}" + "y" * 100 + "{% endfor %}",
    "deep value": grow("[ns.x]", 5000),
}  # fmt: skip


@pytest.fixture(scope="module")
def names():
    return {"event": EVENT, "now": Now.at(1_772_442_000.0, ZoneInfo("Europe/Berlin")), "as_datetime": as_datetime}


@pytest.mark.parametrize("source", ATTACKS.values(), ids=ATTACKS)
def test_a_template_that_would_take_the_machine_fails_soon(source, names):
    begun = time.process_time()
    with pytest.raises(TemplateFault):
        Template(Sandbox(), source).render(names)
    assert time.process_time() - begun < SOON


def test_templates_that_would_take_the_machine_need_little_memory(tmp_path):
    program = tmp_path / "render.py"
    program.write_text(
        """
import json, resource, sys
from omiflow.engine.sandbox import Sandbox
from omiflow.engine.templates import Template
from omiflow.errors import TemplateFault

event, sources = json.load(sys.stdin)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name, source in sources.items():
    try:
        Template(Sandbox(), source).render({"event": event})
    except TemplateFault:
        pass
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    if grown > 150:
        sys.exit(f"{name}: {grown:.0f} MB")
"""
    )
    told = json.dumps([EVENT, {name: source for name, source in ATTACKS.items() if "{% for" not in source}])
    ended = subprocess.run(
        [sys.executable, program], input=told, text=True, capture_output=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("source", ATTACKS.values(), ids=ATTACKS)
def test_a_template_whose_text_is_escaped_fails_as_soon(source, names):
    begun = time.process_time()
    with pytest.raises(TemplateFault):
        Template(Sandbox(), source, escape=lambda text: text.replace("<", "&lt;")).render(names)
    assert time.process_time() - begun < SOON


def test_text_that_grows_too_long_by_being_escaped_is_a_fault(names):
    for source in ("{{ event.words }}", "<{{ event.words }}"):
        with pytest.raises(TemplateFault, match="longer than 256000"):
            Template(Sandbox(), source, escape=lambda text: text * 2).render(names)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% include 'a' %}", "can't read other templates"),
        ("{% import 'a' as b %}", "can't read other templates"),
        ("{% from 'a' import b %}", "can't read other templates"),
        ("{% extends 'a' %}", "can't read other templates"),
        ("{{ [1]|random }}", "unknown filter 'random'"),
        ("{{ a is nonsense }}", "unknown test 'nonsense'"),
        ("{{ a", "unexpected end of template"),
        ("{% if a %}", "Unexpected end of template"),
        ("{{ " + "(" * 5000 + ")" * 5000 + " }}", "nested too deeply"),
    ],
)
def test_what_no_template_may_do_is_found_when_it_is_read(source, message):
    with pytest.raises(TemplateMistake) as mistake:
        Template(Sandbox(), source)
    assert message in str(mistake.value)


@pytest.mark.parametrize("name", ["random", "lipsum"])
def test_neither_random_nor_lipsum_is_there(name):
    assert name in Template(Sandbox(), f"{{{{ {name}() }}}}").names


SEGMENTS = [
    {"text": f"word {n} " * 4, "speaker": f"SPEAKER_{n % 3}", "is_user": n % 2 == 0, "start": n * 2.0, "end": n + 1.5}
    | {"id": f"s{n}", "speaker_id": n % 3, "person_id": None, "translations": []}
    for n in range(1000)
]


@pytest.mark.parametrize(
    "source",
    [
        "{% for s in event.segments %}{{ s.speaker }}: {{ s.text|trim }}\n{% endfor %}",
        "{{ event.segments|map(attribute='text')|join(' ')|truncate(3000) }}",
        "{{ event.segments|selectattr('is_user')|map(attribute='text')|join(' ')|length }}",
        "{{ event.segments|groupby('speaker')|map('first')|join(', ') }}",
        "{{ event.segments|sort(attribute='start', reverse=true)|first }}",
        "{{ event.segments|tojson|length }}",
        "{{ event.segments|map(attribute='speaker')|unique|list }}",
        "{{ event.segments|rejectattr('is_user')|list|length > 3 and (event.segments|last).text is string }}",
    ],
)
def test_a_long_conversation_is_within_the_budget(source):
    assert Template(Sandbox(), source).render({"event": {"segments": SEGMENTS}})


def test_each_rendering_has_a_budget_of_its_own():
    template = Template(Sandbox(), "{% for a in range(9999) %}{% for b in range(9) %}{% endfor %}{% endfor %}.")
    assert [template.render({}) for _ in range(5)] == ["."] * 5


def test_the_longest_text_may_be_written_and_not_a_character_more():
    template = Template(Sandbox(), "{{ a }}{{ b }}")
    assert len(template.render({"a": "a" * (MOST_TEXT - 1), "b": "b"})) == MOST_TEXT
    with pytest.raises(TemplateFault, match="longer than"):
        template.render({"a": "a" * MOST_TEXT, "b": "b"})
