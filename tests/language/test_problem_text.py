"""Problems as they are printed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiflow.language.problem_text import render
from omiflow.model import Problem


def problem(*, line: int, column: int, length: int = 1, message: str = "wrong", hint: str | None = None) -> Problem:
    return Problem(file="rules/a.yaml", line=line, column=column, length=length, message=message, hint=hint)


def test_a_problem_is_shown_with_its_line_and_a_caret() -> None:
    text = "a\nb\nc\nd\ne\nf\n        phrase: [any advice]\n"
    found = Problem(
        file="rules/mentor.yaml",
        line=7,
        column=9,
        length=6,
        message="unknown key 'phrase'; did you mean 'phrases'?",
        code="E101",
    )
    assert render(found, text) == (
        "rules/mentor.yaml:7:9: unknown key 'phrase'; did you mean 'phrases'?\n"
        "    7 |         phrase: [any advice]\n"
        "      |         ^^^^^^\n"
        "      = code: E101"
    )


def test_a_hint_is_one_more_line() -> None:
    shown = render(problem(line=1, column=1, hint='quote this phrase: - "[the] lights"'), "- [the] lights")
    assert shown.splitlines()[-2] == '      = hint: quote this phrase: - "[the] lights"'


def test_a_warning_says_so() -> None:
    warning = Problem(file="a.yaml", line=1, column=1, message="never holds", severity="warning")
    assert render(warning, "x").startswith("a.yaml:1:1: warning: never holds\n")


@pytest.mark.parametrize(
    ("line", "column", "length", "shown", "caret"),
    [
        ("abc", 2, 1, "abc", " ^"),
        ("abc", 2, 99, "abc", " ^^"),
        ("abc", 4, 1, "abc", "   ^"),
        ("\tabc", 2, 3, "    abc", "    ^^^"),
        ("a\tbc", 3, 2, "a    bc", "     ^^"),
        ("日本: x", 5, 1, "日本: x", "      ^"),
        ("日本: x", 1, 2, "日本: x", "^^^^"),
        ("e\u0301: x", 5, 1, "e\u0301: x", "   ^"),
        ("🎉: x", 4, 1, "🎉: x", "    ^"),
        ("a\x00\x1bb", 4, 1, "a\ufffd\ufffdb", "   ^"),
    ],
)
def test_the_caret_stands_below_its_place(line: str, column: int, length: int, shown: str, caret: str) -> None:
    _, excerpt, below, _ = render(problem(line=1, column=column, length=length), line).splitlines()
    assert excerpt == f"    1 | {shown}"
    assert below == f"      | {caret}"


@pytest.mark.parametrize("column", [1, 50, 5_000, 9_990])
def test_a_very_long_line_is_cut_around_the_place(column: int) -> None:
    line = "".join(chr(97 + n % 26) for n in range(10_000))
    _, excerpt, below, _ = render(problem(line=1, column=column, length=4), line).splitlines()
    assert len(excerpt) < 120
    assert "…" in excerpt
    begin = below.index("^")
    assert excerpt[begin : begin + 4] == line[column - 1 : column + 3]


def test_the_line_break_of_windows_is_not_shown() -> None:
    assert render(problem(line=2, column=1), "a\r\nb\r\n").splitlines()[1] == "    2 | b"


def test_a_line_with_a_high_number_keeps_the_caret_aligned() -> None:
    _, excerpt, below, _ = render(problem(line=123_456, column=3), "\n" * 123_455 + "abc").splitlines()
    assert excerpt.index("c") == below.index("^")


def test_a_place_outside_the_text_shows_no_line() -> None:
    assert render(problem(line=9, column=1), "a") == "rules/a.yaml:9:1: wrong\n      = code: E100"


def test_a_message_stays_on_one_line_and_sends_nothing_to_the_terminal() -> None:
    shown = render(problem(line=1, column=1, message="unknown key 'a\n\x1b[31mb'"), "x")
    assert shown.splitlines()[0] == "rules/a.yaml:1:1: unknown key 'a \ufffd[31mb'"


@given(st.text(), st.integers(1, 300), st.integers(1, 300), st.integers(1, 300))
def test_any_problem_has_a_text(text: str, line: int, column: int, length: int) -> None:
    shown = render(problem(line=line, column=column, length=length, message="m"), text)
    assert shown.startswith(f"rules/a.yaml:{line}:{column}: m")
    assert all(unicodedata.category(char) != "Cc" for char in shown.replace("\n", ""))
    assert shown.count("\n") in (1, 3)
