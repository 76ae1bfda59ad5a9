"""What happens while a recording is played, as values for a listener.

What arrives at the stand-in meanwhile is in `seen`.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from omiflow.emulator.answers import Prompt, Route
from omiflow.omi.recorded import Recorded


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A request went out; `attempt` counts from 1."""

    request: Recorded
    attempt: int


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The receiver accepted it, after `took` seconds."""

    request: Recorded
    status: int
    body: bytes
    took: float


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt failed; `again_in` seconds the next one follows, None if it was the last."""

    request: Recorded
    attempt: int
    reason: str
    again_in: float | None


class Messaged(msgspec.Struct, frozen=True, kw_only=True):
    """Omi shows the message of an answer to the user."""

    uid: str
    message: str
    route: Route


class Prompted(msgspec.Struct, frozen=True, kw_only=True):
    """Omi's model writes to the user what an answer asked for."""

    uid: str
    prompt: Prompt


class Capped(msgspec.Struct, frozen=True, kw_only=True):
    """Omi dropped a prompt without a word, because the last one was too recent."""

    uid: str
    prompt: Prompt


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded request that can't be played."""

    request: Recorded
    reason: str


Happening = Sent | Answered | Failed | Messaged | Prompted | Capped | Skipped
Tell = Callable[[Happening], None]
