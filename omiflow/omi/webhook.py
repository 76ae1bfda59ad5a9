"""Reads what anybody posts to a webhook of the user's own: JSON of any kind, or a form."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from omiflow.errors import BadRequest
from omiflow.omi.body import decode_bounded
from omiflow.omi.delivery import Delivery, Received
from omiflow.omi.fields import text

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 10_000


def read_webhook(delivery: Delivery) -> Received:
    """Read JSON or a form; the user may stand in the body as `uid`.

    A form's declared type is no proof: some clients send JSON under it, so an object or a list is taken as such.
    """
    body = _read(delivery.raw, content_type=delivery.content_type.partition(";")[0].strip().lower())
    uid = text(body.get("uid")) if isinstance(body, dict) else None
    return Received(body=body, uid=uid or None)


def _read(raw: bytes, *, content_type: str) -> Any:
    if not raw.strip():
        return {}
    if content_type.startswith("multipart/"):
        raise BadRequest(422, f"a body of type '{content_type}' can't be read; JSON or '{FORM}' can")
    if content_type != FORM:
        return decode_bounded(raw)
    return decode_bounded(raw) if raw.lstrip()[:1] in (b"{", b"[") else _read_form(raw)


def _read_form(raw: bytes) -> dict[str, Any]:
    """Read a form as a mapping; a name that comes several times has a list of its values."""
    try:
        pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadRequest(422, f"the form has too many fields; at most {MOST_FIELDS} are read") from None
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: several[0] if len(several) == 1 else several for name, several in values.items()}
