"""Lists and values that rules keep, as a step asks for them: which one, and what becomes of it.

What the steps mean is in the files of the actions; who keeps things, and how no step changes them twice, is left to
the runtime and to dry-runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from omiflow.model import Outcome, Rejected

KeptFor = Literal["user", "app", "group"]


class Shelf(NamedTuple):
    """Where a list or value stands: what kind of owner it has, which one, and its name there."""

    scope: KeptFor
    owner: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Lasting:
    """Something to be kept; `expires` is the time from which on it isn't there, None for never."""

    what: Any
    expires: float | None = None


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What becomes of a list: `taken` is the place of the item that goes, `added` comes to its end."""

    answer: Mapping[str, Any]
    taken: int | None = None
    added: Lasting | None = None


@dataclass(frozen=True, kw_only=True)
class Valued:
    """What becomes of a value: `put` takes its place, one of None leaves nothing there."""

    answer: Mapping[str, Any]
    put: Lasting


@dataclass(frozen=True, kw_only=True)
class OfList:
    """What a step asks of a list: `change` is called with the items, the oldest first, and the time."""

    shelf: Shelf
    change: Callable[[Sequence[Any], float], Listed | Rejected]


@dataclass(frozen=True, kw_only=True)
class OfValue:
    """What a step asks of a value: `change` is called with what is there, of None when nothing is, and the time."""

    shelf: Shelf
    change: Callable[[Lasting, float], Valued | Rejected]


@dataclass(frozen=True, kw_only=True)
class Look:
    """A step that only wants to see a list or a value, and changes nothing."""

    shelf: Shelf
    at: Literal["items", "value"]


Wish = OfList | OfValue | Look


class Kept(Protocol):
    """Keeps lists and values."""

    async def answer(self, wish: Wish, *, run_id: str, step: str) -> Outcome:
        """Give what a step is answered.

        A change is made at once, with nothing of another step in between, and only once for a `step` of a run: the
        answer that it got is what it gets again. One that is rejected changes nothing.
        """


def shelf_for(scope: KeptFor, name: str, *, uid: str | None, app: str, group: str | None) -> Shelf | Rejected:
    """Say where a step finds what it names, or why there is no such place."""
    if scope == "app":
        return Shelf("app", app, name)
    if uid is None:
        return Rejected("there is no user; 'scope: app' keeps things for the app")
    if scope == "user":
        return Shelf("user", uid, name)
    if group is None:
        return Rejected("the user is in no group; give them one under 'users:' in omiflow.yaml, like 'group: family'")
    return Shelf("group", group, name)
