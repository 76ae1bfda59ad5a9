"""A recorded tap, tapped now: an old `timestamp` would make it late, and late taps start nothing.

All other requests go out as they were recorded. Source: Omi's protocol, 1.7.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec

from omiflow.emulator.day import AT_HEADER
from omiflow.omi.recorded import Recorded


def tapped_now(request: Recorded, *, now: float) -> Recorded:
    """Give a tap whose `timestamp` is `now`.

    A signed one stays as it is, since its signature covers the body; so does one that tells its own time of arrival.
    """
    if "x-omi-signature" in request.headers or AT_HEADER in request.headers:
        return request
    try:
        body = json.loads(request.body)
    except ValueError:
        return request
    if not isinstance(body, dict) or "timestamp" not in body:
        return request
    body["timestamp"] = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return msgspec.structs.replace(request, body=raw)
