"""`notion.append`: write markdown below what stands on a page.

Notion knows no idempotency: what an attempt wrote before it failed is written again by the next one.
"""

from __future__ import annotations

import anyio.to_thread
from pydantic import Field

from omiflow.actions.action import Action
from omiflow.actions.data import Data, Templated
from omiflow.actions.markdown_data import Markdown
from omiflow.actions.notion_api import Notion
from omiflow.actions.notion_blocks import blocks_of
from omiflow.actions.notion_escape import escape_at
from omiflow.actions.notion_ids import ANSWERS, PLACEHOLDER, PageId
from omiflow.actions.notion_writing import append_blocks
from omiflow.actions.scope import Scope
from omiflow.model import Done, Outcome, Rejected


class NotionText(Data):
    """The data of `notion.append`."""

    page: Templated[PageId] = Field(description="Id or address of the page.")
    markdown: Markdown = Field(min_length=1, description="What to write at its end.")


async def perform(data: NotionText, scope: Scope) -> Outcome:
    """Write it; answers `{id, url}` of the page."""
    blocks = await anyio.to_thread.run_sync(blocks_of, data.markdown)
    if not blocks:
        return Rejected("'markdown' has nothing in it that can be shown")
    problem = await append_blocks(Notion.of(scope), data.page, blocks)
    return problem or Done({"id": data.page, "url": f"https://www.notion.so/{data.page.replace('-', '')}"})


ACTION = Action(
    name="notion.append",
    summary="Write at the end of a Notion page.",
    data=NotionText,
    perform=perform,
    connection="notion",
    connection_setting="token",
    timeout=60.0,
    escape_at=escape_at,
    answers=ANSWERS,
    placeholder_answer=PLACEHOLDER,
    example="""\
action: notion.append
connection: notion
data: {page: 0123456789abcdef0123456789abcdef, markdown: "- {{ event.structured.title }}"}
""",
)
