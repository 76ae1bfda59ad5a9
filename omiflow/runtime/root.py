"""The composition root: everything a running omiflow consists of, put together in one place."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from omiflow.actions.files import Files
from omiflow.actions.http_client import Http
from omiflow.actions.redaction import Blotter
from omiflow.actions.scope import AppAccess
from omiflow.engine.inline import Seal
from omiflow.language.load import Loader
from omiflow.language.settings.config import Config
from omiflow.language.settings.views import facts, surroundings
from omiflow.language.settings.views import secrets as configured_secrets
from omiflow.runtime.access import Access
from omiflow.runtime.carry import Carrier
from omiflow.runtime.clock import Clock
from omiflow.runtime.decisions import Decisions
from omiflow.runtime.ids import Ids
from omiflow.runtime.intake import Intake
from omiflow.runtime.interruptions import Interruptions
from omiflow.runtime.live import Live
from omiflow.runtime.metrics import Metrics
from omiflow.runtime.near_misses import NearMisses
from omiflow.runtime.reloader import Reloader
from omiflow.runtime.runner import Runner
from omiflow.runtime.started_with import StartedWith
from omiflow.runtime.tally_book import TallyBook
from omiflow.runtime.tokens import hook_tokens, make_tokens, wanted_tokens
from omiflow.runtime.unhurried import collect_seldom
from omiflow.store.store import Store, open_store
from omiflow.store.sweep import sweep

SWEEP_EVERY = 3_600.0


@dataclass
class Root:
    """A running omiflow; `hook_tokens` maps each path secret to its app."""

    config: Config
    store: Store
    clock: Clock
    live: Live
    intake: Intake
    runner: Runner
    reloader: Reloader
    metrics: Metrics
    hook_tokens: dict[str, str]
    console_token: str
    blotter: Blotter
    log: Any


@asynccontextmanager
async def running(config: Config, *, clock: Clock, log: Any, reload: bool = True) -> AsyncIterator[Root]:
    """Start everything but HTTP, and end it again.

    Raises EnvironmentFault when database, data folder or rules folder can't be had.
    """
    collect_seldom()
    made = make_tokens(config.data_folder, wanted_tokens(config))
    store = await open_store(config.database)
    http = Http(config.network)
    try:
        root = await _assemble(config, store=store, http=http, clock=clock, log=log, made=made)
        stop = asyncio.Event()
        chores = [asyncio.create_task(root.runner.run()), asyncio.create_task(_sweep(store, clock, log))]
        chores.append(asyncio.create_task(root.intake.lulls.run()))
        chores.append(asyncio.create_task(NearMisses(store=store, live=root.live, clock=clock, log=log).run()))
        if reload:
            chores += [
                asyncio.create_task(root.reloader.watch(stop)),
                asyncio.create_task(root.reloader.configuration.watch()),
            ]
        try:
            yield root
        finally:
            stop.set()
            await root.runner.stop()
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
    finally:
        await http.aclose()
        await store.close()


@dataclass(frozen=True)
class _Ground:
    """What all parts stand on."""

    store: Store
    clock: Clock
    live: Live
    loader: Loader
    metrics: Metrics
    log: Any
    ids: Ids = field(default_factory=Ids)
    tallies: TallyBook = field(default_factory=TallyBook)


async def _assemble(config: Config, *, store: Store, http: Http, clock: Clock, log: Any, made: dict[str, str]) -> Root:
    """Put the parts together, load the rules, and remember what was."""
    live = Live(surroundings=surroundings(config), seal=Seal(secrets.token_hex(8)))
    ground = _Ground(store, clock, live, Loader(facts(config)), Metrics(), log)
    intake = _intake(ground, config)
    runner = _runner(ground, _access(config, http, log), intake)
    intake.wake = runner.wake
    reloader = _reloader(ground, config, runner)
    await reloader.start()
    await intake.remember()
    return Root(
        config=config,
        store=store,
        clock=clock,
        live=live,
        intake=intake,
        runner=runner,
        reloader=reloader,
        metrics=ground.metrics,
        hook_tokens=hook_tokens(config, made),
        console_token=config.console_token or made["console"],
        blotter=Blotter(configured_secrets(config) | frozenset(made.values())),
        log=log,
    )


def _access(config: Config, http: Http, log: Any) -> Access:
    apps = {
        name: AppAccess(name=name, omi_app_id=app.omi_app_id, api_key=app.api_key) for name, app in config.apps.items()
    }
    return Access(
        http=http,
        files=Files(config.data_folder),
        apps=apps,
        connections=config.connections,
        omi_base_url=config.omi_base_url,
        log=log,
    )


def _intake(ground: _Ground, config: Config) -> Intake:
    return Intake(
        store=ground.store,
        live=ground.live,
        clock=ground.clock,
        ids=ground.ids,
        decisions=Decisions(store=ground.store, live=ground.live, ids=ground.ids, tallies=ground.tallies),
        metrics=ground.metrics,
        log=ground.log,
        requests_per_uid=config.limits.requests_per_uid,
    )


def _runner(ground: _Ground, access: Access, intake: Intake) -> Runner:
    carrier = Carrier(
        store=ground.store,
        access=access,
        clock=ground.clock,
        metrics=ground.metrics,
        ids=ground.ids,
        chance=random.random,
        interruptions=Interruptions(live=ground.live, store=ground.store, clock=ground.clock, tallies=ground.tallies),
        let_in=intake.let_in,
        late=intake.late,
    )
    return Runner(
        store=ground.store,
        live=ground.live,
        carrier=carrier,
        clock=ground.clock,
        metrics=ground.metrics,
        loader=ground.loader,
        log=ground.log,
    )


def _reloader(ground: _Ground, config: Config, runner: Runner) -> Reloader:
    return Reloader(
        folder=config.rules,
        loader=ground.loader,
        live=ground.live,
        store=ground.store,
        clock=ground.clock,
        metrics=ground.metrics,
        log=ground.log,
        configuration=StartedWith(config.files, log=ground.log),
        swapped=runner.swapped,
    )


async def _sweep(store: Store, clock: Clock, log: Any) -> None:
    """Remove what no longer counts, from time to time."""
    while True:
        try:
            await sweep(store, clock.now())
        except Exception:
            log.exception("sweeping failed; it is tried again in an hour")
        await asyncio.sleep(SWEEP_EVERY)
