"""The names offered to somebody who misspelt one."""

from __future__ import annotations

import pytest

from omiflow.language.nearest import did_you_mean, nearest

KEYS = ["id", "alias", "triggers", "conditions", "actions", "phrases"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("phrase", "phrases"),
        ("PHRASES", "phrases"),
        ("Trigger", "triggers"),
        ("condtions", "conditions"),
        ("phrases", "phrases"),
        ("zebra", None),
        ("", None),
    ],
)
def test_the_nearest_name_is_found_whatever_its_case(name: str, expected: str | None) -> None:
    assert nearest(name, KEYS) == expected


def test_a_hyphen_or_a_space_counts_as_an_underscore() -> None:
    assert nearest("response-variable", {"response_variable", "response_format"}) == "response_variable"
    assert nearest("idempotency key", ["idempotency_key"]) == "idempotency_key"


def test_a_known_name_keeps_its_own_spelling() -> None:
    assert nearest("omi.Notfy", ["Omi.Notify"]) == "Omi.Notify"


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("phrase", KEYS, "; did you mean 'phrases'?"),
        ("zebra", ["b", "a"], "; known are 'b', 'a'"),
        ("zebra", {"b", "a"}, "; known are 'a', 'b'"),
        ("zebra", [], ""),
        ("zebra", [f"k{n}" for n in range(8)], "; known are 'k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7'"),
        ("zebra", [f"k{n}" for n in range(9)], "; known are 'k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', …"),
    ],
)
def test_an_error_text_ends_with_the_nearest_name_or_with_the_known_ones(
    name: str, known: list[str] | set[str], expected: str
) -> None:
    assert did_you_mean(name, known) == expected
