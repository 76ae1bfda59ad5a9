from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest

from omiflow.actions.data import check_data, rendered
from omiflow.actions.markdown_tree import escaped_markdown
from omiflow.actions.scope import Scope
from omiflow.actions.table import ACTIONS
from omiflow.model import Done, Outcome, Rejected, Retry

TOKEN = "ntn_very_secret"
DATABASE = "0123456789abcdef0123456789abcdef"
DATABASE_ID = "01234567-89ab-cdef-0123-456789abcdef"
PAGE = "1429989f-e8ac-4eff-bc8f-57f56486db54"
NAMES = ("notion.create_page", "notion.append", "notion.update_page", "notion.query")
DATA: Mapping[str, dict[str, Any]] = {
    "notion.create_page": {"database": DATABASE, "title": "a"},
    "notion.append": {"page": PAGE, "markdown": "a"},
    "notion.update_page": {"page": PAGE, "properties": {"Name": "a"}},
    "notion.query": {"database": DATABASE},
}
SCHEMA: dict[str, Any] = {
    "Task": {"id": "title", "type": "title", "title": {}},
    "Notes": {"type": "rich_text", "rich_text": {}},
    "Cost": {"type": "number", "number": {"format": "euro"}},
    "Area": {"type": "select", "select": {"options": [{"name": "work"}]}},
    "Tags": {"type": "multi_select", "multi_select": {"options": []}},
    "State": {"type": "status", "status": {"options": [{"name": "Open"}, {"name": "Done"}]}},
    "Due": {"type": "date", "date": {}},
    "Done": {"type": "checkbox", "checkbox": {}},
    "Link": {"type": "url", "url": {}},
    "Mail": {"type": "email", "email": {}},
    "Phone": {"type": "phone_number", "phone_number": {}},
    "Who": {"type": "people", "people": {}},
    "Project": {"type": "relation", "relation": {}},
    "Age": {"type": "formula", "formula": {}},
}

MEMBERS: list[dict[str, Any]] = [
    {"object": "user", "id": str(UUID(int=1)), "type": "person", "name": "Ana Sousa", "person": {"email": "ana@a.pt"}},
    {"object": "user", "id": str(UUID(int=2)), "type": "person", "name": "Rui", "person": {"email": "rui@a.pt"}},
    {"object": "user", "id": str(UUID(int=3)), "type": "person", "name": "Rui", "person": {}},
    {"object": "user", "id": str(UUID(int=4)), "type": "bot", "name": "omiflow", "bot": {}},
    {"object": "user", "id": str(UUID(int=5)), "type": "person", "name": None, "person": None},
]

REFERENCE = "https://developers.notion.com/reference"
SOURCES = {
    "version": f"{REFERENCE}/versioning",
    "token": f"{REFERENCE}/authentication",
    "children": f"{REFERENCE}/patch-block-children",
    "parent": f"{REFERENCE}/post-page",
    "block": f"{REFERENCE}/block",
    "text": f"{REFERENCE}/rich-text",
    "limits": f"{REFERENCE}/request-limits",
    "property": f"{REFERENCE}/page-property-values",
    "query": f"{REFERENCE}/post-database-query",
    "users": f"{REFERENCE}/get-users",
}
"""What the stand-in checks, and where Notion says so."""

HOLDING = {"paragraph", "bulleted_list_item", "numbered_list_item", "to_do", "quote", "table"}
TEXTS = HOLDING - {"table"} | {"heading_1", "heading_2", "heading_3", "code"}


class Broken(Exception):
    """A request that Notion would refuse, and the page that says so."""

    def __init__(self, source: str, said: str) -> None:
        super().__init__(f"{said} ({SOURCES[source]})")


def want(good: object, source: str, said: str) -> None:
    if not good:
        raise Broken(source, said)


@dataclass
class StandIn:
    """Notion's API as far as omiflow calls it; it keeps what was written, and checks all of it."""

    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    below: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    found: list[dict[str, Any]] = field(default_factory=list)
    schema: dict[str, Any] = field(default_factory=lambda: dict(SCHEMA))
    members: list[dict[str, Any]] = field(default_factory=lambda: list(MEMBERS))
    calls: list[str] = field(default_factory=list)
    failing: dict[int, tuple[int, bytes, str]] = field(default_factory=dict)
    made: int = 0

    async def answer(self, server: Any, writer: asyncio.StreamWriter) -> None:
        seen = server.seen[-1]
        self.calls.append(f"{seen.method} {seen.path}")
        status, body, wait = self.failing.get(len(self.calls) - 1, (0, b"", ""))
        if not status:
            try:
                status, body = 200, json.dumps(self.do(seen)).encode()
            except Broken as broken:
                status, body = 400, error(400, "validation_error", str(broken))
        more = f"Retry-After: {wait}\r\n" if wait else ""
        writer.write(f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n{more}\r\n".encode() + body)
        await writer.drain()

    def do(self, seen: Any) -> dict[str, Any]:  # noqa: PLR0911 - one for each call
        want(seen.headers.get("notion-version") == "2022-06-28", "version", "no version")
        want(seen.headers.get("authorization") == f"Bearer {TOKEN}", "token", "no token")
        want(len(seen.body) <= 500_000, "limits", "more than 500 KB")
        body = json.loads(seen.body) if seen.body else {}
        match (seen.method, seen.path.strip("/").split("/")[1:]):
            case ("GET", ["databases", _]):
                return {"object": "database", "id": DATABASE_ID, "properties": self.schema}
            case ("POST", ["databases", _, "query"]):
                return self.query(body)
            case ("GET", ["users"]):
                return self.users(dict(seen.query))
            case ("GET", ["pages", found]):
                return self.pages[found]
            case ("POST", ["pages"]):
                return self.create(body)
            case ("PATCH", ["pages", found]):
                check_properties(self.schema, body.get("properties", {}))
                self.pages[found].update(body)
                return self.pages[found]
            case ("PATCH", ["blocks", parent, "children"]):
                return {"object": "list", "results": self.append(parent, body["children"])}
        raise Broken("parent", f"no such call: {seen.method} {seen.path}")

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        want(set(body) <= {"parent", "properties", "children"}, "parent", "unknown keys")
        kind = next(iter(body["parent"]))
        want(kind in ("database_id", "page_id") and len(body["parent"]) == 1, "parent", "no parent")
        UUID(body["parent"][kind])
        schema = self.schema if kind == "database_id" else {"title": {"type": "title"}}
        check_properties(schema, body["properties"])
        page = {"object": "page", "id": self.new_id(), "properties": body["properties"], "archived": False}
        page["url"] = f"https://www.notion.so/{page['id'].replace('-', '')}"
        self.pages[page["id"]] = page
        if "children" in body:
            self.append(page["id"], body["children"])
        return page

    def append(self, parent: str, children: list[dict[str, Any]]) -> list[dict[str, Any]]:
        UUID(parent)
        want(sum(map(size, children)) <= 1000, "limits", "more than 1,000 blocks")
        check_blocks(children, levels=2)
        return [self.keep(parent, block) for block in children]

    def keep(self, parent: str, block: dict[str, Any]) -> dict[str, Any]:
        kept = {"id": self.new_id(), "block": block}
        self.below.setdefault(parent, []).append(kept)
        for child in block[block["type"]].get("children", ()):
            self.keep(kept["id"], child)
        return {"object": "block", "id": kept["id"]}

    def query(self, body: dict[str, Any]) -> dict[str, Any]:
        want(set(body) <= {"filter", "sorts", "start_cursor", "page_size"}, "query", "unknown keys")
        want(1 <= body["page_size"] <= 100, "query", "wrong page_size")
        start = int(body.get("start_cursor", "0"))
        end = start + body["page_size"]
        more = end < len(self.found)
        return {"results": self.found[start:end], "has_more": more, "next_cursor": str(end) if more else None}

    def users(self, query: Mapping[str, str]) -> dict[str, Any]:
        want(set(query) <= {"page_size", "start_cursor"} and int(query["page_size"]) <= 100, "users", "unknown keys")
        start = int(query.get("start_cursor", "0"))
        more = start + 2 < len(self.members)
        page = self.members[start : start + 2]
        return {"results": page, "has_more": more, "next_cursor": str(start + 2) if more else None}

    def new_id(self) -> str:
        self.made += 1
        return str(UUID(int=self.made))

    def told(self, parent: str) -> list[Any]:
        """Say what stands below something: words, and lists of what stands below those."""
        said: list[Any] = []
        for kept in self.below.get(parent, ()):
            inner = kept["block"][kept["block"]["type"]]
            said.append("".join(piece["text"]["content"] for piece in inner.get("rich_text", ())))
            said += [self.told(kept["id"])] if self.below.get(kept["id"]) else []
        return said


def error(status: int, code: str, message: str) -> bytes:
    return json.dumps({"object": "error", "status": status, "code": code, "message": message}).encode()


def size(block: dict[str, Any]) -> int:
    return 1 + sum(map(size, block[block["type"]].get("children", ())))


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def check_text(pieces: Any) -> None:
    want(isinstance(pieces, list) and len(pieces) <= 100, "limits", "more than 100 pieces")
    for piece in pieces:
        want(piece["type"] == "text" and set(piece) <= {"type", "text", "annotations"}, "text", f"no text: {piece}")
        want(utf16(piece["text"]["content"]) <= 2000, "limits", "more than 2,000 characters")
        want(set(piece["text"]) <= {"content", "link"}, "text", "unknown keys")
        want(set(piece.get("annotations", ())) <= {"bold", "italic", "strikethrough", "code"}, "text", "unknown looks")
        if "link" in piece["text"]:
            want(re.match("https?://|mailto:|tel:", piece["text"]["link"]["url"]), "text", "no link")


def check_blocks(blocks: Any, *, levels: int) -> None:
    want(isinstance(blocks, list) and 0 < len(blocks) <= 100, "children", "not 1 to 100 blocks")
    for block in blocks:
        kind = block["type"]
        inner = block[kind]
        want(block.get("object") == "block" and set(block) == {"object", "type", kind}, "block", "no block")
        if kind in TEXTS:
            check_text(inner["rich_text"])
        want(kind in TEXTS or kind in ("divider", "table", "table_row"), "block", f"unknown type {kind}")
        want(kind != "code" or inner["language"] in ("plain text", "python"), "block", "unknown language")
        want(kind != "to_do" or isinstance(inner["checked"], bool), "block", "no checked")
        if kind == "table":
            want(
                all(len(row["table_row"]["cells"]) == inner["table_width"] for row in inner["children"]),
                "block",
                "cells",
            )
        for cell in inner.get("cells", ()):
            check_text(cell)
        if "children" in inner:
            want(kind in HOLDING and levels > 0, "children", "children too deep")
            check_blocks(inner["children"], levels=levels - 1)


FORMS: Mapping[str, Callable[[Any], bool]] = {
    "number": lambda value: value is None or (isinstance(value, int | float) and not isinstance(value, bool)),
    "select": lambda value: value is None or (set(value) == {"name"} and "," not in value["name"]),
    "multi_select": lambda value: all(set(option) == {"name"} and "," not in option["name"] for option in value),
    "status": lambda value: value is None or set(value) == {"name"},
    "date": lambda value: value is None or ("start" in value and set(value) <= {"start", "end", "time_zone"}),
    "checkbox": lambda value: isinstance(value, bool),
    "url": lambda value: value is None or 0 < len(value) <= 2000,
    "email": lambda value: value is None or 0 < len(value) <= 200,
    "phone_number": lambda value: value is None or 0 < len(value) <= 200,
    "people": lambda value: all(person["object"] == "user" and UUID(person["id"]) for person in value),
    "relation": lambda value: all(set(page) == {"id"} and UUID(page["id"]) for page in value),
}


def check_properties(schema: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
    for name, value in properties.items():
        want(name in schema, "property", f"{name} is not a property that exists.")
        kind = schema[name]["type"]
        want(set(value) == {kind}, "property", f"{name} is expected to be {kind}.")
        if kind in ("title", "rich_text"):
            check_text(value[kind])
        else:
            want(FORMS[kind](value[kind]), "property", f"{name} is no {kind}")


@pytest.fixture
def notion(server: Any) -> StandIn:
    stand_in = StandIn()
    server.scripts.append(lambda writer: stand_in.answer(server, writer))
    return stand_in


@pytest.fixture
def at_notion(server: Any, scope: Callable[..., Scope]) -> Scope:
    return scope(connection={"type": "notion", "token": TOKEN, "base_url": server.url})


async def perform(name: str, data: Mapping[str, Any], scope: Scope) -> Outcome:
    action = ACTIONS[name]
    assert action.perform is not None
    return await action.perform(rendered(action.data, data), scope)


def body_of(server: Any, number: int) -> Any:
    return json.loads(server.seen[number].body)


async def test_a_page_is_made_with_the_types_of_its_database(server: Any, notion: StandIn, at_notion: Scope) -> None:
    properties = {
        "Notes": "as said", "Cost": "12.5", "Area": "work", "Tags": ["a", "b"], "State": "Open", "Due": "2026-01-05",
        "Done": False, "Link": "https://omi.me", "Mail": "a@b.c", "Phone": "+49 30", "Who": [PAGE], "Project": PAGE,
    }  # fmt: skip
    data = {
        "database": f"https://www.notion.so/acme/{DATABASE}?v={DATABASE}",
        "title": "Call Tom",
        "properties": properties,
        "markdown": "# Why\n\n- [ ] ask",
    }
    outcome = await perform("notion.create_page", data, at_notion)
    made = str(UUID(int=1))
    assert outcome == Done({"id": made, "url": f"https://www.notion.so/{made.replace('-', '')}"})
    assert notion.calls == [f"GET /v1/databases/{DATABASE_ID}", "POST /v1/pages"]
    sent = body_of(server, 1)
    assert sent["parent"] == {"database_id": DATABASE_ID}
    assert sent["properties"]["Task"] == {"title": [{"type": "text", "text": {"content": "Call Tom"}}]}
    assert sent["properties"]["Cost"] == {"number": 12.5}
    assert set(sent["properties"]) == {"Task", *properties}
    assert notion.told(made) == ["Why", "ask"]


async def test_a_page_is_made_below_a_page_without_asking_for_a_schema(
    server: Any, notion: StandIn, at_notion: Scope
) -> None:
    assert isinstance(await perform("notion.create_page", {"parent_page": PAGE, "title": "Diary"}, at_notion), Done)
    assert notion.calls == ["POST /v1/pages"]
    title = {"title": {"title": [{"type": "text", "text": {"content": "Diary"}}]}}
    assert body_of(server, 0) == {"parent": {"page_id": PAGE}, "properties": title}


async def test_a_schema_is_read_once_and_again_when_it_no_longer_fits(notion: StandIn, at_notion: Scope) -> None:
    for _ in range(2):
        await perform("notion.create_page", DATA["notion.create_page"], at_notion)
    assert notion.calls == [f"GET /v1/databases/{DATABASE_ID}", "POST /v1/pages", "POST /v1/pages"]
    notion.calls.clear()
    notion.schema["Mood"] = {"type": "number", "number": {}}
    outcome = await perform("notion.create_page", {"database": DATABASE, "properties": {"Mood": 3}}, at_notion)
    assert isinstance(outcome, Done)
    assert notion.calls == [f"GET /v1/databases/{DATABASE_ID}", "POST /v1/pages"]
    notion.schema["Mood"] = {"type": "rich_text", "rich_text": {}}
    outcome = await perform("notion.create_page", {"database": DATABASE, "properties": {"Mood": 3}}, at_notion)
    assert isinstance(outcome, Done)
    assert notion.calls[2:] == ["POST /v1/pages", f"GET /v1/databases/{DATABASE_ID}", "POST /v1/pages"]


async def test_another_token_reads_the_schema_itself(notion: StandIn, at_notion: Scope) -> None:
    await perform("notion.create_page", DATA["notion.create_page"], at_notion)
    other = replace(at_notion, connection={**(at_notion.connection or {}), "token": "ntn_of_somebody_else"})
    await perform("notion.create_page", DATA["notion.create_page"], other)
    assert notion.calls.count(f"GET /v1/databases/{DATABASE_ID}") == 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"properties": {"Stat": "Open"}}, "the database has no property 'Stat'; did you mean 'State'?"),
        ({"properties": {"State": "Opened"}}, "property 'State' (status) wants one of its options, and 'Opened' is none; did you mean 'Open'?"),
        ({"properties": {"Age": 3}}, "property 'Age' is of type 'formula', which Notion fills in or omiflow can't write"),
        ({"title": "a", "properties": {"Task": "b"}}, "'title' and property 'Task' are the same; keep one of them"),
    ],
)  # fmt: skip
async def test_what_the_database_does_not_take_is_told_and_not_sent(
    notion: StandIn, at_notion: Scope, data: dict[str, Any], reason: str
) -> None:
    assert await perform("notion.create_page", {"database": DATABASE, **data}, at_notion) == Rejected(reason)
    assert notion.calls == [f"GET /v1/databases/{DATABASE_ID}"]


LONG = "\n".join(f"- item {number}" for number in range(250))
DEEP = "\n".join(f"{'  ' * depth}- level {depth}" for depth in range(6))
CROWD = "- top\n" + "\n".join(f"  - below {number}" for number in range(150)) + "\n- end"


@pytest.mark.parametrize(
    ("markdown", "told", "requests"),
    [
        (LONG, [f"item {number}" for number in range(250)], 3),
        (DEEP, ["level 0", ["level 1", ["level 2", ["level 3", ["level 4", ["level 5"]]]]]], 4),
        (CROWD, ["top", [f"below {number}" for number in range(150)], "end"], 3),
        ("> a\n>\n> > b\n> >\n> > > c\n> > >\n> > > > d", ["a", ["b", ["c", ["d"]]]], 2),
        ("|a|b|\n|-|-|\n" + "|1|2|\n" * 150, ["", [""] * 100, "", [""] * 51], 1),
    ],
)  # fmt: skip
async def test_what_is_too_much_for_a_request_goes_in_several_in_order(
    notion: StandIn, at_notion: Scope, markdown: str, told: list[Any], requests: int
) -> None:
    outcome = await perform("notion.append", {"page": PAGE, "markdown": markdown}, at_notion)
    assert outcome == Done({"id": PAGE, "url": f"https://www.notion.so/{PAGE.replace('-', '')}"})
    assert notion.told(PAGE) == told
    assert len(notion.calls) == requests
    made = await perform("notion.create_page", {"parent_page": PAGE, "markdown": markdown}, at_notion)
    assert isinstance(made, Done)
    assert notion.told(made.answer["id"]) == told


async def test_a_text_of_many_pieces_stays_below_half_a_megabyte_a_request(notion: StandIn, at_notion: Scope) -> None:
    assert isinstance(await perform("notion.append", {"page": PAGE, "markdown": "**a** " * 16_000}, at_notion), Done)
    assert "".join(notion.told(PAGE)) == "a " * 15_999 + "a"


async def test_many_small_lists_stay_below_a_thousand_blocks_a_request(notion: StandIn, at_notion: Scope) -> None:
    markdown = ("- a\n" + "  - b\n" * 12) * 100
    assert isinstance(await perform("notion.append", {"page": PAGE, "markdown": markdown}, at_notion), Done)
    assert notion.told(PAGE) == ["a", ["b"] * 12] * 100
    assert len(notion.calls) == 2


async def test_a_page_without_text_to_append_is_told(notion: StandIn, at_notion: Scope) -> None:
    outcome = await perform("notion.append", {"page": PAGE, "markdown": " \n"}, at_notion)
    assert outcome == Rejected("'markdown' has nothing in it that can be shown")
    assert notion.calls == []


BUSY = (429, error(429, "rate_limited", "slow down"), "0")
LATER = (429, error(429, "rate_limited", "slow down"), "30")


async def test_a_page_that_was_begun_waits_for_notion_rather_than_being_made_twice(
    notion: StandIn, at_notion: Scope
) -> None:
    notion.failing = {1: BUSY, 2: (409, error(409, "conflict_error", "again"), "0")}
    outcome = await perform("notion.create_page", {"parent_page": PAGE, "markdown": LONG}, at_notion)
    assert isinstance(outcome, Done)
    assert notion.told(outcome.answer["id"]) == [f"item {number}" for number in range(250)]
    assert notion.calls.count("POST /v1/pages") == 1


@pytest.mark.parametrize("failure", [LATER, (500, b"", ""), (400, error(400, "validation_error", "no"), "")])
async def test_a_page_that_can_not_be_finished_goes_to_the_trash(
    notion: StandIn, at_notion: Scope, failure: Any
) -> None:
    notion.failing = {1: failure}
    outcome = await perform("notion.create_page", {"parent_page": PAGE, "markdown": LONG}, at_notion)
    assert isinstance(outcome, Rejected if failure[0] == 400 else Retry)
    (page,) = notion.pages.values()
    assert page["archived"] is True
    assert notion.calls[-1] == f"PATCH /v1/pages/{page['id']}"


async def test_a_page_is_changed_by_its_own_types(server: Any, notion: StandIn, at_notion: Scope) -> None:
    own = {"Cost": {"id": "a", "type": "number", "number": 3}, "Done": {"type": "checkbox", "checkbox": False}}
    notion.pages[PAGE] = {"id": PAGE, "url": "https://www.notion.so/x", "properties": own}
    data = {"page": PAGE, "properties": {"Cost": None, "Done": "true"}}
    assert await perform("notion.update_page", data, at_notion) == Done({"id": PAGE, "url": "https://www.notion.so/x"})
    assert body_of(server, 1) == {"properties": {"Cost": {"number": None}, "Done": {"checkbox": True}}}
    wrong = await perform("notion.update_page", {"page": PAGE, "properties": {"Dome": True}}, at_notion)
    assert wrong == Rejected("the database has no property 'Dome'; did you mean 'Done'?")


@pytest.mark.parametrize("mark", ["archived", "in_trash"])
async def test_a_page_in_the_trash_is_not_changed(notion: StandIn, at_notion: Scope, mark: str) -> None:
    notion.pages[PAGE] = {"id": PAGE, "properties": {}, mark: True}
    outcome = await perform("notion.update_page", DATA["notion.update_page"], at_notion)
    assert outcome == Rejected("the page is in Notion's trash; restore it there")


def found(number: int) -> dict[str, Any]:
    properties = {"Cost": {"type": "number", "number": number}, "Area": {"type": "select", "select": None}}
    return {"object": "page", "id": str(number), "url": f"https://n/{number}", "properties": properties}


@pytest.mark.parametrize(("limit", "sizes"), [(None, [100]), (1, [1]), (150, [100, 50]), (1000, [100, 100, 100])])
async def test_a_query_asks_until_it_has_enough(
    server: Any, notion: StandIn, at_notion: Scope, limit: int | None, sizes: list[int]
) -> None:
    notion.found = [found(number) for number in range(250)]
    data = {**DATA["notion.query"], **({"limit": limit} if limit else {})}
    outcome = await perform("notion.query", data, at_notion)
    assert isinstance(outcome, Done)
    assert [page["id"] for page in outcome.answer["results"]] == [
        str(number) for number in range(min(limit or 100, 250))
    ]
    assert outcome.answer["results"][0] == {"id": "0", "url": "https://n/0", "properties": {"Cost": 0, "Area": None}}
    assert [body_of(server, number)["page_size"] for number in range(len(server.seen))] == sizes


async def test_a_query_passes_filter_and_sorts_on(server: Any, notion: StandIn, at_notion: Scope) -> None:
    asked = {
        "filter": {"property": "Done", "checkbox": {"equals": False}},
        "sorts": [{"property": "Due", "direction": "ascending"}],
    }
    assert await perform("notion.query", {**DATA["notion.query"], **asked}, at_notion) == Done({"results": []})
    assert body_of(server, 0) == {**asked, "page_size": 100}
    assert notion.calls == [f"POST /v1/databases/{DATABASE_ID}/query"]


async def test_a_query_whose_pages_are_large_asks_for_fewer_at_once(
    server: Any, notion: StandIn, at_notion: Scope
) -> None:
    notion.found = [{**found(number), "icon": "x" * 30_000} for number in range(60)]
    outcome = await perform("notion.query", DATA["notion.query"], at_notion)
    assert isinstance(outcome, Done)
    assert len(outcome.answer["results"]) == 60
    assert [body_of(server, number)["page_size"] for number in range(len(server.seen))] == [100, 50, 25, 25, 25]


async def test_a_single_page_that_is_too_large_is_told(notion: StandIn, at_notion: Scope) -> None:
    notion.found = [{**found(1), "icon": "x" * 1_100_000}]
    outcome = await perform("notion.query", {**DATA["notion.query"], "limit": 1}, at_notion)
    assert outcome == Rejected("Notion's answer is longer than omiflow reads")


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        ((429, error(429, "rate_limited", "slow down"), "30"), Retry("Notion's limit is reached", after=30.0, throttled=True)),
        ((409, error(409, "conflict_error", "again"), ""), Retry("Notion was writing there at the same time")),
        ((500, error(500, "internal_server_error", "oh"), ""), Retry("'127.0.0.1' answered 500")),
        ((503, error(503, "service_unavailable", "oh"), ""), Retry("'127.0.0.1' answered 503")),
        ((529, error(529, "overloaded", "oh"), ""), Retry("'127.0.0.1' answered 529")),
        ((401, error(401, "unauthorized", "API token is invalid."), ""), Rejected("Notion does not know the connection's token; make a new one and put it into the configuration")),
        ((403, error(403, "restricted_resource", "no"), ""), Rejected("the integration may not do this with the {about}; give it the capability in Notion's settings")),
        ((404, error(404, "object_not_found", "no"), ""), Rejected("Notion finds no such {about}; share the {about} with the integration ('•••' > 'Connections' in Notion), or correct its id")),
        ((400, error(400, "validation_error", "Can't edit block that is archived. You must unarchive the block before editing."), ""), Rejected("the {about} is in Notion's trash; restore it there")),
        ((400, error(400, "validation_error", "Databases with multiple data sources are not supported in this API version."), ""), Rejected("the database has several data sources; only one with a single source can be used")),
        ((400, error(400, "validation_error", f"bad {TOKEN} here"), ""), Rejected("Notion does not take it: bad *** here")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", NAMES)
async def test_what_notion_says_no_to_is_said_so_that_somebody_can_act(
    notion: StandIn, at_notion: Scope, name: str, failure: Any, outcome: Retry | Rejected
) -> None:
    notion.failing = {0: failure}
    about = "database" if "database" in DATA[name] else "page"
    expected = replace_about(outcome, about)
    assert await perform(name, DATA[name], at_notion) == expected
    assert len(notion.calls) == 1


def replace_about(outcome: Retry | Rejected, about: str) -> Retry | Rejected:
    return Rejected(outcome.reason.replace("{about}", about)) if isinstance(outcome, Rejected) else outcome


@pytest.mark.parametrize("name", NAMES)
async def test_an_answer_that_is_not_notions_is_told(server: Any, at_notion: Scope, name: str) -> None:
    server.answers(200, b"<html>")
    outcome = await perform(name, DATA[name], at_notion)
    assert outcome == Rejected("Notion's answer is not JSON; check the connection's base_url")


@pytest.mark.parametrize("name", NAMES)
async def test_a_notion_that_hangs_is_tried_again_later(server: Any, at_notion: Scope, name: str) -> None:
    server.outlasts()
    assert isinstance(await perform(name, DATA[name], at_notion), Retry)


async def test_a_connection_without_a_token_is_told(server: Any, scope: Callable[..., Scope]) -> None:
    outcome = await perform("notion.query", DATA["notion.query"], scope(connection={"type": "notion"}))
    assert outcome == Rejected("the Notion connection has no token")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"title": "a"}, "a page is made in a 'database' or below a 'parent_page'; give one of them"),
        ({"database": DATABASE, "parent_page": PAGE}, "a page is made in a 'database' or below a 'parent_page'; give one of them"),
        ({"parent_page": PAGE, "properties": {"a": 1}}, "a page below another page has no 'properties' but its title; leave them out"),
    ],
)  # fmt: skip
def test_a_page_has_one_parent(data: dict[str, Any], problem: str) -> None:
    assert [error["msg"] for error in check_data(ACTIONS["notion.create_page"].data, data)] == [
        f"Value error, {problem}"
    ]


@pytest.mark.parametrize("name", ["notion.create_page", "notion.append"])
def test_only_markdown_is_escaped(name: str) -> None:
    escape_at = ACTIONS[name].escape_at
    assert escape_at is not None
    assert [escape_at(place, {}) for place in (("markdown",), ("title",), ("properties", "markdown"))] == [
        escaped_markdown,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("named", "numbers"),
    [
        ("ana@a.pt", [1]),
        ("ANA SOUSA", [1]),
        (["rui@a.pt", "omiflow"], [2, 4]),
        ([{"id": str(UUID(int=9)), "name": "Rui"}, "ana sousa"], [9, 1]),
        ({"name": "Ana Sousa"}, [1]),
        (str(UUID(int=7)), [7]),
        ([], []),
        (None, []),
    ],
)
async def test_people_are_found_by_address_name_or_id(
    notion: StandIn, at_notion: Scope, named: object, numbers: list[int]
) -> None:
    data = {"database": DATABASE, "title": "a", "properties": {"Who": named}}
    assert isinstance(await perform("notion.create_page", data, at_notion), Done)
    [page] = notion.pages.values()
    assert [UUID(person["id"]).int for person in page["properties"]["Who"]["people"]] == numbers
    assert notion.calls.count("GET /v1/users") == (3 if 1 in numbers or 2 in numbers else 0)


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("rui", "one person, and 'rui' are 2 in this workspace; give the email address"),
        ("Ana Suosa", "people by their email address, name or id in Notion, and nobody there is 'Ana Suosa'; did you mean 'Ana Sousa'?"),
        (7, "people by their email address, name or id in Notion"),
        ([""], "people by their email address, name or id in Notion"),
    ],
)  # fmt: skip
async def test_people_who_are_not_found_are_told(notion: StandIn, at_notion: Scope, named: object, reason: str) -> None:
    data = {"database": DATABASE, "title": "a", "properties": {"Who": named}}
    outcome = await perform("notion.create_page", data, at_notion)
    assert outcome == Rejected(f"property 'Who' (people) wants {reason}")
    assert notion.pages == {}


async def test_who_is_in_a_workspace_is_remembered(notion: StandIn, at_notion: Scope) -> None:
    data = {"database": DATABASE, "title": "a", "properties": {"Who": "ana@a.pt"}}
    for _ in range(2):
        assert isinstance(await perform("notion.create_page", data, at_notion), Done)
    assert notion.calls.count("GET /v1/users") == 3


async def test_an_integration_that_may_not_see_people_is_told_what_it_lacks(notion: StandIn, at_notion: Scope) -> None:
    notion.failing[1] = (403, error(403, "restricted_resource", "Insufficient permissions"), "")
    data = {"database": DATABASE, "title": "a", "properties": {"Who": "ana@a.pt"}}
    assert await perform("notion.create_page", data, at_notion) == Rejected(
        "the integration may not do this with the people; give it the capability in Notion's settings"
    )
