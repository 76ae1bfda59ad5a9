"""Decides events against tallies in memory, and commits what that leaves; of what can't be kept nothing is remembered.

Who is let in, and what is answered, is the business of `intake`; what rules do, of `engine`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from omiflow.engine.match import hear, match
from omiflow.engine.plan import plan, tally_keys
from omiflow.errors import StoreFault
from omiflow.model import Decision, Event
from omiflow.runtime.ids import Ids
from omiflow.runtime.live import Live
from omiflow.runtime.tally_book import MOST_KEYS, TallyBook
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
        """Match and plan, loading the tallies that aren't there."""
        rules, surroundings = self.live.rules, self.live.surroundings
        now = event.received
        heard = hear(rules, event, stream)
        matches = match(rules, event, heard, surroundings=surroundings, now=now)
        if not matches:
            return Decision(event=event)
        missing = self.tallies.missing(tally_keys(event, matches))
        if missing:
            self.tallies.load(await self.store.read(load_spends, missing, now=now))
        return plan(
            event,
            matches,
            uses=self.tallies.uses,
            surroundings=surroundings,
            seal=self.live.seal,
            now=now,
            new_id=self.ids.run,
            stream=stream,
        )

    async def keep(self, decision: Decision, rows: Commit) -> None:
        """Commit what a decision left; its marks count already while that lasts. Raises StoreFault."""
        self.tallies.reserve(decision.spends, now=decision.event.received)
        try:
            await self.store.commit(rows)
        except StoreFault:
            self.tallies.release(decision.spends)
            raise
