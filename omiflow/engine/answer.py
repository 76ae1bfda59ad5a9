"""The one answer to a call of Omi's: what goes into it, whose it is, and Omi's own limits.

Which rules may compete for it is decided in `plan`; the shape of its parts is in `inline`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from omiflow.engine import inline
from omiflow.engine.interpret import Perform, Withheld
from omiflow.engine.limits import PROMPT_PAUSE, Tallies, day_end, day_start, prompt_key
from omiflow.engine.surroundings import App, Person
from omiflow.errors import TemplateFault
from omiflow.model import Done, Event, Rejected

DAILY = "omi.prompts_per_day"
FIELDS = {inline.PROMPT: "notification", inline.REPLY: "message"}


@dataclass
class Answer:
    """What goes back to Omi; `owners` names the rule of each inline action that is in it."""

    event: Event
    tallies: Tallies
    app: App
    person: Person
    seal: inline.Seal
    now: float
    body: dict[str, Any] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    def place(self, rule: str, asked: Perform) -> Done | Rejected | Withheld:
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
        limit = self._omi_limit() if action == inline.PROMPT else None
        if limit is not None:
            return Withheld(limit)
        self.owners[action] = rule
        self.body[FIELDS[action]] = (
            inline.notification(data, asked.step.params) if action == inline.PROMPT else data["message"]
        )
        if action == inline.PROMPT:
            self._spend_prompt()
        asked.data.update(data)
        return Done()

    def take_back(self, actions: Iterable[str]) -> None:
        """Remove these inline actions from the answer."""
        for action in actions:
            del self.owners[action], self.body[FIELDS[action]]

    def _omi_limit(self) -> str | None:
        """Say which of Omi's limits would drop a prompt now; Omi's protocol, 2."""
        key = prompt_key(self.event.app, self.event.uid)
        now = self.now
        recent = self.tallies.used(inline.PROMPT, key, after=now - PROMPT_PAUSE, before=now + PROMPT_PAUSE)
        if recent:
            return f"Omi takes one prompt in {PROMPT_PAUSE:.0f} s and got one {max(now - recent[-1], 0):.0f} s ago"
        most = self.app.prompts_per_day
        if most is None:
            return None
        zone = self.person.zone
        today = self.tallies.used(DAILY, key, after=day_start(now, zone) - 1e-6, before=day_end(now, zone))
        return f"Omi takes {most} prompts a day and got them today" if len(today) >= most else None

    def _spend_prompt(self) -> None:
        key = prompt_key(self.event.app, self.event.uid)
        self.tallies.reserve(inline.PROMPT, key, at=self.now, period=PROMPT_PAUSE)
        if self.app.prompts_per_day is not None:
            self.tallies.reserve(DAILY, key, at=self.now, period=day_end(self.now, self.person.zone) - self.now)
