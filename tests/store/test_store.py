"""What is kept comes back as it was, lists are in order and use indexes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict, replace
from sqlalchemy import event as sqlalchemy_event

from omiflow.errors import EnvironmentFault
from omiflow.model import Decision, Entry, Event, Gate, Mark, NewRun, Owed, Run, Spend, Verdict
from omiflow.store import kept, queries, spoken
from omiflow.store.database import open_database
from omiflow.store.records import (
    afterwards_rows,
    event_rows,
    journal_rows,
    open_slot_rows,
    paid_rows,
    rule_file_rows,
    run_state_rows,
    session_rows,
    source_rows,
)
from omiflow.store.store import Store, open_store
from omiflow.store.stored import StoredSpeech
from omiflow.store.sweep import SPEECH_KEPT, sweep


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(f"sqlite:///{tmp_path}/o.db")
    yield opened
    await opened.close()


def make_event(number: int, **fields: Any) -> Event:
    defaults = {"name": "realtime_transcript", "app": "a", "uid": "u1", "at": 90.0 + number, "received": 100.0 + number}
    return Event(**{"id": f"e{number:03}", "body": None, **defaults, **fields})


def make_run(number: int, **fields: Any) -> Run:
    defaults = {"rule": "tea", "source": "d1", "app": "a", "uid": "u1", "at": 100.0 + number, "state": "running"}
    return Run(**{"id": f"r{number:03}", "event_id": f"e{number:03}", **defaults, **fields})


FULL = Decision(
    event=make_event(1, webhook="door", late=True),
    verdicts=[
        Verdict(
            rule="tea",
            outcome="fired",
            run_id="r001",
            gates=[Gate(gate="conditions", path="conditions[0]", passed=True, detail="'tea' was said", line=4)],
        ),
        Verdict(rule="milk", outcome="throttled", reason="1 per day"),
    ],
    runs=[
        NewRun(
            run=make_run(1, due=105.0, inputs={"user": {"name": "Kim"}, "matched": ["thé", 1, None, 2.5]}),
            journal=[
                Entry(path="variables", kind="variables", at=101.0, value={"a": 1}),
                Entry(path="x", kind="stop", at=1.0),
            ],
        ),
        NewRun(run=make_run(2, event_id="e001", state="answered")),
    ],
    spends=[
        Spend(tally="throttle:tea", key="a|u1", at=101.0, expires=200.0),
        Spend(tally="throttle:tea", key="a|u1", at=100.0, expires=150.0),
        Spend(tally="dedupe:tea", key="a|u1", at=101.0, expires=300.0),
    ],
    marks=[
        Mark(rule="tea", segment="s1", first=0, last=1),
        Mark(rule="tea", segment="s1", first=4, last=4),
        Mark(rule="milk", segment="s1", first=0, last=2),
    ],
    answer={"message": "a cup of tea"},
)


async def keep_full(store: Store) -> None:
    request = {"method": "POST", "query": {"uid": "u1"}, "headers": {"content-type": "application/json"}}
    await store.commit(event_rows(FULL, raw_body=b'{"raw": "\xc3\xa9"}', request=request, keys=["k1", "k2", "k1"]))


async def test_an_event_comes_back_as_it_was_received_and_decided(store: Store) -> None:
    await keep_full(store)
    event = await store.read(queries.get_event, "e001")
    assert event is not None
    expected = {
        name: getattr(FULL.event, name) for name in ("id", "app", "uid", "name", "webhook", "at", "received", "late")
    }
    assert {name: getattr(event, name) for name in expected} == expected
    assert event.body == b'{"raw": "\xc3\xa9"}'
    assert event.request is not None
    assert event.request["query"] == {"uid": "u1"}
    assert event.answer == FULL.answer
    assert event.trace == FULL.verdicts


async def test_a_plain_event_is_one_row_and_comes_back_with_nothing_set(store: Store) -> None:
    commit = event_rows(Decision(event=make_event(1, uid=None)), raw_body=b"{}")
    assert [name for name, _ in commit.statements] == ["event"]
    await store.commit(commit)
    event = await store.read(queries.get_event, "e001")
    assert event is not None
    assert (event.uid, event.request, event.answer, event.trace, event.late) == (None, None, {}, [], False)


async def test_a_run_comes_back_with_its_journal_and_its_event(store: Store) -> None:
    await keep_full(store)
    await store.commit(journal_rows("r001", 2, [Entry(path="actions[0]", kind="done", at=102.0, value=[1])]))
    stored = await store.read(queries.load_run, "r001")
    assert stored is not None
    assert stored.run == FULL.runs[0].run
    assert stored.journal == [*FULL.runs[0].journal, Entry(path="actions[0]", kind="done", at=102.0, value=[1])]
    assert stored.event == await store.read(queries.get_event, "e001")
    assert stored.ended_at is None


async def test_a_run_that_is_born_ended_has_the_time_of_its_end(store: Store) -> None:
    await keep_full(store)
    stored = await store.read(queries.load_run, "r002")
    assert stored is not None
    assert (stored.run.state, stored.ended_at) == ("answered", 102.0)


async def test_the_state_of_a_run_is_kept_together_with_its_journal(store: Store) -> None:
    await keep_full(store)
    ended = replace(FULL.runs[0].run, state="failed", reason="no tea", due=None, source="d2")
    await store.commit(
        journal_rows("r001", 2, [Entry(path="x", kind="rejected", at=110.0)]) + run_state_rows(ended, ended_at=110.0)
    )
    stored = await store.read(queries.load_run, "r001")
    assert stored is not None
    assert (stored.run, stored.ended_at, len(stored.journal)) == (ended, 110.0, 3)


@pytest.mark.parametrize("query", [queries.get_event, queries.load_run, queries.load_source])
async def test_what_is_not_there_is_none(store: Store, query: Any) -> None:
    assert await store.read(query, "none") is None


async def test_a_delivery_is_found_by_any_of_its_keys_within_its_app(store: Store) -> None:
    await keep_full(store)
    assert await store.read(queries.find_delivery, "a", ["other", "k2"]) == ("e001", {"message": "a cup of tea"})
    assert await store.read(queries.find_delivery, "b", ["k1"]) is None
    assert await store.read(queries.find_delivery, "a", []) is None
    recent = await store.read(queries.recent_deliveries, 101.0)
    assert {(line.app, line.key, line.event_id, line.answer["message"]) for line in recent} == {
        ("a", "k1", "e001", "a cup of tea"),
        ("a", "k2", "e001", "a cup of tea"),
    }
    assert await store.read(queries.recent_deliveries, 101.1) == []


async def test_spends_that_still_count_come_back_by_tally_and_key_oldest_first(store: Store) -> None:
    await keep_full(store)
    tea, dedupe, other = ("throttle:tea", "a|u1"), ("dedupe:tea", "a|u1"), ("throttle:tea", "a|u2")
    assert await store.read(queries.load_spends, [tea, dedupe, other], now=140.0) == {
        tea: [FULL.spends[1], FULL.spends[0]],
        dedupe: [FULL.spends[2]],
        other: [],
    }
    assert await store.read(queries.load_spends, [tea], now=150.0) == {tea: [FULL.spends[0]]}
    many = [("throttle:tea", f"{n}") for n in range(1000)] + [tea]
    assert (await store.read(queries.load_spends, many, now=140.0))[tea] == [FULL.spends[1], FULL.spends[0]]


async def test_marks_of_a_user_come_back_by_event(store: Store) -> None:
    await keep_full(store)
    later = Decision(event=make_event(2), marks=[Mark(rule="tea", segment="s1", first=6, last=7)])
    await store.commit(event_rows(later, raw_body=b"{}"))
    found = await store.read(spoken.load_marks, "a", "u1", 0.0)
    assert found == {"e001": sorted(FULL.marks, key=lambda mark: (mark.rule, mark.first)), "e002": later.marks}
    assert await store.read(spoken.load_marks, "a", "u1", 102.0) == {"e002": later.marks}
    assert await store.read(spoken.load_marks, "a", "u2", 0.0) == {}


async def test_a_user_has_one_session_and_one_alarm(store: Store) -> None:
    for began, due in ((1.0, 4.0), (5.0, 8.0)):
        await store.commit(session_rows("a", "u1", began) + open_slot_rows("a", "u1", due))
    await store.commit(open_slot_rows("a", "u2", 7.0))
    assert await store.read(spoken.session_began, "a", "u1") == 5.0
    assert await store.read(spoken.session_began, "a", "u2") is None
    assert await store.read(spoken.all_open_slots) == [("a", "u2", 7.0), ("a", "u1", 8.0)]
    await store.commit(open_slot_rows("a", "u2", None))
    assert await store.read(spoken.all_open_slots) == [("a", "u1", 8.0)]


async def test_what_is_owed_is_known_until_an_answer_carries_it(store: Store) -> None:
    run = make_run(1, due=105.0)
    owed = [
        Owed(run_id="r001", path="actions[0]", field="message", value="a cup of tea", until=160.0),
        Owed(
            run_id="r001", path="actions[1]", field="notification", value={"prompt": "tea?", "params": []}, until=160.0
        ),
    ]
    await store.commit(event_rows(Decision(event=make_event(1)), raw_body=b"{}"))
    late = Decision(event=make_event(1), verdicts=FULL.verdicts, runs=[NewRun(run=run)], owed=owed)
    await store.commit(afterwards_rows(late, before=[Verdict(rule="milk", outcome="fired")], at=103.0))
    stored = await store.read(queries.get_event, "e001")
    assert stored is not None
    assert [verdict.rule for verdict in stored.trace] == ["milk", "tea", "milk"]
    assert await store.read(spoken.unpaid, 160.0) == [("a", "u1", one) for one in owed]
    assert await store.read(spoken.unpaid, 160.1) == []
    await store.commit(paid_rows(owed[:1], by="e002", at=111.0))
    assert await store.read(spoken.unpaid, 110.0) == [("a", "u1", owed[1])]
    assert await store.read(spoken.owed_of_run, "r001") == {
        "actions[0]": (owed[0], True),
        "actions[1]": (owed[1], False),
    }
    assert await store.read(queries.due_runs, 110.0, 10) == []
    assert await store.read(queries.due_runs, 111.0, 10) == ["r001"]


async def test_a_run_that_has_ended_is_not_begun_again_by_an_answer(store: Store) -> None:
    await keep_full(store)
    owed = Owed(run_id="r002", path="actions[0]", field="message", value="tea", until=160.0)
    await store.commit(paid_rows([owed], by="e002", at=111.0))
    assert await store.read(queries.due_runs, 999.0, 10) == ["r001"]


async def test_the_last_words_of_a_user_are_found_behind_other_events(store: Store) -> None:
    for number, fields in enumerate(({}, {}, {"name": "webhook"}, {"uid": "u2"}, {"app": "b"}), 1):
        await store.commit(event_rows(Decision(event=make_event(number, **fields)), raw_body=b"{}"))
    last = await store.read(spoken.last_speech, "a", "u1")
    assert last is not None
    assert last.id == "e002"
    assert await store.read(spoken.last_speech, "a", "u3") is None


async def test_what_was_said_before_is_one_users_in_one_app_oldest_first(store: Store) -> None:
    others: list[dict[str, Any]] = [{"uid": "u2"}, {"app": "b"}, {"name": "webhook"}]
    for number in range(12):
        fields = others[number % 4 - 1] if number % 4 else {}
        decision = Decision(event=make_event(number, **fields))
        await store.commit(event_rows(decision, raw_body=f"{number}".encode(), request={"query": {}}))
    ended = Decision(event=make_event(20, name="memory_created"))
    await store.commit(event_rows(ended, raw_body=b"end"))

    async def before(
        one: StoredSpeech | None = None, *, since: float = 0.0, span: float = 9.0, few: int = 0, limit: int = 9
    ) -> list[bytes]:
        found = await store.read(
            spoken.speech_before, "a", "u1", before=one, since=since, span=span, few=few, limit=limit
        )
        seen.update({item.body: item for item in found})
        return [item.body for item in found]

    seen: dict[bytes, StoredSpeech] = {}
    assert await before() == [b"0", b"4", b"8", b"end"]
    assert await before(span=4.0) == [b"4", b"8", b"end"]
    assert await before(span=0.0, few=3) == [b"4", b"8", b"end"]
    assert await before(limit=2) == [b"8", b"end"]
    assert await before(seen[b"8"], span=0.0) == [b"4"]
    assert await before(seen[b"8"], few=5, limit=5) == [b"0", b"4"]
    assert await before(seen[b"0"]) == []
    assert await before(since=108.0, limit=1) == [b"end"]
    assert await before(since=108.1) == []
    twin = Decision(event=make_event(3, id="e0035", received=104.0))
    await store.commit(event_rows(twin, raw_body=b"twin"))
    assert await before(seen[b"4"], span=0.0) == [b"twin"]
    assert await before(seen[b"twin"], span=0.0) == [b"0"]


async def test_due_runs_are_the_longest_waiting_first(store: Store) -> None:
    assert await store.read(queries.next_due) is None
    for number, due in enumerate([30.0, 10.0, None, 20.0]):
        decision = Decision(event=make_event(number), runs=[NewRun(run=make_run(number, due=due))])
        await store.commit(event_rows(decision, raw_body=b""))
    assert await store.read(queries.due_runs, 20.0, 9) == ["r001", "r003"]
    assert await store.read(queries.due_runs, 99.0, 1) == ["r001"]
    assert await store.read(queries.next_due) == 10.0
    await store.commit(run_state_rows(make_run(1, state="done"), ended_at=11.0))
    assert await store.read(queries.next_due) == 20.0


async def test_sources_and_rule_files_are_kept(store: Store) -> None:
    await store.commit(source_rows("d1", rule="tea", source={"id": "tea"}, at=1.0))
    await store.commit(source_rows("d1", rule="tea", source={"id": "changed"}, at=2.0))
    assert await store.read(queries.load_source, "d1") == {"id": "tea"}
    await store.commit(rule_file_rows("b.yaml", "old", at=1.0) + rule_file_rows("a.yaml", "a", at=1.0))
    await store.commit(rule_file_rows("b.yaml", "new", at=2.0))
    assert await store.read(queries.load_rule_files) == {"a.yaml": "a", "b.yaml": "new"}
    await store.commit(rule_file_rows("a.yaml", None, at=3.0))
    assert await store.read(queries.load_rule_files) == {"b.yaml": "new"}


async def fill(store: Store) -> None:
    """Keep ten events of two users, the even ones with a run of 'tea', every third with a failed run of 'milk'."""
    for number in range(10):
        uid = f"u{number % 2 + 1}"
        born = [make_run(number, uid=uid, state="done")] if number % 2 == 0 else []
        born += (
            [make_run(100 + number, event_id=f"e{number:03}", at=100.0 + number, uid=uid, rule="milk", state="failed")]
            if number % 3 == 0
            else []
        )
        received = 100.0 + number - number % 2  # two at a time
        decision = Decision(
            event=make_event(number, uid=uid, received=received), runs=[NewRun(run=run) for run in born]
        )
        await store.commit(event_rows(decision, raw_body=b""))


EVENT_LISTS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    ({"limit": 2}, [9, 8]),
    ({"limit": 3, "before": "e005"}, [4, 3, 2]),
    ({"limit": 3, "before": "e004"}, [3, 2, 1]),
    ({"user": "u1"}, [8, 6, 4, 2, 0]),
    ({"user": "u1", "before": "e004", "limit": 1}, [2]),
    ({"user": "nobody"}, []),
    ({"rule": "milk"}, [9, 6, 3, 0]),
    ({"rule": "milk", "user": "u2"}, [9, 3]),
    ({"state": "done", "limit": 2}, [8, 6]),
    ({"rule": "tea", "state": "failed"}, []),
    ({"since": 106.0}, [9, 8, 7, 6]),
    ({"since": 106.0, "rule": "milk"}, [9, 6]),
    ({"before": "unknown"}, []),
]


async def test_events_are_listed_newest_first_with_the_number_of_runs(store: Store) -> None:
    await fill(store)
    for wanted, expected in EVENT_LISTS:
        lines = await store.read(queries.list_events, **wanted)
        assert [int(line.id[1:]) for line in lines] == expected, wanted
    (line,) = await store.read(queries.list_events, limit=1, before="e007")
    assert asdict(line) == {
        "id": "e006", "event": "realtime_transcript", "name": None, "app": "a", "uid": "u1", "at": 96.0, "received": 106.0,
        "late": False, "runs": 2,
    }  # fmt: skip


async def test_events_with_a_run_that_very_many_have_are_listed_as_well(store: Store) -> None:
    await fill(store)
    often = [NewRun(run=make_run(1000 + n, event_id=f"e{n % 3 + 4:03}", rule="often")) for n in range(queries.FEW_RUNS)]
    await store.commit(event_rows(Decision(event=make_event(10), runs=often), raw_body=b""))
    lists: list[tuple[dict[str, Any], list[int]]] = [
        ({"rule": "often"}, [6, 5, 4]),
        ({"rule": "often", "user": "u1", "limit": 1}, [6]),
        ({"state": "running", "before": "e006"}, [5, 4]),
        ({"rule": "often", "state": "done"}, []),
    ]
    for wanted, expected in lists:
        lines = await store.read(queries.list_events, **wanted)
        assert [int(line.id[1:]) for line in lines] == expected, wanted


RUN_LISTS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["r109", "r008", "r106", "r006", "r004", "r103", "r002", "r100", "r000"]),
    ({"limit": 2, "before": "r106"}, ["r006", "r004"]),
    ({"rule": "milk"}, ["r109", "r106", "r103", "r100"]),
    ({"user": "u1", "limit": 2}, ["r008", "r106"]),
    ({"state": "failed", "since": 106.0}, ["r109", "r106"]),
    ({"state": "done", "rule": "milk"}, []),
]


@pytest.mark.parametrize(("wanted", "expected"), RUN_LISTS)
async def test_runs_are_listed_newest_first(store: Store, wanted: dict[str, Any], expected: list[str]) -> None:
    await fill(store)
    assert [line.id for line in await store.read(queries.list_runs, **wanted)] == expected


SAID = StoredSpeech(event_id="e002", name="realtime_transcript", received=102.0, request=None, body=b"")
QUESTIONS: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
    *((queries.list_events, (), wanted) for wanted, _ in EVENT_LISTS),
    *((queries.list_runs, (), wanted) for wanted, _ in RUN_LISTS),
    (queries.find_delivery, ("a", ["k1", "k2"]), {}),
    (queries.recent_deliveries, (5.0,), {}),
    (queries.load_spends, ([("t", "k"), ("t", "l")],), {"now": 1.0}),
    (spoken.speech_before, ("a", "u1"), {"before": None, "since": 1.0, "span": 1.0, "few": 9, "limit": 10}),
    (spoken.speech_before, ("a", "u1"), {"before": SAID, "since": 1.0, "span": 1.0, "few": 9, "limit": 10}),
    (spoken.load_marks, ("a", "u1", 1.0), {}),
    (spoken.session_began, ("a", "u1"), {}),
    (spoken.last_speech, ("a", "u1"), {}),
    (spoken.unpaid, (1.0,), {}),
    (spoken.owed_of_run, ("r001",), {}),
    (queries.due_runs, (1.0, 10), {}),
    (queries.next_due, (), {}),
    (queries.load_run, ("r001",), {}),
    (kept.items_on, (("user", "u1", "a"),), {"now": 1.0}),
    (kept.value_on, (("user", "u1", "a"),), {"now": 1.0}),
    (kept.recorded_answer, ("r001", "actions[0]"), {}),
]


async def test_no_question_reads_a_whole_table(store: Store) -> None:
    await fill(store)
    asked: list[tuple[str, Any]] = []
    sqlalchemy_event.listen(
        store.database.engine, "before_cursor_execute", lambda *seen: asked.append((seen[2], seen[3]))
    )
    for question, arguments, wanted in QUESTIONS:
        await store.read(question, *arguments, **wanted)
    plans = set()
    connection = store.database.connect()
    for sql, parameters in asked:
        if sql.startswith("SELECT"):
            plans |= {(line[3], sql) for line in connection.execute("EXPLAIN QUERY PLAN " + sql, parameters)}
    connection.close()
    assert len(plans) > len(QUESTIONS)
    scans = [plan for plan in plans if plan[0].startswith("SCAN") and "USING" not in plan[0]]
    assert [scan for scan in scans if "CONSTANT ROW" not in scan[0]] == []


async def test_a_sweep_removes_only_what_no_longer_counts(store: Store) -> None:
    old = make_event(1, received=1000.0)
    spends = [Spend(tally="t", key=f"{n}", at=1.0, expires=float(n // 3)) for n in range(3000)]
    marks = [Mark(rule="r", segment=f"{n}", first=0, last=1) for n in range(1200)]
    await store.commit(event_rows(Decision(event=old, spends=spends, marks=marks), raw_body=b""))
    young = Decision(event=make_event(2, received=2000.0), marks=[Mark(rule="r", segment="new", first=0, last=1)])
    owed = [
        Owed(run_id="r", path=path, field="message", value="", until=at) for path, at in (("old", 1e3), ("young", 2e3))
    ]
    await store.commit(event_rows(replace(young, owed=owed), raw_body=b"") + session_rows("a", "u1", 1000.0))
    await sweep(store, 900.0)
    left = await store.read(queries.load_spends, [("t", f"{n}") for n in range(3000)], now=0.0)
    assert sum(map(len, left.values())) == 3000 - 901 * 3
    found = await store.read(spoken.load_marks, "a", "u1", 0.0)
    assert {event: len(marks) for event, marks in found.items()} == {"e001": 1200, "e002": 1}
    assert await store.read(spoken.session_began, "a", "u1") == 1000.0
    assert set(await store.read(spoken.owed_of_run, "r")) == {"old", "young"}
    await sweep(store, 1000.0 + SPEECH_KEPT)
    assert await store.read(spoken.load_marks, "a", "u1", 0.0) == {"e002": young.marks}
    assert await store.read(spoken.session_began, "a", "u1") is None
    assert set(await store.read(spoken.owed_of_run, "r")) == {"young"}
    left = await store.read(queries.load_spends, [("t", f"{n}") for n in range(3000)], now=0.0)
    assert sum(map(len, left.values())) == 0


async def test_a_second_server_is_refused_and_the_first_goes_on(store: Store, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="another omiflow is serving"):
        await open_store(f"sqlite:///{tmp_path}/o.db")
    await keep_full(store)
    with open_database(f"sqlite:///{tmp_path}/o.db", reading=True) as beside, beside.engine.begin() as connection:
        assert queries.get_event(connection, "e001") is not None


async def test_all_is_there_after_the_store_was_closed_and_opened_again(tmp_path: Path) -> None:
    first = await open_store(f"sqlite:///{tmp_path}/o.db")
    await keep_full(first)
    await first.close()
    second = await open_store(f"sqlite:///{tmp_path}/o.db")
    assert (await second.read(queries.find_delivery, "a", ["k1"])) is not None
    await second.close()
