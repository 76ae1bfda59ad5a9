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


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("above", ["lt", "gt"], "gt"),
        ("Or", ["all", "any"], "any"),
        ("regex", ["equals", "matches"], "matches"),
        ("text", ["prompt", "context"], "prompt"),
        ("enabled", ["id", "if"], "if"),
        ("enabled", ["id", "status", "if"], "status"),
        ("above", ["abode"], "abode"),
        ("on", ["id", "triggers"], "triggers"),
        ("else", ["choose", "default"], "default"),
        ("times", ["attempts", "give_up_after"], "attempts"),
        ("tuesday", ["mon", "tue"], "tue"),
    ],
)
def test_the_words_of_other_systems_are_known(name: str, known: list[str], expected: str) -> None:
    assert nearest(name, known) == expected


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("event", ["name", "rule", "events"], "events"),
        ("condition", ["if", "conditions"], "conditions"),
        ("condition", ["if", "connection"], "if"),
        ("content", ["prompt", "context"], "prompt"),
        ("when", ["if", "then"], "if"),
    ],
)
def test_a_slip_of_the_fingers_comes_before_the_words_of_others(name: str, known: list[str], expected: str) -> None:
    assert nearest(name, known) == expected


@pytest.mark.parametrize(("name", "known"), [("data", "at"), ("elif", "if"), ("inn", "gt")])
def test_a_short_name_is_offered_only_for_what_is_much_like_it(name: str, known: str) -> None:
    assert nearest(name, [known]) is None


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
        ("memory", ["realtime_transcript", "memory_created"], "; did you mean 'memory_created'?"),
        ("slack", ["slack.post", "notion.append", "slack.webhook"], "; known are 'slack.post', 'slack.webhook'"),
        ("slack.zz", ["notion.append", "slack.webhook"], "; known are 'slack.webhook'"),
        ("notion", ["notion.query", "slack.webhook"], "; known are 'notion.query'"),
        ("id\u200b", ["id"], "; did you mean 'id' without U+200B, which can't be seen?"),
        ("live\u00a0", ["live"], "; did you mean 'live' without U+00A0, which can't be seen?"),
        ("zebra", [f"k{n}" for n in range(9)], "; known are 'k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', …"),
    ],
)
def test_an_error_text_ends_with_the_nearest_name_or_with_the_known_ones(
    name: str, known: list[str] | set[str], expected: str
) -> None:
    assert did_you_mean(name, known) == expected
