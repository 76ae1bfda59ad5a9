"""How interpolated text is kept text in what Notion's actions take: only `markdown` has any markup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omiflow.actions.action import Escape
from omiflow.actions.markdown_tree import escaped_markdown


def escape_at(place: tuple[str | int, ...], _data: Mapping[str, Any]) -> Escape | None:
    """Say how interpolated text is kept text at a place of the data."""
    return escaped_markdown if place == ("markdown",) else None
