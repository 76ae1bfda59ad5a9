from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import Any

import httpcore
import httpx
import pytest

from omiflow.actions.http_client import Answer, Http, Request, Unreachable
from omiflow.actions.network import NetworkPolicy, system_resolver

PUBLIC = "93.184.216.34"


class Recorded(httpcore.AsyncNetworkBackend):
    """Connects to loopback whatever the address is, and notes where it should have gone."""

    def __init__(self, broken: Sequence[str] = ()) -> None:
        self.asked: list[str] = []
        self._broken = broken
        self._below = httpcore.AnyIOBackend()

    async def connect_tcp(self, host: str, port: int, **values: Any) -> httpcore.AsyncNetworkStream:
        self.asked.append(host)
        if host in self._broken:
            raise httpcore.ConnectError("nobody there")
        return await self._below.connect_tcp("127.0.0.1", port, **values)


class Names:
    """A name server that gives each time the next answer, the last one again and again."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


async def numbers_only(host: str, port: int) -> Sequence[str]:
    """Look up numbers as the machine reads them; every name is inside of the house."""
    if host.startswith(("localhost", "metadata")):
        return ["127.0.0.1"]
    return await system_resolver(host, port)


def get(url: str, **values: Any) -> Request:
    return Request(method="GET", url=httpx.URL(url), **values)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7F.1",
        "017700000001",
        "0177.1",
        "0",
        "0.0.0.0",
        "localhost",
        "LOCALHOST.",
        "metadata.google.internal",
        "127。0。0。1",
        "10.0.0.1",
        "172.20.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "2852039166",
        "224.0.0.251",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[ff02::1]",
    ],
)
async def test_a_host_inside_the_house_is_never_connected_to(server: Any, tls: ssl.SSLContext, host: str) -> None:
    network = Recorded()
    server.answers()
    async with Http(NetworkPolicy(), resolve=numbers_only, network=network, ssl_context=tls) as http:
        answer = await http.send(get(f"http://{host}:{server.port}/"), within=60)
    assert isinstance(answer, Unreachable)
    assert answer.refused
    assert not answer.sent
    assert answer.reason.endswith("allow it with network.allow_private")
    assert network.asked == []
    assert server.seen == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "only URLs that begin with"),
        ("gopher://127.0.0.1/", "only URLs that begin with"),
        ("ftp://example.com/", "only URLs that begin with"),
        ("javascript:alert(1)", "only URLs that begin with"),
        ("//example.com/", "only URLs that begin with"),
        ("http://example.com@127.0.0.1/", "user name or password"),
        ("https://user:hunter2@example.com/", "user name or password"),
        ("http://127.0.0.1\\@example.com/", "user name or password"),
        ("http:///etc/passwd", "no valid host name"),
        ("http:example.com", "no valid host name"),
        ("http://ex%61mple.com/", "no valid host name"),
        ("http://[fe80::1%25lo]/", "no valid host name"),
        ("http://a b/", "no valid host name"),
        ("http://example.com:0/", "port 0"),
        ("http://example.com:99999/", "port 99999"),
    ],
)
@pytest.mark.parametrize("trusted", [False, True])
async def test_a_url_that_is_no_place_to_go_is_refused_whoever_wrote_it(
    tls: ssl.SSLContext, url: str, reason: str, trusted: bool
) -> None:
    network = Recorded()
    async with Http(NetworkPolicy(), resolve=Names([PUBLIC]), network=network, ssl_context=tls) as http:
        answer = await http.send(get(url, trusted=trusted), within=60)
    assert isinstance(answer, Unreachable)
    assert answer.refused
    assert reason in answer.reason
    assert "hunter2" not in answer.reason
    assert network.asked == []


async def test_a_public_name_is_connected_to_at_the_address_that_was_checked(server: Any, tls: ssl.SSLContext) -> None:
    network, names = Recorded(), Names([PUBLIC])
    server.answers(200, b"{}")
    async with Http(NetworkPolicy(), resolve=names, network=network, ssl_context=tls) as http:
        answer = await http.send(get(f"http://hooks.example.com:{server.port}/x"), within=60)
    assert isinstance(answer, Answer)
    assert network.asked == [PUBLIC]
    assert names.asked == ["hooks.example.com"]
    assert server.seen[0].headers["host"] == f"hooks.example.com:{server.port}"


async def test_a_name_that_moves_inside_after_the_check_is_not_followed(server: Any, tls: ssl.SSLContext) -> None:
    network, names = Recorded(), Names([PUBLIC], ["127.0.0.1"])
    server.answers(200, b"{}", {"Connection": "close"})
    async with Http(NetworkPolicy(), resolve=names, network=network, ssl_context=tls) as http:
        first = await http.send(get(f"http://rebind.example.com:{server.port}/"), within=60)
        second = await http.send(get(f"http://rebind.example.com:{server.port}/"), within=60)
    assert isinstance(first, Answer)
    assert isinstance(second, Unreachable)
    assert second.refused
    assert second.reason == (
        "host 'rebind.example.com' is at 127.0.0.1, a loopback address; give it a connection of type http with this base_url, or allow it with network.allow_private"
    )
    assert network.asked == [PUBLIC]


async def test_one_private_address_among_public_ones_is_enough_to_refuse(tls: ssl.SSLContext) -> None:
    network = Recorded()
    async with Http(NetworkPolicy(), resolve=Names([PUBLIC, "10.0.0.1"]), network=network, ssl_context=tls) as http:
        answer = await http.send(get("http://mixed.example.com/"), within=60)
    assert isinstance(answer, Unreachable)
    assert answer.refused
    assert network.asked == []


async def test_the_next_checked_address_is_tried_when_one_is_dead(server: Any, tls: ssl.SSLContext) -> None:
    network = Recorded(broken=[PUBLIC])
    server.answers()
    async with Http(
        NetworkPolicy(), resolve=Names([PUBLIC, "93.184.216.35"]), network=network, ssl_context=tls
    ) as http:
        answer = await http.send(get(f"http://two.example.com:{server.port}/"), within=60)
    assert isinstance(answer, Answer)
    assert network.asked == [PUBLIC, "93.184.216.35"]


async def test_an_address_that_does_not_answer_leaves_time_for_the_next(
    server: Any, tls: ssl.SSLContext, hasten: Callable[[float], None]
) -> None:
    class Silent(Recorded):
        async def connect_tcp(self, host: str, port: int, **values: Any) -> httpcore.AsyncNetworkStream:
            if host == PUBLIC:
                hasten(values["timeout"])
                raise httpcore.ConnectTimeout
            return await super().connect_tcp(host, port, **values)

    server.answers()
    async with Http(
        NetworkPolicy(), resolve=Names([PUBLIC, "93.184.216.35"]), network=Silent(), ssl_context=tls
    ) as http:
        answer = await http.send(get(f"http://two.example.com:{server.port}/"), within=60)
    assert isinstance(answer, Answer)


async def test_tls_goes_on_with_the_name_though_the_address_is_pinned() -> None:
    hello = bytearray()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello.extend(await reader.read(4096))
        writer.close()

    listener = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener, Http(NetworkPolicy(), resolve=Names([PUBLIC]), network=Recorded()) as http:
        answer = await http.send(get(f"https://tls.example.com:{port}/"), within=60)
    assert isinstance(answer, Unreachable)
    assert not answer.sent
    assert b"tls.example.com" in hello


@pytest.mark.parametrize(
    ("policy", "host", "addresses", "reachable"),
    [
        (NetworkPolicy(allow=["crm.example.com"]), "crm.example.com", [PUBLIC], True),
        (NetworkPolicy(allow=["CRM.example.com."]), "crm.EXAMPLE.com", [PUBLIC], True),
        (NetworkPolicy(allow=["crm.example.com"]), "evil.crm.example.com", [PUBLIC], False),
        (NetworkPolicy(allow=["crm.example.com"]), "crm.example.com.evil.net", [PUBLIC], False),
        (NetworkPolicy(allow=["crm.example.com"]), "other.example.com", [PUBLIC], False),
        (NetworkPolicy(allow=["crm.example.com"]), "crm.example.com", ["10.0.0.1"], False),
        (NetworkPolicy(allow=["127.0.0.1"]), "127.0.0.1", ["127.0.0.1"], False),
        (NetworkPolicy(allow_private=True), "127.0.0.1", ["127.0.0.1"], True),
        (NetworkPolicy(allow=["crm.example.com"], allow_private=True), "crm.example.com", ["10.0.0.1"], True),
        (NetworkPolicy(allow=["crm.example.com"], allow_private=True), "127.0.0.1", ["127.0.0.1"], False),
    ],
)
async def test_the_policy_says_which_hosts_can_be_reached(
    server: Any, tls: ssl.SSLContext, *, policy: NetworkPolicy, host: str, addresses: list[str], reachable: bool
) -> None:
    server.answers()
    async with Http(policy, resolve=Names(addresses), network=Recorded(), ssl_context=tls) as http:
        answer = await http.send(get(f"http://{host}:{server.port}/"), within=60)
    assert isinstance(answer, Answer) is reachable
    assert len(server.seen) == int(reachable)


async def test_a_connection_opened_by_trust_is_not_lent_to_a_request_without_it(server: Any, http: Http) -> None:
    server.answers()
    trusted = await http.send(get(f"{server.url}/", trusted=True), within=60)
    other = await http.send(get(f"{server.url}/"), within=60)
    assert isinstance(trusted, Answer)
    assert isinstance(other, Unreachable)
    assert other.refused
    assert len(server.seen) == 1


async def test_a_name_nobody_knows_was_not_sent_and_may_be_tried_again() -> None:
    async def nobody(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    async with Http(NetworkPolicy(), resolve=nobody) as http:
        answer = await http.send(get("http://nowhere.example.com/"), within=60)
    assert answer == Unreachable(reason="could not connect to 'nowhere.example.com': the name is not known", sent=False)
