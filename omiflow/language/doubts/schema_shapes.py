"""The shape of an answer whose fields a step says by a `schema`, as `llm.ask` does.

What the types are called is said in `actions/llm_schema`; whether they are right is checked there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omiflow.language.doubts.known_values import KnownValues
from omiflow.language.doubts.payload_fields import ANYTHING, PayloadShape

_TYPES = {
    "string": PayloadShape("text"),
    "number": PayloadShape("number"),
    "integer": PayloadShape("number"),
    "boolean": PayloadShape("flag"),
}


def shape_of(written: Any) -> PayloadShape:
    """Give the shape of what a schema, or a part of one, asks for; `ANYTHING` where only a template knows."""
    if isinstance(written, Mapping):
        return PayloadShape("object", fields={name: shape_of(inner) for name, inner in written.items()}, closed=True)
    if isinstance(written, list) and written:
        if all(isinstance(one, str) and one not in _TYPES for one in written):
            return PayloadShape("text", values=KnownValues(tuple(written), closed=True))
        return PayloadShape("list", item=shape_of(written[0])) if len(written) == 1 else ANYTHING
    return _TYPES.get(written, ANYTHING) if isinstance(written, str) else ANYTHING
