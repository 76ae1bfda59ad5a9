"""URLs that want to reach what stands behind omiflow: a real server on loopback that must never hear of them."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpcore
import httpx
import pytest

from omiflow.actions.data import rendered
from omiflow.actions.http_client import Answer, Http, Request, Unreachable
from omiflow.actions.network import NetworkPolicy, system_resolver
from omiflow.actions.scope import Scope
from omiflow.actions.table import ACTIONS
from omiflow.model import Done, Outcome, Rejected

MakeScope = Callable[..., Scope]
PUBLIC, PRIVATE = "93.184.216.34", "127.0.0.1"
INSIDE = ("localhost", "metadata", "kubernetes", "intranet", "rebind", "instance-data")


class Loopback(httpcore.AsyncNetworkBackend):
    """The real network, where nothing but loopback answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._below = httpcore.AnyIOBackend()

    async def connect_tcp(self, host: str, port: int, **values: Any) -> httpcore.AsyncNetworkStream:
        self.asked.append(host)
        if not ipaddress.ip_address(host).is_loopback:
            raise httpcore.ConnectError("nobody there")
        return await self._below.connect_tcp(host, port, **values)


async def house(host: str, port: int) -> Sequence[str]:
    """Know the names inside, read numbers as the machine does, and know nothing else."""
    if host.lower().rstrip(".").endswith("localhost") or host.lower().startswith(INSIDE):
        return [PRIVATE]
    if host.replace(".", "").isdigit() or ":" in host or host.lower().startswith("0x"):
        return await system_resolver(host, port)
    raise OSError("no such name")


HOSTS = [
    # loopback as numbers: short, decimal, octal, hexadecimal, mixed
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "127.1",
    "127.0.1",
    "2130706433",
    "017700000001",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7F.1",
    "0177.0.0.1",
    "0177.1",
    "0x7f.0x0.0x0.0x1",
    "00000000177.1",
    # this machine by other names
    "0",
    "0.0.0.0",
    "0x0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "foo.localhost",
    "localhost.localdomain",
    # IPv6
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:53aa:64c:0:0:80ff:fffe]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[ff02::1]",
    # the metadata of clouds
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "025177524776",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "metadata",
    "metadata.google.internal",
    "metadata.google.internal.",
    "instance-data.ec2.internal",
    # the house
    "10.0.0.1",
    "10.1",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.1",
    "192.168.257",
    "100.64.0.1",
    "169.254.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "kubernetes.default.svc",
    "intranet",
    # other letters that mean the same
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "①②⑦.⓪.⓪.①",
    "ｌｏｃａｌｈｏｓｔ",
    "loc\u00adalhost",
    "⑯⑨。②⑤④。⑯⑨｡②⑤④",
]
URLS = [
    # who is the host?
    "http://example.com@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@example.com/",
    "http://a:b@127.0.0.1:{port}/",
    "http://@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://example.com\\@127.0.0.1:{port}/",
    "http://example.com#@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#.example.com/",
    "http://127.0.0.1:{port}?.example.com/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http://127.0.0.1%00.example.com:{port}/",
    "http://127.0.0.1%2eexample.com:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127.0.0.1 :{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1\n:{port}/",
    "ht\ntp://127.0.0.1:{port}/",
    "\thttp://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/\r\nHost: example.com",
    "http://127.0.0.1..:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[::1%lo]:{port}/",
    "http://[fe80::1%25eth0]:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://[::1:{port}/",
    "http://::1:{port}/",
    "http://127.0.0.1:0{port}/",
    "http://127.0.0.1:+{port}/",
    "http://127.0.0.256:{port}/",
    "https://127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/",
    # other schemes
    "//127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "dict://127.0.0.1:{port}/",
    "ldap://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/",
    "unix:///var/run/docker.sock",
    "jar:http://127.0.0.1:{port}!/",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "view-source:http://127.0.0.1:{port}/",
]


@asynccontextmanager
async def client(tls: ssl.SSLContext, network: httpcore.AsyncNetworkBackend, resolve: Any) -> AsyncIterator[Http]:
    async with Http(NetworkPolicy(), resolve=resolve, network=network, ssl_context=tls) as http:
        yield http


async def perform(url: str, scope: Scope) -> Outcome:
    action = ACTIONS["http.request"]
    assert action.perform is not None
    return await action.perform(rendered(action.data, {"method": "GET", "url": url}), scope)


@pytest.mark.parametrize("url", [*(f"http://{host}:{{port}}/latest/meta-data/" for host in HOSTS), *URLS])
async def test_a_hostile_url_reaches_nobody(server: Any, scope: MakeScope, tls: ssl.SSLContext, url: str) -> None:
    server.answers()
    network = Loopback()
    async with client(tls, network, house) as http:
        outcome = await perform(url.format(port=server.port), scope(http=http, connection=None))
    assert not isinstance(outcome, Done)
    assert network.asked == []
    assert (server.connections, server.seen) == (0, [])


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/inside",
        "http://169.254.169.254/latest/meta-data/",
        "//127.0.0.1:{port}/inside",
        "/inside",
        "http://[::1]:{port}/inside",
        "file:///etc/passwd",
        "http://user:password@127.0.0.1:{port}/inside",
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_leads_nowhere(server: Any, scope: MakeScope, location: str, status: int) -> None:
    server.answers(status, b"", {"Location": location.format(port=server.port)})
    crm = {"type": "http", "base_url": server.url, "headers": {"Authorization": "Bearer crm-secret"}}
    outcome = await perform("/x", scope(connection=crm))
    assert isinstance(outcome, Rejected)
    assert outcome.reason.endswith("which is not followed")
    assert "password" not in outcome.reason
    assert [seen.path for seen in server.seen] == ["/x"]


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:{port}/",
        "http://127.1:{port}/",
        "http://127.0.0.1.:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://2130706433:{port}/",
    ],
)
async def test_headers_stay_at_the_origin_they_were_configured_for(
    server: Any, scope: MakeScope, tls: ssl.SSLContext, url: str
) -> None:
    server.answers()
    crm = {"type": "http", "base_url": server.url, "headers": {"Authorization": "Bearer crm-secret"}}
    async with Http(NetworkPolicy(allow_private=True), resolve=to_loopback, ssl_context=tls) as http:
        assert isinstance(await perform(url.format(port=server.port), scope(connection=crm, http=http)), Done)
    assert "authorization" not in server.seen[0].headers


async def to_loopback(host: str, port: int) -> Sequence[str]:
    return [PRIVATE]


class NameServer(asyncio.DatagramProtocol):
    """A name server on loopback that answers each question for an A record with the next address (RFC 1035, 4.1)."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = list(addresses)
        self.answered: list[str] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        address = self.addresses[len(self.answered) % len(self.addresses)]
        self.answered.append(address)
        record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + ipaddress.IPv4Address(address).packed
        self.transport.sendto(data[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + data[12:] + record, addr)


class Asking(asyncio.DatagramProtocol):
    """Waits for one answer."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.answer.set_result(data)


@asynccontextmanager
async def rebinding(*addresses: str) -> AsyncIterator[tuple[NameServer, Any]]:
    """Give a name server, and a resolver that asks it each time, over the wire."""
    loop = asyncio.get_running_loop()
    transport, names = await loop.create_datagram_endpoint(lambda: NameServer(addresses), local_addr=("127.0.0.1", 0))

    async def resolve(host: str, port: int) -> Sequence[str]:
        labels = b"".join(bytes([len(label)]) + label.encode() for label in host.rstrip(".").split("."))
        question = struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)
        asking, protocol = await loop.create_datagram_endpoint(Asking, remote_addr=transport.get_extra_info("sockname"))
        asking.sendto(question)
        answer = await asyncio.wait_for(protocol.answer, 60)
        asking.close()
        return [str(ipaddress.IPv4Address(answer[-4:]))]

    yield names, resolve
    transport.close()


@pytest.mark.parametrize("first", [PUBLIC, PRIVATE])
async def test_a_name_that_changes_between_check_and_connection_reaches_nobody(
    server: Any, tls: ssl.SSLContext, first: str
) -> None:
    server.answers()
    network = Loopback()
    second = PRIVATE if first == PUBLIC else PUBLIC
    async with rebinding(first, second) as (names, resolve), client(tls, network, resolve) as http:
        for _ in range(6):
            url = httpx.URL(f"http://rebind.example.com:{server.port}/")
            answer = await http.send(Request(method="GET", url=url), within=60)
            assert isinstance(answer, Unreachable)
    assert names.answered == [first, second] * 3
    assert network.asked == [PUBLIC] * 3
    assert server.connections == 0


async def test_the_name_server_on_loopback_does_lead_there_when_that_is_allowed(
    server: Any, tls: ssl.SSLContext
) -> None:
    server.answers()
    async with rebinding(PRIVATE) as (_, resolve):
        policy = NetworkPolicy(allow_private=True)
        async with Http(policy, resolve=resolve, network=Loopback(), ssl_context=tls) as http:
            url = httpx.URL(f"http://rebind.example.com:{server.port}/")
            assert isinstance(await http.send(Request(method="GET", url=url), within=60), Answer)
    assert server.connections == 1
