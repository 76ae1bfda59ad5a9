"""What is kept in memory of each user while they are heard: their stream, their rate, and whose turn it is.

Who has been silent for a while is kept in little room. What a stream is made of is the business of `streams`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from itertools import islice

from omiflow.engine.rate import Allowance
from omiflow.runtime.unread import UnreadPrompt
from omiflow.speech.packed import packed, unpacked
from omiflow.speech.stream import LONGEST_KEPT, Stream

MOST_USERS = 100_000
STREAM_SPAN = LONGEST_KEPT
"""How long back a stream reaches, in seconds; Omi repeats speech within a minute or two."""
ROOM = 420_000_000
"""How many bytes all streams may take: with these, and with the most users, the process takes less than 600 MB."""
RESTS_AFTER = 30.0
"""How long a user is silent before their stream is packed, in seconds; whoever talks is heard every few seconds."""
FEW = 100
"""While no more streams than these may be unpacked, room is made by forgetting the longest unheard."""

UserKey = tuple[str, str | None]


class User:
    """One user of one app; `stream` is None until it was rebuilt from the store, `seen` when their last request came.

    `kept` is the stream as it is kept, packed while they are silent.
    One who is `quiet` has said nothing for as long as a stream reaches, and the store need not be asked. `unread` is
    the prompt that Omi did not read in the last answer to their speech, `repeated` when it was last told that one of
    their deliveries came again. `weight` is what their stream was last seen to take, in bytes.
    """

    __slots__ = ("_allowance", "_lock", "_waiting", "kept", "quiet", "repeated", "seen", "unread", "weight")

    def __init__(self, *, quiet: bool = False, seen: float = 0.0) -> None:
        self._lock: asyncio.Lock | None = None
        self._waiting = 0
        self.kept: Stream | bytes | None = None
        self._allowance: Allowance | None = None
        self.quiet = quiet
        self.seen = seen
        self.unread: UnreadPrompt | None = None
        self.repeated: float | None = None
        self.weight = 0

    @property
    def stream(self) -> Stream | None:
        """Give what they said lately."""
        if isinstance(self.kept, bytes):
            self.kept = unpacked(self.kept)
        return self.kept

    @stream.setter
    def stream(self, stream: Stream | None) -> None:
        self.kept = stream

    @property
    def allowance(self) -> Allowance:
        """Give how many requests they may still make; a new one is full."""
        if self._allowance is None:
            self._allowance = Allowance()
        return self._allowance

    @property
    def busy(self) -> bool:
        """Say whether it is somebody's turn, or somebody waits for it."""
        return self._waiting > 0

    async def take_turn(self) -> None:
        """Wait until nothing else of this user is being done; there is a lock only where somebody has to."""
        self._waiting += 1
        if self._waiting == 1:
            return
        if self._lock is None:
            self._lock = asyncio.Lock()
            await self._lock.acquire()
        try:
            await self._lock.acquire()
        except BaseException:
            self._leave()
            raise

    def end_turn(self) -> None:
        """Let whatever else is to be done of this user go on."""
        if self._lock is not None:
            self._lock.release()
        self._leave()

    def _leave(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._lock = None

    def rest(self, *, now: float) -> None:
        """Take little room until they are heard again."""
        if isinstance(self.kept, Stream):
            self.kept = packed(self.kept)
        if self.allows_all(now):
            self._allowance = None

    def allows_all(self, now: float) -> bool:
        """Say whether their allowance is full, so that a new one is the same."""
        return self._allowance is None or now >= self._allowance.full_at

    def weigh(self) -> int:
        """Give how many bytes the stream takes now, about."""
        if isinstance(self.kept, Stream):
            pieces = words = 0
            for line in self.kept.lines.values():
                pieces += len(line.pieces)
                words += len(line.words)
            return 1_500 + 600 * max(len(self.kept.known), pieces) + 14 * words
        return 0 if self.kept is None else 50 + len(self.kept) * 9 // 8


class Users:
    """The users in memory; the longest unheard are forgotten, the store remembers them.

    While it is `complete`, a user who isn't here has said nothing lately, and the store need not be asked.
    """

    def __init__(self, *, most: int = MOST_USERS, room: int = ROOM, rests_after: float = RESTS_AFTER) -> None:
        self.complete = False
        self.weight = 0
        self._most = most
        self._room = room
        self._rests_after = rests_after
        self._now = 0.0
        self._users: OrderedDict[UserKey, User] = OrderedDict()
        self._awake: OrderedDict[UserKey, User] = OrderedDict()

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
            self._forget_silent(now)
            user = self._users[key] = User(quiet=self.complete)
        else:
            self._users.move_to_end(key)
        self._awake[key] = user
        self._awake.move_to_end(key)
        user.seen = max(user.seen, now)
        self._now = now
        return user

    def turn(self, user: User) -> Turn:
        """Do something of a user who was just given; others' streams are packed when it is done and answered."""
        return Turn(self, user)

    def done(self, user: User) -> None:
        """End the turn of a user."""
        user.end_turn()
        self._weigh(user)
        longest_silent = next(iter(self._awake.values()))
        if longest_silent.seen <= self._now - self._rests_after or self.weight > self._room:
            asyncio.get_running_loop().call_soon(self.rest)

    def rest(self) -> None:
        """Pack streams of the silent, two at a time; for more room, pack others or forget the longest unheard."""
        for key, user in list(islice(self._awake.items(), 2)):
            if not user.busy and user.seen <= self._now - self._rests_after:
                self._pack(key, user)
        while self.weight > self._room:
            least = next(((key, user) for key, user in self._awake.items() if not user.busy), None)
            if least is not None and len(self._awake) > FEW:
                self._pack(*least)
                continue
            oldest = next((key for key, user in self._users.items() if not user.busy), None)
            if oldest is None:
                return
            self._forget(oldest)

    def _pack(self, key: UserKey, user: User) -> None:
        del self._awake[key]
        user.rest(now=self._now)
        self._weigh(user)

    def _weigh(self, user: User) -> None:
        weight = user.weigh()
        self.weight += weight - user.weight
        user.weight = weight

    def _forget_silent(self, now: float) -> None:
        """Forget, of the two longest unseen, who has been silent for long, or whoever is too many."""
        for key, user in list(islice(self._users.items(), 2)):
            silent = user.seen < now - STREAM_SPAN
            done = silent and user.allows_all(now)
            if not user.busy and (done or len(self._users) >= self._most):
                self._forget(key, silent=silent)

    def _forget(self, key: UserKey, *, silent: bool = False) -> None:
        user = self._users.pop(key)
        self._awake.pop(key, None)
        self.weight -= user.weight
        user.weight = 0
        self.complete = self.complete and silent


class Turn:
    """The time in which only one thing is done of a user."""

    __slots__ = ("_user", "_users")

    def __init__(self, users: Users, user: User) -> None:
        self._users = users
        self._user = user

    async def __aenter__(self) -> None:
        await self._user.take_turn()

    async def __aexit__(self, *_: object) -> None:
        self._users.done(self._user)
