"""What the steps of a run see, and what its journal has settled: the same for carrying it out and for showing it.

Carrying it out is left to `carry`, telling what it sent to `retold`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from omiflow.engine.interpret import RunView
from omiflow.engine.names import EventNames, Now, event_names
from omiflow.engine.rules import Rule
from omiflow.engine.values import unpack
from omiflow.model import Entry, Event, Run

NOT_SETTLED = frozenset({"intent", "spent", "attempt", "limit", "later"})


@dataclass
class RunNames:
    """What a run sees; `base` are the names it begins with, `group` is the user's, `at` is what `now` tells."""

    view: RunView
    base: dict[str, Any]
    zone: ZoneInfo
    group: str | None
    at: float

    def go_on(self, at: float) -> None:
        """Let `now` be the time at which a step was settled; it never goes back, whatever is read again."""
        if at > self.at:
            self.at = at
            self.base["now"] = Now.at(at, self.zone)


def names_of_run(run: Run, rule: Rule, event: Event, *, now: float) -> RunNames:
    """Give what a run sees at a time, from what was frozen with its decision."""
    frozen = unpack(run.inputs)
    zone = ZoneInfo(frozen["user"]["timezone"])
    payload = event.payload()
    base = event_names(EventNames(event, payload, zone), frozen=frozen, lists=rule.lists, now=now, zone=zone)
    view = RunView(event=event, payload=payload, base=base, matched=frozen["matched"], lists=rule.lists)
    return RunNames(view, base, zone, frozen["user"]["group"], now)


def settled(journal: Iterable[Entry]) -> dict[str, Entry]:
    """Give the entries that say how a step ended, by their path, with the values that they stand for."""
    return {
        entry.path: msgspec.structs.replace(entry, value=unpack(entry.value))
        for entry in journal
        if entry.kind not in NOT_SETTLED
    }
