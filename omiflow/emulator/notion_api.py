"""The part of Notion that rules talk to: databases, the pages in them, and what is written on pages.

Every database has the same properties, and pages can be found again until the stand-in ends. Source: Notion's API
reference, version 2022-06-28.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, patch, post
from litestar.params import FromPath

from omiflow.emulator.bearer import has_bearer
from omiflow.emulator.seen import NotionPage, Refused, Seen

PROPERTIES: Mapping[str, str] = {
    "Name": "title",
    "Who": "rich_text",
    "Notes": "rich_text",
    "Due": "date",
    "Done": "checkbox",
    "Status": "select",
    "Tags": "multi_select",
    "Amount": "number",
    "Link": "url",
}
"""The properties of every database, each with its type."""
EMPTY: Mapping[str, Any] = {"title": [], "rich_text": [], "multi_select": [], "checkbox": False}
"""What a property holds that nobody filled, by type; for the other types it is null."""
TITLES = ("Name", "title")


def notion_api(*, seen: Seen, clock: Callable[[], float]) -> Router:
    """Make the routes below `/notion`; any bearer token is good, none is not."""
    numbers = count(1)
    pages: dict[str, dict[str, Any]] = {}

    def refuse(request: Request[Any, Any, Any], status: int, code: str, said: str) -> Response[Any]:
        seen.add(Refused(at=clock(), path=request.url.path, status=status, detail=said))
        return Response({"object": "error", "status": status, "code": code, "message": said}, status_code=status)

    def lost(request: Request[Any, Any, Any], known: str) -> Response[Any]:
        return refuse(request, 404, "object_not_found", f"Could not find page with ID: {known}.")

    def let_in(request: Request[Any, Any, Any]) -> Response[Any] | None:
        return None if has_bearer(request) else refuse(request, 401, "unauthorized", "API token is invalid.")

    @get("/v1/databases/{database:str}")
    async def describe(database: FromPath[str]) -> dict[str, Any]:
        properties = {name: {"id": name, "name": name, "type": kind, kind: {}} for name, kind in PROPERTIES.items()}
        return {"object": "database", "id": database, "properties": properties}

    @post("/v1/databases/{database:str}/query", status_code=200)
    async def query(database: FromPath[str]) -> dict[str, Any]:
        found = [_whole(page) for page in pages.values() if page["parent"].get("database_id") == database]
        return {"object": "list", "results": found, "has_more": False, "next_cursor": None}

    @get("/v1/pages/{known:str}")
    async def retrieve(request: Request[Any, Any, Any], known: FromPath[str]) -> Response[Any]:
        page = pages.get(known)
        return Response(_whole(page)) if page is not None else lost(request, known)

    @post("/v1/pages", status_code=200)
    async def create(request: Request[Any, Any, Any]) -> Response[Any]:
        body = _body(await request.body())
        wrong = _misfit(body.get("properties"))
        if wrong:
            return refuse(request, 400, "validation_error", wrong)
        known = str(UUID(int=next(numbers)))
        page = {
            "object": "page",
            "id": known,
            "url": f"https://www.notion.so/{known.replace('-', '')}",
            "parent": body.get("parent") or {},
            "properties": _typed(body.get("properties", {})),
        }
        pages[known] = page
        seen.add(_arrival(page, blocks=body.get("children", []), at=clock()))
        return Response(_whole(page))

    @patch("/v1/pages/{known:str}")
    async def update(request: Request[Any, Any, Any], known: FromPath[str]) -> Response[Any]:
        page = pages.get(known)
        if page is None:
            return lost(request, known)
        body = _body(await request.body())
        wrong = _misfit(body.get("properties"))
        if wrong:
            return refuse(request, 400, "validation_error", wrong)
        page["properties"] |= _typed(body.get("properties", {}))
        seen.add(_arrival(page, blocks=[], at=clock()))
        return Response(_whole(page))

    @patch("/v1/blocks/{known:str}/children")
    async def append(request: Request[Any, Any, Any], known: FromPath[str]) -> dict[str, Any]:
        children = _body(await request.body()).get("children", [])
        seen.add(_arrival(pages.get(known, {}), blocks=children, at=clock()))
        made = [{"object": "block", "id": str(UUID(int=next(numbers)))} for _ in children]
        return {"object": "list", "results": made}

    return Router("/notion", route_handlers=[describe, query, retrieve, create, update, append], before_request=let_in)


def _kind(name: str) -> str | None:
    """Tell the type of a property; pages below pages have a title only, by the name of `title`."""
    return "title" if name in TITLES else PROPERTIES.get(name)


def _misfit(properties: Any) -> str:
    """Say what Notion says of a property that no database has, or that has another type; nothing when all fit."""
    for name, value in (properties or {}).items():
        kind = _kind(name)
        if kind is None:
            return f"{name} is not a property that exists."
        if not isinstance(value, dict) or kind not in value:
            return f"{name} is expected to be {kind}."
    return ""


def _typed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Give properties as Notion gives them back, each with its type."""
    return {
        name: {"id": name, "type": kind, kind: _with_plain_text(value[kind])}
        for name, value in properties.items()
        for kind in [_kind(name)]
    }


def _whole(page: Mapping[str, Any]) -> dict[str, Any]:
    """Give a page as Notion gives it back: one of a database with all of its properties, also those left empty."""
    empty = {name: {"id": name, "type": kind, kind: EMPTY.get(kind)} for name, kind in PROPERTIES.items()}
    return {**page, "properties": (empty if "database_id" in page["parent"] else {}) | page["properties"]}


def _with_plain_text(value: Any) -> Any:
    """Give a property's value; to the pieces of a text Notion adds what they are without marks."""
    if not isinstance(value, list):
        return value
    return [
        part | {"plain_text": _plain(part)} if isinstance(part, dict) and "text" in part else part for part in value
    ]


def _arrival(page: Mapping[str, Any], *, blocks: list[Any], at: float) -> NotionPage:
    plain = {name: _plain(value[value["type"]]) for name, value in page.get("properties", {}).items()}
    title = next((str(plain.pop(name)) for name in TITLES if name in plain), "")
    return NotionPage(at=at, title=title, properties=plain, blocks=blocks)


def _plain(value: Any) -> Any:
    """Give the value of a property without Notion's wrapping."""
    if isinstance(value, list):
        parts = [_plain(part) for part in value]
        return "".join(parts) if all("text" in part for part in value if isinstance(part, dict)) else parts
    if isinstance(value, dict):
        inner = value.get("text", {}).get("content") if "text" in value else value.get("name", value.get("start"))
        return inner if inner is not None else value
    return value


def _body(raw: bytes) -> dict[str, Any]:
    """Read a JSON object; anything else is an empty one, which is as good as none to Notion."""
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}
