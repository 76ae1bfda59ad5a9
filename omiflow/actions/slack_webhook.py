"""`slack.webhook`: post through an incoming webhook of Slack, or of a server that takes the same.

The webhook's URL is a secret as a whole: only its host is ever named.
"""

from __future__ import annotations

from typing import Any, Self

import httpx
from pydantic import Field, model_validator

from omiflow.actions.action import Action
from omiflow.actions.answers import failure, fault
from omiflow.actions.data import Data, Templated, Text
from omiflow.actions.http_client import Request, Unreachable
from omiflow.actions.json_body import json_body
from omiflow.actions.redaction import secrets_of
from omiflow.actions.scope import Scope
from omiflow.model import Done, Outcome, Rejected


class WebhookPost(Data):
    """The data of `slack.webhook`."""

    text: Text | None = Field(default=None, description="What to post, in Slack's own markup.")
    blocks: Templated[list[Templated[dict[str, Any]]]] | None = Field(
        default=None, description="Slack's layout blocks; `text` is then what notifications show."
    )

    @model_validator(mode="after")
    def _something_to_post(self) -> Self:
        if not self.text and not self.blocks:
            raise ValueError("one of 'text' and 'blocks' must be given and not be empty")
        return self


async def perform(data: WebhookPost, scope: Scope) -> Outcome:
    """Post it; Slack only says ok."""
    address = scope.setting("webhook_url")
    if not address:
        return Rejected("the Slack connection has no webhook_url; one with a token takes 'slack.post_message'")
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError):
        return Rejected("the Slack connection's webhook_url is no URL")
    body = json_body(data.model_dump(exclude_none=True))
    if isinstance(body, Rejected):
        return body
    request = Request(
        method="POST",
        url=url,
        headers={"Content-Type": "application/json; charset=utf-8"},
        body=body,
        trusted="webhook_url" not in scope.user_given,
    )
    answer = await scope.http.send(request, within=scope.timeout)
    if isinstance(answer, Unreachable):
        return failure(answer)
    return fault(answer, secrets=secrets_of(scope)) or Done()


ACTION = Action(
    name="slack.webhook",
    summary="Post through an incoming webhook of Slack.",
    data=WebhookPost,
    perform=perform,
    connection="slack",
    connection_setting="webhook_url",
    example="""\
action: slack.webhook
connection: hook
data: {text: "{{ event.structured.title }}"}
""",
)
