"""The one answer to a call of Omi's: what goes into it, whose it is, and Omi's own limits.

Which rules may compete for it is decided in `plan`; the shape of its parts is in `inline`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from omiflow.engine import attention, inline
from omiflow.engine.interpret import Perform, Withheld
from omiflow.engine.limits import PROMPT_PAUSE, Tallies, day_end, day_start, prompt_key, shared_tally
from omiflow.engine.rules import Rule
from omiflow.engine.surroundings import App, Person
from omiflow.errors import TemplateFault
from omiflow.model import Done, Event, Rejected

DAILY = "omi.prompts_per_day"
FIELDS = {inline.PROMPT: "notification", inline.REPLY: "message"}


@dataclass
class InlineAnswer:
    """What goes back to Omi; `owners` names the rule of each inline action that is in it."""

    event: Event
    tallies: Tallies
    app: App
    person: Person
    seal: inline.Seal
    now: float
    body: dict[str, Any] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    def place(self, rule: Rule, asked: Perform) -> Done | Rejected | Withheld:
        """Put an inline action's data into the answer, or say why it can't go there."""
        action = asked.step.action
        try:
            data = inline.checked(action, asked.data)
        except TemplateFault as fault:
            return Rejected(str(fault))
        if action == inline.PROMPT:
            data = self.seal.opened(data)
        unread = inline.unread_reason(action, data, self.event.name)
        if unread is not None:
            return Withheld(unread)
        if action in self.owners:
            return Withheld(f"outranked by {self.owners[action]}")
        limit = (self._omi_limit(rule) if action == inline.PROMPT else None) or self._over_budget(rule)
        if limit is not None:
            return Withheld(limit)
        self.owners[action] = rule.id
        self.body[FIELDS[action]] = (
            inline.notification(data, asked.step.params) if action == inline.PROMPT else data["message"]
        )
        if action == inline.PROMPT:
            self._spend_prompt(rule)
        self._spend_budget(rule)
        asked.data.update(data)
        return Done()

    def take_back(self, actions: Iterable[str]) -> None:
        """Remove these inline actions from the answer."""
        for action in actions:
            del self.owners[action], self.body[FIELDS[action]]

    def _omi_limit(self, rule: Rule) -> str | None:
        """Say which of Omi's limits would drop a prompt now; Omi's protocol, 2."""
        key, now = self._key, self.now
        name = shared_tally(inline.PROMPT, rule)
        recent = self.tallies.used(name, key, after=now - PROMPT_PAUSE, before=now + PROMPT_PAUSE)
        if recent:
            return f"Omi takes one prompt in {PROMPT_PAUSE:.0f} s and got one {max(now - recent[-1], 0) // 1:.0f} s ago"
        most = self.app.prompts_per_day
        if most is None:
            return None
        zone = self.person.zone
        name = shared_tally(DAILY, rule)
        today = self.tallies.used(name, key, after=day_start(now, zone) - 1e-6, before=day_end(now, zone))
        return f"Omi takes {most} prompts a day and got them today" if len(today) >= most else None

    def _over_budget(self, rule: Rule) -> str | None:
        budget = self.app.budget
        if budget is None or budget.passes(rule.priority):
            return None
        period = budget.period or 0.0
        name = shared_tally(attention.TALLY, rule)
        used = self.tallies.used(name, self._key, after=self.now - period, before=self.now + period)
        return attention.refusal(budget, used=used, now=self.now, zone=self.person.zone)

    def _spend_prompt(self, rule: Rule) -> None:
        self.tallies.reserve(shared_tally(inline.PROMPT, rule), self._key, at=self.now, period=PROMPT_PAUSE)
        if self.app.prompts_per_day is not None:
            left = day_end(self.now, self.person.zone) - self.now
            self.tallies.reserve(shared_tally(DAILY, rule), self._key, at=self.now, period=left)

    def _spend_budget(self, rule: Rule) -> None:
        budget = self.app.budget
        if budget is not None and budget.period is not None and not budget.passes(rule.priority):
            self.tallies.reserve(shared_tally(attention.TALLY, rule), self._key, at=self.now, period=budget.period)

    @property
    def _key(self) -> str:
        return prompt_key(self.event.app, self.event.uid)
