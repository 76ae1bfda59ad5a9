"""What Omi reads from the answer to a delivery.

Making the delivery is left to `deliver`, Omi's limits to `sender`. Source: Omi's protocol, 1.6 and 2.
"""

from __future__ import annotations

from typing import Any, Literal

import httpx
import msgspec

Route = Literal["app", "developer", "other"]
"""Who delivers: an app's webhook, a user's developer webhook, or not Omi at all."""

SCOPES = ("user_name", "user_facts", "user_context", "user_chat")
SHORTEST_PUSH = 6


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What an app asks Omi's model to write to the user."""

    prompt: str
    params: list[str]
    context: dict[str, Any]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What Omi takes from an answer; everything else in it is ignored."""

    message: str | None = None
    prompt: Prompt | None = None


def read_answer(body: bytes, *, status: int, event: str, route: Route) -> Reading:
    """Read an answer as Omi does; what has the wrong type is lost with everything beside it."""
    if route == "other" or not httpx.codes.is_success(status):
        return Reading()
    answer = _object(body)
    if event == "memory_created" and route == "app":
        message = answer.get("message")
        return Reading(message=message if isinstance(message, str) and message else None)
    if event != "realtime_transcript" or (route == "developer" and status != httpx.codes.OK):
        return Reading()
    message, notification = answer.get("message", ""), answer.get("notification", {})
    if not isinstance(message, str) or not isinstance(notification, dict):
        return Reading()
    return Reading(
        message=message if len(message) >= SHORTEST_PUSH else None,
        prompt=_prompt(notification) if route == "app" else None,
    )


def _prompt(notification: dict[str, Any]) -> Prompt | None:
    prompt, params, context = (notification.get("prompt"), notification.get("params", []), notification.get("context"))
    if not isinstance(prompt, str) or not prompt.strip() or not isinstance(params, list):
        return None
    return Prompt(
        prompt=prompt.replace("    ", "").strip(),
        params=[name for name in params if name in SCOPES],
        context=context if isinstance(context, dict) else {},
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return answer if isinstance(answer, dict) else {}
