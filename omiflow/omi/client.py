"""Omi's integration API as values: what to send, and what an answer means (Omi's protocol, 3).

Sending is left to whoever has a network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from omiflow.model import Done, Outcome, Rejected, Retry

_DETAIL = 200
_TRANSIENT = frozenset((HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY))


@dataclass(frozen=True, kw_only=True)
class Call:
    """Hold one request to Omi; `path` is appended to Omi's base URL, `json` is None for an empty body.

    `repeatable` is False where Omi would do it twice; `action` is what the app must hold, None if nothing.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    json: Mapping[str, Any] | None = None
    repeatable: bool = True
    action: str | None = None


def notification(*, app_id: str, api_key: str, uid: str, message: str) -> Call:
    """Send a user a notification from the app (Omi's protocol, 3.7, v2)."""
    return Call(
        method="POST",
        path=f"/v2/integrations/{quote(app_id, safe='')}/notification",
        query={"uid": uid, "message": message},
        headers=_bearer(api_key),
    )


def create_memories(*, app_id: str, api_key: str, uid: str, body: Mapping[str, Any]) -> Call:
    """Give a user memories (Omi's protocol, 3.2); `text` is always sent, older servers insist on the key."""
    return Call(
        method="POST",
        path=f"/v2/integrations/{quote(app_id, safe='')}/user/memories",
        query={"uid": uid},
        headers=_bearer(api_key),
        json={"text": "", **body},
        repeatable=False,
        action="create_facts",
    )


def create_facts(*, app_id: str, api_key: str, uid: str, body: Mapping[str, Any]) -> Call:
    """Give a user memories on a server that only has the older endpoint (Omi's protocol, 3.2, legacy)."""
    return Call(
        method="POST",
        path=f"/v2/integrations/{quote(app_id, safe='')}/user/facts",
        query={"uid": uid},
        headers=_bearer(api_key),
        json=body,
        repeatable=False,
        action="create_facts",
    )


def create_conversation(*, app_id: str, api_key: str, uid: str, body: Mapping[str, Any]) -> Call:
    """Give a user a conversation (Omi's protocol, 3.1); Omi may think for two minutes before it answers."""
    return Call(
        method="POST",
        path=f"/v2/integrations/{quote(app_id, safe='')}/user/conversations",
        query={"uid": uid},
        headers=_bearer(api_key),
        json=body,
        repeatable=False,
        action="create_conversation",
    )


def outcome(call: Call, *, status: int, body: bytes, retry_after: float | None = None) -> Outcome:
    """Say what Omi's answer means (Omi's protocol, 3.8); `Done` holds the decoded JSON, None if it is none."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Done(_decoded(body))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Retry("Omi's limit is reached", after=retry_after, throttled=True)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRANSIENT:
        return _unsure(call, f"Omi answered {status}", retry_after=retry_after)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Rejected(f"Omi answered {status}, a redirect, which is not followed; check omi.base_url")
    return Rejected(_refusal(call, status) + _detail(call, body))


def failure(call: Call, *, reason: str, sent: bool) -> Retry | Rejected:
    """Say what a missing answer means; `sent` tells whether Omi may have got the request."""
    return _unsure(call, reason) if sent else Retry(reason)


def _unsure(call: Call, reason: str, *, retry_after: float | None = None) -> Retry | Rejected:
    if call.repeatable:
        return Retry(reason, after=retry_after)
    return Rejected(f"outcome unknown: {reason}; not repeated, so that nothing is created twice")


def _refusal(call: Call, status: int) -> str:
    lacking = f", the app lacks the action '{call.action}'" if call.action else ""
    match status:
        case 401:
            return "Omi answered 401: it got no API key it understands"
        case 403:
            return f"Omi answered 403: the user may have disabled the app{lacking}, or the API key is of another app"
        case 404:
            return "Omi answered 404: there is no such app, or the user has not enabled it"
    return f"Omi answered {status}"


def _detail(call: Call, body: bytes) -> str:
    """Quote what Omi says of it (`detail`), on one line and without the app's key."""
    decoded = _decoded(body)
    detail = decoded.get("detail") if isinstance(decoded, dict) else None
    if not detail:
        return ""
    text = detail if isinstance(detail, str) else json.dumps(detail, ensure_ascii=False)
    text = " ".join(text.replace(call.headers["Authorization"].removeprefix("Bearer "), "***").split())
    return f"; Omi says: {text[:_DETAIL]}"


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _bearer(api_key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_key}"}
