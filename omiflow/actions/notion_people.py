"""People in Notion as rules name them, by address, name or id, found in the workspace and remembered for a while."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import anyio

from omiflow.actions.notion_api import Notion
from omiflow.actions.notion_ids import notion_id
from omiflow.actions.notion_properties import Misfit, guess, several
from omiflow.actions.notion_schema import Schema
from omiflow.model import Rejected, Retry

MOST_PAGES = 20
WANTED = "people by their email address, name or id in Notion"

Members = list[Mapping[str, Any]]


async def with_people(notion: Notion, schema: Schema, values: Mapping[str, Any]) -> dict[str, Any] | Rejected | Retry:
    """Give values with ids in place of the people that properties of people name; nobody is looked up without need."""
    found = dict(values)
    for name, value in values.items():
        if schema.get(name, {}).get("type") != "people":
            continue
        try:
            people = [_named(item) for item in several(value, WANTED)]
            if any(notion_id(one) is None for one in people):
                members = await _members(notion)
                if not isinstance(members, list):
                    return members
                people = [_id(one, members) for one in people]
        except Misfit as misfit:
            return Rejected(f"property '{name}' (people) wants {misfit}")
        found[name] = people
    return found


def _named(item: Any) -> str:
    """Give what a person is named by; `notion.query` answers people as mappings."""
    text = (item.get("id") or item.get("email") or item.get("name")) if isinstance(item, Mapping) else item
    if not isinstance(text, str) or not text.strip():
        raise Misfit(WANTED)
    return text.strip()


def _id(named: str, members: Members) -> str:
    known = notion_id(named)
    if known is not None:
        return known
    wanted = named.casefold()
    ids = [str(one["id"]) for one in members if wanted in (_email(one).casefold(), _name(one).casefold())]
    if len(ids) > 1:
        raise Misfit(f"one person, and '{named}' are {len(ids)} in this workspace; give the email address")
    if not ids:
        raise Misfit(f"{WANTED}, and nobody there is '{named}'{guess(named, [_name(one) for one in members])}")
    return ids[0]


def _email(member: Mapping[str, Any]) -> str:
    person = member.get("person")
    return str(person.get("email") or "") if isinstance(person, Mapping) else ""


def _name(member: Mapping[str, Any]) -> str:
    return str(member.get("name") or "")


async def _members(notion: Notion) -> Members | Rejected | Retry:
    """Read who is in the workspace, at most 2,000."""
    scope, now = notion.scope, anyio.current_time()
    key = ("notion people", scope.setting("base_url"), scope.setting("token"))
    known: Members | None = scope.remembered.get(key, now=now)
    if known is not None:
        return known
    members: Members = []
    cursor: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        page = await notion.call("GET", f"/v1/users?{urlencode({'page_size': '100', **cursor})}", about="people")
        if not isinstance(page, Mapping):
            return page
        members += [one for one in page.get("results") or () if isinstance(one, Mapping) and one.get("id")]
        if not page.get("has_more") or not page.get("next_cursor"):
            break
        cursor = {"start_cursor": str(page["next_cursor"])}
    scope.remembered.put(key, members, now=now)
    return members
