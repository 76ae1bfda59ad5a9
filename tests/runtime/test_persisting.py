"""What must not be forgotten is stored however often the store refuses, and the log says what it is."""

from __future__ import annotations

import pytest
import structlog

from omiflow.errors import StoreFault
from omiflow.runtime.persisting import persist


@pytest.mark.parametrize("what", ["what a run came to", "an event that a rule emitted"])
async def test_the_log_tells_what_the_store_refuses(hasten, what):
    caught, refusals = structlog.testing.LogCapture(), [StoreFault("no room"), StoreFault("no room")]
    hasten(60.0)

    async def storing() -> None:
        if refusals:
            raise refusals.pop()

    await persist(storing, what=what, log=structlog.wrap_logger(None, processors=[caught]))
    assert [(line["what"], line["reason"]) for line in caught.entries] == [(what, "no room")] * 2
