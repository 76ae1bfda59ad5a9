"""Which URLs are known to be refused as they stand in a rule."""

from __future__ import annotations

import pytest

from omiflow.actions.network import NetworkPolicy
from omiflow.actions.written_url import refusal_of_written_url

PUBLIC = NetworkPolicy()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://10.0.0.1/x", "host '10.0.0.1' is a private address"),
        ("http://10.0.0.1", "host '10.0.0.1' is a private address"),
        ("HTTPS://10.0.0.1:8443?x=1", "host '10.0.0.1' is a private address"),
        ("http://localhost:8000/{{ x }}", "host 'localhost' is at 127.0.0.1, a loopback address"),
        ("http://printer.localhost./", "host 'printer.localhost.' is at 127.0.0.1, a loopback address"),
        ("http://2130706433/", "host '2130706433' is at 127.0.0.1, a loopback address"),
        ("http://0x7f.1/", "host '0x7f.1' is at 127.0.0.1, a loopback address"),
        ("http://[::1]:80/", "host '::1' is a loopback address"),
        ("http://169.254.169.254/latest", "host '169.254.169.254' is a metadata address"),
    ],
)
def test_a_host_that_is_not_public_is_refused_before_it_is_called(url: str, reason: str) -> None:
    assert refusal_of_written_url({"url": url}, {}, PUBLIC) == (
        "url",
        f"{reason}; give it a connection of type http with this base_url, or allow it with network.allow_private",
    )
    assert refusal_of_written_url({"url": url}, {}, NetworkPolicy(allow_private=True)) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/10.0.0.1",
        "http://{{ host }}/x",
        "http://10.0.0.{{ number }}/",
        "http://10.0.0.1:{{ port }}/",
        "http://10.0.0.1{{ rest }}",
        "/below/the/connection",
        "{{ url }}",
        12,
        None,
    ],
)
def test_what_is_known_only_when_it_is_called_is_not_refused(url: object) -> None:
    assert refusal_of_written_url({"url": url}, {}, PUBLIC) is None


def test_only_hosts_that_are_allowed_are_not_refused() -> None:
    policy = NetworkPolicy(allow=("example.com",))
    assert refusal_of_written_url({"url": "https://EXAMPLE.com/x"}, {}, policy) is None
    assert refusal_of_written_url({"url": "https://example.org/x"}, {}, policy) == (
        "url",
        "host 'example.org' is not among the hosts of network.allow",
    )


def test_the_origin_of_the_connection_is_never_refused() -> None:
    settings = {"base_url": "http://10.0.0.1:8123/api"}
    assert refusal_of_written_url({"url": "http://10.0.0.1:8123/other"}, settings, PUBLIC) is None
    assert refusal_of_written_url({"url": "http://10.0.0.1:81/other"}, settings, PUBLIC) is not None
