from __future__ import annotations

from typing import Any

import pytest

from omiflow.actions.data import check_data, rendered
from omiflow.actions.markdown_mrkdwn import literal_mrkdwn
from omiflow.actions.markdown_tree import escaped_markdown
from omiflow.actions.slack_data import Post, escape_at, slack_body
from omiflow.actions.table import ACTIONS
from omiflow.model import Rejected

DIVIDER = {"type": "divider"}
DATA: dict[str, Any] = {
    "text": "{{ a }}",
    "blocks": [
        {"type": "section", "text": {"type": "mrkdwn", "text": "{{ a }}"}, "fields": [{"type": "mrkdwn", "text": "{{ a }}"}]},
        {"type": "header", "text": {"type": "plain_text", "text": "{{ a }}"}},
        {"type": "markdown", "text": "{{ a }}"},
        {"type": "context", "elements": [{"type": "{{ a }}", "text": "{{ a }}"}, {"type": "image", "alt_text": "{{ a }}"}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "{{ a }}"}]}]},
        {"type": "section", "text": "{{ a }}"},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "escape"),
    [
        (("text",), literal_mrkdwn),
        (("markdown",), escaped_markdown),
        (("channel",), None),
        (("username",), None),
        (("blocks",), None),
        (("blocks", 0, "text", "text"), literal_mrkdwn),
        (("blocks", 0, "fields", 0, "text"), literal_mrkdwn),
        (("blocks", 1, "text", "text"), None),
        (("blocks", 2, "text"), escaped_markdown),
        (("blocks", 3, "elements", 0, "text"), literal_mrkdwn),
        (("blocks", 3, "elements", 1, "alt_text"), None),
        (("blocks", 4, "elements", 0, "elements", 0, "text"), None),
        (("blocks", 5, "text"), None),
    ],
)  # fmt: skip
def test_text_is_escaped_where_slack_reads_markup(place: tuple[str | int, ...], escape: Any) -> None:
    assert escape_at(place, DATA) is escape


@pytest.mark.parametrize("name", ["slack.post_message", "slack.update_message", "slack.webhook"])
def test_every_way_into_slack_escapes(name: str) -> None:
    assert ACTIONS[name].escape_at is escape_at


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({}, "Value error, one of 'text', 'markdown' and 'blocks' must be given and not be empty"),
        ({"text": "a", "markdown": "b"}, "Value error, 'markdown' and 'text' can't both be posted; keep one of them"),
        ({"blocks": [DIVIDER], "markdown": "b"}, "Value error, 'markdown' and 'blocks' can't both be posted; keep one of them"),
        ({"blocks": [{"text": "a"}]}, "Value error, a block of Slack's needs a 'type' such as 'section'"),
        ({"blocks": [{"type": 7}]}, "Value error, a block of Slack's needs a 'type' such as 'section'"),
        ({"blocks": [DIVIDER] * 51}, "Value error, 'blocks' are 51; Slack takes 50"),
        ({"markdown": "a" * 100_001}, "Value error, 'markdown' has 100,001 characters; at most 100,000 are taken"),
    ],
)  # fmt: skip
def test_what_slack_would_refuse_is_a_problem(data: dict[str, Any], problem: str) -> None:
    assert [error["msg"] for error in check_data(Post, data)] == [problem]


@pytest.mark.parametrize(
    "data",
    [
        {"text": "a", "blocks": [DIVIDER]},
        {"blocks": [DIVIDER] * 50},
        {"blocks": "{{ blocks }}"},
        {"blocks": ["{{ block }}", {"type": "{{ kind }}"}]},
        {"markdown": "**a**"},
    ],
)
def test_what_slack_takes_is_no_problem(data: dict[str, Any]) -> None:
    assert check_data(Post, data) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"text": "a" * 40_001}, "'text' has 40,001 characters; Slack takes 40,000 there"),
        ({"markdown": "**a** " * 10_001}, "'markdown' has 40,003 characters; Slack takes 40,000 there"),
        ({"markdown": " \n"}, "'markdown' has nothing in it that can be shown"),
        ({"blocks": [DIVIDER, {"type": "section", "text": {"type": "mrkdwn", "text": "a" * 3001}}]}, "'blocks[1].text' has 3,001 characters; Slack takes 3,000 there"),
        ({"blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "a" * 2001}]}]}, "'blocks[0].fields[0]' has 2,001 characters; Slack takes 2,000 there"),
        ({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "a" * 151}}]}, "'blocks[0].text' has 151 characters; Slack takes 150 there"),
        ({"blocks": [{"type": "markdown", "text": "a" * 12_001}]}, "'blocks[0].text' has 12,001 characters; Slack takes 12,000 there"),
    ],
)  # fmt: skip
async def test_slacks_limits_are_named_before_anything_is_sent(data: dict[str, Any], reason: str) -> None:
    assert await slack_body(rendered(Post, data)) == Rejected(reason)


async def test_texts_of_just_the_right_length_pass() -> None:
    data = {
        "text": "a" * 40_000,
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "a" * 3000}},
            {"type": "rich_text", "fields": 7},
        ],
    }
    assert await slack_body(rendered(Post, data)) == data


async def test_markdown_is_sent_as_slacks_text() -> None:
    assert await slack_body(rendered(Post, {"markdown": "# A\n\n**b**"})) == {"text": "*A*\n\n*b*"}
