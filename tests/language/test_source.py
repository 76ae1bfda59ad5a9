"""YAML texts read into values that know their places."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from omiflow.language.places import Lines
from omiflow.language.scalars import Tag, resolve
from omiflow.language.source import Source, read

MENTOR = """\
rules:
  - id: second_opinion
    triggers:
      - trigger: realtime_transcript
        phrases: [what do you think, "any advice"]
    actions:
      - action: omi.prompt
        data:
          prompt: |
            Be brief.
            Say {{ event.titel }}.
          title: 'it''s {{ x }}'
          text: "a \\"b\\" \\u00e9{{ y }}"
"""


def clean(text: str) -> Any:
    source = read(text, file="a.yaml")
    assert source.problems == []
    return source.value


def faults(text: str, *, tags: frozenset[str] = frozenset()) -> list[tuple[int, int, str]]:
    return [(one.line, one.column, one.message) for one in read(text, file="a.yaml", tags=tags).problems]


def pointed_at(source: Source, loc: tuple[str | int, ...], *, of_key: bool = False) -> str:
    line, column, length = source.place(loc, of_key=of_key)
    return source.lines.line(line)[column - 1 : column - 1 + length]


# Values


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("+3", 3),
        ("012", 12),
        ("0o14", 12),
        ("0xfF", 255),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-.inf", -math.inf),
        (".INF", math.inf),
        ("on", "on"),
        ("No", "No"),
        ("yes", "yes"),
        ("tRUE", "tRUE"),
        ("12:30", "12:30"),
        ("2026-01-05", "2026-01-05"),
        ("2026-03-02T10:00:00+01:00", "2026-03-02T10:00:00+01:00"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("-", "-"),
        (".", "."),
        ("1.2.3", "1.2.3"),
        ("10m", "10m"),
        ("=", "="),
        ('"12"', "12"),
        ("'true'", "true"),
        ('""', ""),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("! 12", "12"),
        ("9" * 301, "9" * 301),
    ],
)
def test_a_scalar_is_read_by_the_core_schema(written: str, value: object) -> None:
    found = clean(f"[x, {written}]")[-1] if written != "-" else resolve(written)
    expected: object = "x" if written == "" else value
    assert (type(found), found) == (type(expected), expected)


def test_not_a_number_is_a_number() -> None:
    assert math.isnan(clean("a: .nan")["a"])


def test_an_empty_value_is_null() -> None:
    assert clean("a:\nb: # nothing\n") == {"a": None, "b": None}


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n"])
def test_an_empty_text_is_null(text: str) -> None:
    assert clean(text) is None


def test_words_that_older_yaml_took_for_truth_are_keys() -> None:
    assert clean("on: 1\nyes: 2\n") == {"on": 1, "yes": 2}


def test_a_byte_order_mark_is_passed_over() -> None:
    source = read("\ufeffa: 1\na: 2\n", file="a.yaml")
    assert source.value == {"a": 1}
    assert (source.problems[0].line, source.problems[0].column) == (2, 1)


def test_anchors_and_merge_keys_work() -> None:
    text = "x: &x {p: 1, q: 2}\ny: {<<: *x, q: 3}\nz: {r: 0, <<: [*x, {q: 9, s: 1}]}\nw: *x\n"
    value = clean(text)
    assert value["y"] == {"p": 1, "q": 3}
    assert value["z"] == {"p": 1, "q": 2, "s": 1, "r": 0}
    assert value["w"] is value["x"]


def test_merged_keys_come_before_a_mappings_own() -> None:
    assert list(clean("x: &x {b: 1}\ny: {a: 1, <<: *x}\n")["y"]) == ["b", "a"]


def test_a_quoted_merge_key_is_a_key() -> None:
    assert clean('"<<": {a: 1}\n') == {"<<": {"a": 1}}


def test_merging_a_big_mapping_often_shares_its_values() -> None:
    text = "x: &x {" + ", ".join(f"k{n}: [1]" for n in range(100)) + "}\n"
    text += "".join(f"y{n}: {{<<: *x}}\n" for n in range(100))
    value = clean(text)
    assert value["y1"]["k1"] is value["x"]["k1"]


def test_an_allowed_tag_makes_a_tag() -> None:
    text = 'a: !env NAME\nb: !env "NAME, default"\nc: [!file /x]\n'
    source = read(text, file="omiflow.yaml", tags=frozenset({"env", "file", "user"}))
    assert source.problems == []
    assert source.value == {
        "a": Tag(kind="env", text="NAME"),
        "b": Tag(kind="env", text="NAME, default"),
        "c": [Tag(kind="file", text="/x")],
    }


@given(
    st.recursive(
        st.text(max_size=20) | st.integers(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    ),
    st.booleans(),
    st.booleans(),
)
@example({"a": {"b": ["multi\nline", " padded ", "# no comment"]}}, False, True)
def test_dumped_values_come_back(value: Any, flow: bool, wide: bool) -> None:
    dumped = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=wide)
    loaded = yaml.safe_load(dumped)
    assert read(dumped, file="a.yaml").value == _newer(loaded)


def _newer(value: Any) -> Any:
    """Give a value as YAML 1.2 reads it where PyYAML, of version 1.1, dumps text without quotes: `1e3`, `0o7`, `09`."""
    if isinstance(value, dict):
        return {key: _newer(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_newer(inner) for inner in value]
    return resolve(value) if isinstance(value, str) and yaml.safe_dump(value)[0] not in "'\"|" else value


# Problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", [(3, 1, "key 'a' is given twice; it is first on line 1")]),
        ("b: {c: 1, c: 2}\n", [(1, 11, "key 'c' is given twice; it is first on line 1")]),
        ("a: {<<: {b: 1}, <<: {c: 1}}\n", [(1, 17, "'<<' is given twice; give it one list: '<<: [*a, *b]'")]),
        ("12: x\n", [(1, 1, 'keys are text; quote it: "12"')]),
        ("true: x\n", [(1, 1, 'keys are text; quote it: "true"')]),
        ("? [a]\n: b\n", [(1, 3, "keys are text, not lists or mappings; quote it if it is text")]),
        ("? \n: b\n", [(1, 2, "a key is missing before ':'")]),
        ("a: *x\n", [(1, 4, "no anchor '&x' above; quote text that begins with '*'")]),
        ("a: &base 1\nb: *bse\n", [(2, 4, "no anchor '&bse' above; did you mean 'base'?")]),
        (
            "a: &a [*a]\n",
            [(1, 8, "'*a' refers to the value that it stands in; a document can't hold itself")],
        ),
        ("<<: x\n", [(1, 5, "'<<' takes a mapping or a list of mappings; such as '<<: *name'")]),
        ("<<: *x\n", [(1, 5, "no anchor '&x' above; quote text that begins with '*'")]),
        ("a: 1\n---\nb: 1\n", [(2, 1, "a second document begins here; one file holds one document")]),
        ("a: !foo x\n", [(1, 4, "unknown tag '!foo'; quote text that begins with '!'")]),
        ("a: !foo {}\n", [(1, 4, "unknown tag '!foo'; quote text that begins with '!'")]),
        (
            "a: !!python/object:os.system x\n",
            [(1, 4, "unknown tag '!!python/object:os.system'; quote text that begins with '!'")],
        ),
        ("a: !env X\n", [(1, 4, "'!env' is not read here; it exists in 'omiflow.yaml' only")]),
        ("a: !!int x\n", [(1, 4, "'x' is no int; leave the tag out")]),
        ("a: {{ x }}\n", [(1, 4, "a template was not quoted")]),
        ("a: x\x00y\n", [(1, 5, "character U+0000 can't stand in YAML; remove it, or escape it in double quotes")]),
        ("a: \ud800\n", [(1, 4, "character U+D800 can't stand in YAML; remove it, or escape it in double quotes")]),
        ("a" * 1_000_001, [(1, 1, "the file is larger than 1 MB; split it")]),
        ("é" * 500_001, [(1, 1, "the file is larger than 1 MB; split it")]),
    ],
)
def test_a_mistake_is_a_problem_with_a_place(text: str, expected: list[tuple[int, int, str]]) -> None:
    assert faults(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: !evn X\n", "unknown tag '!evn'; did you mean '!env'?"),
        ("a: !zebra X\n", "unknown tag '!zebra'; known are '!env', '!file'"),
        ("a: !env [X]\n", "'!env' stands before a single text, not before a list or a mapping"),
    ],
)
def test_a_tag_that_is_not_allowed_is_a_problem(text: str, expected: str) -> None:
    assert faults(text, tags=frozenset({"env", "file"})) == [(1, 4, expected)]


def test_all_mistakes_come_in_one_pass_and_the_rest_is_read() -> None:
    source = read("a: 1\na: 2\n12: x\nb: !foo y\nc: *z\nd: {{ e }}\nf: 3\n", file="a.yaml")
    assert [one.line for one in source.problems] == [2, 3, 4, 5, 6]
    assert source.value == {"a": 1, "12": "x", "b": "y", "c": "*z", "d": "{{ e }}", "f": 3}


def test_mistakes_before_a_syntax_error_are_told_too() -> None:
    assert [line for line, _, _ in faults("a: 1\na: 2\nb: [\n")] == [2, 3]


def test_a_template_without_quotes_is_answered_with_the_quoted_one() -> None:
    source = read('a: [{{ x }}, "b"]\n', file="a.yaml")
    assert source.value == {"a": ["{{ x }}", "b"]}
    assert [one.hint for one in source.problems] == ['quote this template: "{{ x }}"']


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
LADDER = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 70))
MERGES = (
    "x: &x {"
    + ", ".join(f"k{n}: 1" for n in range(1_000))
    + "}\n"
    + "".join(f"y{n}: {{<<: *x}}\n" for n in range(1_000))
)
TOO_MANY = "the document has more than 100,000 values, those behind '*' counted each time; split the file"
TOO_DEEP = "nested deeper than 64 levels"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, TOO_MANY),
        (MERGES, TOO_MANY),
        ("[" + "1," * 100_001 + "]", TOO_MANY),
        (LADDER, TOO_DEEP),
        ("[" * 10_000, TOO_DEEP),
        ("{a: " * 10_000, TOO_DEEP),
        ("- " * 10_000 + "x", TOO_DEEP),
        ("? " * 10_000 + "x", TOO_DEEP),
    ],
    ids=["laughs", "merges", "wide", "ladder", "brackets", "braces", "dashes", "questions"],
)
def test_a_bomb_is_one_problem(text: str, message: str) -> None:
    source = read(text, file="a.yaml")
    assert source.value is None
    assert [one.message for one in source.problems] == [message]


def test_sixty_four_levels_are_not_too_deep() -> None:
    assert clean("[" * 64 + "]" * 64) is not None
    assert faults("[" * 65 + "]" * 65) == [(1, 65, TOO_DEEP)]


WORDS = ["a", "b: ", "- ", "  ", "{{", "}}", ", ", "#1", " # ", "&a ", "*a", "!x ", "!!str ", "<<: ", "? ", ": ", "12"]
MARKS = [*"[]{}'\"|>%@\\\té日\u2028\x85\ufeff\n", "\r\n", "---\n", "...\n"]
PIECES = st.sampled_from([*WORDS, *MARKS])


@given(st.text() | st.lists(PIECES, max_size=30).map("".join))
@example("{")
@example("k: [{a}: b c")
@example("a: &q !x [b: {c}, d e: f g: h]")
def test_any_text_is_read_and_its_problems_stand_in_it(text: str) -> None:
    source = read(text, file="a.yaml", tags=frozenset({"x"}))
    lines = Lines(source.text)
    for one in source.problems:
        assert 1 <= one.line <= lines.count
        assert 1 <= one.column <= len(lines.line(one.line)) + 1
        assert 1 <= one.length <= max(1, len(lines.line(one.line)) - one.column + 1)
    _look_everywhere(source, source.value, ())


def _look_everywhere(source: Source, value: object, loc: tuple[str | int, ...]) -> None:
    """Ask a source for all it knows of each value."""
    source.place(loc)
    source.place(loc, of_key=True)
    source.hint(loc)
    source.inside(loc, 3)
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, one in inner:
        _look_everywhere(source, one, (*loc, part))


# Places


@pytest.mark.parametrize(
    ("loc", "of_key", "expected"),
    [
        ((), False, "rules"),
        (("rules",), True, "rules"),
        (("rules", 0), False, "id"),
        (("rules", 0, "id"), False, "second_opinion"),
        (("rules", 0, "id"), True, "id"),
        (("rules", 0, "triggers", 0, "phrases"), True, "phrases"),
        (("rules", 0, "triggers", 0, "phrases"), False, '[what do you think, "any advice"]'),
        (("rules", 0, "triggers", 0, "phrases", 0), False, "what do you think"),
        (("rules", 0, "triggers", 0, "phrases", 1), False, '"any advice"'),
        (("rules", 0, "triggers", 0, "<realtime>", "phrases", 1), False, '"any advice"'),
        (("rules", 0, "triggers", 0, "phrases", 7), False, '[what do you think, "any advice"]'),
        (("rules", 0, "id", "deeper", 3), False, "second_opinion"),
        (("rules", 0, "missing"), False, "id"),
        (("rules", 0, "actions", 0, "data", "prompt"), False, "|"),
    ],
)
def test_a_path_leads_to_a_place(loc: tuple[str | int, ...], of_key: bool, expected: str) -> None:
    assert pointed_at(read(MENTOR, file="a.yaml"), loc, of_key=of_key) == expected


def test_a_place_counts_lines_and_columns_from_one() -> None:
    source = read(MENTOR.replace("\n", "\r\n"), file="a.yaml")
    assert source.place(("rules", 0, "triggers", 0, "phrases", 1)) == (5, 38, 12)


def test_a_merged_value_stands_where_it_was_written() -> None:
    source = read("x: &x {p: one}\ny:\n  <<: *x\n  q: *x\n", file="a.yaml")
    assert source.place(("y", "p")) == (1, 11, 3)
    assert source.place(("y", "p"), of_key=True) == (1, 8, 1)
    assert source.place(("y", "q")) == (4, 6, 2)
    assert source.place(("y", "q", "p")) == (1, 11, 3)


DATA = ("rules", 0, "actions", 0, "data")


@pytest.mark.parametrize(
    ("loc", "part"),
    [
        (("rules", 0, "triggers", 0, "phrases", 0), "think"),
        (("rules", 0, "triggers", 0, "phrases", 1), "advice"),
        ((*DATA, "prompt"), "{{ event"),
        ((*DATA, "prompt"), "brief"),
        ((*DATA, "title"), "{{ x"),
        ((*DATA, "text"), "{{ y"),
    ],
)
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_place_inside_a_text_is_found(loc: tuple[str | int, ...], part: str, line_break: str) -> None:
    source = read(MENTOR.replace("\n", line_break), file="a.yaml")
    value = source.value
    for step in loc:
        value = value[step]
    line, column, _ = source.inside(loc, value.index(part))
    assert source.lines.line(line)[column - 1 :].startswith(part)


@pytest.mark.parametrize("text", ["a: >\n  b\n\n  c d\n", "a: b\n  c d\n", "a: 'b\n  c d'\n"])
def test_a_place_inside_a_folded_text_is_found(text: str) -> None:
    source = read(text, file="a.yaml")
    line, column, length = source.inside(("a",), source.value["a"].index("c d"), 3)
    assert source.lines.line(line)[column - 1 : column - 1 + length] == "c d"


@pytest.mark.parametrize("text", ['a: "b\n  c"\n', "a: &x b c\n", "a: |2\n  b c\n"])
def test_inside_a_text_that_is_named_or_escaped_over_lines_the_place_is_its_start(text: str) -> None:
    source = read(text, file="a.yaml")
    assert source.inside(("a",), 2)[:2] == (1, 4)


# Hints


TALK = """\
phrases:
  - note to self: {x}
  - call me #1
  - [the]
  - {x}
  - #hash tag
  - call me #1  # often
  - note to self:
  - fine  # comment
  - "quoted" #1
  - a: b
    c: d
flow: [note me: {x}, {slot}, call #2
  , fine]
"""


@pytest.mark.parametrize(
    ("loc", "hint"),
    [
        (("phrases", 0), 'quote this phrase: - "note to self: {x}"'),
        (("phrases", 1), 'quote this phrase: - "call me #1"'),
        (("phrases", 2), 'quote this phrase: - "[the]"'),
        (("phrases", 3), 'quote this phrase: - "{x}"'),
        (("phrases", 4), 'quote this phrase: - "#hash tag"'),
        (("phrases", 5), 'quote this phrase: - "call me #1"'),
        (("phrases", 6), 'quote this phrase: - "note to self:"'),
        (("phrases", 7), None),
        (("phrases", 8), None),
        (("phrases", 9), None),
        (("flow", 0), 'quote this phrase: "note me: {x}"'),
        (("flow", 1), 'quote this phrase: "{slot}"'),
        (("flow", 2), 'quote this phrase: "call #2"'),
        (("flow", 3), None),
    ],
)
def test_a_phrase_that_yaml_took_for_something_else_has_a_hint(loc: tuple[str | int, ...], hint: str | None) -> None:
    assert read(TALK, file="a.yaml").hint(loc) == hint


def test_a_renamed_key_stands_where_it_stood() -> None:
    source = read("a: &one {trg: [x, {y: z}]}\nb: *one\n", file="a.yaml")
    meant = source.renamed(("a", "<mapping>", "trg"), "triggers")
    assert meant.value == {"a": {"triggers": ["x", {"y": "z"}]}, "b": {"trg": ["x", {"y": "z"}]}}
    assert meant.place(("a", "triggers", 1, "y")) == source.place(("a", "trg", 1, "y"))
    assert meant.place(("a", "triggers"), of_key=True) == source.place(("a", "trg"), of_key=True)
    assert source.value["a"] is source.value["b"]
    assert source.renamed(("nowhere",), "b").value == source.value
