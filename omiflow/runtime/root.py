"""The composition root: everything a running omiflow consists of, put together in one place."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
from omiflow.runtime.ids import Ids
from omiflow.runtime.intake import Intake
from omiflow.runtime.interruptions import Interruptions
from omiflow.runtime.live import Live
from omiflow.runtime.metrics import Metrics
from omiflow.runtime.reloader import Reloader
from omiflow.runtime.runner import Runner
from omiflow.runtime.tokens import hook_tokens, make_tokens, wanted_tokens
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
    made = make_tokens(config.data_folder, wanted_tokens(config))
    store = await open_store(config.database)
    http = Http(config.network)
    try:
        root = await _assemble(config, store=store, http=http, clock=clock, log=log, made=made)
        stop = asyncio.Event()
        chores = [asyncio.create_task(root.runner.run()), asyncio.create_task(_sweep(store, clock, log))]
        if reload:
            chores.append(asyncio.create_task(root.reloader.watch(stop)))
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


async def _assemble(config: Config, *, store: Store, http: Http, clock: Clock, log: Any, made: dict[str, str]) -> Root:
    metrics = Metrics()
    live = Live(surroundings=surroundings(config), seal=Seal(secrets.token_hex(8)))
    loader = Loader(facts(config))
    access = Access(
        http=http,
        files=Files(config.data_folder),
        apps={
            name: AppAccess(name=name, omi_app_id=app.omi_app_id, api_key=app.api_key)
            for name, app in config.apps.items()
        },
        connections=config.connections,
        omi_base_url=config.omi_base_url,
        log=log,
    )
    ids = Ids()
    interruptions = Interruptions(live=live, store=store, clock=clock)
    intake = Intake(
        store=store,
        live=live,
        clock=clock,
        ids=ids,
        metrics=metrics,
        log=log,
        wake=lambda: runner.wake(),  # noqa: PLW0108 - the runner is made below
        requests_per_uid=config.limits.requests_per_uid,
        tallies=interruptions.tallies,
    )
    carrier = Carrier(
        store=store,
        access=access,
        clock=clock,
        metrics=metrics,
        ids=ids,
        chance=random.random,
        interruptions=interruptions,
        let_in=intake.let_in,
    )
    runner = Runner(store=store, live=live, carrier=carrier, clock=clock, metrics=metrics, loader=loader, log=log)
    reloader = Reloader(
        folder=config.rules,
        loader=loader,
        live=live,
        store=store,
        clock=clock,
        metrics=metrics,
        log=log,
        swapped=runner.swapped,
    )
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
        metrics=metrics,
        hook_tokens=hook_tokens(config, made),
        console_token=config.console_token or made["console"],
        blotter=Blotter(configured_secrets(config) | frozenset(made.values())),
        log=log,
    )


async def _sweep(store: Store, clock: Clock, log: Any) -> None:
    """Remove what no longer counts, from time to time."""
    while True:
        try:
            await sweep(store, clock.now())
        except Exception:
            log.exception("sweeping failed; it is tried again in an hour")
        await asyncio.sleep(SWEEP_EVERY)
