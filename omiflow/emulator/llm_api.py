"""A language model that does not think: it fills in a form with what stands behind its fields' names in the prompt.

"My name is Ana" gives a field `name` the text "Ana"; a question without a form gets its own last words back. What is
posted to `/llm/answers` is the answer to a question to come, before it answers by itself again.
Source: OpenAI's API reference, chat completions.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from litestar import Request, Response, Router, post

from omiflow.emulator.bearer import has_bearer
from omiflow.emulator.seen import Asked, Refused, Seen

BEHIND = r"\b{name}(?:'s| is|:)?\s+([^,;:!?\n]+?)(?=\.?(?:\s*$|\s*\n)|\.\s|[,;:!?])"
NUMBER = re.compile(r"\d[\d\s]*(?:\.\d+)?")


def llm_api(*, seen: Seen, clock: Callable[[], float]) -> Router:
    """Make the routes below `/llm`; any bearer token is good, none is not."""
    told: deque[str] = deque()

    def refuse(status: int, said: str) -> Response[Any]:
        seen.add(Refused(at=clock(), path="/llm/v1/chat/completions", status=status, detail=said))
        return Response({"error": {"message": said, "type": "invalid_request_error"}}, status_code=status)

    @post("/v1/chat/completions", status_code=200)
    async def complete(request: Request[Any, Any, Any]) -> Response[Any]:
        if not has_bearer(request):
            return refuse(401, "You didn't provide an API key.")
        try:
            body = msgspec.json.decode(await request.body(), type=_Question)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return refuse(400, f"We could not parse the body of your request: {error}")
        prompt = next((turn.content for turn in reversed(body.messages) if turn.role == "user"), "")
        answer = told.popleft() if told else _answer(body.response_format, prompt)
        seen.add(Asked(at=clock(), model=body.model, prompt=prompt, answer=answer))
        turn = {"role": "assistant", "content": answer, "refusal": None}
        choice = {"index": 0, "finish_reason": "stop", "message": turn}
        return Response({"id": "chatcmpl-0", "object": "chat.completion", "model": body.model, "choices": [choice]})

    @post("/answers", status_code=200)
    async def tell(request: Request[Any, Any, Any]) -> dict[str, Any]:
        told.append((await request.body()).decode(errors="replace"))
        return {}

    return Router("/llm", route_handlers=[complete, tell])


class _Turn(msgspec.Struct):
    role: str
    content: str


class _Question(msgspec.Struct):
    model: str
    messages: list[_Turn]
    response_format: dict[str, Any] = {}


def _answer(wanted: Mapping[str, Any], prompt: str) -> str:
    schema = (wanted.get("json_schema") or {}).get("schema")
    if isinstance(schema, dict):
        return msgspec.json.encode(_filled("", schema, prompt)).decode()
    return prompt.strip().rpartition("\n")[2] or "…"


def _filled(name: str, schema: Mapping[str, Any], prompt: str) -> Any:
    """Fill in one field of a form; a tick is set where the form finds anything at all."""
    kind, choices = schema.get("type"), schema.get("enum")
    if kind == "object":
        return {key: _filled(key, inner, prompt) for key, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return []
    if kind == "boolean":
        return bool(prompt.strip())
    if choices:
        return next((choice for choice in choices if choice.lower() in prompt.lower()), choices[0])
    found = re.search(BEHIND.format(name=re.escape(name)), prompt, re.IGNORECASE)
    said = found[1].strip() if found else ""
    if kind == "string":
        return said
    number = NUMBER.search(said)
    value = float(re.sub(r"\s", "", number[0])) if number else 0
    return int(value) if value == int(value) else value
