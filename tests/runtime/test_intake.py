"""What the door lets in, what it knows already, and what it remembers when the store fails."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from omiflow.engine.deliveries import RecentDeliveries
from omiflow.engine.index import RuleSet
from omiflow.engine.surroundings import App
from omiflow.errors import BadRequest, StoreFault
from omiflow.runtime.clock import RequestClock
from omiflow.runtime.users import Users

RULES = """
rules:
  - id: advice
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions: [{action: omi.prompt, data: {prompt: "Say: {{ trigger.text }}"}}]
  - id: conversation
    triggers: [{trigger: memory_created}]
    actions: [{action: omi.reply, data: {message: "About {{ event.structured.title }}"}}]
  - id: rare
    triggers: [{trigger: webhook, name: ci}]
    throttle: {limit: 1, period: 1h}
    actions: [{action: log.write, data: {message: built}}]
  - id: tap
    triggers: [{trigger: button_event}]
    actions: [{action: log.write, data: {message: tapped}}]
  - id: day
    triggers: [{trigger: day_summary}]
    actions: [{action: log.write, data: {message: summed up}}]
"""
PROMPT = {"notification": {"prompt": "Say: any advice", "params": []}}


def conversation(title: str, **more):
    return {"id": "m1", "structured": {"title": title}, **more}


async def test_the_same_conversation_gets_the_answer_of_the_first(enter):
    door = await enter(RULES)
    first = await door.post("memory_created", conversation("one"))
    again = await door.post("memory_created", conversation("two"))
    assert first == again == {"message": "About one"}
    assert await door.runs() == [("conversation", "answered")]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({"idempotency_key": "k1"}, {"idempotency_key": "k1"}, True),
        ({"idempotency_key": "k1"}, {"idempotency_key": "k2"}, True),
        ({"idempotency_key": "k1"}, {}, True),
        ({"x_omi_idempotency_key": "k1"}, {"idempotency_key": "k1"}, True),
        ({}, {"uid": "u2"}, False),
        ({}, {"app": "other"}, False),
        ({"idempotency_key": "k1"}, {"idempotency_key": "k1", "app": "other"}, False),
        ({"idempotency_key": "k1"}, {"idempotency_key": "k1", "uid": "u2"}, False),
    ],
)
async def test_a_conversation_is_known_by_its_id_within_user_and_app(enter, first, second, same):
    door = await enter(RULES, apps={"default": App("default"), "other": App("other")})
    await door.post("memory_created", conversation("one"), **first)
    answer = await door.post("memory_created", conversation("two"), **second)
    assert answer == {"message": "About one" if same else "About two"}
    assert len(await door.events()) == (1 if same else 2)


@pytest.mark.parametrize("restart", [False, True], ids=["", "after-a-restart"])
@pytest.mark.parametrize(
    ("event", "first", "second"),
    [
        ("button_event", {"event_id": "e1", "button_event": "single_tap"}, {"event_id": "e1", "button_event": "long_tap"}),
        ("day_summary", {"summary_json": {"date": "2026-03-02", "headline": "A"}}, {"summary_json": {"date": "2026-03-02", "headline": "B"}}),
        ("day_summary", {"summary": "{'date': '2026-03-02'}"}, {"summary_json": {"date": "2026-03-02"}}),
    ],
)  # fmt: skip
async def test_what_calls_itself_the_same_fires_once(enter, event, first, second, restart):
    door = await enter(RULES)
    await door.post(event, first)
    if restart:
        door = await enter(RULES)
        door.clock.at += 86_400 * 3
    await door.post(event, second, idempotency_key="another")
    assert len(await door.events()) == 1
    assert len(await door.runs()) == 1


async def test_what_has_neither_key_nor_name_is_known_by_its_body(enter):
    door = await enter(RULES)
    for title in ("one", "one", "two"):
        await door.post("memory_created", {"structured": {"title": title}})
        await door.post("day_summary", {"summary": title})
    assert [event.name for event in await door.events()] == ["memory_created", "day_summary"] * 2


async def test_webhooks_are_known_by_their_key_alone_and_by_their_name(enter):
    door = await enter(RULES)
    for webhook, headers in (
        ("ci", {}),
        ("ci", {}),
        ("a", {"idempotency_key": "k"}),
        ("a", {"idempotency_key": "k"}),
        ("b", {"idempotency_key": "k"}),
    ):
        await door.post("webhook", {"n": 1}, webhook=webhook, uid=None, **headers)
    assert [event.webhook for event in await door.events()] == ["ci", "ci", "a", "b"]


async def test_a_deferred_conversation_does_not_take_its_id(enter):
    door = await enter(RULES)
    headers = {"x_omi_idempotency_key": "conversation:m1:finalization"}
    assert await door.post("memory_created", conversation("", deferred=True), **headers) == {"message": "About "}
    assert await door.post("memory_created", conversation("done"), **headers) == {"message": "About done"}
    assert await door.post("memory_created", conversation("again"), **headers) == {"message": "About done"}


async def test_two_duplicates_at_once_fire_once(enter):
    door = await enter(RULES)
    answers = await asyncio.gather(*(door.post("memory_created", conversation(f"t{n}")) for n in range(8)))
    assert answers == [{"message": "About t0"}] * 8
    spoken = await asyncio.gather(*(door.say("any advice", ids=["s1"]) for _ in range(8)))
    assert spoken == [PROMPT, *[{}] * 7]
    assert sorted(await door.runs()) == [("advice", "answered"), ("conversation", "answered")]


async def test_speech_is_known_by_its_segments_whatever_the_key(enter):
    door = await enter(RULES)
    assert await door.say("any advice", ids=["s1"], idempotency_key="k1") == PROMPT
    assert await door.say("any advice", ids=["s1"], idempotency_key="k1") == PROMPT
    assert await door.say("any advice", ids=["s1"], idempotency_key="k2") == {}
    assert await door.runs() == [("advice", "answered")]


async def test_a_corrected_segment_fires_once_more_only_for_new_words(enter):
    door = await enter(RULES)
    assert await door.say("any adv", ids=["s1"]) == {}
    assert await door.say("any advice", ids=["s1"]) == PROMPT
    door.clock.at += 31
    assert await door.say("any advice please", ids=["s1"]) == {}
    assert await door.say("any advice please, any advice", ids=["s1"]) == PROMPT
    assert len(await door.runs()) == 2


async def test_speech_is_known_after_a_restart(enter):
    door = await enter(RULES)
    await door.say("any advice", ids=["s1"], idempotency_key="k1")
    door = await enter(RULES)
    door.clock.at += 60
    assert await door.say("any advice", ids=["s1"], idempotency_key="k1") == PROMPT
    assert await door.say("any advice", ids=["s1"]) == {}
    assert await door.say("any advice", ids=["s2"]) == PROMPT


async def test_the_app_gets_the_prompt_that_a_developer_webhook_could_not_carry(enter):
    door = await enter(RULES)
    assert await door.say("any advice", ids=["s1"], idempotency_key="k1") == PROMPT
    assert await door.say("any advice", ids=["s1"]) == PROMPT
    assert await door.say("any advice", ids=["s1"]) == {}
    assert await door.runs() == [("advice", "answered")]


@pytest.mark.parametrize(
    "between",
    [
        {"texts": ["something else"], "ids": ["s2"]},
        {"texts": ["any advice"], "ids": ["s1"], "idempotency_key": "k2"},
    ],
    ids=["other-words", "another-developer-webhook"],
)
async def test_a_prompt_is_owed_for_the_same_speech_only(enter, between):
    door = await enter(RULES)
    await door.say("any advice", ids=["s1"], idempotency_key="k1")
    assert await door.say(*between.pop("texts"), **between) == {}
    assert await door.say("any advice", ids=["s1"]) == {}


async def test_a_developer_webhook_gets_nothing_after_the_app(enter):
    door = await enter(RULES)
    assert await door.say("any advice", ids=["s1"]) == PROMPT
    assert await door.say("any advice", ids=["s1"], idempotency_key="k1") == {}


async def test_a_user_over_the_rate_is_dropped_by_the_requests_time(enter):
    door = await enter(RULES, rate=2.0)
    assert [await door.say("any advice", ids=[f"s{n}"]) for n in range(4)][2:] == [{}, {}]
    assert len(await door.events()) == 2
    with pytest.raises(BadRequest) as refused:
        await door.post("webhook", {}, webhook="ci")
    assert refused.value.status == 429
    await door.post("webhook", {}, webhook="ci", uid=None)
    await door.post("memory_created", conversation("not limited"))
    await door.say("of someone else", uid="u2")
    door.clock.at += 1
    await door.say("again")
    assert len(await door.events()) == 6
    counted = door.intake.metrics.registry.get_sample_value
    assert counted("omiflow_events_total", {"event": "realtime_transcript", "outcome": "over_rate"}) == 2


async def test_without_a_rate_nobody_is_dropped(enter):
    door = await enter(RULES, rate=None)
    await asyncio.gather(*(door.say("words") for _ in range(100)))
    assert len(await door.events()) == 100


async def test_only_listed_users_are_let_in(enter):
    door = await enter(RULES, apps={"default": App("default", users=frozenset({"u1"}))})
    assert await door.say("any advice", uid="stranger") == {}
    assert await door.post("webhook", {"uid": "stranger"}, webhook="ci", uid=None) == {}
    assert await door.post("webhook", {"uid": "u1"}, webhook="ci", uid=None) == {}
    assert await door.say("any advice") == PROMPT
    assert [event.uid for event in await door.events()] == ["u1", "u1"]


async def test_a_webhook_takes_its_user_from_the_body_unless_the_query_has_one(enter):
    door = await enter(RULES)
    await door.post("webhook", {"uid": "body"}, webhook="ci", uid=None)
    await door.post("webhook", {"uid": "body"}, webhook="ci", uid="query")
    await door.post("webhook", {"uid": 7}, webhook="ci", uid=None)
    await door.post("webhook", ["no object"], webhook="ci", uid=None)
    assert [event.uid for event in await door.events()] == ["body", "query", "7", None]


async def test_nothing_is_remembered_when_the_store_fails(enter):
    door = await enter(RULES)
    await door.store.read(
        lambda connection: connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    )
    for attempt in (
        door.post("memory_created", conversation("one"), idempotency_key="k"),
        door.say("any advice", ids=["s1"], idempotency_key="k"),
        door.post("webhook", {}, webhook="ci"),
    ):
        with pytest.raises(StoreFault):
            await attempt
    assert (await door.events(), await door.runs(), door.woken) == ([], [], [])
    await door.store.read(lambda connection: connection.exec_driver_sql("DROP TRIGGER full"))
    assert await door.post("memory_created", conversation("two"), idempotency_key="k") == {"message": "About two"}
    assert await door.say("any advice", ids=["s1"], idempotency_key="k") == PROMPT
    await door.post("webhook", {}, webhook="ci")
    assert [rule for rule, _ in await door.runs()] == ["conversation", "advice", "rare"]


async def test_what_cannot_be_read_before_is_a_fault_of_the_store(enter):
    door = await enter(RULES)
    door.intake.decisions.tallies.complete = False
    await door.store.read(lambda connection: connection.exec_driver_sql("ALTER TABLE tallies RENAME TO hidden"))
    with pytest.raises(StoreFault):
        await door.post("webhook", {}, webhook="ci")
    await door.store.read(lambda connection: connection.exec_driver_sql("ALTER TABLE hidden RENAME TO tallies"))
    await door.post("webhook", {}, webhook="ci")
    assert [rule for rule, _ in await door.runs()] == ["rare"]


async def test_an_event_that_omiflow_fails_to_decide_is_kept_and_answered(enter):
    door = await enter(RULES)
    sound = door.intake.live.rules
    door.intake.live.rules = RuleSet(replace(rule, actions=None, has_inline=True) for rule in sound.rules)
    assert await door.post("memory_created", conversation("one")) == {}
    (event,) = await door.events()
    assert [(verdict.outcome, verdict.run_id) for verdict in event.trace] == [("failed", None)]
    assert [fault["event"] for fault in door.faults] == ["deciding failed"]
    door.intake.live.rules = sound
    assert await door.post("memory_created", conversation("two")) == {}
    assert await door.post("memory_created", {**conversation("two"), "id": "m2"}) == {"message": "About two"}


async def test_a_decision_that_cannot_be_written_down_is_our_fault_and_not_the_requests(enter):
    door = await enter(RULES)
    door.intake.live.rules = RuleSet(replace(rule, id=rule.id + "\ud83d") for rule in door.intake.live.rules.rules)
    assert await door.post("memory_created", conversation("half a pair")) == {}
    (event,) = await door.events()
    assert [verdict.outcome for verdict in event.trace] == ["failed"]
    assert await door.runs() == []


async def test_half_a_pair_in_an_answer_is_made_good(enter):
    door = await enter(
        RULES.replace('"About {{ event.structured.title }}"', """'{{ event.structured.title ~ "\\ud83d" }}'""")
    )
    assert await door.post("memory_created", conversation("half a pair")) == {"message": "half a pair\ufffd"}


async def test_unknown_events_are_told_once_and_counted(enter):
    door = await enter(RULES)
    for number in range(300):
        assert await door.post(f"event_{number % 150}", b"\x00") == {}
    assert len(door.logged) == 100
    count = door.intake.metrics.registry.get_sample_value(
        "omiflow_events_total", {"event": "unknown", "outcome": "ignored"}
    )
    assert count == 300


async def test_a_clock_set_by_requests_goes_on_from_the_last_one(enter):
    door = await enter(RULES, clock=RequestClock())
    door.clock.at = door.clock.arrival(1_700_000_000.0)
    await door.say("any advice", ids=["s1"])
    await door.post("webhook", {}, webhook="ci")
    clock = RequestClock()
    door = await enter(RULES, clock=clock)
    assert 0 <= clock.now() - 1_700_000_000.0 < 60
    door.clock.at = clock.arrival(1_700_000_020.0)
    assert await door.say("any advice", ids=["s1"]) == {}
    assert await door.say("any advice", ids=["s2"]) == {}
    await door.post("webhook", {}, webhook="ci")
    assert sorted(await door.runs()) == sorted(
        [("advice", "answered"), ("rare", "running"), ("advice", "throttled"), ("rare", "throttled")]
    )


async def test_a_forgotten_user_is_remembered_from_the_store(enter):
    door = await enter(RULES)
    door.intake.users = Users(most=2)
    await door.say("any advice", ids=["s1"])
    for number in range(4):
        await door.say("words", uid=f"other{number}")
    assert door.intake.users.get("default", "u1", now=door.clock.at).stream is None
    assert await door.say("any advice", ids=["s1"]) == {}
    assert await door.runs() == [("advice", "answered")]


async def test_only_runs_with_work_left_wake_the_runner(enter):
    door = await enter(RULES)
    await door.post("memory_created", conversation("answered at once"))
    assert door.woken == []
    await door.post("button_event", {"event_id": "e1", "button_event": "single_tap"})
    assert len(door.woken) == 1


async def test_speech_that_was_kept_long_ago_gets_the_answer_it_got_then(enter):
    door = await enter(RULES)
    first = await door.say("any advice", ids=["s1"], idempotency_key="k1")
    door.intake.deliveries = RecentDeliveries()
    door.clock.at += 3600
    door.intake.users = Users()
    door.intake.users.complete = True
    again = await door.say("any advice", ids=["s1"], idempotency_key="k1")
    assert first == again == PROMPT
    assert await door.runs() == [("advice", "answered")]


async def test_a_conversation_of_hours_with_thousands_of_phrases_is_taken_within_a_second(enter):
    door = await enter(RULES.replace("trigger: memory_created", "trigger: memory_created, phrases: [any advice]"))
    segments = [{"text": "Well, any advice on this?", "is_user": True, "start": n, "end": n + 1} for n in range(8_000)]
    began = time.process_time()
    answer = await door.post("memory_created", conversation("long", transcript_segments=segments))
    assert answer == {"message": "About long"}
    assert time.process_time() - began < 2.0


async def test_no_call_sets_off_more_than_five_hundred_occurrences(enter):
    door = await enter(RULES)
    began = time.process_time()
    answer = await door.say(*["any advice"] * 3_000)
    assert answer == PROMPT
    assert len(await door.runs()) == 500
    assert time.process_time() - began < 4.0


async def test_that_a_delivery_came_again_is_told_once_a_minute_of_each_user(enter):
    door = await enter(RULES)
    tap = {"button_event": "single_tap"}
    for uid in ("u1", "u1", "u1", "u2"):
        await door.post("button_event", tap, uid=uid)
    door.clock.at += 59
    await door.post("button_event", tap)
    told = [line for line in door.logged if line["event"].startswith("the same delivery again")]
    assert [(line["event_name"], line["uid"]) for line in told] == [("button_event", "u1")]
    door.clock.at += 1
    await door.post("button_event", tap)
    await door.post("button_event", tap, uid="u2")
    assert [line["uid"] for line in door.logged if line["event"].startswith("the same delivery")] == ["u1", "u1", "u2"]
    assert len(await door.events()) == 2
