"""One delivery as Omi makes it: its address, its timeouts, its retries.

When it is made is left to `sender`, what Omi reads from the answer to `answers`.
Source: Omi's protocol, 1.3, 1.8, 1.9.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import perf_counter
from urllib.parse import quote

import httpx

from omiflow.emulator.answers import Route
from omiflow.emulator.played import Answered, Failed, Sent, Tell
from omiflow.omi.recorded import Recorded, event_of

TIMEOUT = httpx.Timeout(30.0, connect=2.0)
DAY_SUMMARY_TOTAL = 20.0
RETRY_WAITS = (1.0, 5.0, 30.0)
RETRIED_4XX = frozenset({408, 429})
DEVELOPER_ONLY = frozenset({"button_event", "day_summary"})
OWN_HEADERS = frozenset({"host", "content-length", "connection", "transfer-encoding"})

Sleep = Callable[[float], Awaitable[None]]


def client() -> httpx.AsyncClient:
    """Make the client Omi's deliveries go out with: no redirects, no proxy.

    Below warnings the loggers of httpx and httpcore write whole URLs, with the tokens in them; they are shut.
    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False)


def event_name(request: Recorded) -> str | None:
    """Give the name of the event a request carries, None if it can't be told."""
    found = event_of(request)
    return found[0] if found else None


def route_of(request: Recorded) -> Route:
    """Tell who delivers it: a developer webhook carries `Idempotency-Key`, an app's does not."""
    event = event_name(request)
    if event == "webhook":
        return "other"
    return "developer" if "idempotency-key" in request.headers or event in DEVELOPER_ONLY else "app"


def address(request: Recorded, *, base: str) -> str:
    """Give the URL below `base`: `BASE/{event}`, or `BASE/webhook/{name}` with the name it was recorded under."""
    event, webhook = event_of(request) or ("", None)
    return "/".join([base.rstrip("/"), event, *([quote(webhook, safe="")] if webhook else [])])


async def deliver(request: Recorded, *, base: str, via: httpx.AsyncClient, tell: Tell, sleep: Sleep) -> Answered | None:
    """Deliver a request, again where Omi tries again; None if it came to nothing."""
    waits = RETRY_WAITS if route_of(request) == "developer" else ()
    seconds = DAY_SUMMARY_TOTAL if event_name(request) == "day_summary" else None
    try:
        async with asyncio.timeout(seconds):
            for attempt, wait in enumerate((*waits, None), start=1):
                tell(Sent(request=request, attempt=attempt))
                answered = await _attempt(request, base=base, via=via)
                if isinstance(answered, Answered) and httpx.codes.is_success(answered.status):
                    tell(answered)
                    return answered
                final = isinstance(answered, Answered) and _is_final(answered.status)
                again_in = None if final else wait
                reason = f"status {answered.status}" if isinstance(answered, Answered) else answered
                tell(Failed(request=request, attempt=attempt, reason=reason, again_in=again_in))
                if again_in is None:
                    return None
                await sleep(again_in)
    except TimeoutError:
        tell(Failed(request=request, attempt=0, reason=f"not delivered in {seconds:g} s", again_in=None))
    return None


async def _attempt(request: Recorded, *, base: str, via: httpx.AsyncClient) -> Answered | str:
    headers = {name: value for name, value in request.headers.items() if name not in OWN_HEADERS}
    began = perf_counter()
    try:
        response = await via.request(
            request.method,
            address(request, base=base),
            params=request.query,
            headers=headers,
            content=request.body,
        )
    except httpx.TimeoutException as error:
        return "no connection in time" if isinstance(error, httpx.ConnectTimeout) else "no answer in time"
    except httpx.TransportError as error:
        return f"no answer: {error}"
    return Answered(request=request, status=response.status_code, body=response.content, took=perf_counter() - began)


def _is_final(status: int) -> bool:
    return httpx.codes.is_client_error(status) and status not in RETRIED_4XX
