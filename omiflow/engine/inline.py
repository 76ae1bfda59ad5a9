"""The one answer that Omi reads: prompts with sealed placeholders, messages, and who wins.

When a rule may answer at all is decided in `plan`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from omiflow.engine.values import kind_of
from omiflow.errors import TemplateFault
from omiflow.model import SPEECH

PROMPT = "omi.prompt"
REPLY = "omi.reply"
ANSWERED_ALREADY = "the call that set off this rule has been answered already"
PLACEHOLDERS = ("user_name", "user_facts", "user_context", "user_chat")
LONGEST_PROMPT = 128_000
SHORTEST = 5

_OPEN = re.compile(r"\{(?=[{⟦])")
_CLOSE = re.compile(r"(?<=[}⟧])\}")


class Seal:
    """Marks Omi's placeholders while a prompt is rendered, so that spoken braces can be told from them.

    `secret` is text nobody can guess, made once per process. A mark has no letters, so that filters such as `upper`
    leave it whole.
    """

    def __init__(self, secret: str) -> None:
        number = int.from_bytes(secret.encode(), "big")
        self._marks = {name: f"⟦{number}:{place}⟧" for place, name in enumerate(PLACEHOLDERS)}
        self._pattern = re.compile(rf"⟦{number}:([0-{len(PLACEHOLDERS) - 1}])⟧")

    def names(self) -> dict[str, Any]:
        """Give the names that stand for placeholders inside a prompt's template."""
        return {**self._marks, "omi": dict(self._marks)}

    def open(self, text: str) -> str:
        """Break up every double brace, then write the placeholders as Omi reads them."""
        broken = _CLOSE.sub(" }", _OPEN.sub("{ ", text))
        return self._pattern.sub(lambda mark: f"{{{{{PLACEHOLDERS[int(mark[1])]}}}}}", broken)

    def opened(self, value: Any) -> Any:
        """Open every text in the data of a prompt."""
        if isinstance(value, str):
            return self.open(value)
        if isinstance(value, dict):
            return {key: self.opened(item) for key, item in value.items()}
        return [self.opened(item) for item in value] if isinstance(value, list) else value


def checked(action: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Give the data of an inline action as Omi wants it, without what is null; numbers count as text.

    Raises TemplateFault when a template gave something else; what the rule itself says was checked when it was read.
    """
    if action == REPLY:
        return {"message": _text(data.get("message"), "message")}
    sound: dict[str, Any] = {"prompt": _text(data.get("prompt"), "prompt")}
    context = _mapping(data.get("context"), "context")
    told: dict[str, Any] = {}
    if context.get("question") is not None:
        told["question"] = _text(context["question"], "context.question")
    filters = _mapping(context.get("filters"), "context.filters")
    wanted = {name: _texts(value, f"context.filters.{name}") for name, value in filters.items() if value is not None}
    if wanted:
        told["filters"] = wanted
    if told:
        sound["context"] = told
    return sound


def _text(value: Any, place: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise TemplateFault(f"'{place}' wants text, got {kind_of(value)}")
    return value


def _texts(value: Any, place: str) -> list[str]:
    if not isinstance(value, list):
        raise TemplateFault(f"'{place}' wants a list, got {kind_of(value)}")
    return [_text(item, f"{place}[{number}]") for number, item in enumerate(value)]


def _mapping(value: Any, place: str) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        raise TemplateFault(f"'{place}' wants a mapping, got {kind_of(value)}")
    return value or {}


def notification(data: Mapping[str, Any], params: tuple[str, ...]) -> dict[str, Any]:
    """Build the `notification` of an answer from checked data; Omi's protocol, 2."""
    return {**data, "params": list(params)}


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
    if event == SPEECH and len(message) <= SHORTEST:
        return f"Omi drops messages of {SHORTEST} characters or fewer"
    return None
