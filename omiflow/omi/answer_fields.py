"""What Omi reads of the answer to a delivery of speech; what is answered is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

DEVELOPER_HEADER = "idempotency-key"
"""The header that only developer webhooks carry with speech; Omi's protocol, 1.3."""


def read_fields(headers: Mapping[str, str]) -> tuple[str, ...]:
    """List the fields that are read; an app's answer can do more than a developer webhook's (Omi's protocol, 1.6)."""
    return ("message",) if DEVELOPER_HEADER in headers else ("notification", "message")
