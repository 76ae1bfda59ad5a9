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
class UnreadPrompt:
    """What was said, and the prompt that Omi has not read."""

    segments: Sequence[Segment]
    notification: Mapping[str, Any]

    def passed_on(self, decision: Decision, headers: Mapping[str, str]) -> Decision:
        """Give the decision with the prompt in its answer, if this is the app's delivery of the same speech."""
        if DEVELOPER_HEADER in headers or decision.event.segments != self.segments:
            return decision
        return msgspec.structs.replace(decision, answer={"notification": self.notification, **decision.answer})


def unread(decision: Decision, headers: Mapping[str, str]) -> UnreadPrompt | None:
    """Give the prompt that nobody reads in an answer, None when whoever delivered can carry all of it."""
    notification = decision.answer.get("notification")
    if notification is None or DEVELOPER_HEADER not in headers:
        return None
    return UnreadPrompt(decision.event.segments, notification)
