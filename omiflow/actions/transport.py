"""The connections below the HTTP client: two httpcore pools, one behind the network policy and one for trusted origins.

Who is trusted is left to the actions, what an address may be to `network`.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager

import httpcore
import httpx

from omiflow.actions.network import NetworkPolicy, PinnedNetwork, Resolve

_COUNTERPARTS: Mapping[type[Exception], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.TimeoutException: httpx.TimeoutException,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.NetworkError: httpx.NetworkError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.ProtocolError: httpx.ProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    OSError: httpx.NetworkError,
}


class GuardedTransport(httpx.AsyncBaseTransport):
    """Send a request as the policy allows, or past it when the request's extension `trusted` is true.

    The pools are apart so that a connection opened by trust is never lent to a request without it. Raises httpx's
    transport errors, among them `Refused`.
    """

    def __init__(
        self,
        policy: NetworkPolicy,
        *,
        resolve: Resolve,
        network: httpcore.AsyncNetworkBackend,
        ssl_context: ssl.SSLContext,
        limits: httpx.Limits,
    ) -> None:
        def pool(applied: NetworkPolicy | None) -> httpcore.AsyncConnectionPool:
            return httpcore.AsyncConnectionPool(
                ssl_context=ssl_context,
                max_connections=limits.max_connections,
                max_keepalive_connections=limits.max_keepalive_connections,
                keepalive_expiry=limits.keepalive_expiry,
                network_backend=PinnedNetwork(applied, resolve=resolve, network=network),
            )

        self._guarded = pool(policy)
        self._trusted = pool(None)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on to its pool, and the beginning of the answer back."""
        pool = self._trusted if request.extensions.get("trusted") is True else self._guarded
        url = request.url
        with _errors_of_httpx():
            answer = await pool.handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return _Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._guarded.aclose()
        await self._trusted.aclose()


class _Response(httpx.Response):
    """Hides redirects from the client, which reads a target even if it does not follow it and fails on a bad one."""

    @property
    def has_redirect_location(self) -> bool:
        return False


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx():
            async for part in self._answer.aiter_stream():
                yield part

    async def aclose(self) -> None:
        with _errors_of_httpx():
            await self._answer.aclose()


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    try:
        yield
    except tuple(_COUNTERPARTS) as error:
        nearest = next(kind for kind in type(error).__mro__ if kind in _COUNTERPARTS)
        raise _COUNTERPARTS[nearest](str(error)) from error
