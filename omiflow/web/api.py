"""The API for commands and other programs, behind the console token."""

from __future__ import annotations

import asyncio
from hmac import compare_digest
from typing import Annotated, Any

from litestar import Router, get
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency, Provide
from litestar.exceptions import ClientException, NotAuthorizedException, NotFoundException
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from omiflow.omi.times import iso, parse
from omiflow.runtime.retold import retold
from omiflow.runtime.root import Root
from omiflow.runtime.shapes import event_line, event_page, problem_line, rule_line, run_line, run_page
from omiflow.store.queries import get_event, list_events, list_runs, load_run, load_source, runs_of_event

State = Annotated[str | None, QueryParameter(name="state")]
Limit = Annotated[int, QueryParameter(ge=1, le=1_000)]


def api_router(root: Root) -> Router:
    """Give the routes below `/api`."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        given = connection.headers.get("authorization", "")
        if not compare_digest(given.encode(), f"Bearer {root.console_token}".encode()):
            raise NotAuthorizedException("send the console token as 'Authorization: Bearer …'")

    @get("/events")
    async def events(wanted: NamedDependency[dict[str, Any]]) -> dict[str, Any]:
        return {"events": [event_line(line) for line in await root.store.read(list_events, **wanted)]}

    @get("/events/{event_id:str}")
    async def event(event_id: FromPath[str]) -> dict[str, Any]:
        found = await root.store.read(get_event, event_id)
        if found is None:
            raise NotFoundException(f"no event '{event_id}'")
        became = await root.store.read(runs_of_event, event_id)
        return root.blotter.value(event_page(found, became))  # type: ignore[no-any-return]

    @get("/runs")
    async def runs(wanted: NamedDependency[dict[str, Any]]) -> dict[str, Any]:
        found = await root.store.read(list_runs, **wanted)
        return {"runs": root.blotter.value([run_line(line) for line in found])}

    @get("/runs/{run_id:str}")
    async def run(run_id: FromPath[str]) -> dict[str, Any]:
        found = await root.store.read(load_run, run_id)
        if found is None:
            raise NotFoundException(f"no run '{run_id}'")
        source = await root.store.read(load_source, found.run.source)
        sent = {}
        for path, data in retold(found, await root.runner.rule(found.run)):
            sent[path] = data
            await asyncio.sleep(0)
        return root.blotter.value(run_page(found, source, sent=sent))  # type: ignore[no-any-return]

    @get("/rules", sync_to_thread=False)
    def rules() -> dict[str, Any]:
        return {"rules": [rule_line(rule) for rule in root.live.rules.rules]}

    @get("/problems", sync_to_thread=False)
    def problems() -> dict[str, Any]:
        return {"problems": [problem_line(problem) for problem in root.live.problems], "at": iso(root.clock.now())}

    return Router(
        "/api",
        route_handlers=[events, event, runs, run, rules, problems],
        guards=[guard],
        dependencies={"wanted": Provide(_wanted, sync_to_thread=False)},
    )


def _wanted(
    *,
    limit: Limit = 50,
    rule: FromQuery[str | None] = None,
    user: FromQuery[str | None] = None,
    in_state: State = None,
    since: FromQuery[str | None] = None,
    before: FromQuery[str | None] = None,
) -> dict[str, Any]:
    """Read what a list is asked for; `before` is the id of the last line of the page before."""
    moment = parse(since)
    if since is not None and moment is None:
        raise ClientException(f"'since' is no time: '{since}'; write it like '2026-11-05T12:00:00+00:00'")
    return {"limit": limit, "rule": rule, "user": user, "state": in_state, "since": moment, "before": before}
