"""An intake on a real store, without HTTP; its clock stands still."""

from __future__ import annotations

import asyncio
import itertools
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from omiflow.actions.files import Files
from omiflow.actions.http_client import Http
from omiflow.actions.network import NetworkPolicy
from omiflow.actions.scope import AppAccess
from omiflow.engine.inline import Seal
from omiflow.engine.surroundings import App, Person, Surroundings
from omiflow.language.facts import AppFacts, Facts
from omiflow.language.load import Loader
from omiflow.runtime.access import Access
from omiflow.runtime.arrivals import HookRequest
from omiflow.runtime.carry import Carrier
from omiflow.runtime.decisions import Decisions
from omiflow.runtime.ids import Ids
from omiflow.runtime.intake import Intake
from omiflow.runtime.interruptions import Interruptions
from omiflow.runtime.live import Live
from omiflow.runtime.metrics import Metrics
from omiflow.runtime.runner import Runner
from omiflow.speech.stream import Stream
from omiflow.store.queries import get_event, list_events, list_runs, load_run
from omiflow.store.records import source_rows
from omiflow.store.store import Store, open_store
from omiflow.store.stored import StoredRun

START = 1_772_442_000.0


class StillClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> float:
        return self.at

    def arrival(self, told: float | None) -> float:
        return self.at if told is None else told


@dataclass
class Door:
    """An intake with what stands around it; `logged` is what it wrote into its log."""

    intake: Intake
    store: Store
    clock: StillClock
    logged: list[dict[str, Any]]
    woken: list[float]

    async def post(
        self,
        event: str,
        body: Any,
        *,
        uid: str | None = "u1",
        app: str = "default",
        webhook: str | None = None,
        query: dict[str, str] | None = None,
        **headers: str,
    ) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.intake.accept(
            HookRequest(
                app=app,
                event=event,
                body=raw,
                query=({} if uid is None else {"uid": uid}) | (query or {}),
                headers={name.replace("_", "-"): value for name, value in headers.items()},
                arrived=self.clock.at,
                webhook=webhook,
            )
        )

    async def say(self, *texts: str, ids: list[str] | None = None, **more: Any) -> Any:
        names = ids or [f"s{next(_numbers)}" for _ in texts]
        segments = [
            {"id": name, "text": text, "is_user": True, "speaker": "SPEAKER_00", "speaker_id": 0, "start": 0, "end": 1}
            for name, text in zip(names, texts, strict=True)
        ]
        return await self.post("realtime_transcript", {"session_id": "u1", "segments": segments}, **more)

    async def heard(self, uid: str | None) -> Stream:
        """Give what a user said lately."""
        now = self.clock.now()
        user = self.intake.users.get("default", uid, now=now)
        async with self.intake.users.turn(user):
            return await self.intake.stream(user, "default", uid, now=now)

    async def events(self, **wanted: Any) -> list[Any]:
        """Give the stored events, the oldest first."""
        lines = await self.store.read(list_events, limit=1000, **wanted)
        return [await self.store.read(get_event, line.id) for line in reversed(lines)]

    async def runs(self, **wanted: Any) -> list[tuple[str, str]]:
        """Give rule and state of the stored runs, the oldest first."""
        return [(line.rule, line.state) for line in reversed(await self.store.read(list_runs, limit=1000, **wanted))]

    @property
    def faults(self) -> list[dict[str, Any]]:
        return [line for line in self.logged if line["log_level"] == "error"]


_numbers = itertools.count()

Enter = Callable[..., Awaitable[Door]]


@pytest.fixture
async def enter(tmp_path: Path) -> AsyncIterator[Enter]:
    """Give a function that opens an intake with rules, on the same database each time."""
    opened: list[Store] = []

    async def begin(
        rules: str, *, apps: dict[str, App] | None = None, rate: float | None = None, clock: Any = None
    ) -> Door:
        for store in opened:
            await store.close()
        opened[:] = [await open_store(f"sqlite:///{tmp_path}/flow.db")]
        apps = apps or {"default": App("default", scopes=("user_name",))}
        book = Loader(Facts(apps={name: AppFacts(name, has_key=True) for name in apps})).load({"r.yaml": rules})
        assert not [problem for problem in book.problems if problem.severity == "error"], book.problems
        live = Live(surroundings=Surroundings(apps=apps), seal=Seal("0123456789abcdef"), rules=book.rules)
        caught = structlog.testing.LogCapture()
        woken: list[float] = []
        clock = clock or StillClock()
        ids = Ids()
        intake = Intake(
            store=opened[0],
            live=live,
            clock=clock,
            ids=ids,
            decisions=Decisions(store=opened[0], live=live, ids=ids),
            metrics=Metrics(),
            log=structlog.wrap_logger(None, processors=[caught], wrapper_class=structlog.BoundLogger),
            wake=lambda: woken.append(clock.now()),
            requests_per_uid=rate,
        )
        await intake.remember()
        return Door(intake, opened[0], clock, caught.entries, woken)

    yield begin
    for store in opened:
        await store.close()


@dataclass
class Works:
    """Door, runner and all between them, put together by hand; nothing goes on by itself, and time stands still."""

    door: Door
    runner: Runner
    clock: StillClock
    outside: Any
    facts: Facts

    @property
    def store(self) -> Store:
        return self.door.store

    async def post(self, event: str = "webhook", body: Any = None, **more: Any) -> Any:
        if event == "webhook":
            more = {"webhook": "go", **more}
        return await self.door.post(event, {} if body is None else body, **more)

    async def write(self, rules: str) -> None:
        """Make rules live as a reload does: their sources are stored first."""
        book = self.runner.loader.load({"r.yaml": rules})
        assert not [problem for problem in book.problems if problem.severity == "error"], book.problems
        for rule in book.rules.rules:
            await self.store.commit(source_rows(rule.digest, rule=rule.id, source=rule.source, at=self.clock.at))
        self.runner.live.rules = book.rules
        self.runner.swapped()

    async def settle(self) -> None:
        """Carry out everything that is due now."""
        while True:
            await self.runner.look()
            if not self.runner.active:
                return
            await asyncio.wait(self.runner.active.values())
            await asyncio.sleep(0)

    async def pass_time(self, seconds: float) -> None:
        """Move the clock, and carry out what has become due."""
        self.clock.at += seconds
        await self.settle()

    async def run(self, rule: str | None = None) -> StoredRun:
        """Give the newest run with its journal."""
        [line] = await self.store.read(list_runs, limit=1, rule=rule)
        found = await self.store.read(load_run, line.id)
        assert found is not None
        return found

    async def wait(self) -> float:
        """Give the seconds until the newest run wants to go on."""
        due = (await self.run()).run.due
        assert due is not None
        return due - self.clock.at


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@pytest.fixture
async def works(
    enter: Enter, outside: Any, tls: ssl.SSLContext, tmp_path: Path
) -> AsyncIterator[Callable[..., Awaitable[Works]]]:
    """Give a function that puts omiflow together with rules, on the same database each time."""
    opened: list[Http] = []

    async def begin(
        rules: str,
        *,
        apps: dict[str, App] | None = None,
        people: dict[str, Person] | None = None,
        connections: dict[str, Any] | None = None,
        clock: StillClock | None = None,
        chance: float = 0.5,
    ) -> Works:
        clock = clock or StillClock()
        connections = connections or {
            "home": {"type": "http", "base_url": f"{outside.url}/home"},
            "slack": {"type": "slack", "token": "xoxb-test", "base_url": f"{outside.url}/slack"},
        }
        door = await enter("rules: []", apps=apps, clock=clock)
        apps = dict(door.intake.live.surroundings.apps)
        door.intake.live.surroundings = Surroundings(apps=apps, people=people or {})
        facts = Facts(apps={name: AppFacts(name, has_key=True) for name in apps}, connections=connections)
        http = Http(NetworkPolicy(allow_private=True), ssl_context=tls, clock=clock.now)
        opened.append(http)
        access = Access(
            http=http,
            files=Files(tmp_path / "data"),
            apps={name: AppAccess(name=name, omi_app_id="app1", api_key="sk_key") for name in apps},
            connections=connections,
            omi_base_url=outside.url,
            log=door.intake.log,
        )
        live = door.intake.live
        carrier = Carrier(
            store=door.store,
            access=access,
            clock=clock,
            metrics=door.intake.metrics,
            ids=door.intake.ids,
            chance=lambda: chance,
            interruptions=Interruptions(
                live=live, store=door.store, clock=clock, tallies=door.intake.decisions.tallies
            ),
            let_in=door.intake.let_in,
            late=door.intake.late,
        )
        runner = Runner(
            store=door.store,
            live=door.intake.live,
            carrier=carrier,
            clock=clock,
            metrics=door.intake.metrics,
            loader=Loader(facts),
            log=door.intake.log,
        )
        door.intake.wake = runner.wake
        made = Works(door, runner, clock, outside, facts)
        await made.write(rules)
        return made

    yield begin
    for http in opened:
        await http.aclose()
