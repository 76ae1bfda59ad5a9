"""Payloads of tests with fields that Omi's have not: most likely misspelt, and the test would show nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omiflow.language.doubts.missing_fields import missing
from omiflow.language.doubts.payload_fields import Seen, seen_payload
from omiflow.language.telling import Loc
from omiflow.language.writing import Writing

OTHER_SPELLINGS = frozenset({"apps_response", "speakerId"})
"""Fields that Omi also writes, and that rules see under another name (Omi's protocol, 1.4)."""


def doubt_payload(writing: Writing, event: str, body: Mapping[str, Any], loc: Loc) -> None:
    """Warn of fields of a payload, which stands at `loc`, that nothing reads."""
    _look(writing, seen_payload([event], "$"), body, loc, event)


def _look(writing: Writing, seen: Seen | None, value: Any, loc: Loc, event: str) -> None:
    if seen is None or seen.free:
        return
    if isinstance(value, list):
        for number, item in enumerate(value):
            _look(writing, seen.item, item, (*loc, number), event)
    elif isinstance(value, Mapping) and "object" in seen.kinds:
        for name, inner in value.items():
            found = None if name in OTHER_SPELLINGS else missing(seen, name, [event])
            if found is not None:
                writing.warn((*loc, name), found.message, code=found.code, of_key=True)
            else:
                _look(writing, seen.below(name, f"{seen.says}.{name}"), inner, (*loc, name), event)
