"""`http.request`: call any HTTP server, with a connection's headers where the URL is on the connection's origin.

Which URL is meant is left to `http_url`, where it may connect to is left to `network`.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from mimetypes import guess_type
from typing import Annotated, Any, Literal, Self

import anyio
import httpx
import msgspec
from pydantic import BeforeValidator, Field, field_validator, model_validator

from omiflow.actions.action import Action
from omiflow.actions.answers import failure, fault, text_of
from omiflow.actions.data import Data, Templated, Text, is_template
from omiflow.actions.file_paths import misuse_of_name
from omiflow.actions.http_client import HEADER_NAME, NOT_IN_HEADERS, Answer, Request, Unreachable
from omiflow.actions.http_url import destination, escape_in_url, misuse_of_url, urlencoded
from omiflow.actions.json_body import json_body
from omiflow.actions.network import origin_of
from omiflow.actions.redaction import redacted, secrets_of
from omiflow.actions.scope import Scope
from omiflow.actions.written_url import refusal_of_written_url
from omiflow.model import Done, Outcome, Rejected, Retry

TEXT_LIMIT = 65_536

_OURS = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect")
)

Method = Annotated[
    Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    BeforeValidator(
        lambda value: value.upper() if isinstance(value, str) else value,
        json_schema_input_type=Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        | Annotated[
            str,
            Field(
                pattern="^(get|head|post|put|patch|delete|options)$",
                json_schema_extra={"$comment": "the same in small letters"},
            ),
        ],
    ),
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
    file: Text | None = Field(
        default=None,
        description="A body out of a file in `files` of the data folder, or `audio/…` for a recording; "
        "its type is told from its name.",
    )
    expect: Templated[list[Templated[Status]]] | None = Field(
        default=None, description="The statuses that are a success; every 2xx when left out."
    )

    @field_validator("headers")
    @classmethod
    def _only_headers_of_theirs(cls, headers: Any) -> Any:
        given = headers if isinstance(headers, dict) else {}
        ours = sorted(name for name in given if name.lower() in _OURS)
        if ours:
            raise ValueError(f"header '{ours[0]}' is set by omiflow itself; leave it out")
        bad = [name for name in given if not HEADER_NAME.fullmatch(name)]
        if bad:
            raise ValueError(f"'{bad[0]}' is no name of a header; one has letters, digits and '-'")
        broken = [name for name, value in given.items() if NOT_IN_HEADERS.search(value) and not is_template(value)]
        if broken:
            raise ValueError(f"header '{broken[0]}' has a line break or control character in its value")
        return headers

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        bodies = {"form": self.form, "text": self.text, "file": self.file}
        given = ["'json'"] if self.has_json else []
        given += [f"'{name}'" for name, body in bodies.items() if body is not None]
        if len(given) > 1:
            raise ValueError(f"a request has one body, not {' and '.join(given)}; keep one of them")
        return self

    @property
    def has_json(self) -> bool:
        """Tell whether a JSON body was written; null is one too."""
        return "json_body" in self.model_fields_set


async def perform(data: HttpRequest, scope: Scope) -> Outcome:
    """Send the request; answers `{status, headers, json, text}`."""
    base_url = _base_url(scope.connection or {})
    if isinstance(base_url, Rejected):
        return base_url
    url = destination(data.url, base_url, query=data.query)
    if isinstance(url, Rejected):
        return url
    at_home = bool(base_url.raw_host) and origin_of(url) == origin_of(base_url)
    content_type, body = await _body(data, scope)
    if not isinstance(body, bytes):
        return body
    headers: dict[str, str] = {}
    _put(headers, {"Content-Type": content_type} if content_type else {})
    if data.method not in ("GET", "HEAD"):
        _put(headers, {"Idempotency-Key": scope.idempotency_key})
    if at_home:
        _put(headers, scope.setting("headers") or {})
    _put(headers, data.headers or {})
    request = Request(method=data.method, url=url, headers=headers, body=body, trusted=at_home)
    answer = await scope.http.send(request, within=scope.timeout)
    if isinstance(answer, Unreachable):
        return failure(answer)
    secrets = secrets_of(scope)
    return fault(answer, expect=data.expect, secrets=secrets) or Done(_readable(answer, secrets))


def _base_url(settings: Mapping[str, Any]) -> httpx.URL | Rejected:
    try:
        return httpx.URL(settings.get("base_url") or "")
    except (httpx.InvalidURL, UnicodeError):
        return Rejected("the connection's base_url is no URL")


async def _body(data: HttpRequest, scope: Scope) -> tuple[str | None, bytes | Rejected | Retry]:
    if data.has_json:
        return "application/json", json_body(data.json_body)
    if data.form is not None:
        return "application/x-www-form-urlencoded", urlencoded(data.form).encode("ascii")
    if data.text is not None:
        return "text/plain; charset=utf-8", data.text.encode("utf-8", "replace")
    if data.file is not None:
        content_type = guess_type(data.file)[0] or "application/octet-stream"
        return content_type, await anyio.to_thread.run_sync(scope.files.to_send, data.file)
    return None, b""


def _misuse(data: Mapping[str, Any], settings: Mapping[str, Any] | None) -> tuple[str, str] | None:
    return misuse_of_url(data, settings) or misuse_of_name("file", data)


def _fault_told(data: HttpRequest, settings: Mapping[str, Any], told: Any) -> Retry | Rejected | None:
    """Say what is wrong with an answer of which only what `perform` gives is known."""
    if not isinstance(told, Mapping):
        return Rejected("the answer is no mapping with 'status', 'headers', 'json' and 'text'")
    status, base_url = told.get("status"), _base_url(settings)
    if not isinstance(status, int):
        return Rejected(f"the answer's status is '{status}'; one is a number such as 404")
    url = base_url if isinstance(base_url, Rejected) else destination(data.url, base_url)
    if isinstance(url, Rejected):
        return url
    given = told.get("headers")
    headers = {str(name).lower(): str(value) for name, value in given.items()} if isinstance(given, Mapping) else {}
    body = str(told.get("text") or "").encode("utf-8", "replace")
    answer = Answer(status=status, url=url, headers={**headers, "content-type": "text/plain"}, body=body, at=0.0)
    return fault(answer, expect=data.expect)


def _foretold(data: HttpRequest) -> dict[str, Any]:
    """Give the answer of a server that has nothing to say, and is content."""
    status = data.expect[0] if data.expect else HTTPStatus.OK.value
    return {"status": status, "headers": {}, "json": {}, "text": ""}


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
    fault=_fault_told,
    misuse=_misuse,
    refusal=refusal_of_written_url,
    escape_at=escape_in_url,
    stale_after_speech=True,
    answers={
        "status": "The status, such as 200.",
        "headers": "The headers by their names in small letters, without cookies.",
        "json": "The body read as JSON, null where it is none.",
        "text": "The body as text, at most 65,536 characters of it.",
    },
    placeholder=_foretold,
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
