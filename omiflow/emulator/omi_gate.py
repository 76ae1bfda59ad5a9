"""Who may call Omi's integration API, and how often: Omi's checks in Omi's order.

The routes and the bodies are left to `omi_api`. Source of all checks: Omi's protocol, 3.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

HOUR = 3600


class OmiApp(msgspec.Struct, frozen=True, kw_only=True):
    """An app as Omi knows it; `users` are those who enabled it, None for everybody."""

    actions: frozenset[str] = frozenset({"create_conversation", "create_facts"})
    users: frozenset[str] | None = None


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """All apps, and the keys of each; the key of a deleted app outlives it."""

    apps: Mapping[str, OmiApp]
    keys: Mapping[str, str]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call to be checked: `limit` is how many may come in a clock hour, `action` what the app needs for it."""

    name: str
    app_id: str
    uid: str | None
    authorization: str | None
    limit: int
    action: str | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is turned down, as Omi says it."""

    status: int
    detail: Any
    headers: Mapping[str, str] = {}


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """A call that may go on; `headers` tell what is left of its limit."""

    headers: Mapping[str, str]


class Gate:
    """Omi's checks over one directory; it counts calls per app, user and clock hour."""

    def __init__(self, directory: Directory, *, clock: Callable[[], float]) -> None:
        self._directory = directory
        self._clock = clock
        self._hour = 0
        self._used: dict[tuple[str, str, str | None], int] = {}

    def check(self, call: Call) -> Admission | Refusal:
        """Check a call: 401, 403 for the key, 429, 404, 403 for the user, 403 for the action."""
        stranger = self._stranger(call)
        if stranger is not None:
            return stranger
        left, headers = self._count(call)
        if left < 0:
            return Refusal(status=429, detail="Rate limit exceeded", headers=headers)
        return self._not_allowed(call) or Admission(headers=headers)

    def _stranger(self, call: Call) -> Refusal | None:
        scheme, _, key = (call.authorization or "").partition(" ")
        if scheme != "Bearer" or not key:
            return Refusal(status=401, detail="Missing or invalid Authorization header. Must be 'Bearer API_KEY'")
        known = self._directory.keys.get(call.app_id, "")
        if not known or not hmac.compare_digest(known.encode(), key.encode()):
            return Refusal(status=403, detail="Invalid integration API key")
        return None

    def _not_allowed(self, call: Call) -> Refusal | None:
        app = self._directory.apps.get(call.app_id)
        if app is None:
            return Refusal(status=404, detail="App not found")
        if call.uid is not None and app.users is not None and call.uid not in app.users:
            return Refusal(status=403, detail="App is not enabled for this user")
        if call.action is not None and call.action not in app.actions:
            return Refusal(status=403, detail=f"App does not have the {call.action} capability")
        return None

    def _count(self, call: Call) -> tuple[int, dict[str, str]]:
        now = self._clock()
        hour = int(now // HOUR)
        if hour != self._hour:
            self._hour, self._used = hour, {}
        tally = (call.name, call.app_id, call.uid)
        used = self._used[tally] = self._used.get(tally, 0) + 1
        left = call.limit - used
        reset = (hour + 1) * HOUR
        headers = {
            "X-RateLimit-Limit": str(call.limit),
            "X-RateLimit-Remaining": str(max(left, 0)),
            "X-RateLimit-Reset": str(reset),
        }
        if left < 0:
            headers["Retry-After"] = str(max(1, round(reset - now)))
        return left, headers
