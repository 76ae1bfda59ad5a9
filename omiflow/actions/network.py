"""Where actions may connect to: the rules about hosts, and connections pinned to the addresses that were checked.

Who is exempt is left to the actions, which know the origins that somebody configured.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

import httpcore
import httpx
from httpcore import SOCKET_OPTION, AsyncNetworkBackend, AsyncNetworkStream

from omiflow.actions.addresses import not_public

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_MOST_ADDRESSES = 4
_LAST_PORT = 65_535
_WAYS_IN = "give it a connection of type http with this base_url, or allow it with network.allow_private"


class Refused(httpx.ConnectError):
    """Carries a refusal of ours up through the pool and the client; it ends in `Http.send`."""


@dataclass(frozen=True)
class NetworkPolicy:
    """Say which hosts a rule may reach by an absolute URL: all public ones, or only those of `allow`.

    Addresses that are not public need `allow_private`, also for the hosts of `allow`.
    """

    allow: Sequence[str] = ()
    allow_private: bool = False

    def refusal_of_host(self, host: str) -> str | None:
        """Say why a host can't be reached whatever its address is, None if it can."""
        names = {_plain(name) for name in self.allow}
        if names and _plain(host) not in names:
            return f"host '{host}' is not among the hosts of network.allow"
        return None

    def refusal_of_addresses(self, host: str, addresses: Sequence[str]) -> str | None:
        """Say why a host can't be reached at the addresses that its name stands for, None if it can."""
        if self.allow_private:
            return None
        for address in addresses:
            kind = not_public(address)
            if kind is not None:
                where = f"host '{host}' is" if host == address else f"host '{host}' is at {address},"
                return f"{where} {kind}; {_WAYS_IN}"
        return None


def refusal_of_url(url: httpx.URL) -> str | None:
    """Say why a URL is no place to send anything to, whoever wrote it, None if it is one."""
    if url.scheme not in _PORTS:
        return "only URLs that begin with http:// or https:// can be called"
    if url.userinfo:
        return "the URL holds a user name or password; send them in a header"
    if not _HOST.fullmatch(host_of(url)):
        return "the URL has no valid host name"
    if url.port is not None and not 0 < url.port <= _LAST_PORT:
        return f"the URL's port {url.port} does not exist"
    return None


def host_of(url: httpx.URL) -> str:
    """Give the host as it is looked up: lower case, ASCII, without brackets."""
    return url.raw_host.decode("ascii")


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Give scheme, host and port, with the scheme's own port where none is written."""
    return url.scheme, host_of(url), url.port or _PORTS.get(url.scheme, 0)


def _plain(host: str) -> str:
    return host.lower().rstrip(".").strip("[]")


async def system_resolver(host: str, port: int) -> list[str]:
    """Look a host up as the machine does, which also reads decimal, octal and hexadecimal addresses."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class PinnedNetwork(AsyncNetworkBackend):
    """Resolve a name once, check what it stands for, and connect to exactly that.

    TLS and the Host header go on with the name, so that certificates are checked as ever. Without a policy nothing is
    refused.
    """

    def __init__(
        self,
        policy: NetworkPolicy | None,
        *,
        resolve: Resolve = system_resolver,
        network: AsyncNetworkBackend,
    ) -> None:
        self._policy = policy
        self._resolve = resolve
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore names it
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Connect to the first address of the host that answers.

        Raises httpcore's ConnectError and ConnectTimeout, and `Refused`.
        """
        addresses = await self._checked(host, port, within=timeout)
        share = None if timeout is None else timeout / len(addresses)
        failure: Exception | None = None
        for address in addresses:
            try:
                return await self._network.connect_tcp(
                    address, port, timeout=share, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError("the name stands for no address")

    async def _checked(self, host: str, port: int, *, within: float | None) -> Sequence[str]:
        if self._policy is not None:
            reason = self._policy.refusal_of_host(host)
            if reason is not None:
                raise Refused(reason)
        try:
            async with asyncio.timeout(within):
                addresses = await self._resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("looking up the name took too long") from None
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("the name is not known") from None
        if not addresses:
            raise httpcore.ConnectError("the name stands for no address")
        if self._policy is not None:
            reason = self._policy.refusal_of_addresses(host, addresses)
            if reason is not None:
                raise Refused(reason)
        return addresses[:_MOST_ADDRESSES]

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks its network to."""
        await self._network.sleep(seconds)
