"""`notion.query`: find pages of a database; filter and sorts are in Notion's own form.

Source: Notion's reference, "Query a database", "Filter database entries" and "Sort database entries".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Data, Templated
from omiflow.actions.notion_api import TOO_LONG, Notion
from omiflow.actions.notion_ids import PLACEHOLDER, DatabaseId
from omiflow.actions.notion_plain import plain_page
from omiflow.actions.scope import Scope
from omiflow.model import Done, Outcome, Rejected

_A_PAGE = 100


class NotionQuery(Data):
    """The data of `notion.query`."""

    database: Templated[DatabaseId] = Field(description="Id or address of the database.")
    filter: Templated[dict[str, Any]] | None = Field(default=None, description="A filter in Notion's own form.")
    sorts: Templated[list[Templated[dict[str, Any]]]] | None = Field(
        default=None, description="An order in Notion's own form, such as `[{property: Due, direction: ascending}]`."
    )
    limit: Templated[Annotated[int, Field(ge=1, le=1000)]] = Field(default=100, description="At most so many pages.")


async def perform(data: NotionQuery, scope: Scope) -> Outcome:
    """Ask until there are enough or no more; answers `{results}`, each `{id, url, properties}` with plain values."""
    notion, found, size = Notion.of(scope), list[dict[str, Any]](), _A_PAGE
    asked = data.model_dump(include={"filter", "sorts"}, exclude_none=True)
    while len(found) < data.limit:
        asked["page_size"] = min(size, data.limit - len(found))
        said = await notion.call(
            "POST", f"/v1/databases/{data.database}/query", asked, about="database", patient=bool(found)
        )
        if said is TOO_LONG and asked["page_size"] > 1:
            size = asked["page_size"] // 2
            continue
        if not isinstance(said, Mapping):
            return said
        pages = said.get("results")
        if not isinstance(pages, list):
            return Rejected("Notion's answer is no list; check the connection's base_url")
        found += [plain_page(page) for page in pages if isinstance(page, Mapping)]
        if not said.get("has_more") or not said.get("next_cursor") or not pages:
            break
        asked["start_cursor"] = said["next_cursor"]
    return Done({"results": found[: data.limit]})


ACTION = Action(
    name="notion.query",
    summary="Find pages of a Notion database.",
    data=NotionQuery,
    perform=perform,
    connection="notion",
    connection_setting="token",
    timeout=60.0,
    answers={"results": "The pages, each with `id`, `url` and `properties` as plain values."},
    placeholder_answer={"results": [{**PLACEHOLDER, "properties": {}}]},
    example="""\
action: notion.query
connection: notion
data:
  database: 0123456789abcdef0123456789abcdef
  filter: {property: Done, checkbox: {equals: false}}
  sorts: [{property: Due, direction: ascending}]
  limit: 10
""",
)
