"""JSONPath: what is found, what can't be read, and that no payload makes it fail."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.engine.jsonpath import Below, Items, PathMistake, compile_path

PAYLOAD = {
    "a": [{"x": 1, "y": 3, "t": "2026-01-02"}, {"x": "b", "b": True}, "x", None, [1]],
    "b": {"c": {"x": 2}},
    "n": None,
    "e": [],
    "s": "text",
    "*": "star",
    "z": 0,
    "f": False,
    "o": {},
}


@pytest.mark.parametrize(
    ("path", "found", "many"),
    [
        ("$", [PAYLOAD], False),
        ("$.s", ["text"], False),
        ("$['s']", ["text"], False),
        ("$.b.c.x", [2], False),
        ("$.b.q.x", [], False),
        ("$.s.q", [], False),
        ("$.n", [], False),
        ("$.e", [], False),
        ("$.z", [0], False),
        ("$.f", [False], False),
        ("$.o", [{}], False),
        ("$.a[0].x", [1], False),
        ("$.a[-1]", [[1]], False),
        ("$.a[9]", [], False),
        ("$.a[-9]", [], False),
        ("$.s[0]", [], False),
        ("$.a[*].x", [1, "b"], True),
        ("$.a[*]", [PAYLOAD["a"][0], PAYLOAD["a"][1], "x", [1]], True),
        ("$.b.*.x", [2], True),
        ("$['*']", ["star"], False),
        ("$.s[*]", [], True),
        ("$.a[0:2].x", [1, "b"], True),
        ("$.a[::0]", [], True),
        ("$.a[0,1].x", [1, "b"], True),
        ("$['s','z']", ["text", 0], True),
        ("$..x", [1, "b", 2], True),
        ("$..q", [], True),
        ("$..a..x", [1, "b"], True),
        ("$.a[?(@.x == 1)].y", [3], True),
        ("$.a[?(@.x == 1 & @.y > 2)].y", [3], True),
        ("$.a[?(@.x == 1 && @.y > 3)].y", [], True),
        ("$.a[?(@.x == 'b' || @.y == 3)].x", [1, "b"], True),
        ("$.a[?(@.b == true)].x", ["b"], True),
        ("$.a[?(@.t >= '2026-01-01')].x", [1], True),
        ("$.a[?(@.x > 0)].x", [1], True),
        ("$.a[?(@ == 'x')]", ["x"], True),
        ("$.a[?(@.y)].x", [1], True),
    ],
)
def test_a_path_finds(path, found, many):
    compiled = compile_path(path)
    assert compiled.find(PAYLOAD) == found
    assert compiled.many is many


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("s", "doesn't begin with '$'"),
        ("", "doesn't begin with '$'"),
        ("$.", "is no JSONPath"),
        ("$.a[", "is no JSONPath"),
        ("$.a[?(@.x =~ 'b.*')]", "regular-expression filters aren't allowed"),
        ("$.a[?(@.y == 1 || @.x =~ 'b')]", "regular-expression filters aren't allowed"),
        ("$.a[?(@.x == $.s)]", "'$' can't stand inside a filter"),
        ("$.a.`len`", "only fields, indexes"),
        ("$.a.`parent`", "only fields, indexes"),
        ("$.a.`sub(/a/, b)`", "only fields, indexes"),
        ("$.a[\\x]", "only fields, indexes"),
        ("$" + ".a" * 65, "too long"),
        ("$" + ".a" * 5000, "too long|too deep"),
    ],
)
def test_what_is_no_path_is_a_mistake(path, message):
    with pytest.raises(PathMistake, match=message.replace("$", r"\$")):
        compile_path(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abxyst"), inner, max_size=4),
    max_leaves=20,
)
PATHS = [
    "$", "$.a", "$.a.x", "$.a[0]", "$.a[*]", "$.a[*].x", "$.*.*", "$..x", "$..*", "$..a..x", "$.a[1:]", "$['a','b'].x",
    "$.a[?(@.x == 1)]", "$.a[?(@.x > 1)].y", "$.a[?(@.x != 'q')]", "$.a[?(@.x <= @.y)]", "$.a[?(!@.x)]", "$.a[?(@ < 'b')]",
]  # fmt: skip
COMPILED = {path: compile_path(path) for path in PATHS}


@given(JSON, st.sampled_from(PATHS))
def test_no_payload_makes_a_path_fail(payload, path):
    assert all(value is not None and value != [] for value in COMPILED[path].find(payload))


@given(JSON, st.lists(st.sampled_from("abxys"), min_size=1, max_size=3))
def test_a_path_of_fields_finds_what_walking_finds(payload, fields):
    value = payload
    for name in fields:
        value = value.get(name) if isinstance(value, dict) else None
    wanted = [] if value is None or value == [] else [value]
    assert compile_path("$." + ".".join(fields)).find(payload) == wanted


@pytest.mark.parametrize("path", ["$..q", "$..*", "$..*..*..q", "$.a[*][*]", "$.a[?(@.q == 1)]", "$..*[?(@.q == 1)]"])
def test_a_large_payload_is_searched_soon(path):
    deep: list[object] = list(range(200_000))
    for number in range(95):
        deep = [deep, number, {}]
    payload = {"a": [[1, 2, {"b": n}] for n in range(20_000)], "d": [deep]}
    begun = time.process_time()
    assert len(compile_path(path).find(payload)) <= 10_000
    assert compile_path("$..*..q").find({"d": deep}) == []
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("$", ()),
        ("$.a['b c'].d", ("a", "b c", "d")),
        ("$.a[*].b", ("a", Items(), "b")),
        ("$.a[0][-1:].b", ("a", Items(), Items(), "b")),
        ("$.a[?(@.x.y == 1 && @.z)].b", ("a", Items((("x", "y"), ("z",))), "b")),
        ("$..a", (Below("a"),)),
        ("$..*", (None,)),
        ("$['a','b'].c", (None, "c")),
    ],
)
def test_a_route_tells_what_a_path_reads(path, route):
    assert compile_path(path).route == route
