"""What the clock ends is decided when it is, once, and answered with the user's next call."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from omiflow.engine.owing import UNANSWERED
from omiflow.engine.surroundings import App
from omiflow.errors import StoreFault
from omiflow.runtime.lulls import AT_ONCE
from omiflow.runtime.settling import WAITING
from omiflow.runtime.users import Users
from omiflow.store.spoken import all_open_slots, unpaid

RULES = """
rules:
  - id: reminder
    triggers: [{trigger: realtime_transcript, phrases: ["remind me to {task}"]}]
    actions: [{action: log.write, data: {message: "{{ trigger.slots.task }}"}}]
"""
REPLY = """
rules:
  - id: reply
    triggers: [{trigger: realtime_transcript, phrases: ["remind me to {task}"]}]
    actions: [{action: omi.reply, data: {message: "I will remind you to {{ trigger.slots.task }}"}}]
"""
PROMPT = """
rules:
  - id: prompt
    triggers: [{trigger: realtime_transcript, phrases: ["what about {thing}"]}]
    actions:
      - {action: omi.prompt, data: {prompt: "{{ user_name }} asks about {{ trigger.slots.thing }}"}}
      - {action: log.write, data: {message: logged}}
  - id: own
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions: [{action: omi.prompt, data: {prompt: Give advice}}]
"""
SAID = "remind me to buy milk"
ANSWER = {"message": "I will remind you to buy milk"}
ASKED = {"notification": {"prompt": "{{user_name}} asks about the budget", "params": ["user_name"]}}


async def say(door: Any, text: str, **more: Any) -> Any:
    """Say something that ends just as it arrives."""
    end = door.clock.at % 10_000
    name = f"{text} {door.clock.at}"
    segment = {"id": name, "text": text, "is_user": True, "speaker": "SPEAKER_00", "speaker_id": 0}
    body = {"session_id": "u1", "segments": [segment | {"start": end - 2, "end": end}]}
    return await door.post("realtime_transcript", body, **more)


async def say_as_other(door: Any, text: str) -> Any:
    """Say something as somebody who is not the user."""
    end = door.clock.at % 10_000
    segment = {"id": f"other {end}", "text": text, "is_user": False, "speaker": "SPEAKER_01", "speaker_id": 1}
    return await door.post("realtime_transcript", {"segments": [segment | {"start": end - 1, "end": end}]})


async def wait(door: Any, seconds: float) -> None:
    """Let time pass, and the alarm ring."""
    door.clock.at += seconds
    await door.intake.lulls.look()


async def slots(door: Any) -> list[float]:
    """Give in how many seconds the stored alarms ring."""
    return [round(due - door.clock.at, 3) for _, _, due in await door.store.read(all_open_slots)]


async def test_an_open_slot_is_decided_when_nothing_more_is_said(enter):
    door = await enter(RULES)
    await say(door, SAID)
    assert (await door.runs(), await slots(door)) == ([], [3.0])
    await wait(door, 2.9)
    assert await door.runs() == []
    await wait(door, 0.1)
    assert (await door.runs(), await slots(door)) == ([("reminder", "running")], [])
    await wait(door, 60)
    assert len(await door.runs()) == 1
    assert len(door.woken) == 1


async def test_words_that_go_on_move_the_alarm(enter):
    door = await enter(RULES)
    await say(door, SAID)
    door.clock.at += 1.9
    await say(door, "and bread")
    await wait(door, 2)
    assert (await door.runs(), await slots(door)) == ([], [1.0])
    await wait(door, 1)
    [line] = await door.runs()
    assert line == ("reminder", "running")
    [first, second] = await door.events()
    assert (first.trace, [verdict.rule for verdict in second.trace]) == ([], ["reminder"])
    assert "buy milk and bread" in second.trace[0].gates[0].detail


async def test_what_is_due_is_decided_before_the_next_call_even_if_the_alarm_is_late(enter):
    door = await enter(REPLY)
    await say(door, SAID)
    door.clock.at += 5
    assert await say(door, "something else") == ANSWER
    assert await door.runs() == [("reply", "running")]
    assert await say(door, "something more") == {}


@pytest.mark.parametrize("ended", ["the alarm", "the next call"])
@pytest.mark.parametrize("down", [1.0, 30.0, 5_000.0])
async def test_a_start_finds_what_was_left_open(enter, down, ended):
    door = await enter(RULES)
    await say(door, SAID)
    clock = door.clock
    clock.at += down
    door = await enter(RULES, clock=clock)
    assert await door.runs() == []
    clock.at += 3 - min(down, 3)
    if ended == "the alarm":
        await wait(door, 0)
    else:
        await say(door, "something else")
        await wait(door, 10)
    assert await door.runs() == [("reminder", "running")]
    assert await slots(door) == []


async def test_a_start_keeps_both_alarms_of_two_speakers(enter):
    door = await enter(RULES)
    await say(door, SAID)
    door.clock.at += 1
    await say_as_other(door, "remind me to call Ana")
    door = await enter(RULES, clock=door.clock)
    await wait(door, 2)
    assert (await door.runs(), await slots(door)) == ([("reminder", "running")], [1.0])
    await wait(door, 1)
    assert (await door.runs(), await slots(door)) == ([("reminder", "running")] * 2, [])


async def test_somebody_elses_words_after_a_start_leave_the_alarm(enter):
    door = await enter(RULES)
    await say(door, SAID)
    door = await enter(RULES, clock=door.clock)
    door.clock.at += 1
    await say_as_other(door, "well")
    await wait(door, 2)
    assert await door.runs() == [("reminder", "running")]


async def test_a_user_who_was_forgotten_meanwhile_is_still_heard_to_the_end(enter):
    door = await enter(RULES)
    await say(door, SAID)
    door.intake.lulls.users = Users()
    await wait(door, 3)
    assert await door.runs() == [("reminder", "running")]


async def test_what_the_store_refuses_is_decided_later_and_once(enter):
    door = await enter(RULES)
    await say(door, SAID)
    commit = door.store.writer.commit
    door.store.writer.commit = refusing
    await wait(door, 3)
    await wait(door, 1)
    door.store.writer.commit = commit
    assert await door.runs() == []
    await wait(door, 1)
    await wait(door, 1)
    assert await door.runs() == [("reminder", "running")]
    assert len(door.faults) == 2


def refusing(_: Any) -> Any:
    raise StoreFault("no room")


async def test_what_goes_wrong_with_one_user_is_nothing_to_the_others_and_tried_again(enter):
    door = await enter(RULES)
    count = AT_ONCE + 8
    for number in range(count):
        await say(door, SAID, uid=f"user {number}")
    commit = door.store.writer.commit

    def failing(rows: Any) -> Any:
        if "user 0" in repr(rows.statements):
            raise RuntimeError("a fault of our own")
        return commit(rows)

    door.store.writer.commit = failing
    await wait(door, 3)
    assert len(await door.runs()) == count - 1
    door.store.writer.commit = commit
    await wait(door, 1)
    assert len(await door.runs()) == count


async def test_a_line_that_is_due_does_not_hide_the_alarm_of_a_later_one(enter):
    door = await enter(RULES)
    begun = door.clock.at
    await say(door, SAID)
    door.clock.at += 2
    await say_as_other(door, "remind me to call Ana")
    stream = await door.heard("u1")
    closes = [door.intake.lulls.closes("default", "u1", stream, now=begun + at) for at in (2, 3.5, 5)]
    assert closes == [begun + 3, begun + 5, None]


async def test_once_more_is_heard_after_a_start_no_alarm_is_set_for_what_is_not_open(enter):
    door = await enter(RULES)
    await say(door, SAID)
    door = await enter(RULES, clock=door.clock)
    door.clock.at += 1
    await say(door, "and bread. well")
    assert (await door.runs(), await slots(door)) == ([("reminder", "running")], [])


async def test_words_that_are_repeated_after_a_start_leave_the_alarm(enter):
    door = await enter(RULES)
    await door.say(SAID, ids=["s1"])
    door = await enter(RULES, clock=door.clock)
    door.clock.at += 1
    await door.say(SAID, ids=["s1"])
    assert await slots(door) == [2.0]
    await wait(door, 2)
    assert (await door.runs(), await slots(door)) == ([("reminder", "running")], [])


async def test_the_alarm_rings_by_itself(enter, hasten):
    door = await enter(RULES)
    loop = asyncio.get_running_loop()
    begun, at = loop.time(), door.clock.at
    door.clock.now = lambda: at + loop.time() - begun
    ringing = asyncio.create_task(door.intake.lulls.run())
    await asyncio.sleep(0)
    await say(door, SAID)
    hasten(3.0)
    async with asyncio.timeout(20):
        while not await door.runs():
            await asyncio.sleep(0.01)
    ringing.cancel()
    await asyncio.gather(ringing, return_exceptions=True)


async def test_an_answer_without_a_call_goes_into_the_next_one(works):
    made = await works(REPLY)
    await say(made.door, SAID)
    await wait(made.door, 3)
    await made.settle()
    run = (await made.run()).run
    assert (run.state, run.reason, await made.wait()) == ("waiting", WAITING, pytest.approx(60, abs=0.01))
    made.clock.at += 20
    assert await say(made.door, "something else") == ANSWER
    await made.settle()
    stored = await made.run()
    assert (stored.run.state, [entry.kind for entry in stored.journal]) == ("done", ["owed", "done"])
    assert stored.journal[-1].value == ANSWER
    assert await say(made.door, "and more") == {}
    await made.pass_time(100)
    assert made.outside.arrivals == []
    assert [event.answer for event in await made.door.events()] == [{}, ANSWER, {}]


async def test_the_other_steps_of_a_run_do_not_wait_for_the_call(works):
    made = await works(PROMPT)
    await say(made.door, "what about the budget")
    await wait(made.door, 3)
    await made.settle()
    assert [entry.kind for entry in (await made.run()).journal] == ["owed", "done"]
    assert await say(made.door, "well") == ASKED
    await made.settle()
    assert (await made.run()).run.state == "done"


@pytest.mark.parametrize("restart", [False, True])
async def test_a_reply_that_no_call_carried_is_notified(works, restart):
    made = await works(REPLY)
    await say(made.door, SAID)
    await wait(made.door, 3)
    await made.settle()
    await made.pass_time(59)
    assert made.outside.arrivals == []
    if restart:
        made = await works(REPLY, clock=made.clock)
    await made.pass_time(2)
    [notified] = made.outside.to("notification")
    assert notified.query["message"] == ANSWER["message"]
    assert (await made.run()).run.state == "done"
    assert await say(made.door, "too late") == {}


async def test_a_notification_instead_of_a_reply_is_tried_again(works):
    made = await works(REPLY)
    made.outside.answer("notification", 500)
    await say(made.door, SAID)
    await wait(made.door, 3)
    await made.pass_time(61)
    made.outside.answer("notification", 200)
    await made.pass_time(10)
    assert len(made.outside.to("notification")) == 2
    assert (await made.run()).run.state == "done"


async def test_a_prompt_that_no_call_carried_is_unanswered(works):
    made = await works(PROMPT)
    await say(made.door, "what about the budget")
    await wait(made.door, 3)
    await made.pass_time(61)
    stored = await made.run()
    assert [(entry.kind, entry.value) for entry in stored.journal][1:] == [("throttled", UNANSWERED), ("done", None)]
    assert (stored.run.state, stored.run.reason) == ("done", f"omi.prompt held back: {UNANSWERED}")
    assert made.outside.arrivals == []


async def test_a_reply_of_an_app_without_a_key_is_unanswered(works):
    made = await works(REPLY)
    app = made.runner.carrier.access.apps["default"]
    made.runner.carrier.access.apps["default"] = type(app)(name="default", omi_app_id="app1", api_key=None)
    await say(made.door, SAID)
    await wait(made.door, 3)
    await made.pass_time(61)
    assert ((await made.run()).run.state, (await made.run()).run.reason) == ("throttled", UNANSWERED)


@pytest.mark.parametrize("restart", [False, True])
async def test_a_start_remembers_what_is_owed_and_pays_it_once(enter, restart):
    door = await enter(REPLY)
    await say(door, SAID)
    await wait(door, 3)
    if restart:
        door = await enter(REPLY, clock=door.clock)
    door.clock.at += 60
    assert await say(door, "something else") == ANSWER
    if restart:
        door = await enter(REPLY, clock=door.clock)
    assert await say(door, "something more") == {}
    assert await door.store.read(unpaid, door.clock.at) == []


async def test_a_call_that_could_not_be_stored_pays_nothing(enter):
    door = await enter(REPLY)
    await say(door, SAID)
    await wait(door, 3)
    commit = door.store.writer.commit
    door.store.writer.commit = refusing
    with pytest.raises(StoreFault):
        await say(door, "something else")
    door.store.writer.commit = commit
    assert await say(door, "something else") == ANSWER


async def test_a_developer_webhook_does_not_carry_a_prompt(enter):
    door = await enter(PROMPT)
    await say(door, "what about the budget")
    await wait(door, 3)
    assert await say(door, "well", idempotency_key="k1") == {}
    assert await say(door, "so") == ASKED


async def test_a_developer_webhook_carries_a_message(enter):
    door = await enter(REPLY)
    await say(door, SAID)
    await wait(door, 3)
    assert await say(door, "well", idempotency_key="k1") == ANSWER
    assert await say(door, "well", idempotency_key="k1") == ANSWER
    assert await say(door, "so") == {}


async def test_no_other_event_and_no_other_user_carries_an_answer(enter):
    door = await enter(REPLY)
    await say(door, SAID)
    await wait(door, 3)
    assert await door.post("memory_created", {"id": "m1", "structured": {}}) == {}
    assert await door.post("button_event", {"event_id": "e1", "button_event": "single_tap"}) == {}
    assert await say(door, "hello", uid="u2") == {}
    assert await say(door, "hello") == ANSWER


async def test_an_answer_of_the_calls_own_comes_first_and_omis_pause_is_kept(enter):
    door = await enter(PROMPT)
    await say(door, "what about the budget")
    await wait(door, 3)
    door.clock.at += 30
    assert await say(door, "any advice") == {"notification": {"prompt": "Give advice", "params": []}}
    door.clock.at += 25
    assert await say(door, "well") == {}
    door.clock.at += 5
    assert await say(door, "so") == ASKED
    door.clock.at += 5
    assert await say(door, "any advice") == {}
    assert (await door.runs())[-1] == ("own", "throttled")


async def test_two_replies_go_with_two_calls_the_older_one_first(enter):
    door = await enter(REPLY)
    await say(door, SAID)
    door.clock.at += 1
    await say_as_other(door, "remind me to call Ana")
    await wait(door, 2)
    await wait(door, 1)
    answers = [(await say(door, text)).get("message") for text in ("well", "so", "then")]
    assert answers == [ANSWER["message"], "I will remind you to call Ana", None]


async def test_a_rule_in_the_shadow_owes_nothing(enter):
    door = await enter(REPLY.replace("triggers:", "status: shadow\n    triggers:"))
    await say(door, SAID)
    await wait(door, 3)
    assert await door.runs() == [("reply", "shadow")]
    assert await say(door, "something else") == {}


async def test_a_throttled_rule_owes_nothing(enter):
    door = await enter(REPLY.replace("triggers:", "cooldown: 1h\n    triggers:"))
    for _ in range(2):
        await say(door, SAID)
        await wait(door, 3)
        answers = [await say(door, "well")]
        door.clock.at += 10
    assert answers == [{}]
    assert await door.runs() == [("reply", "running"), ("reply", "throttled")]


async def test_an_app_that_is_gone_leaves_no_alarm(enter):
    door = await enter(RULES, apps={"default": App("default"), "other": App("other")})
    await say(door, SAID, app="other")
    door = await enter(RULES, clock=door.clock)
    await wait(door, 3)
    assert (await door.runs(), await slots(door)) == ([], [])


FAILING = """
rules:
  - id: reply
    triggers: [{trigger: realtime_transcript, phrases: ["remind me to {task}"]}]
    actions:
      - {action: omi.reply, data: {message: "I will remind you to {{ trigger.slots.task }}"}}
      - {action: http.request, connection: home, retry: {give_up_after: 1h}, data: {method: POST, url: /task}}
"""


@pytest.mark.parametrize("carried", [True, False], ids=["a-call-came", "no-call-came"])
async def test_a_step_that_is_tried_again_later_is_not_hastened_by_the_answer(works, carried):
    made = await works(FAILING)
    made.outside.answer("/task", 500)
    await say(made.door, SAID)
    await wait(made.door, 3)
    await made.settle()
    await made.pass_time(5)
    assert len(made.outside.to("/task")) == 2
    if carried:
        assert await say(made.door, "well") == ANSWER
    await made.pass_time(56)
    assert len(made.outside.to("notification")) == int(not carried)
    assert (len(made.outside.to("/task")), await made.wait()) == (2, pytest.approx(244, abs=0.1))
    made.outside.answer("/task", 200)
    await made.pass_time(245)
    assert len(made.outside.to("/task")) == 3
    assert (await made.run()).run.state == "done"


@pytest.mark.parametrize("restart", [False, True])
async def test_a_run_that_was_ended_owes_nothing(works, restart):
    made = await works(REPLY)
    await say(made.door, SAID)
    await wait(made.door, 3)
    await made.settle()
    await made.write(REPLY.replace("triggers:", "status: disabled\n    triggers:"))
    await made.settle()
    assert (await made.run()).run.state == "cancelled"
    if restart:
        made = await works(REPLY, clock=made.clock)
    assert await say(made.door, "well") == {}


async def test_a_clock_that_requests_set_ends_what_is_open_elsewhere(enter):
    door = await enter(RULES)
    await say(door, SAID)
    ringing = asyncio.create_task(door.intake.lulls.run())
    await asyncio.sleep(0)
    door.clock.at += 100
    await say(door, "well", uid="u2")
    async with asyncio.timeout(20):
        while not await door.runs():
            await asyncio.sleep(0.01)
    ringing.cancel()
    await asyncio.gather(ringing, return_exceptions=True)
