"""How much goes to one destination at once."""

from __future__ import annotations

import asyncio

import pytest

from omiflow.runtime.lanes import IN_LINE, PLACES, Crowded, Lanes
from omiflow.runtime.put_off import PutOff


class Going:
    """Something that holds a place until it is told to end."""

    def __init__(self, lanes: Lanes, destination: str) -> None:
        self.there = False
        self.end = asyncio.Event()
        self.task = asyncio.create_task(self.go(lanes, destination))

    async def go(self, lanes: Lanes, destination: str) -> None:
        async with lanes.place(destination):
            self.there = True
            await self.end.wait()


async def go(lanes: Lanes, count: int, destination: str = "a") -> list[Going]:
    going = [Going(lanes, destination) for _ in range(count)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return going


async def finish(going: list[Going]) -> list[BaseException | None]:
    for one in going:
        one.end.set()
    return await asyncio.gather(*(one.task for one in going), return_exceptions=True)


async def test_some_go_some_stand_in_line_and_the_rest_is_turned_away():
    lanes = Lanes()
    going = await go(lanes, PLACES + IN_LINE + 3)
    assert sum(one.there for one in going) == PLACES
    assert lanes.room("a") == 0
    ends = await finish(going)
    assert sum(isinstance(end, Crowded) for end in ends) == 3
    assert all(one.there for one in going[: PLACES + IN_LINE])
    assert lanes.room("a") == PLACES + IN_LINE


async def test_a_full_lane_holds_up_no_other():
    lanes = Lanes()
    full = await go(lanes, PLACES + IN_LINE)
    [other] = await go(lanes, 1, "b")
    assert other.there
    await finish([*full, other])


async def test_nobody_stands_in_line_where_a_place_is_held_for_long():
    lanes = Lanes(patience=0.02)
    slow = await go(lanes, PLACES)
    in_line = await go(lanes, 3)
    ends = await asyncio.gather(*(one.task for one in in_line), return_exceptions=True)
    assert all(isinstance(end, Crowded) for end in ends)
    assert lanes.room("a") == 0
    slow[0].end.set()
    await slow[0].task
    assert lanes.room("a") == 1
    await finish(slow)
    assert lanes.room("a") == PLACES + IN_LINE


async def test_a_place_is_free_again_whatever_happened_on_it():
    lanes = Lanes()
    going = await go(lanes, PLACES)
    going[0].task.cancel()
    await asyncio.gather(going[0].task, return_exceptions=True)
    with pytest.raises(ZeroDivisionError):
        async with lanes.place("a"):
            raise ZeroDivisionError
    [again] = await go(lanes, 1)
    assert again.there
    await finish([*going[1:], again])
    assert lanes.room("a") == PLACES + IN_LINE


def test_who_is_put_off_comes_in_turn_and_as_many_as_there_is_room_for():
    lines = PutOff()
    for number in range(3):
        lines.add(f"a{number}", "a")
        lines.add(f"b{number}", "b")
    assert lines.take({"a": 2, "b": 0}.__getitem__, most=9) == ["a0", "a1"]
    assert lines.ids == {"a2", "b0", "b1", "b2"}
    assert lines.take({"a": 5, "b": 5}.__getitem__, most=2) == ["a2", "b0"]
    assert lines.take({"b": 5}.__getitem__, most=9) == ["b1", "b2"]
    assert lines.take({}.__getitem__, most=9) == []
    assert not lines.ids
