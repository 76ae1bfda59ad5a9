"""What was done is compared with what is expected: all of it, in order within a rule, in any order between rules."""

from __future__ import annotations

import time
from typing import Any

import pytest

from omiflow.engine.conditions import Test as Wanted
from omiflow.language.cases import Expected, ExpectedValue
from omiflow.proof.compared import difference
from omiflow.proof.foreseen import ForeseenAction


def did(name: str, **data: Any) -> ForeseenAction:
    return ForeseenAction(action=name, path="actions[0]", data=data)


def wants(name: str, **data: Any) -> Expected:
    values = [
        ExpectedValue((key,), Wanted((("equals", value, repr(value)),)), plain=True) for key, value in data.items()
    ]
    return Expected(1, name, tuple(values))


CASES: list[tuple[str, list[Expected], dict[str, list[ForeseenAction]], str | None]] = [
    ("nothing at all", [], {}, None),
    ("the same", [wants("a", x=1), wants("b")], {"r": [did("a", x=1), did("b")]}, None),
    ("rules in another order", [wants("b"), wants("a")], {"r": [did("a")], "q": [did("b")]}, None),
    ("rules in between", [wants("a"), wants("c"), wants("b")], {"r": [did("a"), did("b")], "q": [did("c")]}, None),
    (
        "the first place is not always the right one",
        [wants("a"), wants("b"), wants("a"), wants("c")],
        {"r": [did("a"), did("c")], "q": [did("a"), did("b")]},
        None,
    ),
    (
        "a rule in another order",
        [wants("b"), wants("a")],
        {"r": [did("a"), did("b")]},
        "b, expected as number 1, was not done; next would be a",
    ),
    ("one too few", [wants("a"), wants("a")], {"r": [did("a")]}, "a, expected as number 2, was not done"),
    ("one too many", [wants("a")], {"r": [did("a"), did("b")]}, "b of 'r' was done, and is not expected"),
    ("something for nothing", [], {"r": [did("a")]}, "a of 'r' was done, and is not expected"),
    (
        "another value",
        [wants("a", x=1, y=2)],
        {"r": [did("a", x=1, y=3)]},
        "a of 'r', expected as number 1: y is 3, wanted equals 2",
    ),
    (
        "the one that comes nearest",
        [wants("a", x=1, y=2)],
        {"q": [did("a", x=0, y=0)], "r": [did("a", x=1, y=3)]},
        "a of 'r', expected as number 1: y is 3, wanted equals 2",
    ),
]


@pytest.mark.parametrize(("expected", "done", "says"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_a_difference_is_told_where_it_begins(
    expected: list[Expected], done: dict[str, list[ForeseenAction]], says: str | None
) -> None:
    assert difference(expected, done) == says


def test_a_misspelt_operator_is_offered_as_one() -> None:
    value = ExpectedValue(("message", "contians"), Wanted((("equals", "b", "'b'"),)), plain=True)
    says = difference([Expected(1, "a", (value,))], {"r": [did("a", message="b")]})
    assert says is not None
    assert says.endswith("('message' has no keys; did you mean the operator 'contains'?)")


def test_a_long_value_is_cut() -> None:
    says = difference([wants("a", x="y")], {"r": [did("a", x="z" * 10_000)]})
    assert says is not None
    assert len(says) < 500


def test_many_rules_that_do_the_same_take_no_time() -> None:
    done = {f"r{number}": [did("a", x=number % 3), did("b")] for number in range(40)}
    started = time.process_time()
    assert difference([wants("a")] * 40 + [wants("b")] * 39 + [wants("c")], done) is not None
    assert time.process_time() - started < 5
    assert difference([wants("a")] * 40 + [wants("b")] * 40, done) is None
