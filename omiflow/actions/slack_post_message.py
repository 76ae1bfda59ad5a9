"""`slack.post_message`: post into a channel as the Slack app of a connection.

The text is sent as it is, so that rules may write Slack's links; escaping is left to the templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import anyio
from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Text
from omiflow.actions.scope import Scope
from omiflow.actions.slack_api import ask_slack, call_slack
from omiflow.actions.slack_data import Post
from omiflow.model import Done, Outcome

PERMALINK_WITHIN = 3.0
"""Seconds: the post is there already, and nobody may come to harm by waiting for its address."""


class SlackPost(Post):
    """The data of `slack.post_message`."""

    planned: ClassVar[frozenset[str]] = frozenset({"ts"})

    channel: Text = Field(min_length=1, description="Name (`#standup`) or id of the channel, or id of a user.")
    thread_ts: Text | None = Field(default=None, description="The `ts` of the post to reply to.")
    username: Text | None = Field(default=None, description="Another name to post under.")
    icon_emoji: Text | None = Field(default=None, description="Another face to post with, such as `:robot_face:`.")


async def perform(data: SlackPost, scope: Scope) -> Outcome:
    """Post it; answers `{ts, channel, permalink}`, the permalink null where Slack does not tell it in time."""
    began = anyio.current_time()
    said = await call_slack("chat.postMessage", data.model_dump(exclude_none=True), scope)
    if not isinstance(said, Mapping):
        return said
    post = {"ts": said.get("ts"), "channel": said.get("channel", data.channel)}
    left = scope.timeout - (anyio.current_time() - began)
    return Done({**post, "permalink": await _permalink(post, scope, within=min(left, PERMALINK_WITHIN))})


async def _permalink(post: Mapping[str, Any], scope: Scope, *, within: float) -> str | None:
    """Ask for the address of a post that was made; whatever goes wrong with that, the post stays made."""
    if within <= 0 or not all(isinstance(value, str) for value in post.values()):
        return None
    query = {"channel": post["channel"], "message_ts": post["ts"]}
    said = await ask_slack("chat.getPermalink", query, scope, within=within)
    link = said.get("permalink") if isinstance(said, Mapping) else None
    return link if isinstance(link, str) else None


ACTION = Action(
    name="slack.post_message",
    summary="Post into a Slack channel.",
    data=SlackPost,
    perform=perform,
    connection="slack",
    connection_setting="token",
    placeholder_answer={
        "ts": "1700000000.000100",
        "channel": "C0000000000",
        "permalink": "https://example.slack.com/archives/C0000000000/p1700000000000100",
    },
    example="""\
action: slack.post_message
connection: team
data: {channel: "#standup", text: "{{ event.structured.title }}"}
""",
)
