"""Calling Notion's API, and what its errors mean; which call with what is left to the actions.

Source: Notion's reference, "Status codes", "Request limits" and "Versioning". The version is the last one in which a
database has its properties itself, not in data sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import anyio
import httpx

from omiflow.actions.answers import EXCERPT, failure, fault, retry_after
from omiflow.actions.http_client import Answer, Request, Unreachable
from omiflow.actions.json_body import json_body
from omiflow.actions.redaction import redacted, secrets_of
from omiflow.actions.scope import Scope
from omiflow.model import Rejected, Retry

BASE_URL = "https://api.notion.com"
VERSION = "2022-06-28"
TOO_LONG = Rejected("Notion's answer is longer than omiflow reads")

Said = Mapping[str, Any] | Retry | Rejected

_TRIES = 4


@dataclass(frozen=True)
class Notion:
    """One attempt of a step that talks to Notion; `until` is when its time is over, on the loop's clock."""

    scope: Scope
    until: float

    @classmethod
    def of(cls, scope: Scope) -> Notion:
        """Begin an attempt; its time runs from now."""
        return cls(scope, anyio.current_time() + scope.timeout)

    async def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, about: str, patient: bool = False
    ) -> Said:
        """Call Notion and give its answer; `about` says what the call names, for people.

        With `patient`, an answer that says how long to wait is waited for, as far as the attempt's time allows.
        """
        said = await self._once(method, path, body, about=about)
        for _ in range(_TRIES - 1 if patient else 0):
            if not isinstance(said, Retry) or said.after is None or said.after >= self._left():
                break
            await anyio.sleep(said.after)
            said = await self._once(method, path, body, about=about)
        return said

    async def _once(self, method: str, path: str, body: Mapping[str, Any] | None, *, about: str) -> Said:
        scope, left = self.scope, self._left()
        token = scope.setting("token")
        if not token:
            return Rejected("the Notion connection has no token")
        if left <= 0:
            return Retry("Notion was too slow for the time that the step has")
        content = b"" if body is None else json_body(body)
        if isinstance(content, Rejected):
            return content
        try:
            url = httpx.URL(f"{(scope.setting('base_url') or BASE_URL).rstrip('/')}{path}")
        except (httpx.InvalidURL, UnicodeError):
            return Rejected("the Notion connection's base_url is no URL")
        headers = {"Authorization": f"Bearer {token}", "Notion-Version": VERSION}
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = Request(method=method, url=url, headers=headers, body=content, trusted=True)
        answer = await scope.http.send(request, within=left)
        return failure(answer) if isinstance(answer, Unreachable) else _read(answer, scope, about=about)

    def _left(self) -> float:
        return self.until - anyio.current_time()


def _read(answer: Answer, scope: Scope, *, about: str) -> Said:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    if isinstance(said, dict) and not httpx.codes.is_success(answer.status):
        refusal = _refusal(answer, said, scope, about=about)
        if refusal is not None:
            return refusal
    problem = fault(answer, secrets=secrets_of(scope))
    if problem is not None:
        return problem
    if answer.truncated:
        return TOO_LONG
    return said if isinstance(said, dict) else Rejected("Notion's answer is not JSON; check the connection's base_url")


def _refusal(answer: Answer, said: Mapping[str, Any], scope: Scope, *, about: str) -> Retry | Rejected | None:
    """Say what one of Notion's errors means and what to do about it; None for those that need no words of ours."""
    message = redacted(str(said.get("message", "")), secrets_of(scope))[:EXCERPT]
    match answer.status:
        case HTTPStatus.CONFLICT:
            return Retry("Notion was writing there at the same time", after=retry_after(answer))
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Retry("Notion's limit is reached", after=retry_after(answer), throttled=True)
        case HTTPStatus.UNAUTHORIZED:
            reason = "Notion does not know the connection's token; make a new one and put it into the configuration"
        case HTTPStatus.FORBIDDEN:
            reason = f"the integration may not do this with the {about}; give it the capability in Notion's settings"
        case HTTPStatus.NOT_FOUND:
            reason = (
                f"Notion finds no such {about}; share the {about} with the integration "
                "('•••' > 'Connections' in Notion), or correct its id"
            )
        case HTTPStatus.BAD_REQUEST if "is archived" in message or "in trash" in message:
            reason = f"the {about} is in Notion's trash; restore it there"
        case HTTPStatus.BAD_REQUEST if "multiple data sources" in message:
            reason = "the database has several data sources; only one with a single source can be used"
        case HTTPStatus.BAD_REQUEST:
            reason = f"Notion does not take it: {message}"
        case _:
            return None
    return Rejected(reason)
