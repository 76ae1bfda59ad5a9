"""One pooled httpx client for everything that omiflow sends, bounded in time and size.

Which connections it may open is left to `transport`, what an answer means to `answers`.
"""

from __future__ import annotations

import logging
import re
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self

import anyio
import httpcore
import httpx

from omiflow.actions.network import NetworkPolicy, Refused, Resolve, host_of, refusal_of_url, system_resolver
from omiflow.actions.transport import GuardedTransport

BODY_LIMIT = 1_000_000
CONNECT_TIMEOUT = 10.0
# Without an upper limit nothing waits for a place: httpcore 1.0 loses the place of a request that is cancelled while it
# waits, and one slow host would hold up all others. How much is sent at once is left to who sends.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=5.0)

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
NOT_IN_HEADERS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_DEFAULT_HEADERS = {"User-Agent": "omiflow", "Accept": "*/*", "Accept-Encoding": "identity"}


@dataclass(frozen=True, kw_only=True)
class Request:
    """Say what to send; `trusted` is for origins that somebody configured, they skip the network policy."""

    method: str
    url: httpx.URL = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    trusted: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Hold what the other side said; header names are in lower case, `at` is when it came (seconds since the epoch).

    The body is at most `BODY_LIMIT` bytes after decompression: `truncated` when there was more, `broken` when the
    connection or the time ended before it did.
    """

    status: int
    url: httpx.URL = field(repr=False)
    headers: Mapping[str, str]
    body: bytes
    at: float
    truncated: bool = False
    broken: bool = False


@dataclass(frozen=True, kw_only=True)
class Unreachable:
    """Say why there is no answer: `sent` when the request may have arrived, `refused` when we would never send it."""

    reason: str
    sent: bool
    refused: bool = False


@dataclass
class _Exchange:
    """Follow one request as far as it gets, so that a failure can be told from what came before it."""

    sent: bool = False
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    truncated: bool = False

    async def trace(self, name: str, _values: Mapping[str, Any]) -> None:
        if name == "http11.send_request_headers.started":
            self.sent = True


class Http:
    """Send requests through one client, whose connections obey the network policy unless the request is trusted."""

    def __init__(
        self,
        policy: NetworkPolicy,
        *,
        resolve: Resolve = system_resolver,
        network: httpcore.AsyncNetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = _client(
            GuardedTransport(
                policy,
                resolve=resolve,
                network=network or httpcore.AnyIOBackend(),
                ssl_context=ssl_context or httpx.create_ssl_context(trust_env=False),
                limits=LIMITS,
            )
        )
        self._clock = clock

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def send(self, request: Request, *, within: float) -> Answer | Unreachable:
        """Send a request and read its answer in `within` seconds; never raises for what the world does."""
        reason = refusal_of_url(request.url) or _refusal_of_headers(request.headers)
        if reason is not None:
            return Unreachable(reason=reason, sent=False, refused=True)
        exchange = _Exchange()
        try:
            with anyio.fail_after(within):  # asyncio's own would break through httpcore's shields and leak connections
                await self._talk(request, exchange, within=within)
        except Refused as error:
            return Unreachable(reason=str(error), sent=False, refused=True)
        except TimeoutError:
            failure = f"'{host_of(request.url)}' did not answer within {within:g} s"
        except httpx.TransportError as error:
            failure = _failure(error, host_of(request.url), sent=exchange.sent)
        else:
            return self._answer(request, exchange, broken=False)
        if exchange.status:
            return self._answer(request, exchange, broken=True)
        return Unreachable(reason=failure, sent=exchange.sent)

    async def _talk(self, request: Request, exchange: _Exchange, *, within: float) -> None:
        async with self._client.stream(
            request.method,
            request.url,
            headers=_encoded(request.headers),
            content=request.body,
            timeout=httpx.Timeout(None, connect=min(within, CONNECT_TIMEOUT)),
            extensions={"trusted": request.trusted, "trace": exchange.trace},
        ) as response:
            exchange.status = response.status_code
            exchange.headers.update(response.headers.items())
            await _read_body(response, exchange)

    def _answer(self, request: Request, exchange: _Exchange, *, broken: bool) -> Answer:
        return Answer(
            status=exchange.status,
            url=request.url,
            headers=exchange.headers,
            body=bytes(exchange.body),
            at=self._clock(),
            truncated=exchange.truncated,
            broken=broken,
        )


def _client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """Build a client that keeps nothing between requests but connections, and takes nothing from the environment.

    Below warnings the loggers of httpx and httpcore write whole URLs and headers, where secrets are; they are shut.
    """
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    no_cookies = DefaultCookiePolicy(netscape=False, rfc2965=False)
    return httpx.AsyncClient(
        transport=transport,
        headers=_DEFAULT_HEADERS,
        cookies=CookieJar(no_cookies),
        follow_redirects=False,
        trust_env=False,
    )


async def _read_body(response: httpx.Response, exchange: _Exchange) -> None:
    """Read up to the limit and drop the rest, so that neither a long body nor a gzip bomb fills the memory.

    httpx's own decoders unpack each part whole, however large it becomes.
    """
    packed = exchange.headers.get("content-encoding", "").lower() in ("gzip", "x-gzip", "deflate")
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32) if packed else None
    async for part in response.aiter_raw():
        room = BODY_LIMIT - len(exchange.body)
        try:
            chunk = unpacker.decompress(part, room + 1) if unpacker else part
        except zlib.error:
            raise httpx.RemoteProtocolError("the answer is not packed as it says") from None
        exchange.body += chunk[:room]
        if len(chunk) > room:
            exchange.truncated = True
            return


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.strip().encode("utf-8", "replace")) for name, value in headers.items()]


def _refusal_of_headers(headers: Mapping[str, str]) -> str | None:
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name):
            return "a header's name has a character that can't be in one"
        if NOT_IN_HEADERS.search(value):
            return f"header '{name}' has a line break or control character in its value"
    return None


def _failure(error: httpx.TransportError, host: str, *, sent: bool) -> str:
    match error:
        case httpx.ConnectTimeout():
            return f"'{host}' did not take the connection in time"
        case httpx.NetworkError() if not sent:
            return f"could not connect to '{host}': {str(error)[:120] or 'refused'}"
        case httpx.RemoteProtocolError():
            return f"'{host}' broke off or answered with something that is not HTTP"
    return f"the connection to '{host}' broke"
