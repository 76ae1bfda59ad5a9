"""Ids of pages and databases as people have them: bare, with dashes, or inside a copied address."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator

ANSWERS = {"id": "The page's id.", "url": "The page's address."}
PLACEHOLDER = {
    "id": "00000000-0000-4000-8000-000000000000",
    "url": "https://www.notion.so/00000000000040008000000000000000",
}

_ID = re.compile(
    r"(?:\A|(?<=[-/]))([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\Z", re.IGNORECASE
)


def notion_id(text: str, *, opened: bool = False) -> str | None:
    """Give the id in a text or address of Notion with its dashes, None when there is none.

    In the address of a page that is `opened` beside its database, `p` names the page.
    """
    given = text.strip()
    if "/" in given:
        address = urlsplit(given)
        beside = parse_qs(address.query).get("p", []) if opened else []
        given = beside[0] if beside else address.path.rstrip("/")
    found = _ID.search(given)
    return "-".join(found.groups()).lower() if found else None


def _page(text: str) -> str:
    found = notion_id(text, opened=True)
    if found is None:
        raise ValueError("a page of Notion's is named by its id or by the address that 'Copy link' gives")
    return found


def _database(text: str) -> str:
    found = notion_id(text)
    if found is None:
        raise ValueError("a database of Notion's is named by its id or by the address that 'Copy link' gives")
    return found


PageId = Annotated[str, AfterValidator(_page)]
DatabaseId = Annotated[str, AfterValidator(_database)]
