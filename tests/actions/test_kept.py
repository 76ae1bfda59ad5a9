"""Kept lists and values: what their data may be, and whose they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omiflow.actions.data import check_data, rendered
from omiflow.actions.kept_data import as_kept, is_same, until
from omiflow.actions.scope import AppAccess, Scope
from omiflow.actions.table import ACTIONS
from omiflow.errors import TemplateFault
from omiflow.model import Done, Outcome, Rejected

NOW = 1_000_000_000.0
DATA = {
    "list.add": {"name": "a", "item": 1},
    "list.take": {"name": "a"},
    "list.get": {"name": "a"},
    "value.set": {"name": "a", "value": 1},
    "value.add": {"name": "a"},
    "value.get": {"name": "a"},
}


async def do(scope: Scope, action: str, /, **data: Any) -> Outcome:
    known = ACTIONS[action]
    assert known.perform is not None
    return await known.perform(rendered(known.data, data), scope)


@pytest.mark.parametrize("action", DATA)
@pytest.mark.parametrize(
    ("key", "value", "wrong"),
    [
        ("name", "shopping list", "'name' wants 1 to 100 letters"),
        ("name", "", "'name' wants 1 to 100 letters"),
        ("name", "a" * 101, "'name' wants 1 to 100 letters"),
        ("name", "a/b", "'name' wants 1 to 100 letters"),
        ("name", "käse", "'name' wants 1 to 100 letters"),
        ("name", "a\n", "'name' wants 1 to 100 letters"),
        ("scope", "family", "'scope' wants one of 'user', 'app' or 'group'"),
        ("scope", None, "'scope' wants one of 'user', 'app' or 'group'"),
        ("nmae", "a", "'nmae' is not known here"),
    ],
)
def test_what_cannot_be_a_name_or_an_owner_is_told(action: str, key: str, value: Any, wrong: str) -> None:
    with pytest.raises(TemplateFault, match=wrong):
        rendered(ACTIONS[action].data, DATA[action] | {key: value})
    assert check_data(ACTIONS[action].data, DATA[action] | {key: value}) != []


@pytest.mark.parametrize("action", DATA)
def test_a_template_may_stand_everywhere(action: str) -> None:
    data = {**dict.fromkeys(DATA[action], "{{ x }}"), "scope": "{{ x }}"}
    data |= {"expires": "{{ x }}"} if action in ("list.add", "value.set", "value.add") else {}
    assert check_data(ACTIONS[action].data, data) == []


@pytest.mark.parametrize(
    ("expires", "wrong"),
    [
        (3600, "bare number"),
        ("3600", "wants a duration such as"),
        ("soon", "wants a duration such as"),
        ("2026-13-01", "wants a duration such as"),
        (True, "text"),
    ],
)
def test_an_expiry_that_is_neither_duration_nor_time_is_a_mistake(expires: Any, wrong: str) -> None:
    [error] = check_data(ACTIONS["list.add"].data, {"name": "a", "item": 1, "expires": expires})
    assert wrong in error["msg"].replace("string", "text")


@pytest.mark.parametrize(
    ("expires", "at"),
    [
        (None, None),
        ("90s", NOW + 90),
        ("1h30m", NOW + 5400),
        (7200.0, NOW + 7200),
        (0.5, NOW + 0.5),
        ("2026-03-02T10:00:00+01:00", 1772442000.0),
        ("2026-03-02T09:00:00Z", 1772442000.0),
        ("2026-03-02T09:00:00", 1772442000.0),
    ],
)
def test_an_expiry_is_a_span_from_now_or_a_time(expires: Any, at: float | None) -> None:
    data = rendered(ACTIONS["value.set"].data, {"name": "a", "value": 1, "expires": expires})
    assert until(data.expires, NOW) == at


@pytest.mark.parametrize("action", ["list.add", "value.set"])
@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("x" * 99_999, "more than 100 kB can't be kept in one piece; this is 101 kB"),
        ([0.0, float("nan")], "'nan' is not a number that can be kept"),
        ({"a": float("inf")}, "'inf' is not a number that can be kept"),
        ({"a": object()}, "only text, numbers"),
        ("\ud800", "only text, numbers"),
    ],
)
def test_what_cannot_be_kept_is_told(action: str, value: Any, wrong: str) -> None:
    key = "item" if action == "list.add" else "value"
    with pytest.raises(TemplateFault, match=wrong):
        rendered(ACTIONS[action].data, {"name": "a", key: value})
    assert rendered(ACTIONS[action].data, {"name": "a", key: "x" * 99_998})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("milk", "milk", True),
        ("milk", "Milk", False),
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (1, "1", False),
        (None, False, False),
        ({"a": 1, "b": [2.0]}, {"b": [2], "a": 1}, True),
        ([1, 2], [2, 1], False),
        (1.5, 1.5, True),
        (1e300, 10**300, False),
    ],
)
def test_two_things_are_the_same_as_json_is(one: Any, other: Any, same: bool) -> None:
    assert is_same(as_kept(one), as_kept(other)) == same
    assert is_same(as_kept(other), as_kept(one)) == same


@pytest.mark.parametrize("action", DATA)
async def test_without_a_user_only_the_app_keeps_things(scope: Callable[..., Scope], action: str) -> None:
    nobody = scope(uid=None, group=None)
    for owner in ("user", "group"):
        assert await do(nobody, action, **DATA[action], scope=owner) == Rejected(
            "there is no user; 'scope: app' keeps things for the app"
        )
    assert isinstance(await do(nobody, action, **DATA[action], scope="app"), Done)


@pytest.mark.parametrize("action", DATA)
async def test_a_user_of_no_group_is_told_where_groups_are_made(scope: Callable[..., Scope], action: str) -> None:
    outcome = await do(scope(group=None), action, **DATA[action], scope="group")
    assert isinstance(outcome, Rejected)
    assert "'users:' in omiflow.yaml" in outcome.reason


OWNERS: list[tuple[dict[str, Any], dict[str, list[str]]]] = [
    ({}, {"user": ["u1"], "app": ["mentor"], "group": ["family"]}),
    ({"app": "other"}, {"user": ["u1"], "app": [], "group": ["family"]}),
    ({"uid": "u2"}, {"user": [], "app": ["mentor"], "group": ["family"]}),
    ({"group": "office"}, {"user": ["u1"], "app": ["mentor"], "group": []}),
]


@pytest.mark.parametrize(("changed", "seen"), OWNERS)
async def test_a_user_is_one_in_all_apps_and_an_app_and_a_group_are_one_for_all_users(
    scope: Callable[..., Scope], changed: dict[str, Any], seen: dict[str, list[str]]
) -> None:
    first = scope(group="family")
    for owner, item in (("user", "u1"), ("app", "mentor"), ("group", "family")):
        step = scope(group="family", kept=first.kept, step=owner)
        await do(step, "list.add", name="a", item=item, scope=owner)
    changed = {"group": "family", "kept": first.kept} | changed
    if "app" in changed:
        changed["app"] = AppAccess(name=changed["app"])
    for owner, items in seen.items():
        assert await do(scope(**changed), "list.get", name="a", scope=owner) == Done({"items": items})


async def test_an_owner_of_one_kind_is_none_of_another(scope: Callable[..., Scope]) -> None:
    alike = scope(uid="x", app=AppAccess(name="x"), group="x")
    await do(alike, "value.set", name="a", value=1)
    assert await do(alike, "value.get", name="a", scope="app") == Done({"value": None})
    assert await do(alike, "value.get", name="a", scope="group") == Done({"value": None})


async def test_a_list_and_a_value_of_one_name_are_two_things(scope: Callable[..., Scope]) -> None:
    one = scope()
    await do(one, "value.set", name="a", value=[1])
    assert await do(one, "list.get", name="a") == Done({"items": []})
