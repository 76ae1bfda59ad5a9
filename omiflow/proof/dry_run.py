"""What rules would do with recorded requests: decided as live, with limits and speech simulated, nothing sent or kept.

Printing it is the business of `cli`.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import msgspec

from omiflow.engine.admission import NO_UID, Unwanted, hasty, unaddressed, uninvited
from omiflow.engine.deliveries import RecentDeliveries
from omiflow.engine.emitting import MOST
from omiflow.engine.index import RuleSet
from omiflow.engine.inline import Seal
from omiflow.engine.rate import Allowance
from omiflow.engine.surroundings import Surroundings
from omiflow.errors import BadRequest
from omiflow.model import SPEECH, WEBHOOK, Event
from omiflow.omi.answer_fields import read_fields
from omiflow.omi.receive import Received, receive
from omiflow.omi.recorded import Recorded, event_of
from omiflow.proof.deciding import Deciding, used
from omiflow.proof.foreseen import Foreseen
from omiflow.proof.late_answers import LateAnswers, UserKey
from omiflow.proof.mocks import Mocks

STARTS_AT = 1_772_442_000.0
"""The time of the first request that tells none: 2026-03-02T09:00:00Z."""
MOST_DELIVERIES = 200_000
"""The most delivery keys that are remembered; live, the store remembers those that memory forgets."""


@dataclass
class Simulation:
    """Decides recorded requests one after another, with all state in memory.

    `app`, `event` (with `webhook`) and `uid` stand for what a request doesn't tell. With `starts_at`, requests without
    `at` arrive from then on, a second apart; without it, at the time their payload tells. `every` also shows the rules
    that did not match.
    """

    rules: RuleSet
    surroundings: Surroundings
    seal: Seal
    app: str
    event: str | None = None
    webhook: str | None = None
    uid: str | None = None
    requests_per_uid: float | None = 20.0
    every: bool = False
    starts_at: float | None = None
    mocks: Mocks = field(default_factory=Mocks)
    _now: float | None = None
    _allowances: OrderedDict[UserKey, Allowance] = field(default_factory=OrderedDict)
    _deliveries: RecentDeliveries = field(default_factory=lambda: RecentDeliveries(most=MOST_DELIVERIES))
    _sources: OrderedDict[UserKey, str] = field(default_factory=OrderedDict)
    _late: LateAnswers = field(init=False)
    _deciding: Deciding = field(init=False)

    def __post_init__(self) -> None:
        self._deciding = Deciding(self.rules, self.surroundings, self.seal, mocks=self.mocks)
        self._late = LateAnswers(self.surroundings.apps)

    def foresee(self, recorded: Recorded) -> list[Foreseen]:
        """Decide one request, and then the events that its runs emit, and what those lead to."""
        name, webhook = event_of(recorded) or (self.event, self.webhook)
        if name == WEBHOOK == self.event:
            webhook = webhook or self.webhook
        seen = Foreseen(
            source=recorded.source,
            event=name,
            webhook=webhook,
            app=recorded.app if recorded.app is not None and recorded.app in self.surroundings.apps else self.app,
            uid=recorded.query.get("uid") or self.uid,
            at=self.arrival(recorded, None),
        )
        unwanted = _unaddressed(seen, recorded.path)
        if unwanted is not None:
            return [unwanted]
        try:
            received = self.read(recorded, seen, seen.at)
            now = self.arrival(recorded, received)
            if now != seen.at:
                received = self.read(recorded, seen, now)
        except BadRequest as refusal:
            return [_but(seen, error=str(refusal))]
        self._now = now
        seen = _but(seen, at=now, uid=seen.uid or received.uid)
        return [*self.lapsed(now), *self.admitted(seen, received, fields=read_fields(recorded.headers))]

    def read(self, recorded: Recorded, seen: Foreseen, arrived: float) -> Received:
        """Read a request as live."""
        return receive(
            seen.event or "",
            recorded.body,
            query=recorded.query,
            headers=recorded.headers,
            received=arrived,
            uid=seen.uid,
            webhook=seen.webhook,
        )

    def arrival(self, recorded: Recorded, received: Received | None) -> float:
        """Tell when a request arrives: as recorded, else the payload's own time, else a second after the last one."""
        if recorded.at is not None:
            return recorded.at
        if received is not None and self.starts_at is None:
            own = received.claimed_at if received.at is None else received.at
            if own is not None:
                return own
        if self._now is None:
            return STARTS_AT if self.starts_at is None else self.starts_at
        return self._now + 1.0

    def admitted(self, seen: Foreseen, received: Received, *, fields: Collection[str]) -> list[Foreseen]:
        """Decide a request that was read, unless its user isn't allowed, it comes too fast, or came before."""
        unwanted = self.unwanted(seen)
        if unwanted is not None:
            return [_turned_away(seen, unwanted)]
        answered = self._deliveries.find(seen.app, received.keys)
        if answered is not None:
            return [_but(seen, reply=answered, duplicate=True)]
        event = received.event(
            seen.event or "",
            event_id=self._deciding.new_id("dry"),
            app=seen.app,
            uid=seen.uid,
            arrived=seen.at,
            webhook=seen.webhook,
        )
        if event.name == SPEECH:
            used(self._sources, (seen.app, seen.uid), seen.source)
            self._sources[seen.app, seen.uid] = seen.source
        found = self.happening(event, seen, fields=fields if event.name == SPEECH else ())
        self._deliveries.remember(seen.app, received.keys, found[0].reply)
        return [*self._late.told(now=event.received), *found]

    def unwanted(self, seen: Foreseen) -> Unwanted | None:
        """Say why a request that was read is turned away, None when it isn't."""
        return uninvited(seen.uid, self.surroundings.apps[seen.app]) or hasty(
            seen.event or "",
            seen.uid,
            rate=self.requests_per_uid,
            allowance=used(self._allowances, (seen.app, seen.uid), Allowance()),
            now=seen.at,
        )

    def happen(self, event: Event, seen: Foreseen) -> list[Foreseen]:
        """Decide an event that no request brings, and what that leads to."""
        return [*self.lapsed(event.received), *self.happening(event, seen)]

    def happening(self, event: Event, seen: Foreseen, *, fields: Collection[str] = ()) -> list[Foreseen]:
        """Decide an event, then those that rules emit because of it, each when the runs before it are done.

        Its answer carries what its user is owed, as far as Omi reads the `fields` for it.
        """
        self._now = event.received
        owed = self._late.of((event.app, event.uid)) if fields else ()
        decided = self._deciding.decide(event, every=self.every, owed=owed, fields=fields)
        self._late.paid(decided.paid, by=seen.source)
        seen = _but(seen, runs=decided.runs, reply=decided.reply)
        return [seen, *self.led_to(decided.emitted)]

    def led_to(self, emitted: Sequence[tuple[str, Event]]) -> list[Foreseen]:
        """Decide events that rules emit, and those that these lead to, up to the most that are."""
        found: list[Foreseen] = []
        waiting = deque(emitted)
        room = MOST - len(waiting)
        while waiting:
            rule, event = waiting.popleft()
            decided = self._deciding.decide(event, every=self.every, room=room)
            seen = foreseen(event, source=f"emitted by {rule}")
            found.append(_but(seen, runs=decided.runs, reply=decided.reply))
            room -= len(decided.emitted)
            waiting.extend(decided.emitted)
        return found

    def lapsed(self, now: float) -> list[Foreseen]:
        """Decide what silence has ended by then, each at its time; what waits for an answer is told when it has one."""
        found: list[Foreseen] = []
        while (lull := self._deciding.next_lull(now)) is not None:
            due, user = lull
            heard = self._deciding.decide_lull(user, now=due)
            if heard is None:
                continue
            event, decided = heard
            seen = foreseen(event, source=self._sources.get(user, ""))
            seen = _but(seen, at=due, runs=decided.runs, lull=True)
            self._late.add(seen, decided.owed, followed=self.led_to(decided.emitted))
            found += self._late.told(now=due)
        return [*found, *self._late.told(now=now)]

    def end(self) -> list[Foreseen]:
        """Decide what is still open when no more requests come, and tell what nobody will carry any more."""
        return self.lapsed(inf)


def foreseen(event: Event, *, source: str) -> Foreseen:
    """Begin to tell of an event that no request brought."""
    return Foreseen(
        source=source, event=event.name, webhook=event.webhook, app=event.app, uid=event.uid, at=event.received
    )


def _unaddressed(seen: Foreseen, path: str) -> Foreseen | None:
    """Say why a request is turned away already before its body is read, None when it isn't."""
    if seen.event is None and path:
        return _but(seen, ignored=f"omiflow knows no event at '{path}'")
    if seen.event is None:
        return _but(seen, error="nothing tells which event this is; say it with --event")
    if seen.event == WEBHOOK and seen.webhook is None:
        return _but(seen, error="nothing tells the webhook's name; say it with --event webhook/NAME")
    unwanted = unaddressed(seen.event, seen.uid)
    if unwanted is NO_UID:
        return _but(seen, error=f"{unwanted.wrong}; say it with --uid")
    return None if unwanted is None else _turned_away(seen, unwanted)


def _turned_away(seen: Foreseen, unwanted: Unwanted) -> Foreseen:
    if unwanted.status is None:
        return _but(seen, ignored=unwanted.reason)
    return _but(seen, error=unwanted.reason)


def _but(seen: Foreseen, **changes: Any) -> Foreseen:
    return msgspec.structs.replace(seen, **changes)
