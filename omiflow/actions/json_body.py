"""Turning what templates gave into a JSON body; where it goes is left to the actions."""

from __future__ import annotations

from typing import Any

import msgspec

from omiflow.model import Rejected


def json_body(value: Any) -> bytes | Rejected:
    """Encode a value with its times as ISO text, or say that JSON can't carry it."""
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError):
        return Rejected("the body holds something that can't be sent as JSON")
