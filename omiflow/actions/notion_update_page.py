"""`notion.update_page`: change properties of a page; what stands on it is left to `notion.append`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Data, Templated
from omiflow.actions.notion_api import Notion
from omiflow.actions.notion_ids import ANSWERS, PLACEHOLDER, PageId
from omiflow.actions.notion_people import with_people
from omiflow.actions.notion_properties import typed_properties
from omiflow.actions.scope import Scope
from omiflow.model import Done, Outcome, Rejected


class NotionProperties(Data):
    """The data of `notion.update_page`."""

    page: Templated[PageId] = Field(description="Id or address of the page.")
    properties: Templated[dict[str, Any]] = Field(
        min_length=1, description="Plain values by the names of the page's properties; null empties one."
    )


async def perform(data: NotionProperties, scope: Scope) -> Outcome:
    """Change them; answers `{id, url}`. The page itself says of which types they are."""
    notion = Notion.of(scope)
    path = f"/v1/pages/{data.page}"
    page = await notion.call("GET", path, about="page")
    if not isinstance(page, Mapping):
        return page
    if page.get("archived") or page.get("in_trash"):
        return Rejected("the page is in Notion's trash; restore it there")
    kinds = {name: {"type": value.get("type")} for name, value in (page.get("properties") or {}).items()}
    found = await with_people(notion, kinds, data.properties)
    properties = typed_properties(kinds, found) if isinstance(found, dict) else found
    if not isinstance(properties, dict):
        return properties
    changed = await notion.call("PATCH", path, {"properties": properties}, about="page")
    return Done({"id": changed.get("id"), "url": changed.get("url")}) if isinstance(changed, Mapping) else changed


ACTION = Action(
    name="notion.update_page",
    summary="Change properties of a Notion page.",
    data=NotionProperties,
    perform=perform,
    connection="notion",
    connection_setting="token",
    answers=ANSWERS,
    placeholder_answer=PLACEHOLDER,
    example="""\
action: notion.update_page
connection: notion
data: {page: "{{ task.id }}", properties: {Done: true}}
""",
)
