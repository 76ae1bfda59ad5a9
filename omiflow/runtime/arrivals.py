"""What comes in at a hook, and what is kept of how it came, so that it can be read again.

Whether it is let in is the business of `intake`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from omiflow.model import Event

KEPT_HEADERS = ("content-type", "idempotency-key", "x-omi-idempotency-key", "x-omi-delivery", "x-omi-event")
_ONLY_UID = {"uid"}


class HookRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a hook: whose app, which event, and what was sent; header names are lower-case."""

    app: str
    event: str
    body: bytes
    query: Mapping[str, str]
    headers: Mapping[str, str]
    arrived: float
    webhook: str | None = None

    def kept(self) -> dict[str, Any] | None:
        """Give what a replay needs beside the body; nothing for a plain call with only a uid."""
        kept: dict[str, Any] = {}
        headers = {name: self.headers[name] for name in KEPT_HEADERS if name in self.headers}
        if headers.get("content-type", "").startswith("application/json"):
            del headers["content-type"]
        if headers:
            kept["headers"] = headers
        if self.query.keys() != _ONLY_UID:
            query = {name: value for name, value in self.query.items() if name != "uid"}
            if query:
                kept["query"] = query
        return kept or None


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """An event with what is kept of how it came: the raw body, what else a replay needs, and its delivery keys."""

    event: Event
    body: bytes
    request: Mapping[str, Any] | None = None
    keys: Sequence[str] = ()
