"""The door that every event enters by: let in or not, known already or not, decided, committed; only then answered.

HTTP is the business of `web`, deciding, of `decisions`; what a run does afterwards, of `runner`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from omiflow.engine.admission import LONGEST_TOLD, Unwanted, hasty, unaddressed, uninvited
from omiflow.engine.deliveries import RecentDeliveries
from omiflow.engine.limits import prompt_key
from omiflow.engine.owing import prompt_spends
from omiflow.errors import BadRequest, StoreFault
from omiflow.model import EVENT_NAMES, SPEECH, Decision, Event, Owed, Verdict
from omiflow.omi.answer_fields import read_fields
from omiflow.omi.receive import Received, receive
from omiflow.runtime.arrivals import Arrival, HookRequest
from omiflow.runtime.clock import Clock
from omiflow.runtime.decisions import Decisions
from omiflow.runtime.ids import Ids
from omiflow.runtime.late_answers import LateAnswers
from omiflow.runtime.live import Live
from omiflow.runtime.lulls import Lulls
from omiflow.runtime.metrics import Metrics
from omiflow.runtime.open_slots import OpenSlots
from omiflow.runtime.rebuilt import LARGE
from omiflow.runtime.streams import stream_of
from omiflow.runtime.unread import unread
from omiflow.runtime.users import MOST_USERS, STREAM_SPAN, User, Users
from omiflow.speech.stream import Stream
from omiflow.store.queries import (
    find_delivery,
    latest_arrival,
    recent_deliveries,
    speakers_since,
)
from omiflow.store.records import event_rows, paid_rows
from omiflow.store.spoken import all_open_slots, unpaid
from omiflow.store.statements import Commit
from omiflow.store.store import Store

REMEMBERED = 900.0
MOST_UNKNOWN = 100
TELL_AGAIN_AFTER = 60.0

Reply = Mapping[str, Any]


class Decided(NamedTuple):
    """A decision with all that is to be kept of it: also what its answer carries of what was owed.

    `closes` is when the clock ends what the user has left open.
    """

    decision: Decision
    rows: Commit
    paid: Sequence[Owed] = ()
    closes: float | None = None


@dataclass
class Intake:
    """Accepts requests on the event loop; calls `wake` when a commit left runs to carry out."""

    store: Store
    live: Live
    clock: Clock
    ids: Ids
    decisions: Decisions
    metrics: Metrics
    log: Any
    requests_per_uid: float | None = 20.0
    wake: Callable[[], None] = lambda: None
    users: Users = field(default_factory=Users)
    deliveries: RecentDeliveries = field(default_factory=RecentDeliveries)
    unknown: set[str] = field(default_factory=set)
    late: LateAnswers = field(default_factory=LateAnswers)
    lulls: Lulls = field(init=False)

    def __post_init__(self) -> None:
        self.lulls = Lulls(
            store=self.store,
            clock=self.clock,
            decisions=self.decisions,
            users=self.users,
            slots=OpenSlots(self.clock),
            late=self.late,
            log=self.log,
            tell=self.tell,
        )

    async def remember(self) -> None:
        """Take from the store, before the first request, what it needs to know of what was.

        A clock that is set by requests goes on from the last one.
        """
        self.clock.arrival(await self.store.read(latest_arrival))
        now = self.clock.now()
        await self.decisions.remember(now)
        speakers = await self.store.read(speakers_since, now - STREAM_SPAN, limit=MOST_USERS + 1)
        self.users.expect(speakers[:MOST_USERS], all_of_them=len(speakers) <= MOST_USERS, now=now)
        for seen in await self.store.read(recent_deliveries, now - REMEMBERED):
            self.deliveries.remember(seen.app, [seen.key], seen.answer)
        for app, uid, one in await self.store.read(unpaid, now):
            self.late.add(app, uid, [one])
        self.lulls.slots.remember(await self.store.read(all_open_slots))

    async def stream(self, user: User, app: str, uid: str | None, *, now: float) -> Stream:
        """Give a user's stream while it is their turn."""
        return await stream_of(user, self.store, self.live, app=app, uid=uid, now=now)

    async def accept(self, request: HookRequest) -> Reply:
        """Decide and keep an event, and give the answer for Omi.

        Raises BadRequest for what can't be taken, and StoreFault when it could not be kept.
        """
        uid = request.query.get("uid") or None
        unwanted = unaddressed(request.event, uid)
        if unwanted is not None:
            return self.turned_away(request, unwanted)
        large = len(request.body) > LARGE
        received = await asyncio.to_thread(_read, request, uid) if large else _read(request, uid)
        uid = uid or received.uid
        unwanted = uninvited(uid, self.live.surroundings.apps[request.app])
        if unwanted is not None:
            return self.turned_away(request, unwanted)
        self.lulls.slots.stir()
        user = self.users.get(request.app, uid, now=request.arrived)
        rate = self.requests_per_uid
        unwanted = hasty(request.event, uid, rate=rate, allowance=user.allowance, now=request.arrived)
        if unwanted is not None:
            return self.turned_away(request, unwanted)
        async with self.users.turn(user):
            return await self.in_turn(request, received, uid, user)

    def turned_away(self, request: HookRequest, unwanted: Unwanted) -> Reply:
        """Answer a request that is not decided; an event that omiflow doesn't know is told once."""
        name = request.event
        if unwanted.counted is not None:
            self.metrics.count(name, unwanted.counted)
        if name not in EVENT_NAMES and name not in self.unknown and len(self.unknown) < MOST_UNKNOWN:
            self.unknown.add(name)
            self.log.warning("event ignored", event_name=name[:LONGEST_TOLD], reason=unwanted.reason)
        if unwanted.status is not None:
            raise BadRequest(unwanted.status, unwanted.reason)
        return {}

    async def in_turn(self, request: HookRequest, received: Received, uid: str | None, user: User) -> Reply:
        """Take one event, while its user's other events wait."""
        keys = received.keys
        if keys:
            known = await self.known(request, keys)
            if known is not None:
                self.again(request, uid, user)
                return known
        await self.lulls.ended(user, request.app, uid or "", now=request.arrived)
        event = received.event(
            request.event,
            event_id=self.ids.event(),
            app=request.app,
            uid=uid,
            arrived=request.arrived,
            webhook=request.webhook,
        )
        arrival = Arrival(event=event, body=request.body, request=request.kept(), keys=keys)
        return await self.taken(arrival, user, headers=request.headers)

    def again(self, request: HookRequest, uid: str | None, user: User) -> None:
        """Count a delivery that came before; it is told once a minute of a user, since senders repeat themselves."""
        self.metrics.count(request.event, "duplicate")
        if user.repeated is None or abs(request.arrived - user.repeated) >= TELL_AGAIN_AFTER:
            user.repeated = request.arrived
            name = " ".join(part for part in (request.event, request.webhook) if part)
            self.log.info("the same delivery again: answered as before, nothing else", event_name=name, uid=uid)

    async def let_in(self, event: Event, key: str) -> None:
        """Take an event that a rule emitted, unless it came before under the same key.

        Raises StoreFault when it could not be kept.
        """
        user = self.users.get(event.app, event.uid, now=event.received)
        async with self.users.turn(user):
            if await self.store.read(find_delivery, event.app, [key]) is None:
                await self.lulls.ended(user, event.app, event.uid or "", now=event.received)
                body = msgspec.json.encode(event.body)
                request = {"depth": event.depth, "root": event.root, "began_with": event.began_with}
                arrival = Arrival(event=event, body=body, request=request, keys=[key])
                await self.taken(arrival, user, headers={})

    async def taken(self, arrival: Arrival, user: User, *, headers: Mapping[str, str]) -> Reply:
        """Decide and keep an event, and then let the caches follow."""
        event, keys = arrival.event, arrival.keys
        spoken = event.name == SPEECH
        stream = user.stream
        try:
            if stream is None and (spoken or (self.live.rules.uses_session and event.uid)):
                stream = await self.stream(user, event.app, event.uid, now=event.received)
            user.stream, user.quiet = None, user.quiet and not spoken
            decided = await self.decided(arrival, user, stream, headers=headers)
        except SQLAlchemyError as error:
            raise StoreFault(f"what was before can't be read ({error})") from error
        except Exception:
            self.log.exception("deciding failed", event_id=event.id, event_name=event.name)
            stream, decided = None, _failed(arrival)
        decision, paid = decided.decision, decided.paid
        try:
            with self.late.paying(event.app, event.uid, paid) if paid else nullcontext():
                await self.decisions.keep(decision, decided.rows, now=event.received)
        except StoreFault:
            self.metrics.count(event.name, "not_stored")
            known = await self.stored(event.app, keys)
            if known is None:
                raise
            return known
        user.stream = stream
        if spoken:
            user.unread = unread(decision, headers)
            if stream is not None:
                self.lulls.slots.put(event.app, event.uid or "", decided.closes)
        if paid:
            self.wake()
        return self.answered(decision, keys)

    async def decided(
        self, arrival: Arrival, user: User, stream: Stream | None, *, headers: Mapping[str, str]
    ) -> Decided:
        """Decide an event, of which the user's stream hears; give all that is to be kept of it."""
        event, uid = arrival.event, arrival.event.uid or ""
        began = None if stream is None else stream.began
        decision = await self.decisions.decide(event, stream)
        if stream is None or event.name != SPEECH:
            return Decided(decision, _rows(arrival, decision))
        paid: list[Owed] = []
        if user.unread is not None:
            decision = user.unread.passed_on(decision, headers)
        owed = self.late.of(event.app, event.uid, now=event.received)
        if owed:
            decision, paid = await self.carrying(decision, owed, headers)
        rows = _rows(arrival, decision)
        if paid:
            rows += paid_rows(paid, by=event.id, at=event.received)
        closes = self.lulls.closes(event.app, uid, stream, now=event.received)
        rows += self.lulls.rows(event.app, uid, stream, began=began, closes=closes)
        return Decided(decision, rows, paid, closes)

    def answered(self, decision: Decision, keys: Sequence[str]) -> Reply:
        """Remember and tell what was decided and is committed, and give the answer."""
        event = decision.event
        if keys:
            self.deliveries.remember(event.app, keys, decision.answer)
        self.metrics.count(event.name, "accepted")
        if decision.runs:
            self.tell(decision)
        return decision.answer

    async def carrying(
        self, decision: Decision, owed: Sequence[Owed], headers: Mapping[str, str]
    ) -> tuple[Decision, list[Owed]]:
        """Put into the answer to speech what its user is owed and Omi will read there; own answers win."""
        event = decision.event
        await self.decisions.before_carrying(event, owed)
        waiting = self.late.of(event.app, event.uid, now=event.received)
        paid = self.decisions.carrying(decision, waiting, fields=read_fields(headers))
        if not paid:
            return decision, []
        spends = prompt_spends(paid, key=prompt_key(event.app, event.uid), now=event.received)
        answer = {**decision.answer, **{one.field: one.value for one in paid}}
        return msgspec.structs.replace(decision, answer=answer, spends=[*decision.spends, *spends]), paid

    async def known(self, request: HookRequest, keys: Sequence[str]) -> Reply | None:
        """Give the answer of an earlier delivery under one of `keys`; speech is repeated within a minute or never."""
        answer = self.deliveries.find(request.app, keys)
        if answer is None and request.event != SPEECH:
            answer = await self.stored(request.app, keys)
        return answer

    async def stored(self, app: str, keys: Sequence[str]) -> Reply | None:
        """Give the answer that the store has of an earlier delivery under one of `keys`."""
        found = await self.store.read(find_delivery, app, keys) if keys else None
        return None if found is None else found[1]

    def tell(self, decision: Decision) -> None:
        """Count and log what was set off, and wake the runner."""
        due = False
        for verdict, new in zip((v for v in decision.verdicts if v.run_id), decision.runs, strict=True):
            run = new.run
            due = due or run.due is not None
            self.metrics.runs.labels(run.state).inc()
            said = run.inputs.get("trigger", {})
            self.log.info(
                verdict.outcome,
                rule=run.rule,
                words=said.get("text") or None,
                uid=run.uid,
                reason=run.reason,
                run_id=run.id,
                event_id=run.event_id,
            )
        if due:
            self.wake()


def _failed(arrival: Arrival) -> Decided:
    """Give what is kept of an event that could not be decided."""
    fault = Verdict(rule="", outcome="failed", reason="omiflow failed to decide this event; see its log")
    decision = Decision(event=arrival.event, verdicts=[fault])
    return Decided(decision, _rows(arrival, decision))


def _read(request: HookRequest, uid: str | None) -> Received:
    return receive(
        request.event,
        request.body,
        query=request.query,
        headers=request.headers,
        received=request.arrived,
        uid=uid,
        webhook=request.webhook,
    )


def _rows(arrival: Arrival, decision: Decision) -> Commit:
    """Give what is kept of an event with all that it sets off."""
    return event_rows(decision, raw_body=arrival.body, request=arrival.request, keys=arrival.keys)
