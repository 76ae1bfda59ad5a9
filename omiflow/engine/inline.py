"""The one answer that Omi reads: prompts with sealed placeholders, messages, and who wins.

When a rule may answer at all is decided in `plan`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

PROMPT = "omi.prompt"
REPLY = "omi.reply"
PLACEHOLDERS = ("user_name", "user_facts", "user_context", "user_chat")
LONGEST_PROMPT = 128_000
SHORTEST = 5

_OPEN = re.compile(r"\{(?=\{)")
_CLOSE = re.compile(r"\}(?=\})")


class Seal:
    """Marks Omi's placeholders while a prompt is rendered, so that spoken braces can be told from them.

    `secret` is text nobody can guess, made once per process.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._pattern = re.compile(rf"⟦{re.escape(secret)}:({'|'.join(PLACEHOLDERS)})⟧")

    def names(self) -> dict[str, Any]:
        """Give the names that stand for placeholders inside a prompt's template."""
        sealed = {name: f"⟦{self._secret}:{name}⟧" for name in PLACEHOLDERS}
        return {**sealed, "omi": sealed}

    def open(self, text: str) -> str:
        """Break up every double brace, then write the placeholders as Omi reads them."""
        broken = _CLOSE.sub("} ", _OPEN.sub("{ ", text))
        return self._pattern.sub(r"{{\1}}", broken)


def notification(data: Mapping[str, Any], params: tuple[str, ...]) -> dict[str, Any]:
    """Build the `notification` of an answer; Omi's protocol, 2."""
    built: dict[str, Any] = {"prompt": data["prompt"], "params": list(params)}
    if data.get("context"):
        built["context"] = {key: value for key, value in data["context"].items() if value is not None}
    return built


def unread_reason(action: str, data: Mapping[str, Any], event: str) -> str | None:
    """Say why Omi would drop this answer, None when it would not; Omi's protocol, 1.6 and 2."""
    if action == PROMPT:
        if len(data["prompt"].strip()) < SHORTEST:
            return f"Omi drops prompts under {SHORTEST} characters"
        if len(data["prompt"]) > LONGEST_PROMPT:
            return f"Omi refuses prompts over {LONGEST_PROMPT} characters"
        return None
    message = data["message"]
    if not message.strip():
        return "the message is empty"
    if event == "realtime_transcript" and len(message) <= SHORTEST:
        return f"Omi drops messages of {SHORTEST} characters or fewer"
    return None
