"""Decides events against tallies in memory, and commits what that leaves; of what can't be kept nothing is remembered.

Who is let in, and what is answered, is the business of `intake`; what rules do, of `engine`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import msgspec

from omiflow.engine import inline
from omiflow.engine.hearing import Heard, hear, hush
from omiflow.engine.limits import prompt_key
from omiflow.engine.match import match
from omiflow.engine.owing import PROMPTED, carried
from omiflow.engine.plan import plan, tally_keys
from omiflow.model import Decision, Event, Owed
from omiflow.runtime.ids import Ids
from omiflow.runtime.live import Live
from omiflow.runtime.tally_book import MOST_KEYS, TallyBook, TallyKey
from omiflow.runtime.undisturbed import undisturbed
from omiflow.speech.stream import Stream
from omiflow.store.queries import all_spends, load_spends
from omiflow.store.statements import Commit
from omiflow.store.store import Store


@dataclass
class Decisions:
    """Decides with the rules that are live when an event comes."""

    store: Store
    live: Live
    ids: Ids
    tallies: TallyBook = field(default_factory=TallyBook)

    async def remember(self, now: float) -> None:
        """Take from the store, before the first event, what counts of the tallies."""
        spends = await self.store.read(all_spends, now=now, limit=MOST_KEYS + 1)
        self.tallies.fill(spends[:MOST_KEYS], all_of_them=len(spends) <= MOST_KEYS)

    async def decide(self, event: Event, stream: Stream | None) -> Decision:
        """Match and plan, loading the tallies that aren't there; the user's stream takes the event in."""
        heard = hear(self.live.rules, event, stream, surroundings=self.live.surroundings)
        return await self._decided(event, heard, now=event.received, answerable=True)

    async def decide_lull(self, event: Event, stream: Stream, *, now: float) -> Decision:
        """Match and plan what the clock has ended since `event`, the user's last words."""
        heard = hush(self.live.rules, event, stream, surroundings=self.live.surroundings, now=now)
        return await self._decided(event, heard, now=now, answerable=False)

    async def _decided(self, event: Event, heard: Heard, *, now: float, answerable: bool) -> Decision:
        surroundings = self.live.surroundings
        marks = list(heard.marks)
        matches = match(self.live.rules, event, heard, surroundings=surroundings, now=now)
        if not matches:
            return Decision(event=event, marks=marks)
        await self._load(tally_keys(event, matches), now=now)
        decision = plan(
            event,
            matches,
            uses=self.tallies.uses,
            surroundings=surroundings,
            seal=self.live.seal,
            now=now,
            new_id=self.ids.run,
            answerable=answerable,
        )
        return msgspec.structs.replace(decision, marks=marks)

    async def before_carrying(self, event: Event, owed: Sequence[Owed]) -> None:
        """Load what `carrying` asks for, so that nothing comes between what it chooses and what is reserved."""
        if any(one.field == PROMPTED for one in owed):
            await self._load([(inline.PROMPT, prompt_key(event.app, event.uid))], now=event.received)

    def carrying(self, decision: Decision, owed: Sequence[Owed], *, fields: Collection[str]) -> list[Owed]:
        """Choose what the answer to a call carries, beside its own, of what its user is owed."""
        event = decision.event
        prompted = self.tallies.uses(inline.PROMPT, prompt_key(event.app, event.uid))
        return carried(owed, decision.answer, now=event.received, fields=fields, prompted=prompted)

    async def _load(self, keys: Sequence[TallyKey], *, now: float) -> None:
        missing = self.tallies.missing(keys)
        if missing:
            self.tallies.load(await self.store.read(load_spends, missing, now=now))

    async def keep(self, decision: Decision, rows: Commit, *, now: float) -> None:
        """Commit what a decision left; what it spends counts already while that lasts. Raises StoreFault.

        A cancellation waits until it is known what became of the commit, and until the caller awaits something else.
        """
        self.tallies.reserve(decision.spends, now=now)
        try:
            await undisturbed(self.store.commit(rows))
        except Exception:
            self.tallies.release(decision.spends)
            raise
