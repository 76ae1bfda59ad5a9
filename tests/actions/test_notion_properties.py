from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from omiflow.actions.notion_plain import plain_page, plain_value
from omiflow.actions.notion_properties import title_property, typed_properties
from omiflow.model import Rejected

ID = "1429989f-e8ac-4eff-bc8f-57f56486db54"
SCHEMA: dict[str, dict[str, Any]] = {
    "Name": {"type": "title", "title": {}},
    "status": {"type": "status", "status": {"options": [{"name": "Not started"}, {"name": "Done"}]}},
    **{kind: {"type": kind, kind: {}} for kind in ("rich_text", "number", "select", "multi_select", "date", "checkbox", "url", "email", "phone_number", "people", "relation", "formula")},
}  # fmt: skip


def text(words: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": {"content": words}}]


@pytest.mark.parametrize(
    ("name", "value", "typed"),
    [
        # Forms: https://developers.notion.com/reference/page-property-values
        ("Name", "Call Tom", text("Call Tom")),
        ("Name", 7, text("7")),
        ("Name", None, []),
        ("rich_text", "a *b*", text("a *b*")),
        ("rich_text", "", []),
        ("number", 12.5, 12.5),
        ("number", "12", 12),
        ("number", "-1.5", -1.5),
        ("number", None, None),
        ("number", "", None),
        ("select", "work", {"name": "work"}),
        ("select", "", None),
        ("select", None, None),
        ("multi_select", ["a", "b"], [{"name": "a"}, {"name": "b"}]),
        ("multi_select", "a, b,", [{"name": "a"}, {"name": "b"}]),
        ("multi_select", None, []),
        ("status", "Done", {"name": "Done"}),
        ("date", "2026-01-05", {"start": "2026-01-05"}),
        ("date", "2026-01-05T10:00:00Z", {"start": "2026-01-05T10:00:00+00:00"}),
        ("date", datetime(2026, 1, 5, 10, tzinfo=UTC), {"start": "2026-01-05T10:00:00+00:00"}),
        ("date", date(2026, 1, 5), {"start": "2026-01-05"}),
        ("date", {"start": "2026-01-05", "end": "2026-01-06"}, {"start": "2026-01-05", "end": "2026-01-06"}),
        ("date", {"start": "2026-01-05T10:00:00", "end": None, "time_zone": "Europe/Berlin"}, {"start": "2026-01-05T10:00:00", "time_zone": "Europe/Berlin"}),
        ("date", None, None),
        ("checkbox", True, True),
        ("checkbox", "True", True),
        ("checkbox", "false", False),
        ("checkbox", None, False),
        ("url", " https://omi.me ", "https://omi.me"),
        ("url", "", None),
        ("email", "a@b.c", "a@b.c"),
        ("phone_number", 4930, "4930"),
        ("people", ID, [{"object": "user", "id": ID}]),
        ("people", [{"id": ID, "name": "Tom"}], [{"object": "user", "id": ID}]),
        ("relation", [ID, f"https://www.notion.so/Page-{ID.replace('-', '')}"], [{"id": ID}, {"id": ID}]),
        ("relation", None, []),
    ],
)  # fmt: skip
def test_a_plain_value_gets_the_form_of_its_property(name: str, value: Any, typed: Any) -> None:
    kind = SCHEMA[name]["type"]
    assert typed_properties(SCHEMA, {name: value}) == {name: {kind: typed}}


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("Name", ["a"], "(title) wants text"),
        ("Name", True, "(title) wants text"),
        ("rich_text", "a" * 200_001, "(rich_text) wants text of at most 200,000 characters"),
        ("number", "many", "(number) wants a number"),
        ("number", True, "(number) wants a number"),
        ("number", "nan", "(number) wants a number"),
        ("select", "a,b", "(select) wants the name of an option, without commas and of at most 100 characters"),
        ("select", ["a"], "(select) wants the name of an option"),
        ("multi_select", ["a" * 101], "(multi_select) wants the name of an option, without commas and of at most 100 characters"),
        ("multi_select", list(range(101)), "(multi_select) wants a list of names, at most 100"),
        ("status", "done", "(status) wants one of its options, and 'done' is none; did you mean 'Done'?"),
        ("status", "xyz", "(status) wants one of its options, and 'xyz' is none; known are 'Not started', 'Done'"),
        ("date", "tomorrow", "(date) wants a date or time in ISO form, such as '2026-01-05', or {start, end}"),
        ("date", {"end": "2026-01-05"}, "(date) wants a date or time in ISO form, such as '2026-01-05', or {start, end}"),
        ("date", {"start": "2026-01-05", "until": "x"}, "(date) wants a date or time in ISO form, such as '2026-01-05', or {start, end}"),
        ("date", 1700000000, "(date) wants a date or time in ISO form, such as '2026-01-05', or {start, end}"),
        ("checkbox", "maybe", "(checkbox) wants true or false"),
        ("checkbox", 1, "(checkbox) wants true or false"),
        ("url", "a" * 2001, "(url) wants an address of at most 2,000 characters"),
        ("email", ["a"], "(email) wants an email address"),
        ("phone_number", "1" * 201, "(phone_number) wants a phone number of at most 200 characters"),
        ("people", "Tom", "(people) wants the ids of people in Notion"),
        ("relation", [7], "(relation) wants ids or addresses of pages"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_told_what_would(name: str, value: Any, wanted: str) -> None:
    assert typed_properties(SCHEMA, {name: value}) == Rejected(f"property '{name}' {wanted}")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Stats", "the database has no property 'Stats'; did you mean 'status'?"),
        ("zzz", "the database has no property 'zzz'; known are 'Name', 'status', 'rich_text', 'number', 'select', 'multi_select', 'date', 'checkbox', …"),
        ("formula", "property 'formula' is of type 'formula', which Notion fills in or omiflow can't write"),
    ],
)  # fmt: skip
def test_a_property_that_can_not_be_written_is_named(name: str, reason: str) -> None:
    assert typed_properties(SCHEMA, {name: 1}) == Rejected(reason)


def test_long_text_is_cut_into_pieces_that_notion_takes() -> None:
    typed = typed_properties(SCHEMA, {"rich_text": "\U0001f600" * 1500})
    assert isinstance(typed, dict)
    pieces = [piece["text"]["content"] for piece in typed["rich_text"]["rich_text"]]
    assert "".join(pieces) == "\U0001f600" * 1500
    assert [len(piece) for piece in pieces] == [1000, 500]


def test_the_title_is_found_by_its_type() -> None:
    assert title_property(SCHEMA) == "Name"
    assert title_property({}) is None


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ({"type": "title", "title": [{"plain_text": "a"}, {"plain_text": "b"}]}, "ab"),
        ({"type": "rich_text", "rich_text": []}, ""),
        ({"type": "number", "number": 7}, 7),
        ({"type": "number", "number": None}, None),
        ({"type": "select", "select": {"name": "work"}}, "work"),
        ({"type": "select", "select": None}, None),
        ({"type": "status", "status": {"name": "Done"}}, "Done"),
        ({"type": "multi_select", "multi_select": [{"name": "a"}, {"name": "b"}]}, ["a", "b"]),
        ({"type": "date", "date": {"start": "2026-01-05", "end": None}}, "2026-01-05"),
        ({"type": "date", "date": {"start": "2026-01-05", "end": "2026-01-06"}}, {"start": "2026-01-05", "end": "2026-01-06"}),
        ({"type": "date", "date": None}, None),
        ({"type": "checkbox", "checkbox": False}, False),
        ({"type": "url", "url": None}, None),
        ({"type": "email", "email": "a@b.c"}, "a@b.c"),
        ({"type": "people", "people": [{"id": ID, "name": "Tom"}]}, [{"id": ID, "name": "Tom"}]),
        ({"type": "created_by", "created_by": {"id": ID}}, {"id": ID, "name": None}),
        ({"type": "relation", "relation": [{"id": ID}]}, [ID]),
        ({"type": "files", "files": [{"type": "external", "external": {"url": "https://a"}}, {"type": "file", "file": {"url": "https://b"}}]}, ["https://a", "https://b"]),
        ({"type": "formula", "formula": {"type": "number", "number": 3}}, 3),
        ({"type": "rollup", "rollup": {"type": "array", "array": [{"type": "number", "number": 3}]}}, [3]),
        ({"type": "unique_id", "unique_id": {"prefix": "T", "number": 3}}, "T-3"),
        ({"type": "unique_id", "unique_id": {"prefix": None, "number": 3}}, 3),
        ({"type": "created_time", "created_time": "2026-01-05T10:00:00.000Z"}, "2026-01-05T10:00:00.000Z"),
        ({"type": "hologram", "hologram": {"x": 1}}, None),
        ("nothing", None),
    ],
)  # fmt: skip
def test_a_property_is_read_as_a_plain_value(value: Any, plain: Any) -> None:
    assert plain_value(value) == plain


def test_a_page_without_properties_is_still_a_page() -> None:
    assert plain_page({"id": ID}) == {"id": ID, "url": None, "properties": {}}
