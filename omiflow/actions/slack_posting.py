"""Making or changing a post through Slack's Web API, and asking for its address; the data is left to the actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio

from omiflow.actions.scope import Scope
from omiflow.actions.slack_api import ask_slack, call_slack
from omiflow.actions.slack_data import Post, slack_body
from omiflow.model import Done, Outcome, Rejected

PERMALINK_WITHIN = 3.0
"""Seconds: the post is there already, and nobody may come to harm by waiting for its address."""

ANSWERS = {
    "ts": "The post's own time, which names it within its channel.",
    "channel": "The id of the channel.",
    "permalink": "The post's address, null where Slack does not tell it in time.",
}
PLACEHOLDER = {
    "ts": "1700000000.000100",
    "channel": "C0000000000",
    "permalink": "https://example.slack.com/archives/C0000000000/p1700000000000100",
}


async def send_post(method: str, data: Post, scope: Scope) -> Outcome:
    """Send a post by a method of Slack's; answers `{ts, channel, permalink}`, what Slack does not tell is null."""
    began = anyio.current_time()
    body = await slack_body(data)
    if isinstance(body, Rejected):
        return body
    said = await call_slack(method, body, scope)
    if not isinstance(said, Mapping):
        return said
    post = {"ts": said.get("ts", body.get("ts")), "channel": said.get("channel", body["channel"])}
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
