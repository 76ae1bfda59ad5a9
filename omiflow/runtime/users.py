"""What is kept in memory of each user while they are heard: their stream, their rate, and whose turn it is."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from omiflow.engine.rate import Allowance
from omiflow.speech.stream import Stream

MOST_USERS = 50_000


@dataclass(slots=True)
class User:
    """One user of one app; `stream` is None until it was rebuilt from the store."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    stream: Stream | None = None
    allowance: Allowance = field(default_factory=Allowance)


class Users:
    """The users in memory; the longest unheard are forgotten, the store remembers them."""

    def __init__(self, *, most: int = MOST_USERS) -> None:
        self._most = most
        self._users: OrderedDict[tuple[str, str | None], User] = OrderedDict()

    def get(self, app: str, uid: str | None) -> User:
        """Give a user, new ones included."""
        key = (app, uid)
        user = self._users.get(key)
        if user is None:
            user = self._users[key] = User()
            if len(self._users) > self._most:
                self._forget_one()
        else:
            self._users.move_to_end(key)
        return user

    def _forget_one(self) -> None:
        for key, user in self._users.items():
            if not user.turn.locked():
                del self._users[key]
                return
