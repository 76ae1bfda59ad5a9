"""What an HTTP answer means for a step; what is read out of a good one is left to the action."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from omiflow.actions.http_client import Answer, Unreachable
from omiflow.actions.network import host_of, origin_of
from omiflow.actions.redaction import redacted
from omiflow.model import Rejected, Retry

EXCERPT = 200

_AGAIN = frozenset((HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS))
_CHARSETS = frozenset(("utf-8", "utf-16", "iso-8859-1", "latin-1", "windows-1252", "us-ascii"))
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.-]+)", re.IGNORECASE)
_UNREADABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def failure(answer: Unreachable) -> Retry | Rejected:
    """Say what a missing answer means where repeating does no harm."""
    return Rejected(answer.reason) if answer.refused else Retry(answer.reason)


def fault(
    answer: Answer, *, expect: Collection[int] | None = None, secrets: Collection[str] = ()
) -> Retry | Rejected | None:
    """Say what is wrong with an answer, None when its status is one of `expect` (any 2xx when that is left out)."""
    host, status = host_of(answer.url), answer.status
    if status in expect if expect else httpx.codes.is_success(status):
        return Retry(f"the answer of '{host}' broke off") if answer.broken else None
    said = f"'{host}' answered {status}"
    if status in _AGAIN or httpx.codes.is_server_error(status):
        throttled = status == HTTPStatus.TOO_MANY_REQUESTS
        return Retry(said, after=retry_after(answer), throttled=throttled)
    if httpx.codes.is_redirect(status):
        return Rejected(f"'{host}' answered with a redirect to {_target(answer)}, which is not followed")
    if expect and httpx.codes.is_success(status):
        return Rejected(f"{said} instead of {' or '.join(str(each) for each in sorted(expect))}")
    detail = excerpt(answer, secrets)
    return Rejected(f"{said}: {detail}" if detail else said)


def retry_after(answer: Answer) -> float | None:
    """Read how many seconds the other side wants us to wait, from seconds or a date (RFC 9110, 10.2.3)."""
    value = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, aware.timestamp() - answer.at)


def text_of(answer: Answer) -> str:
    """Decode the body by the charset it names, UTF-8 if it names none that we know."""
    named = _CHARSET.search(answer.headers.get("content-type", ""))
    charset = named.group(1).lower() if named else "utf-8"
    return answer.body.decode(charset if charset in _CHARSETS else "utf-8", "replace")


def excerpt(answer: Answer, secrets: Collection[str]) -> str:
    """Give the beginning of the body on one line, without secrets."""
    text = _UNREADABLE.sub(" ", redacted(text_of(answer), secrets)).strip()
    return text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1]}…"


def _target(answer: Answer) -> str:
    """Name the target's origin only: paths and queries of redirects often hold secrets."""
    try:
        target = answer.url.join(answer.headers.get("location", ""))
        origin = origin_of(target)
    except (httpx.InvalidURL, UnicodeError):
        return "something that is no URL"
    if origin == origin_of(answer.url):
        return "another place there"
    scheme, host, port = origin
    return f"'{scheme}://{host}:{port}'" if target.port else f"'{scheme}://{host}'"
