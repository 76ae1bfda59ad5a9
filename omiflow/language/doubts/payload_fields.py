"""What each event's payload holds, asked of the readers that make it.

What a rule does with the fields is looked at by `paths`, `values` and `templates`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

import msgspec

from omiflow.engine.conditions import SUMMARIES
from omiflow.engine.rules import STARTED
from omiflow.language.doubts.known_values import KNOWN_VALUES, KnownValues
from omiflow.model import SPEECH
from omiflow.omi.delivery import Delivery
from omiflow.omi.receive import EVENTS

Kind = Literal["text", "time", "moment", "number", "flag", "object", "list", "nothing", "anything"]

PASSED_ON = frozenset({"speaker_match_source", "speaker_id_scope", "speaker_identity_status", "audio_alignment"})
"""Fields that Omi sends and that reach rules as they are (Omi's protocol, 1.4, segment)."""
SPOKEN = frozenset({SPEECH, STARTED, "memory_created"})
"""The events that carry words."""
SUMMARISED = ("memory_created", "day_summary")
"""The events that have a title, an overview and action items."""

_MOMENT = "2026-03-02T10:00:00+00:00"
_WORD = "word"
_FRACTION = 1.5


@dataclass(frozen=True)
class PayloadShape:
    """What stands at a place of a payload; `fields` are those of an object, `item` is what a list holds.

    `values` are those that it may have. A time is ISO 8601 text, a moment is a datetime. What is `closed` never has
    other fields.
    """

    kind: Kind
    fields: Mapping[str, PayloadShape] = field(default_factory=dict)
    item: PayloadShape | None = None
    values: KnownValues | None = None
    closed: bool = False

    @property
    def free(self) -> bool:
        """Tell whether nothing is known of it."""
        return self.kind == "anything"


ANYTHING = PayloadShape("anything")


@lru_cache(maxsize=32)
def payload_of(event: str) -> PayloadShape:
    """Give the shape of the payload of an event, `ANYTHING` where somebody else decides what is in it."""
    event = SPEECH if event == STARTED else event
    known = EVENTS.get(event)
    if known is None:
        return ANYTHING

    def read(value: Any) -> Any:
        delivery = Delivery(raw=msgspec.json.encode(value), query={}, content_type="application/json", uid=None)
        return msgspec.to_builtins(known.read(delivery).body)

    return _with_values(_shape(read), event)


def events_with(name: str) -> list[str]:
    """List the events whose payload has a field of this name."""
    return [event for event in EVENTS if name in payload_of(event).fields]


def action_item_of(event: str) -> PayloadShape:
    """Give the shape of an action item, `ANYTHING` where the event has none."""
    for name in SUMMARIES:
        holder = payload_of(event).fields.get(name)
        items = holder.fields.get("action_items") if holder is not None else None
        if items is not None and items.item is not None:
            return items.item
    return ANYTHING


def has_summary(event: str) -> bool:
    """Tell whether an event has, or may have, a title, an overview and action items."""
    payload = payload_of(event)
    return payload.free or not payload.fields.keys().isdisjoint(SUMMARIES)


def _shape(read: Callable[[Any], Any]) -> PayloadShape:
    """Find out what a reader makes of values of every kind."""
    empty = read({})
    if isinstance(empty, dict):
        below = {name: _shape(_below(read, name)) for name in empty}
        return PayloadShape("object", fields=below) if below else ANYTHING
    if isinstance(read([]), list):
        return PayloadShape("list", item=_shape(lambda value: next(iter(read([value])), None)))
    return PayloadShape(_kind(read))


def _below(read: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    """Give what makes the value of a field."""
    return lambda value: read({name: value})[name]


def _kind(read: Callable[[Any], Any]) -> Kind:
    if read(_WORD) == _WORD:
        return "text"
    if read(_MOMENT) == _MOMENT:
        return "time"
    if read(True) is True:
        return "flag"
    return "number" if read(_FRACTION) == _FRACTION or read(2) == 2 else "anything"  # noqa: PLR2004 - a number like others


def _with_values(shape: PayloadShape, event: str, path: tuple[str, ...] = ()) -> PayloadShape:
    """Give the shape with the values that Omi is known to use for its fields."""
    if shape.item is not None:
        return replace(shape, item=_with_values(shape.item, event, path))
    fields = {name: _with_values(inner, event, (*path, name)) for name, inner in shape.fields.items()}
    values = KNOWN_VALUES.get((event, *path))
    return replace(shape, kind="text" if values else shape.kind, fields=fields, values=values)


@dataclass(frozen=True)
class Seen:
    """What a rule may find at a place: one shape for each of its triggers that has something there.

    `says` is how the rule names the place.
    """

    says: str
    shapes: tuple[PayloadShape, ...]

    def below(self, name: str, says: str) -> Seen | None:
        """Give what is found at a field, None where nothing is known of it."""
        found = tuple(shape.fields[name] for shape in self.shapes if name in shape.fields)
        return Seen(says, found) if found and not self.free else None

    def lacks(self, name: str) -> bool:
        """Tell whether no shape can have this field."""
        return not self.free and name not in PASSED_ON and not any(name in shape.fields for shape in self.shapes)

    @property
    def item(self) -> Seen | None:
        """Give what is found in a list, None where nothing is known of it."""
        found = tuple(shape.item for shape in self.shapes if shape.item is not None)
        return Seen(f"{self.says}[…]", found) if found and not self.free else None

    @property
    def free(self) -> bool:
        """Tell whether something may be found of which nothing is known."""
        return not self.shapes or any(shape.free for shape in self.shapes)

    @property
    def names(self) -> list[str]:
        """List the fields there are."""
        return list(dict.fromkeys(name for shape in self.shapes for name in shape.fields))

    @property
    def kinds(self) -> set[Kind]:
        """List the kinds there are."""
        return {shape.kind for shape in self.shapes}


def seen_payload(events: Iterable[str], says: str) -> Seen:
    """Give the payload as a rule with triggers of these events finds it."""
    return Seen(says, tuple(payload_of(event) for event in dict.fromkeys(events)))
