"""The operators: what they hold of, and that they never fail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.engine.operators import OPERATORS, compile_pattern, number, same

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["1", "1.0", "é"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("name", "value", "operand", "holds"),
    [
        ("equals", "work", "work", True),
        ("equals", "Work", "work", False),
        ("equals", 1, 1.0, True),
        ("equals", "1", 1, True),
        ("equals", 1.5, "1.5", True),
        ("equals", "one", 1, False),
        ("equals", "1", "1.0", False),
        ("equals", True, True, True),
        ("equals", True, 1, False),
        ("equals", 0, False, False),
        ("equals", "true", True, False),
        ("equals", [1, "a"], [1, "a"], True),
        ("equals", [True], [1], False),
        ("equals", {"a": [1]}, {"a": [1.0]}, True),
        ("equals", {"a": 1}, {"b": 1}, False),
        ("equals", [1], {"a": 1}, False),
        ("not_equals", "a", "b", True),
        ("not_equals", "1", 1, False),
        ("not_equals", True, 1, True),
        ("in", "a", ["b", "a"], True),
        ("in", "2", [1, 2], True),
        ("in", "a", [], False),
        ("in", ["a"], ["a"], False),
        ("not_in", "a", ["b"], True),
        ("not_in", 2, ["2"], False),
        ("contains", "an invoice", "invoice", True),
        ("contains", "An Invoice", "invoice", False),
        ("contains", "Plan 2026", 2026, True),
        ("contains", "is True", True, False),
        ("contains", ["a", "b"], "b", True),
        ("contains", ["ab"], "b", False),
        ("contains", [1], "1", True),
        ("contains", [[1]], [1], True),
        ("contains", {"a": 1}, "a", True),
        ("contains", {"a": 1}, [1], False),
        ("contains", {"a": 1}, {"a": 1}, False),
        ("contains", 5, 5, False),
        ("contains", "", "", True),
        ("not_contains", "text", "x", False),
        ("not_contains", ["a"], "b", True),
        ("not_contains", 5, "b", True),
        ("starts_with", "Plan A", "Plan", True),
        ("starts_with", "A Plan", "Plan", False),
        ("starts_with", ["Plan"], "Plan", False),
        ("ends_with", "a plan", "plan", True),
        ("ends_with", 5, "5", False),
        ("gt", 2, 1, True),
        ("gt", 1, 1, False),
        ("gt", "2", 1, True),
        ("gt", " 2.5 ", 1, True),
        ("gt", "two", 1, False),
        ("gt", "", 1, False),
        ("gt", True, 0, False),
        ("gt", "infinity", 1, False),
        ("gt", "1_000", 1, False),
        ("gt", "1e3", 1, True),
        ("gt", [2], 1, False),
        ("gt", 10**400, 1.5, True),
        ("gte", 1, 1, True),
        ("lt", "nan", 1, False),
        ("lt", "0.5", 1, True),
        ("lt", "one", 1, False),
        ("lte", 1, 1.0, True),
        ("lte", None, 1, False),
        ("exists", 0, True, True),
        ("exists", "a", False, False),
        ("length", "äöü", {"equals": 3}, True),
        ("length", [1, 2], {"gt": 1, "lt": 3}, True),
        ("length", [1, 2, 3], {"gt": 1, "lt": 3}, False),
        ("length", {"a": 1}, {"gte": 1}, True),
        ("length", 5, {"equals": 1}, False),
        ("length", True, {"equals": 4}, False),
    ],
)
def test_an_operator_holds(name, value, operand, holds):
    assert OPERATORS[name].holds(value, operand) is holds


@pytest.mark.parametrize(
    ("pattern", "text", "holds"),
    [
        (r"\bsalary\b", "the salary is", True),
        (r"\bsalary\b", "salaryman", False),
        (r"(?i)SALARY", "the salary", True),
        (r"^a.c$", "abc", True),
        (r"(a+)+$", "a" * 5000 + "b", False),
        (r"\bÄrger", "Ärger", False),
        (r"é", "café", True),
    ],
)
def test_matches_is_re2(pattern, text, holds):
    assert OPERATORS["matches"].holds(text, compile_pattern(pattern)) is holds


@pytest.mark.parametrize("value", [5, None, True, ["abc"], {"a": "abc"}])
def test_matches_holds_of_text_only(value):
    assert OPERATORS["matches"].holds(value, compile_pattern("")) is False


@pytest.mark.parametrize("pattern", ["(", "a(?=b)", r"(a)\1", "a{1001}"])
def test_what_re2_cannot_read_is_refused(pattern):
    with pytest.raises(ValueError, match=r"\w"):
        compile_pattern(pattern)


OPERANDS = {
    "any": JSON,
    "list": st.lists(JSON, max_size=3),
    "text": st.text(max_size=3),
    "number": st.floats(allow_nan=False) | st.integers(),
    "flag": st.booleans(),
    "length": st.dictionaries(st.sampled_from(["equals", "gt", "gte", "lt", "lte"]), st.integers(0, 5), max_size=2),
    "pattern": st.sampled_from(["a", "^.$", r"\d+", "(?i)É", ""]).map(compile_pattern),
}


@given(st.data(), st.sampled_from(sorted(OPERATORS)), JSON)
def test_no_value_makes_an_operator_fail(data, name, value):
    operator = OPERATORS[name]
    assert operator.holds(value, data.draw(OPERANDS[operator.operand])) in (True, False)


@given(JSON, JSON)
def test_a_negative_operator_is_the_opposite_of_its_positive_one(value, operand):
    for name in ("equals", "contains"):
        assert OPERATORS[name].holds(value, operand) is not OPERATORS[f"not_{name}"].holds(value, operand)
    assert OPERATORS["in"].holds(value, [operand]) is not OPERATORS["not_in"].holds(value, [operand])
    assert [name for name, operator in OPERATORS.items() if operator.negative] == [
        "not_equals",
        "not_in",
        "not_contains",
    ]


@given(JSON, JSON)
def test_being_the_same_goes_both_ways(left, right):
    assert same(left, right) is same(right, left)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**15), 10**15))
def test_a_number_written_as_text_is_the_number(value):
    assert number(str(value)) == value
    assert same(str(value), value)
