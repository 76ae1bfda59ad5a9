from __future__ import annotations

import pytest

from omiflow.actions.data import check_data
from omiflow.actions.notion_ids import notion_id
from omiflow.actions.table import ACTIONS

BARE = "1429989fe8ac4effbc8f57f56486db54"
ID = "1429989f-e8ac-4eff-bc8f-57f56486db54"
OTHER = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "written",
    [
        BARE,
        ID,
        ID.upper(),
        f"  {BARE}\n",
        f"https://www.notion.so/{BARE}",
        f"https://www.notion.so/acme/My-Tasks-{BARE}?v={OTHER}&pvs=4",
        f"https://acme.notion.site/My-Face-{BARE}#{OTHER}",
        f"notion.so/acme/{BARE}/",
        f"https://www.notion.so/face{OTHER}-{BARE}",
    ],
)
def test_an_id_is_found_in_what_people_paste(written: str) -> None:
    assert notion_id(written) == ID


@pytest.mark.parametrize(
    "written", ["", "tasks", BARE[:-1], f"{BARE}0", "https://www.notion.so/", f"a{BARE}", f"https://a/?v={BARE}"]
)
def test_what_names_nothing_is_no_id(written: str) -> None:
    assert notion_id(written) is None


def test_a_page_opened_beside_its_database_is_the_one_meant() -> None:
    address = f"https://www.notion.so/acme/{OTHER}?v={OTHER}&p={BARE}&pm=s"
    assert notion_id(address, opened=True) == ID
    assert notion_id(address) == "01234567-89ab-cdef-0123-456789abcdef"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("notion.create_page", "database"),
        ("notion.create_page", "parent_page"),
        ("notion.append", "page"),
        ("notion.update_page", "page"),
        ("notion.query", "database"),
    ],
)
def test_a_written_id_is_checked_and_a_template_is_left(name: str, key: str) -> None:
    model = ACTIONS[name].data
    rest = {"notion.append": {"markdown": "a"}, "notion.update_page": {"properties": {"a": 1}}}.get(name, {})
    assert [error["loc"] for error in check_data(model, {key: "my tasks", **rest})] == [(key,)]
    assert check_data(model, {key: "{{ app.variables.tasks }}", **rest}) == []
