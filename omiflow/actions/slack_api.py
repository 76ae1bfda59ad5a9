"""Calling a method of Slack's Web API, and what its errors mean; which method with what is left to the actions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from omiflow.actions.answers import EXCERPT, failure, fault, retry_after
from omiflow.actions.http_client import Answer, Request, Unreachable
from omiflow.actions.json_body import json_body
from omiflow.actions.redaction import secrets_of
from omiflow.actions.scope import Scope
from omiflow.model import Rejected, Retry

BASE_URL = "https://slack.com/api"

Said = Mapping[str, Any] | Retry | Rejected

_AGAIN = frozenset(("internal_error", "fatal_error", "service_unavailable", "request_timeout"))
_TO_DO = {
    "channel_not_found": "there is no such channel, or it is private and the app is not in it",
    "not_in_channel": "the app is not in the channel; invite it with /invite",
    "is_archived": "the channel is archived",
    "invalid_auth": "the connection's token is not valid; make a new one and put it into the configuration",
    "not_authed": "the connection's token is empty",
    "token_revoked": "the connection's token was revoked; install the app again and use the new token",
    "token_expired": "the connection's token has expired; make a new one and put it into the configuration",
    "account_inactive": "the account of the connection's token is switched off",
    "not_allowed_token_type": "the connection's token is of a kind that may not do this; use the bot's token (xoxb-…)",
    "no_permission": "the connection's token may not do this; give the app the scope and install it again",
    "org_login_required": "the workspace is moving to an organisation; try again when that is done",
    "access_denied": "the workspace does not let the app do this",
    "team_access_not_granted": "the app is not installed in the workspace of the channel",
    "msg_too_long": "the text is too long; Slack takes 40,000 characters in a new post, 4,000 in a changed one",
    "msg_blocks_too_long": "the blocks are too long",
    "no_text": "there is neither text nor blocks",
    "invalid_blocks": "Slack does not understand the blocks",
    "invalid_blocks_format": "'blocks' is no list of blocks",
    "restricted_action": "the workspace does not let the app post there",
    "restricted_action_read_only_channel": "the channel is read-only",
    "restricted_action_thread_only_channel": "the channel takes replies only; give a thread_ts",
    "restricted_action_non_threadable_channel": "the channel has no replies; leave out thread_ts",
    "cannot_reply_to_message": "thread_ts names something that can't have replies",
    "message_not_found": "there is no post with this 'ts' in the channel",
    "cant_update_message": "the post was made by somebody else, and only the app's own can be changed",
    "edit_window_closed": "the workspace lets posts be changed only for a while, and that is over",
    "user_not_found": "there is no such user",
    "cannot_dm_bot": "a bot can't be written to",
    "messages_tab_disabled": "the app takes no direct posts; switch on its tab for them in Slack's app settings",
}


async def call_slack(method: str, payload: Mapping[str, Any], scope: Scope) -> Said:
    """Call a method that does something; gives Slack's answer if it says ok."""
    body = json_body(payload)
    return body if isinstance(body, Rejected) else await _send(method, scope, within=scope.timeout, body=body)


async def ask_slack(method: str, query: Mapping[str, str], scope: Scope, *, within: float) -> Said:
    """Call a method that only tells something, for `within` seconds; gives Slack's answer if it says ok."""
    return await _send(method, scope, within=within, query=query)


async def _send(
    method: str, scope: Scope, *, within: float, query: Mapping[str, str] | None = None, body: bytes | None = None
) -> Said:
    """Call a method with the connection's token: with a body by POST, else by GET."""
    token = scope.setting("token")
    if not token:
        return Rejected("the Slack connection has no token; one with only a webhook_url takes 'slack.webhook'")
    try:
        url = httpx.URL(f"{(scope.setting('base_url') or BASE_URL).rstrip('/')}/{method}", params=query)
    except (httpx.InvalidURL, UnicodeError):
        return Rejected("the Slack connection's base_url is no URL")
    headers = {"Authorization": f"Bearer {token}"}
    if body is not None:
        headers["Content-Type"] = "application/json; charset=utf-8"
    request = Request(
        method="GET" if body is None else "POST", url=url, headers=headers, body=body or b"", trusted=True
    )
    answer = await scope.http.send(request, within=within)
    if isinstance(answer, Unreachable):
        return failure(answer)
    return fault(answer, secrets=secrets_of(scope)) or _read(answer)


def _read(answer: Answer) -> Said:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return Rejected("Slack's answer is not JSON; check the connection's base_url")
    return said if said.get("ok") is True else _refusal(said, after=retry_after(answer))


def _refusal(said: Mapping[str, Any], *, after: float | None) -> Retry | Rejected:
    code = str(said.get("error", "no reason given"))[:80]
    if code in ("ratelimited", "rate_limited"):
        return Retry("Slack's limit is reached", after=after, throttled=True)
    if code in _AGAIN:
        return Retry(f"Slack answered '{code}'", after=after)
    if code == "missing_scope":
        needed = str(said.get("needed", "unknown"))[:80]
        return Rejected(f"Slack answered 'missing_scope': give the app the scope '{needed}' and install it again")
    hint = _TO_DO.get(code)
    said_more = _details(said)
    return Rejected(f"Slack answered '{code}'{f': {hint}' if hint else ''}{f' ({said_more})' if said_more else ''}")


def _details(said: Mapping[str, Any]) -> str:
    """Give the first place and reason that Slack names for blocks it does not understand."""
    errors = said.get("errors")
    return str(errors[0])[:EXCERPT] if isinstance(errors, list) and errors else ""
