"""Talking to an OpenAI-compatible server, with its own way of taking a schema found out by asking.

What is asked, and what an answer is good for, is left to `llm_ask`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import anyio
import httpx
import msgspec

from omiflow.actions.answers import failure, fault, text_of
from omiflow.actions.http_client import Answer, Request, Unreachable
from omiflow.actions.json_body import json_body
from omiflow.actions.llm_schema import json_schema
from omiflow.actions.redaction import secrets_of
from omiflow.actions.scope import Scope
from omiflow.model import Rejected, Retry

Turn = Mapping[str, str]
Fields = Mapping[str, Any]

_REFUSED = frozenset((HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY))


def in_words(fields: Fields) -> str:
    """Tell a model the schema of its answer; some servers take a `json_schema` and leave the model alone with it."""
    schema = json.dumps(json_schema(fields), ensure_ascii=False)
    return f"Answer with one JSON object and nothing else. It has the form of this JSON Schema: {schema}"


class Chat:
    """One conversation with a model, in the time of its scope.

    A server that refuses `json_schema` is asked for `json_object` and told the schema in words, one that refuses that
    too is only told; one that wants `max_completion_tokens` gets that.
    """

    def __init__(self, scope: Scope, *, system: str | None, fields: Fields | None, options: Mapping[str, Any]) -> None:
        self._scope = scope
        self._system = system
        self._fields = fields
        self._options = dict(options)
        self._until = anyio.current_time() + scope.timeout
        if fields is not None:
            schema = {"name": "answer", "strict": True, "schema": json_schema(fields)}
            self._options["response_format"] = {"type": "json_schema", "json_schema": schema}

    async def say(self, turns: Sequence[Turn]) -> str | Retry | Rejected:
        """Give what the model answers to these turns."""
        while True:
            answer = await self._post(turns)
            if not isinstance(answer, Answer):
                return answer
            if not self._adapted(answer):
                return fault(answer, secrets=secrets_of(self._scope)) or _content(answer)

    async def _post(self, turns: Sequence[Turn]) -> Answer | Retry | Rejected:
        base_url, key = self._scope.setting("base_url"), self._scope.setting("api_key")
        try:
            url = httpx.URL(f"{(base_url or '').rstrip('/')}/chat/completions")
        except (httpx.InvalidURL, UnicodeError):
            return Rejected("the connection's base_url is no URL")
        system = self._instructions()
        first = [{"role": "system", "content": system}] if system else []
        body = json_body({"model": self._scope.setting("model"), "messages": [*first, *turns], **self._options})
        if isinstance(body, Rejected):
            return body
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        request = Request(method="POST", url=url, headers=headers, body=body, trusted=True)
        answer = await self._scope.http.send(request, within=max(0.0, self._until - anyio.current_time()))
        return failure(answer) if isinstance(answer, Unreachable) else answer

    def _instructions(self) -> str:
        wanted = self._options.get("response_format", {}).get("type")
        if self._fields is None or wanted == "json_schema":
            return self._system or ""
        told = in_words(self._fields)
        return f"{self._system}\n\n{told}" if self._system else told

    def _adapted(self, answer: Answer) -> bool:
        """Change what is sent to what the server has asked for instead; tell whether anything was changed."""
        if answer.status not in _REFUSED:
            return False
        said = text_of(answer)
        if "max_completion_tokens" in said and "max_tokens" in self._options:
            self._options["max_completion_tokens"] = self._options.pop("max_tokens")
            return True
        refused = self._options.get("response_format", {}).get("type")
        if refused is None or not ("response_format" in said or "json_schema" in said or "json_object" in said):
            return False
        if refused == "json_schema":
            self._options["response_format"] = {"type": "json_object"}
        else:
            del self._options["response_format"]
        return True


def _content(answer: Answer) -> str | Rejected:
    """Read the text of the first choice, empty when it has none (OpenAI's API reference, chat completion object)."""
    if answer.truncated:
        return Rejected("the model's answer is too long")
    try:
        choice = msgspec.json.decode(answer.body)["choices"][0]
        content, ending = choice["message"].get("content"), choice.get("finish_reason")
        refusal = choice["message"].get("refusal")
    except (ValueError, RecursionError, KeyError, IndexError, TypeError, AttributeError, msgspec.MsgspecError):
        return Rejected("the model's answer is no chat completion; check the connection's base_url")
    if ending == "length":
        return Rejected("the model's answer was cut off; give it more max_tokens")
    if refusal:
        return Rejected("the model refused to answer")
    return content if isinstance(content, str) else ""
