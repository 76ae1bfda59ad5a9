"""What is known of the payloads of events that rules send to each other by `emit`.

Who emits what, and who waits for it, is looked at by `hearing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from omiflow.language.doubts.payload_fields import ANYTHING, PayloadShape


@dataclass(frozen=True)
class Emitted:
    """The events that may set off a rule, each as a sentence names it, and a shape for each way that one is sent."""

    names: tuple[str, ...]
    shapes: tuple[PayloadShape, ...]


def shape_of(data: Any) -> PayloadShape:
    """Give the shape of data as it is written, of which the keys are certain."""
    if not isinstance(data, Mapping):
        return ANYTHING
    return PayloadShape("object", fields={key: shape_of(value) for key, value in data.items()}, closed=True)
