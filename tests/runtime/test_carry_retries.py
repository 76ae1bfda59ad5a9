"""Waiting and giving up: whole schedules are walked through on a clock that is moved by hand."""

from __future__ import annotations

from email.utils import formatdate

import pytest

HOUR = 3600
SCHEDULE = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000]


def rule(action: str, *, trigger: str = "webhook, name: go", more: str = "") -> str:
    return f"""
rules:
  - id: r
    triggers: [{{trigger: {trigger}}}]
    actions:
      - action: {action}
{more}
"""


POST = rule("http.request", more="        connection: home\n        data: {method: POST, url: /x, json: {a: 1}}")
SLACK = rule("slack.post_message", more='        data: {channel: "#c", text: hi}')
NOTIFY = rule("omi.notify", more="        data: {message: hi}")
GARAGE = POST.replace("webhook, name: go", "realtime_transcript, phrases: [open it]")
TAP = POST.replace("webhook, name: go", "button_event")


async def begin(made, event: str = "webhook") -> None:
    if event == "realtime_transcript":
        await made.door.say("open it")
    elif event == "button_event":
        await made.post("button_event", {"gesture": "long_press"})
    else:
        await made.post()
    await made.settle()


async def waits(made) -> list[float]:
    """Walk through a run's waits until it has ended."""
    waited = []
    while (await made.run()).run.due is not None:
        waited.append(await made.wait())
        before = len(made.outside.arrivals)
        await made.pass_time(waited[-1] - 0.01)
        assert len(made.outside.arrivals) == before
        await made.pass_time(0.02)
    return waited


@pytest.mark.parametrize(("chance", "factor"), [(0.5, 1.0), (0.0, 0.9), (1.0, 1.1)])
async def test_eight_tries_in_about_28_hours(works, outside, chance, factor):
    made = await works(POST, chance=chance)
    outside.answer("/x", 503)
    await begin(made)
    assert (await made.run()).run.state == "waiting"
    assert await waits(made) == pytest.approx([wait * factor for wait in SCHEDULE], abs=0.05)
    ended = await made.run()
    assert (ended.run.state, len(outside.to("/x"))) == ("failed", 8)
    assert "given up after 8 tries" in ended.run.reason
    assert "503" in ended.run.reason
    assert [entry.kind for entry in ended.journal] == ["attempt"] * 8 + ["rejected"]


@pytest.mark.parametrize(
    ("rules", "event", "expected"),
    [
        (NOTIFY, "webhook", [5, 300]),
        (GARAGE, "realtime_transcript", [5, 300]),
        (TAP, "button_event", [5, 300]),
        (GARAGE.replace("data:", "retry: {give_up_after: 1h}\n        data:"), "realtime_transcript", [5, 300, 1_800]),
        (POST.replace("data:", "retry: {attempts: 3}\n        data:"), "webhook", [5, 300]),
        (POST.replace("data:", "retry: {attempts: 1}\n        data:"), "webhook", []),
        (SLACK.replace("data:", "retry: {give_up_after: 4s}\n        data:"), "webhook", []),
        (SLACK, "webhook", SCHEDULE),
    ],
)
async def test_a_step_is_given_up_in_its_own_time(works, outside, rules, event, expected):
    made = await works(rules)
    outside.answer("/", 500)
    await begin(made, event)
    assert await waits(made) == pytest.approx(expected, abs=0.05)
    ended = await made.run()
    assert ended.run.state == "failed"
    assert "given up" in ended.run.reason
    assert len(outside.arrivals) == len(expected) + 1


@pytest.mark.parametrize(
    ("rules", "event", "late", "sent"),
    [
        (NOTIFY, "webhook", 599, 1),
        (NOTIFY, "webhook", 601, 0),
        (GARAGE, "realtime_transcript", 601, 0),
        (TAP, "button_event", 601, 0),
        (TAP.replace("data:", "retry: {give_up_after: 2h}\n        data:"), "button_event", 3_600, 1),
        (TAP.replace("data:", "retry: {give_up_after: 1m}\n        data:"), "button_event", 61, 0),
        (POST, "webhook", 40 * HOUR, 1),
        (SLACK, "webhook", 40 * HOUR, 1),
    ],
)
async def test_even_the_first_try_is_left_out_when_it_comes_too_late(works, outside, rules, event, *, late, sent):
    made = await works(rules)
    if event == "realtime_transcript":
        await made.door.say("open it")
    else:
        await made.post(event, {"gesture": "long_press"})
    await made.pass_time(late)
    ended = await made.run()
    assert len([arrival for arrival in outside.arrivals if "getPermalink" not in arrival.path]) == sent
    assert ended.run.state == ("done" if sent else "failed")
    assert sent or "too late" in ended.run.reason


async def test_a_try_that_slept_with_the_machine_is_given_up(works, outside):
    made = await works(SLACK)
    outside.answer("/", 500)
    await begin(made)
    await made.pass_time(72 * HOUR)
    ended = await made.run()
    assert (ended.run.state, len(outside.arrivals)) == ("failed", 1)
    assert ended.run.reason == "actions[0] (slack.post_message): given up: 72 hours after the decision it is too late"


@pytest.mark.parametrize("seconds", ["1", "7", "3600"])
async def test_retry_after_in_seconds_is_obeyed(works, outside, seconds):
    made = await works(POST, chance=1.0)
    outside.answer("/x", 503, headers={"Retry-After": seconds})
    await begin(made)
    assert await made.wait() == float(seconds)
    outside.answer("/x", 200)
    await made.pass_time(float(seconds))
    assert (await made.run()).run.state == "done"


async def test_retry_after_as_a_date_is_obeyed(works, outside):
    made = await works(POST, chance=1.0)
    outside.answer("/x", 429, headers={"Retry-After": formatdate(made.clock.at + 90, usegmt=True)})
    await begin(made)
    assert await made.wait() == 90


async def test_a_wait_that_leads_past_the_end_is_not_begun(works, outside):
    made = await works(POST)
    outside.answer("/x", 503, headers={"Retry-After": str(29 * HOUR)})
    await begin(made)
    ended = await made.run()
    assert ended.run.state == "failed"
    assert "the next try would be too late" in ended.run.reason


@pytest.mark.parametrize(("rules", "limit"), [(POST, 28 * HOUR), (NOTIFY, 600), (SLACK, 28 * HOUR)])
async def test_429_without_more_waits_a_second_and_doubles(works, outside, rules, limit):
    made = await works(rules, chance=1.0)
    outside.answer("/", 429)
    await begin(made)
    doubling = [min(2.0**number, 3600.0) for number in range(60)]
    waited = await waits(made)
    assert waited == pytest.approx(doubling[: len(waited)], abs=0.05)
    assert sum(waited) <= limit < sum(doubling[: len(waited) + 1])
    assert len(outside.arrivals) == len(waited) + 1


async def test_slacks_own_limit_is_obeyed(works, outside):
    made = await works(SLACK)
    outside.answer("/slack", 200, {"ok": False, "error": "ratelimited"}, {"Retry-After": "33"})
    await begin(made)
    assert await made.wait() == 33


async def test_the_key_is_the_same_at_every_try_and_another_at_every_step(works, outside):
    two = POST + "      - {action: http.request, connection: home, data: {method: PUT, url: /y}}"
    made = await works(two)
    outside.answer("/x", 503)
    await begin(made)
    await made.pass_time(6)
    outside.answer("/x", 200)
    await made.pass_time(301)
    run = (await made.run()).run
    keys = [arrival.headers["idempotency-key"] for arrival in outside.arrivals]
    assert keys == [f"{run.id}:actions[0]"] * 3 + [f"{run.id}:actions[1]"]
    bodies = [arrival.body for arrival in outside.to("/x")]
    assert bodies == [{"a": 1}] * 3


async def test_a_rule_gives_its_own_key(works, outside):
    made = await works(POST.replace("data:", 'idempotency_key: "note-{{ event.id_of_note }}"\n        data:'))
    outside.answer("/x", 503)
    await made.post(body={"id_of_note": 7})
    await made.settle()
    outside.answer("/x", 200)
    await made.pass_time(6)
    assert [arrival.headers["idempotency-key"] for arrival in outside.to("/x")] == ["note-7", "note-7"]


async def test_a_run_that_waits_says_what_for(works, outside):
    made = await works(POST)
    outside.answer("/x", 503)
    await begin(made)
    run = (await made.run()).run
    assert run.state == "waiting"
    assert run.reason == "actions[0] (http.request), try 1: '127.0.0.1' answered 503"
