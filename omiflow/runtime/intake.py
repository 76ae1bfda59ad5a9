"""The door that every event enters by: read, known already or not, decided, committed; only then it is answered.

HTTP is the business of `web`; what a run does afterwards, of `runner`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from omiflow.engine import emitting
from omiflow.engine.match import hear, match
from omiflow.engine.plan import plan, tally_keys
from omiflow.errors import BadRequest, StoreFault
from omiflow.model import Decision, Event, Verdict
from omiflow.omi.receive import EVENTS, Received, receive
from omiflow.runtime.clock import Clock
from omiflow.runtime.deliveries import RecentDeliveries
from omiflow.runtime.ids import Ids
from omiflow.runtime.live import Live
from omiflow.runtime.metrics import Metrics
from omiflow.runtime.owed import owed
from omiflow.runtime.tally_book import MOST_KEYS, TallyBook
from omiflow.runtime.users import MOST_USERS, STREAM_SPAN, User, Users
from omiflow.speech.stream import Stream
from omiflow.store.queries import (
    all_spends,
    find_delivery,
    latest_arrival,
    load_marks,
    load_spends,
    recent_deliveries,
    recent_speech,
    speakers_since,
)
from omiflow.store.records import event_rows
from omiflow.store.statements import Commit
from omiflow.store.store import Store

STREAM_EVENTS = 200
REMEMBERED = 900.0
MOST_UNKNOWN = 100
LARGE = 200_000
"""A larger body, in bytes, is read in a thread: it takes longer than others should wait."""
LONGEST_UID = 256
KEPT_HEADERS = ("content-type", "idempotency-key", "x-omi-idempotency-key", "x-omi-delivery", "x-omi-event")
SPOKEN = "realtime_transcript"

Answer = Mapping[str, Any]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a hook: whose app, which event, and what was sent; header names are lower-case."""

    app: str
    event: str
    body: bytes
    query: Mapping[str, str]
    headers: Mapping[str, str]
    arrived: float
    webhook: str | None = None


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """An event with what is kept of how it came: the raw body, what else a replay needs, and its delivery keys."""

    event: Event
    body: bytes
    request: Mapping[str, Any] | None = None
    keys: Sequence[str] = ()


@dataclass
class Intake:
    """Accepts requests on the event loop; `wake` is called when a commit left runs to carry out."""

    store: Store
    live: Live
    clock: Clock
    ids: Ids
    metrics: Metrics
    log: Any
    wake: Callable[[], None]
    requests_per_uid: float | None = 20.0
    users: Users = field(default_factory=Users)
    tallies: TallyBook = field(default_factory=TallyBook)
    deliveries: RecentDeliveries = field(default_factory=RecentDeliveries)
    unknown: set[str] = field(default_factory=set)
    counters: dict[tuple[str, str], Counter] = field(default_factory=dict)

    async def remember(self) -> None:
        """Take from the store, before the first request, what it needs to know of what was.

        A clock that is set by requests goes on from the last one.
        """
        self.clock.arrival(await self.store.read(latest_arrival))
        now = self.clock.now()
        spends = await self.store.read(all_spends, now=now, limit=MOST_KEYS + 1)
        self.tallies.fill(spends[:MOST_KEYS], all_of_them=len(spends) <= MOST_KEYS)
        speakers = await self.store.read(speakers_since, now - STREAM_SPAN, limit=MOST_USERS + 1)
        self.users.expect(speakers[:MOST_USERS], all_of_them=len(speakers) <= MOST_USERS, now=now)
        for seen in await self.store.read(recent_deliveries, now - REMEMBERED):
            self.deliveries.remember(seen.app, [seen.key], seen.answer)

    async def accept(self, request: Request) -> Answer:
        """Decide and keep an event, and give the answer for Omi.

        Raises BadRequest for what can't be taken, and StoreFault when it could not be kept.
        """
        if request.event not in EVENTS:
            return self.ignored(request)
        uid = request.query.get("uid") or None
        if uid is None and request.event != "webhook":
            raise BadRequest(422, "the query parameter 'uid' is missing; Omi adds it to every webhook URL")
        read = partial(
            receive,
            request.event,
            request.body,
            query=request.query,
            headers=request.headers,
            received=request.arrived,
            uid=uid,
            webhook=request.webhook,
        )
        received = await asyncio.to_thread(read) if len(request.body) > LARGE else read()
        uid = uid or received.uid
        if uid is not None and len(uid) > LONGEST_UID:
            raise BadRequest(422, f"the user's 'uid' is longer than {LONGEST_UID} characters")
        allowed = self.live.surroundings.apps[request.app].users
        if allowed is not None and uid is not None and uid not in allowed:
            self.count(request.event, "not_allowed")
            return {}
        user = self.users.get(request.app, uid, now=request.arrived)
        rate = self.requests_per_uid if uid is not None and request.event in (SPOKEN, "webhook") else None
        if rate is not None and not user.allowance.take(rate, request.arrived):
            return self.dropped(request)
        async with user.turn:
            return await self.in_turn(request, received, uid, user)

    def ignored(self, request: Request) -> Answer:
        """Answer an event that this omiflow doesn't know; each is told once, and counted."""
        self.count(request.event, "ignored")
        if request.event not in self.unknown and len(self.unknown) < MOST_UNKNOWN:
            self.unknown.add(request.event)
            self.log.warning("event ignored", event_name=request.event[:40], reason="omiflow knows no such event")
        return {}

    def dropped(self, request: Request) -> Answer:
        """Answer a request that is over its user's rate."""
        self.count(request.event, "over_rate")
        if request.event == SPOKEN:
            return {}
        raise BadRequest(429, "more requests of this user than 'limits.requests_per_uid' allows")

    async def in_turn(self, request: Request, received: Received, uid: str | None, user: User) -> Answer:
        """Take one event, while its user's other events wait."""
        keys = received.keys
        if keys:
            known = await self.known(request, keys)
            if known is not None:
                self.count(request.event, "duplicate")
                return known
        stream = await self.stream(request, uid, user) if request.event == SPOKEN else None
        event = received.event(
            request.event,
            event_id=self.ids.event(),
            app=request.app,
            uid=uid,
            arrived=request.arrived,
            webhook=request.webhook,
        )
        arrival = Arrival(event=event, body=request.body, request=_kept(request), keys=keys)
        return await self.taken(arrival, user, stream=stream, headers=request.headers)

    async def let_in(self, event: Event, key: str) -> None:
        """Take an event that a rule emitted, unless it came before under the same key.

        Raises StoreFault when it could not be kept.
        """
        user = self.users.get(event.app, event.uid, now=event.received)
        async with user.turn:
            if await self.store.read(find_delivery, event.app, [key]) is None:
                body = msgspec.json.encode(event.body)
                request = {"depth": event.depth, "root": event.root, "began_with": event.began_with}
                arrival = Arrival(event=event, body=body, request=request, keys=[key])
                await self.taken(arrival, user, stream=None, headers={})

    async def taken(self, arrival: Arrival, user: User, *, stream: Stream | None, headers: Mapping[str, str]) -> Answer:
        """Decide and keep an event, and then let the caches follow."""
        event, keys = arrival.event, arrival.keys
        try:
            decision = await self.decide(event, stream)
            if user.owed is not None:
                decision = user.owed.paid(decision, headers)
            rows = self.rows(arrival, decision)
        except SQLAlchemyError as error:
            raise StoreFault(f"what was before can't be read ({error})") from error
        except Exception:
            self.log.exception("deciding failed", event_id=event.id, event_name=event.name)
            fault = Verdict(rule="", outcome="failed", reason="omiflow failed to decide this event; see its log")
            decision = Decision(event=event, verdicts=[fault])
            rows = self.rows(arrival, decision)
        try:
            await self.keep(decision, rows)
        except StoreFault:
            before = await self.stored(event.app, keys)
            if before is None:
                raise
            return before
        if stream is not None:
            user.owed = owed(decision, headers)
            stream.keep(event.segments)
            stream.restore_marks(decision.marks)
        if keys:
            self.deliveries.remember(event.app, keys, decision.answer)
        self.count(event.name, "accepted")
        if decision.runs:
            self.tell(decision)
        return decision.answer

    async def known(self, request: Request, keys: Sequence[str]) -> Answer | None:
        """Give the answer of an earlier delivery under one of `keys`; speech is repeated within a minute or never."""
        answer = self.deliveries.find(request.app, keys)
        if answer is None and request.event != SPOKEN:
            answer = await self.stored(request.app, keys)
        return answer

    async def stored(self, app: str, keys: Sequence[str]) -> Answer | None:
        """Give the answer that the store has of an earlier delivery under one of `keys`."""
        found = await self.store.read(find_delivery, app, keys) if keys else None
        return None if found is None else found[1]

    async def stream(self, request: Request, uid: str | None, user: User) -> Stream:
        """Give what the user said lately, rebuilt from the store when it isn't in memory."""
        if user.stream is not None:
            return user.stream
        since = request.arrived - STREAM_SPAN
        stream = Stream()
        for said in await self.store.read(recent_speech, request.app, uid or "", since, STREAM_EVENTS):
            kept = said.request or {}
            before = receive(
                SPOKEN,
                said.body,
                query=kept.get("query", {}),
                headers=kept.get("headers", {}),
                received=said.received,
                uid=uid,
            )
            stream.keep(before.segments)
        stream.restore_marks(await self.store.read(load_marks, request.app, uid or "", since))
        user.stream = stream
        return stream

    async def decide(self, event: Event, stream: Stream | None) -> Decision:
        """Match and plan against tallies in memory, loading those that aren't there."""
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

    def rows(self, arrival: Arrival, decision: Decision) -> Commit:
        """Give what is kept of an event with all that it sets off."""
        return event_rows(decision, raw_body=arrival.body, request=arrival.request, keys=arrival.keys)

    async def keep(self, decision: Decision, rows: Commit) -> None:
        """Commit what a decision left; on failure nothing of it is remembered."""
        self.tallies.reserve(decision.spends, now=decision.event.received)
        try:
            await self.store.commit(rows)
        except StoreFault:
            self.tallies.release(decision.spends)
            self.count(decision.event.name, "not_stored")
            raise

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

    def count(self, event: str, outcome: str) -> None:
        """Count a request; looking up a counter by its labels takes longer than counting."""
        known = event if event in EVENTS or event == emitting.NAME else "unknown"
        counter = self.counters.get((known, outcome))
        if counter is None:
            counter = self.counters[known, outcome] = self.metrics.events.labels(known, outcome)
        counter.inc()


def _kept(request: Request) -> dict[str, Any] | None:
    """Give what a replay needs beside the body; nothing for a plain call with only a uid."""
    kept: dict[str, Any] = {}
    headers = {
        name: value
        for name, value in request.headers.items()
        if name in KEPT_HEADERS and not (name == "content-type" and value.startswith("application/json"))
    }
    if headers:
        kept["headers"] = headers
    query = {name: value for name, value in request.query.items() if name != "uid"}
    if query:
        kept["query"] = query
    return kept or None
