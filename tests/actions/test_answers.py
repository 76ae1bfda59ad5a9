from __future__ import annotations

from typing import Any

import httpx
import pytest

from omiflow.actions.answers import failure, fault, retry_after, text_of
from omiflow.actions.http_client import Answer, Unreachable
from omiflow.model import Rejected, Retry


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    url = httpx.URL("https://api.example.com/hidden/path?key=hush")
    return Answer(status=status, url=url, headers=named, body=body, at=1_000_000_000.0)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_every_2xx_is_good(status: int) -> None:
    assert fault(answer(status)) is None


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 599])
def test_what_may_pass_is_tried_again(status: int) -> None:
    assert fault(answer(status)) == Retry(f"'api.example.com' answered {status}")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422])
def test_what_will_not_pass_is_rejected(status: int) -> None:
    assert fault(answer(status, b"nope")) == Rejected(f"'api.example.com' answered {status}: nope")


def test_too_many_requests_wait_as_long_as_they_are_told() -> None:
    assert fault(answer(429, retry_after="7")) == Retry("'api.example.com' answered 429", after=7.0, throttled=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Sun, 09 Sep 2001 01:47:10 GMT", 30.0),
        ("Sun, 09 Sep 2001 01:46:00 GMT", 0.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("1e9", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_is_read_from_seconds_and_dates(value: str, seconds: float | None) -> None:
    assert retry_after(answer(429, retry_after=value)) == seconds


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://other.example.net/secret?token=hush", "'https://other.example.net'"),
        ("http://127.0.0.1:8080/", "'http://127.0.0.1:8080'"),
        ("/login?token=hush", "another place there"),
        ("", "another place there"),
        ("http://[::1", "something that is no URL"),
    ],
)
def test_a_redirect_is_not_followed_and_names_only_where_it_leads(location: str, named: str) -> None:
    expected = f"'api.example.com' answered with a redirect to {named}, which is not followed"
    assert fault(answer(302, location=location)) == Rejected(expected)


@pytest.mark.parametrize(
    ("status", "expect", "good"),
    [(404, [404], True), (200, [200, 404], True), (302, [302], True), (503, [503], True), (200, [404], False)],
)
def test_the_expected_statuses_are_good(status: int, expect: list[int], good: bool) -> None:
    assert (fault(answer(status), expect=expect) is None) is good


def test_a_2xx_that_is_not_expected_says_what_was() -> None:
    assert fault(answer(200), expect=[202, 201]) == Rejected("'api.example.com' answered 200 instead of 201 or 202")


def test_a_rejection_quotes_little_of_the_answer_and_no_secret() -> None:
    body = b"no such\n\x00token: sk_very_secret " + b"x" * 500
    said = fault(answer(401, body), secrets=["sk_very_secret"])
    assert isinstance(said, Rejected)
    assert said.reason.startswith("'api.example.com' answered 401: no such token: *** xxx")
    assert len(said.reason) <= len("'api.example.com' answered 401: ") + 200
    assert "hush" not in said.reason


def test_a_good_answer_that_broke_off_is_tried_again() -> None:
    broken = Answer(status=200, url=httpx.URL("http://h/"), headers={}, body=b"{", at=0.0, broken=True)
    assert fault(broken) == Retry("the answer of 'h' broke off")


@pytest.mark.parametrize(
    ("missing", "outcome"),
    [
        (Unreachable(reason="no way", sent=False), Retry("no way")),
        (Unreachable(reason="no way", sent=True), Retry("no way")),
        (Unreachable(reason="no way", sent=False, refused=True), Rejected("no way")),
    ],
)
def test_a_missing_answer_is_tried_again_unless_it_was_refused(missing: Unreachable, outcome: Any) -> None:
    assert failure(missing) == outcome


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", "ü".encode(), "ü"),
        ("text/plain; charset=ISO-8859-1", b"\xfc", "ü"),
        ('text/plain; charset="utf-8"', "ü".encode(), "ü"),
        ("text/plain; charset=punycode", b"abc", "abc"),
        ("text/plain; charset=zip", b"\xff", "\ufffd"),
        ("", b"\xff", "\ufffd"),
    ],
)
def test_a_body_is_read_by_the_charset_it_names(content_type: str, body: bytes, text: str) -> None:
    assert text_of(answer(200, body, content_type=content_type)) == text
