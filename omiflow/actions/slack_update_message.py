"""`slack.update_message`: change a post that the Slack app of a connection made before.

Which post that is comes from the answer of `slack.post_message`.
"""

from __future__ import annotations

from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Text
from omiflow.actions.scope import Scope
from omiflow.actions.slack_data import Post, escape_at
from omiflow.actions.slack_posting import ANSWERS, PLACEHOLDER, send_post
from omiflow.model import Outcome


class SlackUpdate(Post):
    """The data of `slack.update_message`."""

    channel: Text = Field(min_length=1, description="Id of the channel, as `slack.post_message` answers it.")
    ts: Text = Field(min_length=1, description="The `ts` of the post to change.")


async def perform(data: SlackUpdate, scope: Scope) -> Outcome:
    """Change it; answers `{ts, channel, permalink}`, the permalink null where Slack does not tell it in time."""
    return await send_post("chat.update", data, scope)


ACTION = Action(
    name="slack.update_message",
    summary="Change a post in a Slack channel.",
    data=SlackUpdate,
    perform=perform,
    connection="slack",
    connection_setting="token",
    escape_at=escape_at,
    answers=ANSWERS,
    placeholder_answer=PLACEHOLDER,
    example="""\
action: slack.update_message
connection: team
data: {channel: "{{ posted.channel }}", ts: "{{ posted.ts }}", text: Done.}
""",
)
