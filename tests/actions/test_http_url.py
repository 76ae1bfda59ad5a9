from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from omiflow.actions.http_url import misuse_of_url

HOME: Mapping[str, Any] = {"type": "http", "base_url": "https://home.example.com/api"}
NO_CONNECTION: Mapping[str, Any] = {}
ONLY_A_PATH = "'url' is only a path; write a whole URL, or name a connection with a base_url"
OTHER_SCHEME = "only URLs that begin with http:// or https:// can be called"


@pytest.mark.parametrize(
    ("url", "settings", "reason"),
    [
        ("ftp://example.com/x", HOME, OTHER_SCHEME),
        ("ftp://example.com/x", None, OTHER_SCHEME),
        ("//example.com/x", HOME, OTHER_SCHEME),
        ("localhost:8080/x", HOME, OTHER_SCHEME),
        (" mailto:a@example.com", HOME, OTHER_SCHEME),
        (
            "https://u:p@example.com/",
            NO_CONNECTION,
            "the URL holds a user name or password; send them in a header",
        ),
        ("https://", HOME, "the URL has no valid host name"),
        ("https://example.com:99999/", HOME, "the URL's port 99999 does not exist"),
        ("https://[::1", HOME, "'url' is no URL"),
        ("x/y", NO_CONNECTION, ONLY_A_PATH),
        ("", NO_CONNECTION, ONLY_A_PATH),
        ("x/../y", HOME, "'url' climbs out of the connection's base_url with '..'"),
    ],
)
def test_a_url_that_can_never_be_called_is_told_of(url: str, settings: Mapping[str, Any] | None, reason: str) -> None:
    assert misuse_of_url({"url": url}, settings) == ("url", reason)


@pytest.mark.parametrize(
    ("data", "settings"),
    [
        ({"url": "https://example.com/x?a=1"}, NO_CONNECTION),
        ({"url": "https://example.com/x"}, None),
        ({"url": "x/y"}, HOME),
        ({"url": ""}, HOME),
        ({"url": "x/y"}, None),
        ({"url": "{{ url }}"}, NO_CONNECTION),
        ({"url": "ftp://{{ host }}"}, HOME),
        ({"url": 7}, HOME),
        ({}, HOME),
    ],
)
def test_a_url_that_may_be_called_is_not(data: Mapping[str, Any], settings: Mapping[str, Any] | None) -> None:
    assert misuse_of_url(data, settings) is None
