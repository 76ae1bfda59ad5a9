"""`http.request`: call any HTTP server, with a connection's headers where the URL is on the connection's origin.

Where it may connect to is left to `network`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlencode

import httpx
import msgspec
from pydantic import BeforeValidator, Field, field_validator, model_validator

from omiflow.actions.action import Action
from omiflow.actions.answers import failure, fault, text_of
from omiflow.actions.data import Data, Templated, Text
from omiflow.actions.http_client import Answer, Request, Unreachable
from omiflow.actions.json_body import json_body
from omiflow.actions.network import origin_of
from omiflow.actions.redaction import redacted, secrets_of
from omiflow.actions.scope import Scope
from omiflow.model import Done, Outcome, Rejected

TEXT_LIMIT = 65_536

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_OURS = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect")
)

Method = Annotated[
    Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]
Status = Annotated[int, Field(ge=100, le=599)]


class HttpRequest(Data):
    """The data of `http.request`."""

    method: Templated[Method] = Field(description="The method, such as `POST`.")
    url: Text = Field(description="An absolute URL, or a path below the connection's `base_url`.")
    headers: Templated[dict[str, Text]] | None = Field(default=None, description="Headers, beside the connection's.")
    query: Templated[dict[str, Any]] | None = Field(
        default=None, description="Parameters for the URL; a list gives one for each item, null gives none."
    )
    json_body: Any = Field(default=None, alias="json", description="A body to send as JSON.")
    form: Templated[dict[str, Any]] | None = Field(default=None, description="A body to send as a form.")
    text: Text | None = Field(default=None, description="A body to send as plain text.")
    expect: Templated[list[Templated[Status]]] | None = Field(
        default=None, description="The statuses that are a success; every 2xx when left out."
    )

    @field_validator("headers")
    @classmethod
    def _only_headers_of_theirs(cls, headers: Any) -> Any:
        ours = sorted(name for name in headers or () if name.lower() in _OURS) if isinstance(headers, dict) else []
        if ours:
            raise ValueError(f"header '{ours[0]}' is set by omiflow itself; leave it out")
        return headers

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        bodies = {"json": self.json_body, "form": self.form, "text": self.text}
        given = [f"'{name}'" for name, value in bodies.items() if value is not None]
        if len(given) > 1:
            raise ValueError(f"a request has one body, not {' and '.join(given)}; keep one of them")
        return self


async def perform(data: HttpRequest, scope: Scope) -> Outcome:
    """Send the request; answers `{status, headers, json, text}`."""
    try:
        base_url = httpx.URL(scope.setting("base_url") or "")
    except (httpx.InvalidURL, UnicodeError):
        return Rejected("the connection's base_url is no URL")
    url = _destination(data, base_url)
    if isinstance(url, Rejected):
        return url
    at_home = bool(base_url.raw_host) and origin_of(url) == origin_of(base_url)
    content_type, body = _body(data)
    if isinstance(body, Rejected):
        return body
    headers: dict[str, str] = {}
    _put(headers, {"Content-Type": content_type} if content_type else {})
    if data.method not in ("GET", "HEAD"):
        _put(headers, {"Idempotency-Key": scope.idempotency_key})
    if at_home:
        _put(headers, scope.setting("headers") or {})
    _put(headers, data.headers or {})
    trusted = at_home and "base_url" not in scope.user_given
    request = Request(method=data.method, url=url, headers=headers, body=body, trusted=trusted)
    answer = await scope.http.send(request, within=scope.timeout)
    if isinstance(answer, Unreachable):
        return failure(answer)
    secrets = secrets_of(scope)
    return fault(answer, expect=data.expect, secrets=secrets) or Done(_readable(answer, secrets))


def _destination(data: HttpRequest, base_url: httpx.URL) -> httpx.URL | Rejected:
    written = data.url.strip()
    try:
        url = httpx.URL(written) if _SCHEME.match(written) else _below(base_url, written)
        if isinstance(url, Rejected) or not data.query:
            return url
        query = "&".join(part for part in (url.query.decode("ascii"), _urlencoded(data.query)) if part)
        return url.copy_with(query=query.encode("ascii"))
    except (httpx.InvalidURL, UnicodeError):
        return Rejected("'url' is no URL")


def _below(base_url: httpx.URL, path: str) -> httpx.URL | Rejected:
    """Put a path below the base URL as text, so that nothing in it can name another host."""
    if not base_url.raw_host:
        return Rejected("'url' is only a path; write a whole URL, or name a connection with a base_url")
    if ".." in re.split(r"[/\\]", unquote(re.split(r"[?#]", path)[0])):
        return Rejected("'url' climbs out of the connection's base_url with '..'")
    base = str(base_url.copy_with(query=None, fragment=None))
    return httpx.URL(base + path if path[:1] in ("", "?") else f"{base.rstrip('/')}/{path.lstrip('/')}")


def _urlencoded(values: dict[str, Any]) -> str:
    return urlencode(list(_pairs(values)), errors="replace")


def _pairs(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        for item in value if isinstance(value, list | tuple) else (value,):
            if item is not None:
                yield name, _plain(item)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _body(data: HttpRequest) -> tuple[str | None, bytes | Rejected]:
    if data.json_body is not None:
        return "application/json", json_body(data.json_body)
    if data.form is not None:
        return "application/x-www-form-urlencoded", _urlencoded(data.form).encode("ascii")
    if data.text is not None:
        return "text/plain; charset=utf-8", data.text.encode("utf-8", "replace")
    return None, b""


def _put(headers: dict[str, str], more: Mapping[str, Any]) -> None:
    """Add headers, each in the place of one that differs only in case."""
    for name, value in more.items():
        for same in [known for known in headers if known.lower() == name.lower()]:
            del headers[same]
        headers[name] = str(value)


def _readable(answer: Answer, secrets: tuple[str, ...]) -> dict[str, Any]:
    """Give what the rest of the run sees, and the journal keeps: no cookies, no secrets repeated to us."""
    text = redacted(text_of(answer), secrets)
    try:
        decoded = None if answer.truncated or not text else msgspec.json.decode(text)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        decoded = None
    headers = {name: redacted(value, secrets) for name, value in answer.headers.items() if name != "set-cookie"}
    return {"status": answer.status, "headers": headers, "json": decoded, "text": text[:TEXT_LIMIT]}


ACTION = Action(
    name="http.request",
    summary="Call any HTTP server.",
    data=HttpRequest,
    perform=perform,
    connection="http",
    stale_after_speech=True,
    placeholder_answer={"status": 200, "headers": {}, "json": {}, "text": ""},
    example="""\
action: http.request
connection: crm
data:
  method: POST
  url: /v1/notes
  json: {title: "{{ event.structured.title }}"}
  expect: [200, 201]
""",
)
