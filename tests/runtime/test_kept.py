"""What keeps lists and values: the store and the memory of dry-runs do the same, and a step is done once."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.actions.data import rendered
from omiflow.actions.kept_data import KeptData
from omiflow.actions.list_add import MOST_ITEMS
from omiflow.actions.table import ACTIONS
from omiflow.engine.surroundings import Person
from omiflow.model import Done, Outcome, Rejected, Retry
from omiflow.proof.kept_in_memory import KeptInMemory
from omiflow.runtime.keeper import Keeper
from omiflow.store.store import Store, open_store
from omiflow.store.sweep import CHANGES_KEPT, sweep

NOW = 1_772_442_000.0


@dataclass
class Clock:
    at: float = NOW

    def now(self) -> float:
        return self.at

    def arrival(self, told: float | None) -> float:
        return self.at if told is None else told


class Keeping(Protocol):
    async def __call__(self, action: str, *, step: str | None = None, **data: Any) -> Outcome: ...


def data_of(action: str, data: dict[str, Any]) -> KeptData:
    made = rendered(ACTIONS[action].data, data)
    assert isinstance(made, KeptData)
    return made


def by_store(store: Store, clock: Clock) -> Keeping:
    keeper, numbers = Keeper(store, clock), iter(range(10**9))

    async def do(action: str, *, step: str | None = None, **data: Any) -> Outcome:
        wish = data_of(action, data).wish_of(uid="u1", app="a", group="g")
        if isinstance(wish, Rejected):
            return wish
        return await keeper.answer(wish, run_id="r", step=step or f"{next(numbers)}")

    return do


def by_memory(clock: Clock) -> Keeping:
    memory, numbers = KeptInMemory(), iter(range(10**9))

    async def do(action: str, *, step: str | None = None, **data: Any) -> Outcome:
        step = step or f"{next(numbers)}"
        made = data_of(action, data)
        return memory.perform(made, uid="u1", app="a", group="g", run_id="r", step=step, now=clock.at)

    return do


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/o.db")
    yield opened
    await opened.close()


@pytest.fixture(params=["store", "memory"])
def do(request: pytest.FixtureRequest, store: Store, clock: Clock) -> Keeping:
    """Give a function that does steps: as live, or as a dry-run."""
    return by_store(store, clock) if request.param == "store" else by_memory(clock)


async def test_items_come_back_in_the_order_they_were_added(do: Keeping) -> None:
    items: list[Any] = ["milk", 1, None, {"a": [1.5, True]}, [], "milk", "日本語 \x00"]
    for number, item in enumerate(items, 1):
        assert await do("list.add", name="a", item=item) == Done({"items": items[:number]})
    assert await do("list.get", name="a") == Done({"items": items})
    assert await do("list.get", name="b") == Done({"items": []})


async def test_taking_gives_the_oldest_or_the_one_that_was_named(do: Keeping) -> None:
    for item in ("milk", "bread", "milk", "tea"):
        await do("list.add", name="a", item=item)
    assert await do("list.take", name="a") == Done({"item": "milk", "items": ["bread", "milk", "tea"]})
    assert await do("list.take", name="a", item="milk") == Done({"item": "milk", "items": ["bread", "tea"]})
    assert await do("list.take", name="a", item="milk") == Done({"item": None, "items": ["bread", "tea"]})
    assert await do("list.take", name="a", item=None) == Done({"item": None, "items": ["bread", "tea"]})
    await do("list.add", name="a", item="jam")
    assert await do("list.take", name="a") == Done({"item": "bread", "items": ["tea", "jam"]})
    assert await do("list.take", name="empty") == Done({"item": None, "items": []})


async def test_a_unique_item_is_added_once(do: Keeping) -> None:
    await do("list.add", name="a", item={"a": 1, "b": 2})
    again = await do("list.add", name="a", item={"b": 2.0, "a": 1}, unique=True)
    assert again == Done({"items": [{"a": 1, "b": 2}]})
    assert await do("list.add", name="a", item=True, unique=True) == Done({"items": [{"a": 1, "b": 2}, True]})
    assert await do("list.add", name="a", item=1, unique=True) == Done({"items": [{"a": 1, "b": 2}, True, 1]})


async def test_a_value_is_what_it_was_set_to_last(do: Keeping) -> None:
    assert await do("value.get", name="a") == Done({"value": None})
    for value in ("x", {"a": [1]}, 0, False, "", []):
        assert await do("value.set", name="a", value=value) == Done({"value": value})
        assert await do("value.get", name="a") == Done({"value": value})
    assert await do("value.set", name="a", value=None) == Done({"value": None})
    assert await do("value.get", name="a") == Done({"value": None})


async def test_a_number_is_counted_on_from_nothing(do: Keeping) -> None:
    assert await do("value.add", name="a") == Done({"value": 1})
    assert await do("value.add", name="a", by=2.5) == Done({"value": 3.5})
    assert await do("value.add", name="a", by=-0.5) == Done({"value": 3})
    assert await do("value.get", name="a") == Done({"value": 3})


async def test_numbers_with_a_point_are_added_as_people_do(do: Keeping) -> None:
    await do("value.set", name="a", value=12.1)
    assert await do("value.add", name="a", by=0.2) == Done({"value": 12.3})


@pytest.mark.parametrize(
    ("value", "by", "wrong"),
    [
        ("3", 1, "value 'a' is no number; set it to one with 'value.set' first"),
        (True, 1, "value 'a' is no number; set it to one with 'value.set' first"),
        ([1], 1, "value 'a' is no number; set it to one with 'value.set' first"),
        (1e308, 1e308, "value 'a' would become too large a number"),
        (10**400, 0.5, "value 'a' would become too large a number"),
    ],
)
async def test_what_cannot_be_counted_is_rejected_and_stays(do: Keeping, value: Any, by: float, wrong: str) -> None:
    kept = await do("value.set", name="a", value=value)
    assert await do("value.add", name="a", by=by) == Rejected(wrong)
    assert await do("value.get", name="a") == kept


async def test_what_has_expired_is_not_there(do: Keeping, clock: Clock) -> None:
    await do("list.add", name="a", item="gone", expires="10s")
    await do("list.add", name="a", item="stays")
    await do("list.add", name="a", item="gone later", expires="2026-03-02T09:00:20Z")
    await do("value.set", name="v", value=5, expires="10s")
    clock.at += 9.9
    assert await do("list.get", name="a") == Done({"items": ["gone", "stays", "gone later"]})
    assert await do("value.get", name="v") == Done({"value": 5})
    clock.at += 0.1
    assert await do("list.get", name="a") == Done({"items": ["stays", "gone later"]})
    assert await do("value.get", name="v") == Done({"value": None})
    assert await do("value.add", name="v") == Done({"value": 1})
    assert await do("list.add", name="a", item="gone", unique=True) == Done({"items": ["stays", "gone later", "gone"]})
    clock.at += 10
    assert await do("list.take", name="a") == Done({"item": "stays", "items": ["gone"]})


@pytest.mark.parametrize("expires", ["0s", "2026-03-02T08:59:59Z"])
async def test_what_has_expired_already_is_never_there(do: Keeping, expires: str) -> None:
    assert await do("list.add", name="a", item=1, expires=expires) == Done({"items": []})
    await do("value.set", name="a", value=1)
    assert await do("value.add", name="a", expires=expires) == Done({"value": None})
    await do("value.set", name="a", value=1)
    assert await do("value.set", name="a", value=2, expires=expires) == Done({"value": None})
    assert await do("value.get", name="a") == Done({"value": None})


async def test_counting_leaves_the_time_at_which_a_value_expires_unless_it_names_another(
    do: Keeping, clock: Clock
) -> None:
    await do("value.add", name="a", expires="10s")
    await do("value.set", name="b", value=1, expires="10s")
    clock.at += 6
    assert await do("value.add", name="a") == Done({"value": 2})
    assert await do("value.add", name="b", expires="10s") == Done({"value": 2})
    clock.at += 6
    assert await do("value.get", name="a") == Done({"value": None})
    assert await do("value.get", name="b") == Done({"value": 2})
    await do("value.set", name="b", value=3)
    clock.at += 1000
    assert await do("value.get", name="b") == Done({"value": 3})


async def test_a_list_has_an_end(do: Keeping) -> None:
    large = "x" * 99_000
    for _ in range(10):
        assert isinstance(await do("list.add", name="a", item=large), Done)
    full = Rejected("list 'a' is full with 1 MB; take some, or let them expire")
    assert await do("list.add", name="a", item=large) == full
    assert isinstance(await do("list.take", name="a"), Done)
    assert isinstance(await do("list.add", name="a", item=large), Done)


def test_a_list_has_room_for_ten_thousand_items() -> None:
    wish = data_of("list.add", {"name": "a", "item": 1}).wish_of(uid="u1", app="a", group=None)
    assert not isinstance(wish, Rejected)
    assert wish.change([0] * (MOST_ITEMS - 1), NOW).answer["items"][-1] == 1
    assert wish.change([0] * MOST_ITEMS, NOW) == Rejected(
        "list 'a' is full with 10000 items; take some, or let them expire"
    )


async def test_a_step_that_is_done_again_gets_the_answer_it_got_and_changes_nothing(do: Keeping) -> None:
    first = await do("list.add", step="s1", name="a", item="milk")
    await do("list.add", name="a", item="tea")
    assert await do("list.add", step="s1", name="a", item="milk") == first
    taken = await do("list.take", step="s2", name="a")
    assert await do("list.take", step="s2", name="a") == taken
    assert await do("list.get", name="a") == Done({"items": ["tea"]})
    for _ in range(3):
        assert await do("value.add", step="s3", name="n") == Done({"value": 1})
    assert await do("value.add", name="n") == Done({"value": 2})


async def test_a_step_that_was_rejected_may_do_better_next_time(do: Keeping) -> None:
    await do("value.set", name="n", value="x")
    assert isinstance(await do("value.add", step="s", name="n"), Rejected)
    await do("value.set", name="n", value=1)
    assert await do("value.add", step="s", name="n") == Done({"value": 2})


async def test_what_is_given_away_is_no_part_of_what_is_kept(do: Keeping) -> None:
    item = {"a": [1]}
    answer = await do("list.add", step="s", name="a", item=item)
    assert isinstance(answer, Done)
    item["a"].append(2)
    answer.answer["items"][0]["a"].append(3)
    answer.answer["items"].append(4)
    assert await do("list.get", name="a") == Done({"items": [{"a": [1]}]})
    assert await do("list.add", step="s", name="a", item=item) == Done({"items": [{"a": [1]}]})


NAMES = st.sampled_from(["a", "b"])
THINGS = st.sampled_from([1, True, "milk", None, {"a": 1}, 2.5, "1"])
LASTING = st.sampled_from([{}, {}, {"expires": "5s"}, {"expires": "0s"}, {"expires": "2026-03-02T09:00:07Z"}])
OWNERS = st.sampled_from(["user", "user", "app", "group"])
STEPS = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.just("list.add"), st.fixed_dictionaries({"item": THINGS, "unique": st.booleans()}), LASTING),
            st.tuples(
                st.just("list.take"), st.one_of(st.just({}), st.fixed_dictionaries({"item": THINGS})), st.just({})
            ),
            st.tuples(st.just("list.get"), st.just({}), st.just({})),
            st.tuples(st.just("value.set"), st.fixed_dictionaries({"value": THINGS}), LASTING),
            st.tuples(st.just("value.add"), st.fixed_dictionaries({"by": st.sampled_from([1, -2, 0.5])}), LASTING),
            st.tuples(st.just("value.get"), st.just({}), st.just({})),
        ),
        NAMES,
        OWNERS,
        st.sampled_from([0.0, 0.0, 1.0, 4.0]),
        st.sampled_from([None, None, "s1", "s2"]),
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_the_store_and_the_memory_answer_alike(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    async def answers(make: Callable[[Clock], Keeping]) -> list[Outcome]:
        clock, given = Clock(), []
        do = make(clock)
        for (action, data, lasting), name, owner, later, step in steps:
            clock.at += later
            given.append(await do(action, step=step, name=name, scope=owner, **data, **lasting))
        return given

    async def both() -> tuple[list[Outcome], list[Outcome]]:
        store = await open_store(f"sqlite:///{tmp_path_factory.mktemp('db')}/o.db")
        try:
            return await answers(lambda clock: by_store(store, clock)), await answers(by_memory)
        finally:
            await store.close()

    by_store_, by_memory_ = asyncio.run(both())
    assert by_store_ == by_memory_


async def test_a_hundred_at_once_are_a_hundred_one_after_the_other(store: Store, clock: Clock) -> None:
    do = by_store(store, clock)
    added = await asyncio.gather(*(do("list.add", name="a", item=n) for n in range(100)))
    lengths = [len(outcome.answer["items"]) for outcome in added if isinstance(outcome, Done)]
    assert lengths == list(range(1, 101))
    counted = await asyncio.gather(*(do("value.add", name="n") for _ in range(100)))
    assert [outcome.answer["value"] for outcome in counted if isinstance(outcome, Done)] == list(range(1, 101))
    taken = await asyncio.gather(*(do("list.take", name="a") for _ in range(101)))
    assert [outcome.answer["item"] for outcome in taken if isinstance(outcome, Done)] == [*range(100), None]
    assert store.writer.batches < 100


async def test_all_is_there_after_a_restart(tmp_path: Path, clock: Clock) -> None:
    for life in range(3):
        store = await open_store(f"sqlite:///{tmp_path}/o.db")
        do = by_store(store, clock)
        assert await do("value.add", step=f"a{life}", name="n") == Done({"value": life + 1})
        assert await do("value.add", step="a0", name="n") == Done({"value": 1})
        await store.close()


async def test_a_store_that_is_full_is_asked_again_later(store: Store, clock: Clock) -> None:
    do = by_store(store, clock)
    await do("list.add", name="a", item=1)
    await store.change(
        lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={c.exec_driver_sql('PRAGMA page_count').scalar()}")
    )
    outcomes = await asyncio.gather(*(do("list.add", step=f"s{n}", name="a", item="x" * 90_000) for n in range(5)))
    assert {type(outcome) for outcome in outcomes} == {Retry}
    assert "has no room to grow" in outcomes[0].reason
    assert await do("list.get", name="a") == Done({"items": [1]})
    await store.change(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1000000"))
    assert isinstance(await do("list.add", step="s0", name="a", item="tea"), Done)


async def test_a_sweep_removes_what_expired_and_answers_nobody_will_ask_for(store: Store, clock: Clock) -> None:
    do = by_store(store, clock)
    for number in range(3):
        await do("list.add", name="a", item=number, expires=f"{number + 1}m")
        await do("value.set", name=f"v{number}", value=number, expires=f"{number + 1}m")
    await do("list.add", name="a", item="stays")
    await do("value.set", name="stays", value=1)

    async def counts() -> list[int]:
        def count(connection: Any) -> list[int]:
            tables = ("kept_items", "kept_values", "changes")
            return [connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() for table in tables]

        return await store.read(count)

    assert await counts() == [4, 4, 8]
    await sweep(store, NOW + 120)
    assert await counts() == [2, 2, 8]
    await sweep(store, NOW + CHANGES_KEPT - 1)
    assert await counts() == [1, 1, 8]
    await sweep(store, NOW + CHANGES_KEPT)
    assert await counts() == [1, 1, 0]


KILLED = """
import asyncio, json, sys
from omiflow.actions.data import rendered
from omiflow.actions.table import ACTIONS
from omiflow.runtime.clock import WallClock
from omiflow.runtime.keeper import Keeper
from omiflow.store.store import open_store

async def client(keeper, number):
    for count in range(10**9):
        run = f"{number}-{count}"
        for action, data in (("list.add", {"name": "l", "item": run}), ("value.add", {"name": "n"})):
            wish = rendered(ACTIONS[action].data, data).wish_of(uid="u1", app="a", group=None)
            outcome = await keeper.answer(wish, run_id=run, step=action)
            sys.stdout.write(json.dumps([run, action, outcome.answer]) + "\\n")
            sys.stdout.flush()

async def main():
    keeper = Keeper(await open_store(sys.argv[1]), WallClock())
    await asyncio.gather(*(client(keeper, number) for number in range(8)))

asyncio.run(main())
"""


def answered_until_killed(url: str, *, seed: int) -> dict[tuple[str, str], Any]:
    """Do steps in a process that is killed, and give the answers it got."""
    with subprocess.Popen([sys.executable, "-c", KILLED, url], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            lines = [child.stdout.readline() for _ in range(random.Random(seed).randint(1, 300))]
        finally:
            child.kill()
        lines += child.stdout.read().splitlines(keepends=True)
    return {(run, action): answer for run, action, answer in (json.loads(x) for x in lines if x.endswith("\n"))}


@pytest.mark.parametrize("seed", range(3))
async def test_a_step_that_a_kill_parted_from_its_journal_is_not_done_twice(tmp_path: Path, seed: int) -> None:
    url = f"sqlite:///{tmp_path}/o.db"
    answered = answered_until_killed(url, seed=seed)
    latest = [max((int(run.split("-")[1]) for run, _ in answered if run[0] == f"{n}"), default=-1) for n in range(8)]
    again = [f"{number}-{count}" for number in range(8) for count in range(latest[number] + 2)]
    store = await open_store(url)
    keeper = Keeper(store, Clock())
    for _ in range(2):
        for run in again:
            for action, data in (("list.add", {"name": "l", "item": run}), ("value.add", {"name": "n"})):
                wish = data_of(action, data).wish_of(uid="u1", app="a", group=None)
                assert not isinstance(wish, Rejected)
                outcome = await keeper.answer(wish, run_id=run, step=action)
                assert isinstance(outcome, Done)
                assert answered.get((run, action), outcome.answer) == outcome.answer
    do = by_store(store, Clock())
    items, number = await do("list.get", name="l"), await do("value.get", name="n")
    assert isinstance(items, Done)
    assert sorted(items.answer["items"]) == sorted(again)
    assert number == Done({"value": len(again)})
    await store.close()


RULES = """
rules:
  - id: r
    triggers: [{trigger: webhook, name: go}]
    actions:
      - repeat:
          count: 2
          sequence:
            - {action: list.add, data: {name: seen, item: "{{ repeat.index }}", scope: group}, response_variable: added}
            - {action: value.add, data: {name: n, scope: app}, response_variable: n}
      - {action: list.take, data: {name: seen, scope: group}, response_variable: taken}
      - action: http.request
        connection: home
        data: {method: POST, url: /end, json: {n: "{{ n.value }}", taken: "{{ taken.item }}", left: "{{ taken.items }}"}}
"""


async def test_a_run_that_crashed_before_its_journal_was_written_goes_on_with_what_it_did(works: Any) -> None:
    made = await works(RULES, people={"u1": Person(uid="u1", timezone="UTC", group="family")})
    await made.door.post("webhook", {}, webhook="go")
    run = (await made.run()).run
    keeper = Keeper(made.store, made.clock)
    for step, action, data in (
        ("actions[0].repeat[0].sequence[0]", "list.add", {"name": "seen", "item": 1, "scope": "group"}),
        ("actions[0].repeat[0].sequence[1]", "value.add", {"name": "n", "scope": "app"}),
    ):
        wish = data_of(action, data).wish_of(uid="u1", app="default", group="family")
        assert isinstance(await keeper.answer(wish, run_id=run.id, step=step), Done)
    await made.settle()
    [arrival] = made.outside.to("/end")
    assert arrival.body == {"n": 2, "taken": arrival.body["taken"], "left": [arrival.body["left"][0]]}
    assert len(arrival.body["left"]) == 1
    assert (await made.run()).run.state == "done"


async def test_a_user_without_a_group_fails_the_step_with_words(works: Any) -> None:
    made = await works(RULES)
    await made.door.post("webhook", {}, webhook="go")
    await made.settle()
    run = (await made.run()).run
    assert run.state == "failed"
    assert "'users:' in omiflow.yaml" in run.reason
