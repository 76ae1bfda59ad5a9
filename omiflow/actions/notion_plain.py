"""Properties as Notion gives them, turned into plain values for rules.

Source: Notion's reference, "Page properties".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def plain_page(page: Mapping[str, Any]) -> dict[str, Any]:
    """Give a page as `{id, url, properties}` with plain values."""
    properties = page.get("properties")
    plain = {name: plain_value(value) for name, value in properties.items()} if isinstance(properties, dict) else {}
    return {"id": page.get("id"), "url": page.get("url"), "properties": plain}


def plain_value(value: Any) -> Any:
    """Give a property's value as text, number, boolean, list or mapping; None where it is empty or of a new type."""
    if not isinstance(value, Mapping) or not isinstance(value.get("type"), str):
        return None
    kind = value["type"]
    inner = value.get(kind)
    if kind in _PLAIN:
        return None if inner is None else _PLAIN[kind](inner)
    return inner if isinstance(inner, str | int | float | bool) else None


def _text(pieces: Sequence[Mapping[str, Any]]) -> str:
    return "".join(str(piece.get("plain_text", "")) for piece in pieces)


def _name(option: Mapping[str, Any]) -> Any:
    return option.get("name")


def _id(page: Mapping[str, Any]) -> Any:
    return page.get("id")


def _date(date: Mapping[str, Any]) -> Any:
    """Give a date as its start, a span as `{start, end}`."""
    return {"start": date.get("start"), "end": date["end"]} if date.get("end") else date.get("start")


def _person(person: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": person.get("id"), "name": person.get("name")}


def _address(file: Mapping[str, Any]) -> Any:
    held = file.get(str(file.get("type")))
    return held.get("url") if isinstance(held, Mapping) else None


def _unique(inner: Mapping[str, Any]) -> Any:
    prefix, number = inner.get("prefix"), inner.get("number")
    return f"{prefix}-{number}" if prefix else number


def _each(convert: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    return lambda items: [convert(item) for item in items]


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "title": _text,
    "rich_text": _text,
    "select": _name,
    "status": _name,
    "multi_select": _each(_name),
    "people": _each(_person),
    "created_by": _person,
    "last_edited_by": _person,
    "relation": _each(_id),
    "files": _each(_address),
    "date": _date,
    "formula": plain_value,
    "rollup": plain_value,
    "array": _each(plain_value),
    "unique_id": _unique,
}
