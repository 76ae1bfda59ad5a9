"""The bytes of a request as JSON values; what they mean is left to the readers of each event."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

import msgspec

from omiflow.errors import BadRequest

DEEPEST = 100
"""How many objects and lists may lie inside one another in a payload that is kept."""


def decode(raw: bytes) -> Any:
    """Read JSON; raise `BadRequest` (422) for anything else.

    Half a surrogate pair becomes U+FFFD and a number beyond the range of floats null, so that whatever comes out can
    be stored and sent again as JSON in UTF-8.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _decode_carefully(raw)
    except RecursionError:
        raise BadRequest(422, "the body is nested too deeply") from None


def decode_bounded(raw: bytes) -> Any:
    """Read JSON like `decode`; raise `BadRequest` (422) also when it is nested deeper than `DEEPEST`."""
    value = decode(raw)
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return value
    raise BadRequest(422, f"the body is nested too deeply; at most {DEEPEST} levels are read")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _decode_carefully(raw: bytes) -> Any:
    try:
        value = json.loads(
            raw.decode("utf-8-sig"), parse_int=_whole, parse_float=_finite, parse_constant=_refuse_constant
        )
        text = json.dumps(value, ensure_ascii=False)
    except RecursionError:
        raise BadRequest(422, "the body is nested too deeply") from None
    except ValueError as error:
        raise BadRequest(422, f"the body is not JSON: {error}") from None
    return msgspec.json.decode(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _whole(digits: str) -> int | None:
    try:
        return int(digits)
    except ValueError:
        return None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"'{name}' is no JSON value; null would be")
