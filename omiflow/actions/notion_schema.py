"""What properties a database has, read from Notion and remembered for a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio

from omiflow.actions.notion_api import Notion, Said
from omiflow.model import Rejected

Schema = Mapping[str, Mapping[str, Any]]
"""Each property by its name: its `type`, and under that name its settings, such as the options of a select."""


async def with_schema(notion: Notion, database: str, attempt: Callable[[Schema], Awaitable[Said]]) -> Said:
    """Do something that needs a database's schema; what is refused is tried once more if the schema was remembered."""
    scope, now = notion.scope, anyio.current_time()
    key = ("notion schema", scope.setting("base_url"), scope.setting("token"), database)
    schema = scope.remembered.get(key, now=now)
    if schema is not None:
        said = await attempt(schema)
        if not isinstance(said, Rejected):
            return said
    read = await notion.call("GET", f"/v1/databases/{database}", about="database")
    if not isinstance(read, Mapping):
        return read
    schema = read.get("properties")
    if not isinstance(schema, dict):
        return Rejected("Notion's answer is no database; check the connection's base_url")
    scope.remembered.put(key, schema, now=now)
    return await attempt(schema)
