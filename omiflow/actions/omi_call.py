"""Performing a call to Omi's integration API; what a call is made of, and what its answer means, is left to `omi`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx

from omiflow.actions.answers import retry_after
from omiflow.actions.http_client import Request, Unreachable
from omiflow.actions.scope import Scope
from omiflow.model import Done, Outcome, Rejected
from omiflow.omi import client

NO_USER = (
    "the run has no user, and Omi wants to know for whom this is; "
    "add '?uid=' to the URL of the webhook (omi.notify takes 'uid' in its data, too)"
)


def omi_access(scope: Scope, uid: str | None) -> tuple[str, str, str] | Rejected:
    """Give the app's id at Omi, its key and the user, or say which of them is missing."""
    app = scope.app
    if not app.omi_app_id or not app.api_key:
        missing = "api_key" if app.omi_app_id else "omi_app_id"
        return Rejected(f"app '{app.name}' has no {missing}, without which Omi can't be called")
    if not uid:
        return Rejected(NO_USER)
    return app.omi_app_id, app.api_key, uid


async def create_at_omi(create: Callable[..., client.Call], body: dict[str, Any], scope: Scope) -> Outcome:
    """Create something for the run's user by a call that `create` makes of `body`; Omi gives no ids back."""
    access = omi_access(scope, scope.uid)
    if isinstance(access, Rejected):
        return access
    app_id, api_key, uid = access
    outcome = await call_omi(create(app_id=app_id, api_key=api_key, uid=uid, body=body), scope)
    return Done() if isinstance(outcome, Done) else outcome


async def call_omi(call: client.Call, scope: Scope) -> Outcome:
    """Send a call to the configured Omi and say what came of it."""
    try:
        url = httpx.URL(f"{scope.omi_base_url.rstrip('/')}{call.path}?{urlencode(call.query)}")
    except (httpx.InvalidURL, UnicodeError):
        return Rejected("omi.base_url is no URL, or the message is too long for one")
    headers = dict(call.headers)
    body = b""
    if call.json is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(call.json, ensure_ascii=False).encode("utf-8", "replace")
    answer = await scope.http.send(
        Request(method=call.method, url=url, headers=headers, body=body, trusted=True), within=scope.timeout
    )
    if isinstance(answer, Unreachable):
        if answer.refused:
            return Rejected(answer.reason)
        return client.failure(call, reason=answer.reason, sent=answer.sent)
    return client.outcome(call, status=answer.status, body=answer.body, retry_after=retry_after(answer))
