"""Whether omiflow lives, whether it is ready, and its numbers for Prometheus."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import select

from omiflow.runtime.root import Root
from omiflow.store.tables import events

LONGEST_WAIT = 3.0


def health_handlers(root: Root) -> list[HTTPRouteHandler]:
    """Give the routes `/healthz`, `/readyz` and `/metrics`."""

    @get("/healthz", media_type=MediaType.JSON, sync_to_thread=False)
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @get("/readyz")
    async def readyz() -> Response[dict[str, Any]]:
        database = not root.store.writer.failing and await _answers(root)
        body = {
            "ready": database,
            "database": database,
            "rules": len(root.live.rules.rules),
            "problems": root.live.mistakes,
        }
        return Response(body, status_code=200 if database else 503)

    @get("/metrics", sync_to_thread=False)
    def metrics() -> Response[bytes]:
        writer = root.store.writer
        root.metrics.commits.set(writer.commits)
        root.metrics.batches.set(writer.batches)
        root.metrics.commit_seconds.set(writer.seconds)
        root.metrics.waiting.set(writer.waiting)
        return Response(generate_latest(root.metrics.registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return [healthz, readyz, metrics]


async def _answers(root: Root) -> bool:
    try:
        async with asyncio.timeout(LONGEST_WAIT):
            await root.store.read(lambda connection: connection.execute(select(events.c.id).limit(1)).all())
    except Exception:
        root.log.exception("the database does not answer")
        return False
    return True
