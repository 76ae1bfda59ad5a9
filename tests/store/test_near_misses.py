"""Near misses are counted, the closest of each phrase are kept, and all of it goes again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from omiflow.model import Decision, Event
from omiflow.store.near_misses import (
    Looked,
    NearMiss,
    event_before_last,
    forgotten_rows,
    kept_misses,
    last_looked,
    near_miss_rows,
    phrases_with_misses,
    speech_before,
    speech_behind,
    unread_speech,
)
from omiflow.store.records import event_rows
from omiflow.store.store import Store, open_store
from omiflow.store.sweep import NEAR_MISSES_KEPT, sweep

LOOKED = Looked("e1", 5.0)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/o.db")
    yield opened
    await opened.close()


def miss(said: str, edits: int = 1, *, count: int = 1, at: float = 100.0, **more: Any) -> NearMiss:
    fields = {"rule": "tea", "phrase": "more tea", "app": "a", "uid": "u1", "event_id": "e1", **more}
    return NearMiss(said=said, edits=edits, count=count, at=at, **fields)


async def keep(store: Store, *misses: NearMiss, most: int = 10) -> None:
    await store.commit(near_miss_rows(misses, most=most, looked=LOOKED))


async def test_a_miss_that_was_said_again_is_counted_and_tells_of_the_last_time(store: Store) -> None:
    await keep(store, miss("more teas"), miss("more teas", at=101.0))
    await keep(store, miss("more teas", at=102.0, uid="u2", app="b", event_id="e2"))
    assert await store.read(kept_misses) == [
        miss("more teas", count=3, at=102.0, uid="u2", app="b", event_id="e2"),
    ]
    assert await store.read(last_looked) == LOOKED


async def test_of_a_phrase_the_closest_then_the_most_frequent_then_the_latest_are_kept(store: Store) -> None:
    await keep(store, miss("d", 2, count=9), miss("c", 1), miss("b", 1, at=101.0), miss("a", 1, count=2), most=3)
    await keep(store, miss("z", 3, rule="other"), miss("y", 3, phrase="less tea"), most=3)
    assert [one.said for one in await store.read(kept_misses)] == ["z", "y", "a", "b", "c"]
    assert [one.said for one in await store.read(kept_misses, "tea")] == ["y", "a", "b", "c"]


async def test_a_look_that_found_nothing_is_remembered(store: Store) -> None:
    assert await store.read(last_looked) is None
    await keep(store)
    assert await store.read(last_looked) == LOOKED
    await store.commit(near_miss_rows([], most=10, looked=Looked("e9", 9.0)))
    assert await store.read(last_looked) == Looked("e9", 9.0)


async def test_a_phrase_is_forgotten_with_all_its_misses(store: Store) -> None:
    await keep(store, miss("a"), miss("b"), miss("c", phrase="less tea"), miss("d", rule="other"))
    assert await store.read(phrases_with_misses) == [("other", "more tea"), ("tea", "less tea"), ("tea", "more tea")]
    await store.commit(forgotten_rows([("tea", "more tea")]))
    assert [one.said for one in await store.read(kept_misses)] == ["d", "c"]


async def test_what_nobody_said_for_90_days_is_swept(store: Store) -> None:
    now = 1_000_000.0 + NEAR_MISSES_KEPT
    await keep(store, miss("old", at=999_999.0), miss("young", at=1_000_001.0))
    await sweep(store, now)
    assert [one.said for one in await store.read(kept_misses)] == ["young"]


async def test_speech_is_read_in_the_order_in_which_it_was_taken_in(store: Store) -> None:
    rows: list[tuple[str, float, str, str | None]] = [("e1", 100.0, "realtime_transcript", "u1")]
    rows += [
        ("e2", 101.0, "memory_created", "u1"),
        ("e3", 102.0, "realtime_transcript", None),
        ("e4", 99.0, "realtime_transcript", "u2"),
    ]
    rows += [("e5", 103.0, "realtime_transcript", "u1")]
    for event_id, at, name, uid in reversed(rows):
        event = Event(id=event_id, name=name, app="a", uid=uid, at=at, received=at, body=None)
        await store.commit(event_rows(Decision(event=event), raw_body=b"{}"))

    async def behind(event_id: str, limit: int) -> list[str]:
        return [one.id for one in await store.read(speech_behind, event_id, limit)]

    async def before(event_id: str, since: float, limit: int) -> list[str]:
        return [one.id for one in await store.read(speech_before, event_id, since=since, limit=limit)]

    assert await behind("", 9) == ["e1", "e4", "e5"]
    assert await behind("e1", 1) == ["e4"]
    assert await before("e4", 0.0, 9) == ["e1", "e4"]
    assert await before("e5", 100.0, 2) == ["e5"]
    assert [await store.read(unread_speech, one, most=2) for one in ("", "e4", "e5")] == [2, 1, 0]
    assert await store.read(event_before_last, 2) == Looked("e1", 100.0)
    assert await store.read(event_before_last, 3) == Looked("", 0.0)
