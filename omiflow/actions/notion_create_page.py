"""`notion.create_page`: make a page in a database or below another page.

Notion knows no idempotency: a page is made at least once. If its text can't be written to the end, what was made goes
to the trash before the next attempt, as far as Notion can still be reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import anyio.to_thread
from pydantic import Field, model_validator

from omiflow.actions.action import Action
from omiflow.actions.data import Data, Templated, Text, at_least_one
from omiflow.actions.markdown_data import Markdown
from omiflow.actions.notion_api import Notion, Said
from omiflow.actions.notion_blocks import Block, blocks_of
from omiflow.actions.notion_escape import escape_at
from omiflow.actions.notion_ids import ANSWERS, PLACEHOLDER, DatabaseId, PageId
from omiflow.actions.notion_people import with_people
from omiflow.actions.notion_properties import title_property, typed_properties
from omiflow.actions.notion_schema import Schema, with_schema
from omiflow.actions.notion_writing import append_blocks, whole_blocks
from omiflow.actions.scope import Scope
from omiflow.model import Done, Outcome, Rejected

_TITLE: Schema = {"title": {"type": "title"}}


class NotionPage(Data):
    """The data of `notion.create_page`."""

    model_config = at_least_one("database", "parent_page")
    database: Templated[DatabaseId] | None = Field(default=None, description="Id or address of a database.")
    parent_page: Templated[PageId] | None = Field(
        default=None, description="Id or address of a page, in place of `database`."
    )
    title: Text | None = Field(default=None, description="The title, whatever its property is called.")
    properties: Templated[dict[str, Any]] | None = Field(
        default=None, description="Plain values by the names of the database's properties, which say their types."
    )
    markdown: Markdown | None = Field(default=None, description="What stands on the page.")

    @model_validator(mode="after")
    def _one_parent(self) -> Self:
        if (self.database is None) == (self.parent_page is None):
            raise ValueError("a page is made in a 'database' or below a 'parent_page'; give one of them")
        if self.parent_page is not None and self.properties:
            raise ValueError("a page below another page has no 'properties' but its title; leave them out")
        return self


async def perform(data: NotionPage, scope: Scope) -> Outcome:
    """Make the page; answers `{id, url}`."""
    notion = Notion.of(scope)
    blocks = await anyio.to_thread.run_sync(blocks_of, data.markdown or "")
    at_once = whole_blocks(blocks)

    async def attempt(schema: Schema) -> Said:
        return await _create(notion, data, schema, blocks[:at_once])

    page = await (attempt(_TITLE) if data.database is None else with_schema(notion, data.database, attempt))
    if not isinstance(page, Mapping):
        return page
    problem = await append_blocks(notion, str(page.get("id")), blocks[at_once:], begun=True)
    if problem is not None:
        await notion.call("PATCH", f"/v1/pages/{page.get('id')}", {"archived": True}, about="page")
        return problem
    return Done({"id": page.get("id"), "url": page.get("url")})


async def _create(notion: Notion, data: NotionPage, schema: Schema, children: list[Block]) -> Said:
    title = title_property(schema)
    values = dict(data.properties or {})
    if data.title is not None and title is not None:
        if title in values:
            return Rejected(f"'title' and property '{title}' are the same; keep one of them")
        values[title] = data.title
    found = await with_people(notion, schema, values)
    properties = typed_properties(schema, found) if isinstance(found, dict) else found
    if not isinstance(properties, dict):
        return properties
    in_database = data.database is not None
    parent = {"database_id": data.database} if in_database else {"page_id": data.parent_page}
    body = {"parent": parent, "properties": properties, **({"children": children} if children else {})}
    return await notion.call("POST", "/v1/pages", body, about="database" if in_database else "page")


ACTION = Action(
    name="notion.create_page",
    summary="Make a page in a Notion database or below a Notion page.",
    data=NotionPage,
    perform=perform,
    connection="notion",
    connection_setting="token",
    timeout=60.0,
    escape_at=escape_at,
    answers=ANSWERS,
    placeholder_answer=PLACEHOLDER,
    example="""\
action: notion.create_page
connection: notion
data:
  database: https://www.notion.so/acme/0123456789abcdef0123456789abcdef?v=1
  title: "{{ event.structured.title }}"
  properties: {Category: "{{ event.structured.category }}", Done: false}
  markdown: "{{ event.structured.overview }}"
""",
)
