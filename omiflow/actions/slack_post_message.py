"""`slack.post_message`: post into a channel as the Slack app of a connection.

The text is sent as it is, so that rules may write Slack's links; escaping is left to the templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, model_validator

from omiflow.actions.action import Action
from omiflow.actions.data import Data, Templated, Text
from omiflow.actions.scope import Scope
from omiflow.actions.slack_api import call_slack
from omiflow.model import Done, Outcome


class SlackPost(Data):
    """The data of `slack.post_message`."""

    channel: Text = Field(min_length=1, description="Name (`#standup`) or id of the channel, or id of a user.")
    text: Text | None = Field(default=None, description="What to post, in Slack's own markup.")
    blocks: Templated[list[Templated[dict[str, Any]]]] | None = Field(
        default=None, description="Slack's layout blocks; `text` is then what notifications show."
    )
    thread_ts: Text | None = Field(default=None, description="The `ts` of the post to reply to.")
    username: Text | None = Field(default=None, description="Another name to post under.")
    icon_emoji: Text | None = Field(default=None, description="Another face to post with, such as `:robot_face:`.")

    @model_validator(mode="after")
    def _something_to_post(self) -> Self:
        if not self.text and not self.blocks:
            raise ValueError("one of 'text' and 'blocks' must be given and not be empty")
        return self


async def perform(data: SlackPost, scope: Scope) -> Outcome:
    """Post it; answers `{ts, channel, permalink}`, the permalink null as Slack does not tell it here."""
    said = await call_slack("chat.postMessage", data.model_dump(exclude_none=True), scope)
    if not isinstance(said, Mapping):
        return said
    return Done({"ts": said.get("ts"), "channel": said.get("channel", data.channel), "permalink": None})


ACTION = Action(
    name="slack.post_message",
    summary="Post into a Slack channel.",
    data=SlackPost,
    perform=perform,
    connection="slack",
    connection_setting="token",
    placeholder_answer={"ts": "1700000000.000100", "channel": "C0000000000", "permalink": None},
    example="""\
action: slack.post_message
connection: team
data: {channel: "#standup", text: "{{ event.structured.title }}"}
""",
)
