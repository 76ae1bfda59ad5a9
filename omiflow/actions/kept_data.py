"""What the actions on kept lists and values have in common: names, owners, sizes and how long things last."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Annotated, Any

import msgspec
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from omiflow.actions.data import Data, Templated, is_rendered
from omiflow.actions.kept import KeptFor, Shelf, Wish, shelf_for
from omiflow.actions.scope import Scope
from omiflow.durations import seconds
from omiflow.model import Outcome, Rejected
from omiflow.omi.times import parse

LARGEST = 100_000
"""How large one item or value may be, in bytes of JSON."""
EXACT = 2**53
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def size(value: Any) -> int:
    """Give the bytes that a value takes as JSON."""
    return len(msgspec.json.encode(value))


def as_kept(value: Any) -> Any:
    """Give a value as JSON knows it, where 1.0 is 1; raises ValueError for what JSON has no form for."""
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(f"'{value}' is not a number that can be kept")
        return int(value) if value.is_integer() and abs(value) < EXACT else value
    if isinstance(value, Mapping):
        return {str(key): as_kept(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_kept(item) for item in value]
    return value


def is_same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same as JSON, where `true` is not 1."""
    return msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")


def until(expires: str | None, now: float) -> float | None:
    """Give the time that a duration or a time names, None for never."""
    if expires is None:
        return None
    try:
        return now + seconds(expires)
    except ValueError:
        return parse(expires)


def _small(value: Any) -> Any:
    kept = as_kept(value)
    try:
        bytes_ = size(kept)
    except (TypeError, ValueError, RecursionError):
        raise ValueError("only text, numbers, true, false, null, lists and mappings can be kept") from None
    if bytes_ > LARGEST:
        raise ValueError(f"more than {LARGEST // 1000} kB can't be kept in one piece; this is {-(-bytes_ // 1000)} kB")
    return kept


def _a_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            "'name' wants 1 to 100 letters (a-z, A-Z), digits, '_', '-' and '.'; '| slugify' makes one of any text"
        )
    return name


def _span_as_text(expires: Any, info: ValidationInfo) -> Any:
    """Take a number that a template gave for the seconds of a span; one that was written could mean anything."""
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        return expires
    if not is_rendered(info):
        raise ValueError("'expires' is a bare number; write a duration such as '45s', '2h' or '7d', or a time")
    return f"{as_kept(expires)}s"


def _a_time_or_span(expires: str) -> str:
    if until(expires, 0.0) is None:
        raise ValueError("'expires' wants a duration such as '45s', '2h' or '7d', or a time in ISO 8601")
    return expires


Small = Annotated[Any, AfterValidator(_small)]
Name = Templated[Annotated[str, AfterValidator(_a_name)]]
Expires = Templated[Annotated[str, AfterValidator(_a_time_or_span)]]


class KeptData(Data):
    """The base of the data of all actions on kept lists and values."""

    name: Name = Field(description="Its name: letters (a-z, A-Z), digits, '_', '-' and '.', at most 100.")
    scope: Templated[KeptFor] = Field(
        default="user",
        description="Whose it is: the user's in all apps, the app's, or of all users with the same `user.group`.",
    )

    @abstractmethod
    def wish(self, shelf: Shelf) -> Wish:
        """Say what this asks of the list or value on a shelf."""

    def wish_of(self, *, uid: str | None, app: str, group: str | None) -> Wish | Rejected:
        """Say what this asks for a user of an app, or why it can't be had."""
        shelf = shelf_for(self.scope, self.name, uid=uid, app=app, group=group)
        return shelf if isinstance(shelf, Rejected) else self.wish(shelf)


class Expiring(KeptData):
    """The base of those that may let things expire."""

    expires: Annotated[Expires | None, BeforeValidator(_span_as_text)] = Field(
        default=None,
        description="When it is gone: after a duration such as '7d', or at a time; never when left out.",
    )


async def perform(data: KeptData, scope: Scope) -> Outcome:
    """Ask who keeps things."""
    wish = data.wish_of(uid=scope.uid, app=scope.app.name, group=scope.group)
    if isinstance(wish, Rejected):
        return wish
    return await scope.kept.answer(wish, run_id=scope.run_id, step=scope.step)


def items_answer(items: Sequence[Any]) -> dict[str, Any]:
    """Give what a step on a list is answered."""
    return {"items": list(items)}
