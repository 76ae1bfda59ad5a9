"""`slack.webhook`: post through an incoming webhook of Slack, or of a server that takes the same.

The webhook's URL is a secret as a whole: only its host is ever named.
"""

from __future__ import annotations

import httpx

from omiflow.actions.action import Action
from omiflow.actions.answers import failure, fault
from omiflow.actions.http_client import Request, Unreachable
from omiflow.actions.json_body import json_body
from omiflow.actions.redaction import secrets_of
from omiflow.actions.scope import Scope
from omiflow.actions.slack_data import Post, escape_at, slack_body
from omiflow.model import Done, Outcome, Rejected


async def perform(data: Post, scope: Scope) -> Outcome:
    """Post it; Slack only says ok."""
    address = scope.setting("webhook_url")
    if not address:
        return Rejected("the Slack connection has no webhook_url; one with a token takes 'slack.post_message'")
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError):
        return Rejected("the Slack connection's webhook_url is no URL")
    post = await slack_body(data)
    body = post if isinstance(post, Rejected) else json_body(post)
    if isinstance(body, Rejected):
        return body
    request = Request(
        method="POST",
        url=url,
        headers={"Content-Type": "application/json; charset=utf-8"},
        body=body,
        trusted=True,
    )
    answer = await scope.http.send(request, within=scope.timeout)
    if isinstance(answer, Unreachable):
        return failure(answer)
    return fault(answer, secrets=secrets_of(scope)) or Done()


ACTION = Action(
    name="slack.webhook",
    summary="Post through an incoming webhook of Slack.",
    data=Post,
    perform=perform,
    connection="slack",
    connection_setting="webhook_url",
    escape_at=escape_at,
    example="""\
action: slack.webhook
connection: hook
data: {text: "{{ event.structured.title }}"}
""",
)
