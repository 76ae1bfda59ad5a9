from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from omiflow.actions.http_url import destination, escape_in_url, misuse_of_url, urlencoded
from omiflow.model import Rejected

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
        ("x/../y", None, "'url' climbs out of the connection's base_url with '..'"),
        ("x/..%2Fy", None, "'url' climbs out of the connection's base_url with '..'"),
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


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("Tom & Ana", "Tom%20%26%20Ana"),
        ("a/b?c=d#e", "a%2Fb%3Fc%3Dd%23e"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("v1.2", "v1.2"),
        ("../..", "..%2F.."),
        ("%0d%0a", "%250d%250a"),
        ("Grüße", "Gr%C3%BC%C3%9Fe"),
        ("@evil.example.com", "%40evil.example.com"),
        ("", ""),
    ],
)
def test_a_value_behind_literal_text_stays_within_its_part(text: str, encoded: str) -> None:
    escape = escape_in_url(("url",), {"url": "https://example.com/{{ name }}"})
    assert escape is not None
    assert escape(text) == encoded


@pytest.mark.parametrize("place", [("query", "q"), ("json", "url")])
def test_what_is_no_url_is_left_as_it_is(place: tuple[str, ...]) -> None:
    assert escape_in_url(place, {"url": "https://example.com/{{ name }}"}) is None


@pytest.mark.parametrize(
    ("url", "climbs"),
    [
        ("a/%2e%2e/b", True),
        ("a/%252e%252e/b", True),
        ("a/%25252e./b", True),
        ("a%252f..%252fb", True),
        ("a/%252e%252e;x/b", True),
        ("a/%252e%252eb", False),
        ("a/b?back=%252e%252e/", False),
    ],
)
def test_a_path_that_climbs_once_it_is_decoded_again_is_refused(url: str, *, climbs: bool) -> None:
    found = destination(url, httpx.URL("https://home.example.com/api"))
    assert isinstance(found, Rejected) is climbs


def test_parameters_that_are_all_null_leave_the_url_as_it_is() -> None:
    assert str(destination("https://example.com/x", httpx.URL(""), query={"q": None})) == "https://example.com/x"


@pytest.mark.parametrize(
    ("values", "encoded"),
    [
        ({"a": 1, "b": None, "c": True, "d": [1, "x y"]}, "a=1&c=true&d=1&d=x+y"),
        ({"a": {"b": [None, "ä"]}}, "a=%7B%22b%22%3A%5Bnull%2C%22%C3%A4%22%5D%7D"),
        ({"a": [[1, 2]]}, "a=%5B1%2C2%5D"),
    ],
)
def test_parameters_are_encoded_by_what_they_are(values: dict[str, Any], encoded: str) -> None:
    assert urlencoded(values) == encoded
