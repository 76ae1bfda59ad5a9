"""Decides what the clock ends: the phrases of users who began to say something and have been silent since.

When that is, is told by `open_slots`; what words mean, by the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from omiflow.errors import BadRequest, StoreFault
from omiflow.model import Decision
from omiflow.runtime.clock import Clock
from omiflow.runtime.decisions import Decisions
from omiflow.runtime.late_answers import LateAnswers
from omiflow.runtime.open_slots import OpenSlots
from omiflow.runtime.rebuilt import rebuilt
from omiflow.runtime.streams import stream_of
from omiflow.runtime.users import User, Users
from omiflow.speech.stream import Stream
from omiflow.store.records import afterwards_rows, open_slot_rows, session_rows
from omiflow.store.spoken import last_speech
from omiflow.store.statements import Commit
from omiflow.store.store import Store

AT_ONCE = 32
AGAIN_AFTER = 1.0
"""How long a lull waits that could not be stored, in seconds."""


@dataclass
class Lulls:
    """Ends what is open, each in its user's turn; `tell` hears of the decisions that are committed."""

    store: Store
    clock: Clock
    decisions: Decisions
    users: Users
    slots: OpenSlots
    late: LateAnswers
    log: Any
    tell: Callable[[Decision], None]

    async def run(self) -> None:
        """End what the clock ends, until cancelled."""
        while True:
            try:
                await self.look()
            except Exception:
                self.log.exception("what users began to say could not be decided; it is tried again")
                await asyncio.sleep(AGAIN_AFTER)
            await self.slots.rest()

    async def look(self) -> None:
        """End all that is due now; whatever goes wrong with one user is tried again, and is nothing to the others."""
        overdue = self.slots.overdue()
        for start in range(0, len(overdue), AT_ONCE):
            some = overdue[start : start + AT_ONCE]
            ended = await asyncio.gather(*(self.end(app, uid) for app, uid in some), return_exceptions=True)
            for (app, uid), fault in zip(some, ended, strict=True):
                if fault is not None:
                    self.log.error("what a user left open can't be ended; it is tried again", uid=uid, exc_info=fault)
                    self.again(app, uid)

    async def end(self, app: str, uid: str) -> None:
        """End what a user has open, in their turn; what can't be stored is tried again."""
        now = self.clock.now()
        user = self.users.get(app, uid, now=now)
        try:
            async with self.users.turn(user):
                await self.ended(user, app, uid, now=now)
        except StoreFault as fault:
            self.log.error("what a user said can't be decided yet", uid=uid, reason=str(fault))  # noqa: TRY400
            self.again(app, uid)

    def again(self, app: str, uid: str) -> None:
        """Put back what could not be ended, so that it is tried again soon."""
        self.slots.put(app, uid, self.slots.due(app, uid), again=self.clock.now() + AGAIN_AFTER)

    async def ended(self, user: User, app: str, uid: str, *, now: float) -> None:
        """End what is due by `now`, while it is the user's turn; raises StoreFault when that can't be kept."""
        due = self.slots.due(app, uid)
        if due is None or due > now:
            return
        if user.stream is None:
            user.quiet = False
        try:
            await self.decided(user, app, uid, due=due, now=now)
        except SQLAlchemyError as error:
            raise StoreFault(f"what was before can't be read ({error})") from error
        except (StoreFault, asyncio.CancelledError):
            raise
        except Exception:
            self.log.exception("deciding what was left open failed", uid=uid)
            await self.close(app, uid)

    async def decided(self, user: User, app: str, uid: str, *, due: float, now: float) -> None:
        """Decide, with the last words' event, what the lull has ended, and keep it."""
        stored = await self.store.read(last_speech, app, uid)
        if stored is None or app not in self.decisions.live.surroundings.apps:
            await self.close(app, uid)
            return
        stream = await stream_of(user, self.store, self.decisions.live, app=app, uid=uid, now=min(due, now))
        try:
            event = rebuilt(stored)
        except BadRequest:
            await self.close(app, uid)
            return
        user.stream = None
        decision = await self.decisions.decide_lull(event, stream, now=now)
        rows = afterwards_rows(decision, before=stored.trace, at=now)
        closes = self.closes(app, uid, stream, now=now)
        rows += open_slot_rows(app, uid, closes)
        await self.decisions.keep(decision, rows, now=now)
        user.stream = stream
        self.slots.put(app, uid, closes)
        self.late.add(app, uid, decision.owed)
        if decision.runs:
            self.tell(decision)

    async def close(self, app: str, uid: str) -> None:
        """Forget that something is open."""
        await self.store.commit(open_slot_rows(app, uid, None))
        self.slots.put(app, uid, None)

    def rows(self, app: str, uid: str, stream: Stream, *, began: float | None, closes: float | None) -> Commit:
        """Give what is kept of a stream beside its events, where that has changed: since when, and until when."""
        rows = Commit([])
        if stream.began is not None and stream.began != began:
            rows += session_rows(app, uid, stream.began)
        if closes != self.slots.due(app, uid):
            rows += open_slot_rows(app, uid, closes)
        return rows

    def closes(self, app: str, uid: str, stream: Stream, *, now: float) -> float | None:
        """Give when the clock next ends something that is not due yet.

        Where it isn't known what is open, but something is, any line may be waiting for it.
        """
        return stream.closes(behind=now, anything=self.slots.due(app, uid) is not None)
