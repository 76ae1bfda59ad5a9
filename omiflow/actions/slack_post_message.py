"""`slack.post_message`: post into a channel as the Slack app of a connection.

Slack's markup in the text is what the rule's author wrote, so that rules may write links and mentions.
"""

from __future__ import annotations

from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Text
from omiflow.actions.scope import Scope
from omiflow.actions.slack_data import Post, escape_at
from omiflow.actions.slack_posting import ANSWERS, PLACEHOLDER, send_post
from omiflow.model import Outcome


class SlackPost(Post):
    """The data of `slack.post_message`."""

    channel: Text = Field(min_length=1, description="Name (`#standup`) or id of the channel, or id of a user.")
    thread_ts: Text | None = Field(default=None, description="The `ts` of the post to reply to.")
    username: Text | None = Field(default=None, description="Another name to post under.")
    icon_emoji: Text | None = Field(default=None, description="Another face to post with, such as `:robot_face:`.")


async def perform(data: SlackPost, scope: Scope) -> Outcome:
    """Post it; answers `{ts, channel, permalink}`, the permalink null where Slack does not tell it in time."""
    return await send_post("chat.postMessage", data, scope)


ACTION = Action(
    name="slack.post_message",
    summary="Post into a Slack channel.",
    data=SlackPost,
    perform=perform,
    connection="slack",
    connection_setting="token",
    escape_at=escape_at,
    answers=ANSWERS,
    placeholder_answer=PLACEHOLDER,
    example="""\
action: slack.post_message
connection: team
data: {channel: "#standup", text: "{{ event.structured.title }}"}
""",
)
