"""What to say of a field that a payload does not have.

Who reads which fields is looked at by `paths` and `templates`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from omiflow.language.codes import NEVER_THERE, UNKNOWN_FIELD, UNKNOWN_VALUE, WRONG_KIND
from omiflow.language.doubts.doubting import joined
from omiflow.language.doubts.payload_fields import Seen, events_with
from omiflow.language.nearest import did_you_mean, nearest

ALIKE = 0.75
"""Omi's payloads grow: below the first level, only a name this much like a known one is taken for a misspelt one."""

_KINDS = {
    "text": "text",
    "time": "a time, written as text",
    "moment": "a time",
    "number": "a number",
    "flag": "true or false",
    "nothing": "null without a 'schema'",
}


class Missing(NamedTuple):
    """A field that is read and not there."""

    name: str
    message: str
    code: str


def missing(seen: Seen, name: str, events: Sequence[str]) -> Missing | None:
    """Say what is wrong with reading a field, None when it may well be there; `events` are those of the rule."""
    if not seen.lacks(name):
        return None
    if seen.kinds == {"list"}:
        return Missing(name, _of_list(seen, name), UNKNOWN_FIELD)
    if "object" not in seen.kinds and len(seen.kinds) == 1:
        guess = did_you_mean(name, seen.names) if nearest(name, seen.names) else ""
        message = f"'{seen.says}' is {_KINDS[seen.shapes[0].kind]} and has no '{name}'{guess}"
        return Missing(name, message, UNKNOWN_FIELD)
    if seen.says in ("$", "event"):
        return _of_payload(seen, name, events)
    if nearest(name, seen.names, alike=ALIKE) is None and not all(shape.closed for shape in seen.shapes):
        return None
    return Missing(name, f"'{seen.says}' has no '{name}'{did_you_mean(name, seen.names)}", UNKNOWN_FIELD)


def unordered(seen: Seen) -> Missing:
    """Say what is wrong with comparing by size what has fields of its own."""
    names = seen.names
    one = f"; did you mean '{seen.says}.{names[0]}'?" if len(names) == 1 else did_you_mean("", names)
    return Missing(seen.says, f"'{seen.says}' has fields of its own and is neither more nor less{one}", WRONG_KIND)


def never(seen: Seen, value: str) -> Missing | None:
    """Say what is wrong with comparing with a value that is not among the only ones there are, None when it may be."""
    known = [shape.values for shape in seen.shapes]
    values = [one for these in known if these is not None for one in these.values]
    if not values or value in ("", *values) or not all(these is not None and these.closed for these in known):
        return None
    return Missing(value, f"'{seen.says}' is never '{value}'{did_you_mean(value, values)}", UNKNOWN_VALUE)


def _of_payload(seen: Seen, name: str, events: Sequence[str]) -> Missing:
    whose = joined(events, "or")
    having = events_with(name)
    if having:
        there = f"'{name}' comes with {joined(having)}"
        return Missing(name, f"{whose} never has '{name}'; {there}", NEVER_THERE)
    deeper = [f"{above}.{name}" for shape in seen.shapes for above, one in shape.fields.items() if name in one.fields]
    if seen.says == "$":
        deeper += [
            f"{above}[*].{name}"
            for shape in seen.shapes
            for above, one in shape.fields.items()
            if one.item is not None and name in one.item.fields
        ]
    guess = f"; did you mean '{deeper[0]}'?" if deeper else did_you_mean(name, seen.names)
    return Missing(name, f"{whose} has no '{name}'{guess}", UNKNOWN_FIELD)


def _of_list(seen: Seen, name: str) -> str:
    of_path = seen.says.startswith("$")
    if name in ("length", "size", "count"):
        counting = "the operator 'length'" if of_path else f"'{seen.says} | length'"
        return f"'{seen.says}' is a list and has no '{name}'; {counting} counts its items"
    one = "[*]" if of_path else "[0]"
    return f"'{seen.says}' is a list and has no '{name}'; its items are '{seen.says}{one}'"
