"""The values between a request and an event: what an event's reader is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from omiflow.model import Event, Segment

LATE_AFTER = 600.0
"""An event older than this on arrival is late, in seconds."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A request as an event's reader sees it; `uid` is the user its URL names."""

    raw: bytes
    query: Mapping[str, str]
    content_type: str
    uid: str | None


class Received(msgspec.Struct, kw_only=True):
    """What a request says.

    `at` is event time and None where that is the time of arrival; `claimed_at` is when a tap says it happened.
    `identity` is what the payload calls itself (an id, a date), None where it can't be recognised by that.
    `uid` is the user the body names. `keys` and `late` are filled in by `receive`; two deliveries that share one of
    their keys are the same.
    """

    body: Any
    segments: list[Segment] = []
    at: float | None = None
    claimed_at: float | None = None
    identity: str | None = None
    uid: str | None = None
    discarded: bool = False
    deferred: bool = False
    keys: tuple[str, ...] = ()
    late: bool = False

    def event(
        self, name: str, *, event_id: str, app: str, uid: str | None, arrived: float, webhook: str | None = None
    ) -> Event:
        """Give the event that this request brings; without a time of its own it happened when it arrived."""
        return Event(
            id=event_id,
            name=name,
            app=app,
            uid=uid,
            at=arrived if self.at is None else self.at,
            received=arrived,
            body=self.body,
            segments=self.segments,
            webhook=webhook,
            late=self.late,
        )


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of event Omi sends.

    `paths` are short names for it at the end of a URL, `known_by` the fields that only its payload has.
    `same_body_is_same` says that an equal body without a key or an identity is the same delivery again.
    """

    read: Callable[[Delivery], Received]
    paths: tuple[str, ...] = ()
    known_by: frozenset[str] = frozenset()
    same_body_is_same: bool = True
