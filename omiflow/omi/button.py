"""Reads `button_event`, a tap on the wearable (Omi's protocol, 1.7)."""

from __future__ import annotations

from omiflow.omi import times
from omiflow.omi.body import decode_bounded
from omiflow.omi.delivery import Delivery, Received
from omiflow.omi.fields import Reader, filled, otherwise, text

BUTTON: dict[str, Reader] = {
    "event_type": otherwise(text, default="button_event"),
    "button_event": text,
    "device_id": text,
    "event_id": text,
    "timestamp": times.normalise,
    "session_id": text,
}

_read_button = filled(BUTTON)


def read_button(delivery: Delivery) -> Received:
    """Read a tap; `gesture` is added to the body, the same for every spelling of a long press."""
    body = _read_button(decode_bounded(delivery.raw))
    body["gesture"] = gesture_of(body["button_event"])
    return Received(body=body, claimed_at=times.parse(body["timestamp"]), identity=body["event_id"])


def gesture_of(button_event: str | None) -> str | None:
    """Give `long_tap` for whatever begins with `long`, anything else as it is."""
    return "long_tap" if button_event is not None and button_event.startswith("long") else button_event
