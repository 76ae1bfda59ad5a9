"""What an answer of the world means for the run: final or not, for each action."""

from __future__ import annotations

import asyncio
import dataclasses
import threading

import pytest

STEPS = {
    "http": "{action: http.request, connection: home, data: {method: POST, url: /x}}",
    "slack": '{action: slack.post_message, data: {channel: "#c", text: hi}}',
    "notify": "{action: omi.notify, data: {message: hi}}",
    "memories": "{action: omi.create_memories, data: {memories: [{content: tea}]}}",
    "conversation": "{action: omi.create_conversation, data: {text: we talked about tea}}",
}


def rules(*steps: str) -> str:
    listed = "\n".join(f"      - {step}" for step in steps)
    return f"rules:\n  - id: r\n    triggers: [{{trigger: webhook, name: go}}]\n    actions:\n{listed}\n"


def breaks_off(_):
    raise ConnectionError


async def ended(made):
    await made.post()
    await made.settle()
    return await made.run()


@pytest.mark.parametrize(
    ("step", "status", "state"),
    [
        *(("http", status, "done") for status in (200, 201, 204)),
        *(("http", status, "failed") for status in (301, 400, 401, 403, 404, 409, 410, 422, 451)),
        *(("http", status, "waiting") for status in (408, 425, 429, 500, 502, 503, 504, 599)),
        ("slack", 200, "done"),
        *(("slack", status, "failed") for status in (302, 400, 403, 404)),
        *(("slack", status, "waiting") for status in (408, 429, 500, 503)),
        ("notify", 200, "done"),
        *(("notify", status, "failed") for status in (307, 400, 401, 403, 404, 422)),
        *(("notify", status, "waiting") for status in (429, 500, 502, 503)),
        *((step, 200, "done") for step in ("memories", "conversation")),
        *(
            (step, status, "failed")
            for step in ("memories", "conversation")
            for status in (400, 403, 404, 422, 500, 503)
        ),
        *((step, 429, "waiting") for step in ("memories", "conversation")),
    ],
)
async def test_an_answer_ends_a_run_or_lets_it_wait(works, outside, step, status, state):
    made = await works(rules(STEPS[step]))
    outside.answer("/", status, {"ok": True, "ts": "1", "channel": "C"} if status < 300 else {"error": "no"})
    run = (await ended(made)).run
    assert (run.state, run.due is not None) == (state, state == "waiting")
    assert (run.reason is None) is (state == "done")


@pytest.mark.parametrize(
    ("error", "state"),
    [
        ("channel_not_found", "failed"),
        ("invalid_auth", "failed"),
        ("internal_error", "waiting"),
        ("ratelimited", "waiting"),
    ],
)
async def test_slacks_errors_come_with_status_200(works, outside, error, state):
    made = await works(rules(STEPS["slack"]))
    outside.answer("/", 200, {"ok": False, "error": error})
    assert (await ended(made)).run.state == state


@pytest.mark.parametrize("step", ["http", "slack", "notify"])
async def test_an_answer_that_never_came_lets_a_repeatable_step_wait(works, outside, step):
    made = await works(rules(STEPS[step]))
    outside.answers["/"] = breaks_off
    assert (await ended(made)).run.state == "waiting"


@pytest.mark.parametrize("step", ["memories", "conversation"])
@pytest.mark.parametrize("failure", [500, 502, 503, 504, 408, "reset"])
async def test_an_import_of_unknown_outcome_is_never_repeated(works, outside, step, failure):
    made = await works(rules(STEPS[step]))
    if failure == "reset":
        outside.answers["/"] = breaks_off
    else:
        outside.answer("/", failure)
    stored = await ended(made)
    assert stored.run.state == "failed"
    assert "outcome unknown" in stored.run.reason
    assert [entry.kind for entry in stored.journal] == ["intent", "rejected"]
    await made.pass_time(48 * 3600)
    assert len(outside.arrivals) == 1


async def test_an_import_that_timed_out_is_never_repeated(works, outside, hasten):
    released = threading.Event()
    loop = asyncio.get_running_loop()

    def outlast(_):
        loop.call_soon_threadsafe(hasten, 3_600)
        released.wait()
        return 200, {}, {}

    made = await works(rules(STEPS["memories"]))
    outside.answers["/"] = outlast
    stored = await ended(made)
    released.set()
    assert "outcome unknown" in stored.run.reason
    await made.pass_time(48 * 3600)
    assert len(outside.arrivals) == 1


@pytest.mark.parametrize("step", ["memories", "conversation"])
async def test_an_import_that_certainly_did_not_happen_is_tried_again(works, outside, step):
    made = await works(rules(STEPS[step]))
    access = made.runner.carrier.access
    made.runner.carrier.access = dataclasses.replace(access, omi_base_url="http://127.0.0.1:9")
    stored = await ended(made)
    assert stored.run.state == "waiting"
    assert [entry.kind for entry in stored.journal] == ["intent", "attempt"]
    made.runner.carrier.access = access
    outside.answer("/", 429, headers={"Retry-After": "3"})
    await made.pass_time(5.01)
    assert (await made.run()).run.state == "waiting"
    outside.answer("/", 200, {})
    await made.pass_time(3)
    stored = await made.run()
    assert stored.run.state == "done"
    assert [entry.kind for entry in stored.journal] == ["intent", "attempt", "intent", "limit", "intent", "done"]
    assert len(outside.arrivals) == 2


async def test_a_failed_step_ends_the_run_unless_it_goes_on(works, outside):
    went = rules(STEPS["http"][:-1] + ", continue_on_error: true, response_variable: said}", STEPS["slack"])
    made = await works(went)
    outside.answer("/x", 404)
    stored = await ended(made)
    assert stored.run.state == "done"
    assert [entry.kind for entry in stored.journal] == ["rejected", "done"]
    made = await works(rules(STEPS["http"], STEPS["slack"]))
    stored = await ended(made)
    assert (stored.run.state, [entry.kind for entry in stored.journal]) == ("failed", ["rejected"])
    assert len(outside.to("chat.postMessage")) == 1


async def test_a_template_that_fails_is_a_failed_step(works, outside):
    broken = "{action: http.request, connection: home, data: {method: POST, url: '{{ event.n / 0 }}'}}"
    made = await works(rules(broken.replace("data:", "continue_on_error: true, data:"), broken, STEPS["slack"]))
    await made.post(body={"n": 1})
    await made.settle()
    stored = await made.run()
    assert stored.run.state == "failed"
    assert "actions[1] (http.request): url: ZeroDivisionError" in stored.run.reason
    assert [(entry.path, entry.kind) for entry in stored.journal] == [
        ("actions[0]", "rejected"),
        ("actions[1]", "rejected"),
    ]
    assert not outside.arrivals


async def test_data_of_the_wrong_type_is_a_failed_step(works, outside):
    made = await works(rules('{action: slack.post_message, data: {channel: "{{ event.nothing }}", text: hi}}'))
    stored = await ended(made)
    assert stored.run.state == "failed"
    assert "'channel'" in stored.run.reason


async def test_a_connection_that_is_gone_fails_with_a_sentence(works, outside):
    made = await works(rules(STEPS["http"]))
    made.runner.carrier.access = dataclasses.replace(made.runner.carrier.access, connections={})
    run = (await ended(made)).run
    assert (run.state, run.reason) == (
        "failed",
        "actions[0] (http.request): connection 'home' is no longer in omiflow.yaml",
    )


async def test_an_app_that_is_gone_fails_with_a_sentence(works, outside):
    made = await works(rules(STEPS["notify"]))
    made.runner.carrier.access = dataclasses.replace(made.runner.carrier.access, apps={})
    run = (await ended(made)).run
    assert (run.state, run.reason) == ("failed", "actions[0] (omi.notify): app 'default' is no longer in omiflow.yaml")
