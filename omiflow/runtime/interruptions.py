"""The apps' budgets of interruptions, for steps that are sent after the decision.

What goes into the answer of a call is charged by the decision itself; when a budget refuses is decided in
`engine.attention`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from omiflow.engine import attention
from omiflow.engine.limits import prompt_key
from omiflow.engine.rules import Rule
from omiflow.model import Run, Spend
from omiflow.runtime.clock import Clock
from omiflow.runtime.live import Live
from omiflow.runtime.tally_book import TallyBook
from omiflow.store.queries import load_spends
from omiflow.store.store import Store


@dataclass
class Interruptions:
    """Charges the budgets, against the same tallies as the decisions."""

    live: Live
    store: Store
    clock: Clock
    tallies: TallyBook = field(default_factory=TallyBook)

    async def charge(self, run: Run, rule: Rule) -> str | list[Spend]:
        """Give what to commit for one interruption, or say why there must be none now."""
        app = self.live.surroundings.apps.get(run.app)
        budget = None if app is None else app.budget
        if budget is None or budget.passes(rule.priority):
            return []
        now = self.clock.now()
        key = prompt_key(run.app, run.uid)
        missing = self.tallies.missing([(attention.TALLY, key)])
        if missing:
            self.tallies.load(await self.store.read(load_spends, missing, now=now))
        used = sorted(self.tallies.uses(attention.TALLY, key))
        zone = self.live.surroundings.person(run.uid).zone
        charged = attention.charged(budget, key=key, used=used, now=now, zone=zone)
        if not isinstance(charged, str):
            self.tallies.reserve(charged, now=now)
        return charged
