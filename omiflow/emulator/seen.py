"""What arrived at the stand-in, as values in a bounded list that others can listen to.

Who may send what is left to the APIs; how it looks on a terminal is left to `show`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import msgspec


class Arrival(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Something that came in; `at` is the time of arrival."""

    at: float


class Notification(Arrival, frozen=True, kw_only=True, tag="notification"):
    """A push to a user's phone, by Omi's notification call."""

    app_id: str
    uid: str
    message: str


class Memories(Arrival, frozen=True, kw_only=True, tag="memories"):
    """Memories for a user: `text` for Omi to extract them from, `memories` as they are."""

    app_id: str
    uid: str
    text: str | None
    memories: list[dict[str, Any]]
    text_source: str


class Conversation(Arrival, frozen=True, kw_only=True, tag="conversation"):
    """A conversation to be made from text."""

    app_id: str
    uid: str
    text: str
    text_source: str
    text_source_spec: str | None
    language: str


class SlackPost(Arrival, frozen=True, kw_only=True, tag="slack_post"):
    """A post to a channel by Slack's Web API; `ts` is the id that was given to it."""

    channel: str
    text: str
    blocks: list[Any]
    thread_ts: str | None
    ts: str


class SlackHook(Arrival, frozen=True, kw_only=True, tag="slack_hook"):
    """A post by an incoming webhook of Slack's; `hook` is the part of its address below `/slack/hook/`."""

    hook: str
    text: str
    blocks: list[Any]


class NotionPage(Arrival, frozen=True, kw_only=True, tag="notion_page"):
    """A page of Notion's that was made, changed or written on; `properties` are plain values but for the title."""

    title: str
    properties: Mapping[str, Any]
    blocks: list[Any]


class Asked(Arrival, frozen=True, kw_only=True, tag="asked"):
    """A question to the language model, and what it answered."""

    model: str
    prompt: str
    answer: str


class Pushed(Arrival, frozen=True, kw_only=True, tag="pushed"):
    """A notification by ntfy to whoever follows its topic."""

    topic: str
    title: str
    message: str


class HttpCall(Arrival, frozen=True, kw_only=True, tag="http_call"):
    """A call to any other service; `path` is the part of its address below `/http/`."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: Any


class Refused(Arrival, frozen=True, kw_only=True, tag="refused"):
    """A call that one of the APIs turned down, or that none of them knows."""

    path: str
    status: int
    detail: str


Listener = Callable[[Arrival], None]


class Seen:
    """The newest `keep` arrivals, and everybody who wants to know about the next one."""

    def __init__(self, *, keep: int = 1000) -> None:
        self.total = 0
        self.arrivals: deque[Arrival] = deque(maxlen=keep)
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every arrival from now on."""
        self._listeners.append(listener)

    def add(self, arrival: Arrival) -> None:
        """Keep an arrival and tell the listeners."""
        self.total += 1
        self.arrivals.append(arrival)
        for listener in self._listeners:
            listener(arrival)

    def report(self) -> dict[str, Any]:
        """Give `{"total", "seen": [{"kind", "at", …}]}`, oldest first; `total` also counts what is no longer kept."""
        return {"total": self.total, "seen": [msgspec.to_builtins(arrival) for arrival in self.arrivals]}
