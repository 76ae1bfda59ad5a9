"""A prompt that a developer webhook's answer can't carry, kept for the app's delivery of the same speech.

Omi delivers a batch of speech to both at once, and reads `notification` from an app only (Omi's protocol, 1.6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from omiflow.model import Decision, Segment
from omiflow.omi.answer_fields import DEVELOPER_HEADER


@dataclass(frozen=True)
class Owed:
    """What was said, and the prompt that Omi has not read."""

    segments: Sequence[Segment]
    notification: Mapping[str, Any]

    def paid(self, decision: Decision, headers: Mapping[str, str]) -> Decision:
        """Give the decision with the prompt in its answer, if this is the app's delivery of the same speech."""
        if DEVELOPER_HEADER in headers or decision.event.segments != self.segments:
            return decision
        return msgspec.structs.replace(decision, answer={"notification": self.notification, **decision.answer})


def owed(decision: Decision, headers: Mapping[str, str]) -> Owed | None:
    """Give what an answer leaves owed, None when whoever delivered can carry all of it."""
    notification = decision.answer.get("notification")
    if notification is None or DEVELOPER_HEADER not in headers:
        return None
    return Owed(decision.event.segments, notification)
