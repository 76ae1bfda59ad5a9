"""Whether a URL as it stands in a rule is one that the network policy refuses, whatever the rest of it becomes.

What happens when it is called is left to `network`, which knows the addresses of names.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from typing import Any

import httpx

from omiflow.actions.http_url import destination
from omiflow.actions.network import NetworkPolicy, host_of, origin_of
from omiflow.model import Rejected

_WITH_HOST = re.compile(r"\s*(?:https?:)//[^/?#{}\s]+(?=[/?#]|\s*\Z)", re.IGNORECASE)
_LOOPBACK = "127.0.0.1"


def refusal_of_written_url(
    data: Mapping[str, Any], settings: Mapping[str, Any], policy: NetworkPolicy
) -> tuple[str, str] | None:
    """Say why the policy refuses the host of a written `url`, with its key; None where it is known only when called.

    `settings` are those of the step's connection, whose own origin is always allowed.
    """
    written = data.get("url")
    beginning = _WITH_HOST.match(written) if isinstance(written, str) else None
    if beginning is None:
        return None
    base_url = httpx.URL(str(settings.get("base_url") or ""))
    url = destination(beginning[0], base_url)
    if isinstance(url, Rejected) or (base_url.raw_host and origin_of(url) == origin_of(base_url)):
        return None
    host = host_of(url)
    reason = policy.refusal_of_host(host) or policy.refusal_of_addresses(host, _addresses(host))
    return None if reason is None else ("url", reason)


def _addresses(host: str) -> list[str]:
    """Give the address that a host is by itself, without looking any name up."""
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return [_LOOPBACK]
    if ":" in name:
        return [name]
    try:
        return [socket.inet_ntoa(socket.inet_aton(name))]
    except OSError:
        return []
