"""What is kept in memory of each user while they are heard: their stream, their rate, and whose turn it is."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from omiflow.engine.rate import Allowance
from omiflow.runtime.owed import Owed
from omiflow.speech.stream import Stream

MOST_USERS = 50_000
STREAM_SPAN = 900.0
"""How long back a stream reaches, in seconds; Omi repeats speech within a minute or two."""

UserKey = tuple[str, str | None]


@dataclass(slots=True)
class User:
    """One user of one app; `stream` is None until it was rebuilt from the store, `seen` when their last request came.

    One who is `quiet` has said nothing for as long as a stream reaches, and the store need not be asked. Of a stream
    that was `rebuilt` it isn't known what is open. `owed` is what
    the last answer to their speech could not carry, `repeated` when it was last told that one of their deliveries came
    again.
    """

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    stream: Stream | None = None
    quiet: bool = False
    rebuilt: bool = False
    seen: float = 0.0
    allowance: Allowance = field(default_factory=Allowance)
    owed: Owed | None = None
    repeated: float | None = None


class Users:
    """The users in memory; the longest unheard are forgotten, the store remembers them.

    While it is `complete`, a user who isn't here has said nothing lately, and the store need not be asked.
    """

    def __init__(self, *, most: int = MOST_USERS) -> None:
        self.complete = False
        self._most = most
        self._users: OrderedDict[UserKey, User] = OrderedDict()

    def expect(self, speakers: Iterable[UserKey], *, all_of_them: bool, now: float) -> None:
        """Take those who spoke shortly before the start; their streams are rebuilt when they speak again."""
        for key in speakers:
            self._users[key] = User(seen=now)
        self.complete = all_of_them

    def get(self, app: str, uid: str | None, *, now: float) -> User:
        """Give a user, new ones included."""
        key = (app, uid)
        user = self._users.get(key)
        if user is None:
            self._forget(now)
            user = self._users[key] = User(quiet=self.complete)
        else:
            self._users.move_to_end(key)
        user.seen = max(user.seen, now)
        return user

    def _forget(self, now: float) -> None:
        """Forget, of the two longest unseen, who has been silent for long, or whoever is too many."""
        for key in list(islice(self._users, 2)):
            user = self._users[key]
            silent = user.seen < now - STREAM_SPAN
            if not user.turn.locked() and (silent or len(self._users) >= self._most):
                del self._users[key]
                self.complete = self.complete and silent
