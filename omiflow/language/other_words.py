"""What other systems call the things that rules are made of, for people who come from there.

Home Assistant's words first, then those of programming languages and of HTTP.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

OTHER_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "above": ("gt",),
        "ge": ("gte",),
        "greater_than": ("gt",),
        "below": ("lt",),
        "le": ("lte",),
        "less_than": ("lt",),
        "eq": ("equals",),
        "==": ("equals",),
        "is": ("equals",),
        "ne": ("not_equals",),
        "!=": ("not_equals",),
        "one_of": ("in",),
        "includes": ("contains",),
        "regex": ("matches",),
        "regexp": ("matches",),
        "pattern": ("matches",),
        "and": ("all",),
        "or": ("any",),
        "case_insensitive": ("ignore_case",),
        "value_template": ("template",),
        "value.increment": ("value.add",),
        "enabled": ("status", "if"),
        "disabled": ("status", "if"),
        "initial_state": ("status",),
        "name": ("alias", "say"),
        "from": ("after",),
        "to": ("before",),
        "until": ("before",),
        "comment": ("description",),
        "automation": ("rules",),
        "automations": ("rules",),
        "service": ("action",),
        "!secret": ("!env",),
        "data_template": ("data",),
        "service_data": ("data",),
        "params": ("data",),
        "event": ("emit", "name"),
        "event_data": ("data",),
        "event_type": ("name",),
        "webhook_id": ("name",),
        "condition": ("conditions", "if"),
        "when": ("conditions", "if"),
        "elseif": ("elif",),
        "elsif": ("elif",),
        "else_if": ("elif",),
        "foreach": ("for_each",),
        "loop": ("repeat",),
        "times": ("count",),
        "do": ("sequence", "then"),
        "steps": ("sequence", "actions"),
        "result": ("response_variable",),
        "register": ("response_variable",),
        "max": ("limit",),
        "per": ("period",),
        "every": ("period",),
        "text": ("message", "prompt", "description"),
        "body": ("json", "message", "text"),
        "payload": ("json", "data"),
        "content": ("text", "message", "prompt", "markdown"),
        "message": ("text", "prompt"),
        "title": ("description",),
        "conversation": ("memory_created",),
        "conversation_created": ("memory_created",),
        "conversation_finished": ("memory_created",),
        "transcript_processed": ("realtime_transcript",),
        "tap": ("button_event",),
        "str": ("string",),
        "int": ("integer",),
        "float": ("number",),
        "bool": ("boolean",),
        "null": ("none",),
    }
)
"""By the word of others, what may be meant by it, most likely first."""


def ours(word: str, known: Collection[str]) -> str | None:
    """Give the known name for what others call `word`, None where there is none."""
    return next((name for name in OTHER_WORDS.get(word, ()) if name in known), None)
