"""Omi's integration API as an app sees it: notifications, memories, conversations.

Who may call is left to `omi_gate`. Source: Omi's protocol, 3.1, 3.2, 3.7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import msgspec
from litestar import Request, Response, Router, post
from litestar.params import FromPath

from omiflow.emulator.omi_gate import Admission, Call, Directory, Gate, Refusal
from omiflow.emulator.seen import Arrival, Conversation, Memories, Notification, Refused, Seen

Body = TypeVar("Body", bound=msgspec.Struct)


class MemoryBody(msgspec.Struct):
    """One memory as an app sends it."""

    content: str
    tags: list[str] | None = None


class MemoriesBody(msgspec.Struct):
    """The body of a call that makes memories."""

    text: str | None = None
    memories: list[MemoryBody] | None = None
    text_source: Literal["email", "social_post", "other"] = "other"
    text_source_spec: str | None = None


class ConversationBody(msgspec.Struct):
    """The body of a call that makes a conversation."""

    text: str
    text_source: Literal["audio_transcript", "message", "other_text"] = "audio_transcript"
    text_source_spec: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    language: str = "en"


def omi_api(directory: Directory, *, seen: Seen, clock: Callable[[], float]) -> Router:
    """Make the routes below `/v2/integrations`; what is accepted or refused goes to `seen`."""
    gate = Gate(directory, clock=clock)

    def admit(request: Request[Any, Any, Any], app_id: str, **limits: Any) -> Admission | Refusal:
        authorization = request.headers.get("authorization")
        call = Call(app_id=app_id, uid=request.query_params.get("uid"), authorization=authorization, **limits)
        admitted = gate.check(call)
        if isinstance(admitted, Admission) and not call.uid:
            return Refusal(status=422, detail=_missing("query", "uid"))
        return admitted

    def accept(arrival: Arrival, answer: object, headers: Mapping[str, str]) -> Response[Any]:
        seen.add(arrival)
        return Response(answer, headers=dict(headers))

    def refuse(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
        said = refusal.detail if isinstance(refusal.detail, str) else refusal.detail[0]["msg"]
        seen.add(Refused(at=clock(), path=request.url.path, status=refusal.status, detail=said))
        return Response({"detail": refusal.detail}, status_code=refusal.status, headers=dict(refusal.headers))

    @post("/{app_id:str}/notification", status_code=200)
    async def notification(request: Request[Any, Any, Any], app_id: FromPath[str]) -> Response[Any]:
        admitted = admit(request, app_id, name="notification", limit=10)
        if isinstance(admitted, Refusal):
            return refuse(request, admitted)
        message = request.query_params.get("message")
        if not message:
            return refuse(request, Refusal(status=422, detail=_missing("query", "message")))
        arrival = Notification(at=clock(), app_id=app_id, uid=request.query_params["uid"], message=message)
        return accept(arrival, {"status": "Ok"}, admitted.headers)

    @post("/{app_id:str}/user/memories", status_code=200)
    async def memories(request: Request[Any, Any, Any], app_id: FromPath[str]) -> Response[Any]:
        admitted = admit(request, app_id, name="memories", limit=60, action="create_facts")
        if isinstance(admitted, Refusal):
            return refuse(request, admitted)
        body = _decode(await request.body(), MemoriesBody)
        if isinstance(body, Refusal):
            return refuse(request, body)
        if not body.text and not body.memories:
            detail = _invalid("body", "text", said="Either text or memories must be provided", kind="value_error")
            return refuse(request, Refusal(status=422, detail=detail))
        arrival = Memories(
            at=clock(),
            app_id=app_id,
            uid=request.query_params["uid"],
            text=body.text,
            memories=[msgspec.to_builtins(memory) for memory in body.memories or []],
            text_source=body.text_source,
        )
        return accept(arrival, {}, admitted.headers)

    @post("/{app_id:str}/user/conversations", status_code=200)
    async def conversations(request: Request[Any, Any, Any], app_id: FromPath[str]) -> Response[Any]:
        admitted = admit(request, app_id, name="conversations", limit=10, action="create_conversation")
        if isinstance(admitted, Refusal):
            return refuse(request, admitted)
        body = _decode(await request.body(), ConversationBody)
        if isinstance(body, Refusal):
            return refuse(request, body)
        arrival = Conversation(
            at=clock(),
            app_id=app_id,
            uid=request.query_params["uid"],
            text=body.text,
            text_source=body.text_source,
            text_source_spec=body.text_source_spec,
            language=body.language,
        )
        return accept(arrival, {}, admitted.headers)

    return Router("/v2/integrations", route_handlers=[notification, memories, conversations])


def _decode(raw: bytes, shape: type[Body]) -> Body | Refusal:
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.DecodeError as error:
        return Refusal(status=422, detail=_invalid("body", said=str(error), kind="value_error"))


def _missing(*place: str) -> list[dict[str, Any]]:
    return _invalid(*place, said="Field required", kind="missing")


def _invalid(*place: str, said: str, kind: str) -> list[dict[str, Any]]:
    return [{"type": kind, "loc": list(place), "msg": said}]
