from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpcore
import httpx
import pytest

from omiflow.actions.network import NetworkPolicy, Refused, system_resolver
from omiflow.actions.transport import GuardedTransport


class Failing(httpcore.AsyncNetworkBackend):
    """Fails to connect in a given way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def connect_tcp(self, host: str, port: int, **values: Any) -> httpcore.AsyncNetworkStream:
        raise self._error


Client = Callable[..., Any]


@pytest.fixture
def client(tls: ssl.SSLContext) -> Client:
    @asynccontextmanager
    async def make(
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> AsyncIterator[httpx.AsyncClient]:
        transport = GuardedTransport(
            NetworkPolicy(),
            resolve=system_resolver,
            network=network or httpcore.AnyIOBackend(),
            ssl_context=tls,
            limits=httpx.Limits(),
        )
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            yield client

    return make


@pytest.mark.parametrize("extensions", [{}, {"trusted": False}, {"trusted": None}, {"trusted": "no"}])
async def test_only_a_request_that_is_said_to_be_trusted_passes_the_policy(
    server: Any, client: Client, extensions: dict[str, Any]
) -> None:
    server.answers(200, b"hello")
    async with client() as through:
        with pytest.raises(Refused, match="is a loopback address"):
            await through.get(server.url, extensions=extensions)
        answer = await through.get(server.url, extensions={"trusted": True})
    assert answer.text == "hello"
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("raised", "seen"),
    [
        (httpcore.ConnectTimeout("why"), httpx.ConnectTimeout),
        (httpcore.ReadTimeout("why"), httpx.ReadTimeout),
        (httpcore.WriteTimeout("why"), httpx.WriteTimeout),
        (httpcore.TimeoutException("why"), httpx.TimeoutException),
        (httpcore.ConnectError("why"), httpx.ConnectError),
        (httpcore.ReadError("why"), httpx.ReadError),
        (httpcore.WriteError("why"), httpx.WriteError),
        (httpcore.NetworkError("why"), httpx.NetworkError),
        (httpcore.LocalProtocolError("why"), httpx.LocalProtocolError),
        (httpcore.RemoteProtocolError("why"), httpx.RemoteProtocolError),
        (httpcore.ProtocolError("why"), httpx.ProtocolError),
        (OSError("why"), httpx.NetworkError),
        (ssl.SSLError("why"), httpx.NetworkError),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_a_failure_below_is_the_like_failure_of_httpx(
    client: Client, raised: Exception, seen: type[httpx.TransportError]
) -> None:
    async with client(Failing(raised)) as through:
        with pytest.raises(httpx.TransportError, match="why") as caught:
            await through.get("http://127.0.0.1:1/", extensions={"trusted": True})
    assert type(caught.value) is seen


async def test_a_failure_in_the_middle_of_a_body_is_one_of_httpx(server: Any, client: Client) -> None:
    server.sends(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", close=True)
    async with client() as through:
        with pytest.raises(httpx.RemoteProtocolError):
            await through.get(server.url, extensions={"trusted": True})
