"""Properties as rules write them, plain values, turned into what Notion takes for their types.

Source: Notion's reference, "Page properties" and "Request limits".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Any

from omiflow.actions.notion_dates import date_value
from omiflow.actions.notion_ids import notion_id
from omiflow.actions.notion_schema import Schema
from omiflow.actions.notion_text import MOST_PIECES, length, pieces_of_text
from omiflow.model import Rejected

_MOST = 100
_SHOWN = 8
_ALIKE = 0.6


class Misfit(ValueError):
    """A value that does not fit its property; the text says what would."""


def typed_properties(schema: Schema, values: Mapping[str, Any]) -> dict[str, Any] | Rejected:
    """Give values in Notion's form, or say which of them can't be: an unknown name, or what its property wants."""
    typed = {}
    for name, value in values.items():
        if name not in schema:
            return Rejected(f"the database has no property '{name}'{guess(name, list(schema))}")
        kind = str(schema[name].get("type"))
        convert = _KINDS.get(kind)
        if convert is None:
            return Rejected(f"property '{name}' is of type '{kind}', which Notion fills in or omiflow can't write")
        try:
            typed[name] = {kind: convert(value, schema[name].get(kind) or {})}
        except Misfit as misfit:
            return Rejected(f"property '{name}' ({kind}) wants {misfit}")
    return typed


def title_property(schema: Schema) -> str | None:
    """Name the property that holds the title; every database has one."""
    return next((name for name, settings in schema.items() if settings.get("type") == "title"), None)


def guess(name: str, known: list[str]) -> str:
    """Offer the name that was probably meant, else the first of those there are."""
    spellings = {each.casefold(): each for each in known}
    found = get_close_matches(name.casefold(), spellings, n=1, cutoff=_ALIKE)
    if found:
        return f"; did you mean '{spellings[found[0]]}'?"
    shown = ", ".join(f"'{each}'" for each in known[:_SHOWN])
    return f"; known are {shown}{', …' if len(known) > _SHOWN else ''}" if known else ""


def _text(value: Any, _settings: Any) -> list[Any]:
    pieces = pieces_of_text(_words(value, "text") or "")
    if len(pieces) > MOST_PIECES:
        raise Misfit("text of at most 200,000 characters")
    return pieces


def _number(value: Any, _settings: Any) -> int | float | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = float(value) if not value.strip().lstrip("+-").isdecimal() else int(value)
        except ValueError:
            raise Misfit("a number") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise Misfit("a number")
    return value


def _select(value: Any, _settings: Any) -> dict[str, str] | None:
    name = _option(value)
    return {"name": name} if name else None


def _multi_select(value: Any, _settings: Any) -> list[dict[str, str]]:
    items = value.split(",") if isinstance(value, str) else value
    return [{"name": name} for name in (_option(item) for item in several(items, "a list of names")) if name]


def _status(value: Any, settings: Any) -> dict[str, str] | None:
    name = _option(value)
    options = [str(option.get("name")) for option in settings.get("options", ()) if isinstance(option, Mapping)]
    if name and options and name not in options:
        raise Misfit(f"one of its options, and '{name}' is none{guess(name, options)}")
    return {"name": name} if name else None


def _date(value: Any, _settings: Any) -> dict[str, Any] | None:
    if value is None or value == "":
        return None
    date = date_value(value)
    if date is None:
        raise Misfit("a date or time in ISO form, such as '2026-01-05', or {start, end}")
    return date


def _checkbox(value: Any, _settings: Any) -> bool:
    known = {"true": True, "false": False, "": False}
    if isinstance(value, str) and value.strip().lower() in known:
        return known[value.strip().lower()]
    if value is not None and not isinstance(value, bool):
        raise Misfit("true or false")
    return bool(value)


def _line(wanted: str, most: int) -> Callable[[Any, Any], str | None]:
    def convert(value: Any, _settings: Any) -> str | None:
        text = (_words(value, wanted) or "").strip()
        if length(text) > most:
            raise Misfit(f"{wanted} of at most {most:,} characters")
        return text or None

    return convert


def _people(value: Any, _settings: Any) -> list[dict[str, str]]:
    return [{"object": "user", "id": found} for found in _ids(value, "the ids of people in Notion")]


def _relation(value: Any, _settings: Any) -> list[dict[str, str]]:
    return [{"id": found} for found in _ids(value, "ids or addresses of pages")]


def _ids(value: Any, wanted: str) -> list[str]:
    """Read ids, each as text or in a mapping, as `notion.query` answers people."""
    found = []
    for item in several(value, wanted):
        text = item.get("id") if isinstance(item, Mapping) else item
        known = notion_id(text, opened=True) if isinstance(text, str) else None
        if known is None:
            raise Misfit(wanted)
        found.append(known)
    return found


def several(value: Any, wanted: str) -> list[Any]:
    """Give one value or many as a list; raises Misfit, which says what is `wanted`, when there are too many."""
    items = [] if value is None or value == "" else value if isinstance(value, list | tuple) else [value]
    if len(items) > _MOST:
        raise Misfit(f"{wanted}, at most {_MOST}")
    return list(items)


def _option(value: Any) -> str:
    name = (_words(value, "the name of an option") or "").strip()
    if "," in name or length(name) > _MOST:
        raise Misfit(f"the name of an option, without commas and of at most {_MOST} characters")
    return name


def _words(value: Any, wanted: str) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if value is not None and not isinstance(value, str):
        raise Misfit(wanted)
    return value


_KINDS: Mapping[str, Callable[[Any, Any], Any]] = {
    "title": _text,
    "rich_text": _text,
    "number": _number,
    "select": _select,
    "multi_select": _multi_select,
    "status": _status,
    "date": _date,
    "checkbox": _checkbox,
    "url": _line("an address", 2_000),
    "email": _line("an email address", 200),
    "phone_number": _line("a phone number", 200),
    "people": _people,
    "relation": _relation,
}
