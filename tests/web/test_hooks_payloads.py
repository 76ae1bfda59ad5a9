"""Every request that Omi sends, through the route it belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from omiflow.omi.recorded import event_of, read_recorded

TOKEN = "token-of-the-tests-0001"
PAYLOADS = Path(__file__).parents[1] / "payloads"
UID = "qT7mXw2LpVd9Rk4ZsHc6Yb1NfJe3"
RULES = """
rules:
  - id: said
    triggers: [{trigger: realtime_transcript}]
    actions: [{action: log.write, data: {message: heard}}]
  - id: conversation
    triggers: [{trigger: memory_created}]
    actions: [{action: omi.reply, data: {message: "About {{ event.structured.title }}"}}]
  - id: day
    triggers: [{trigger: day_summary}]
    actions: [{action: log.write, data: {message: "{{ event.summary_json.headline }}"}}]
  - id: tap
    triggers: [{trigger: button_event, gesture: double_tap}]
    actions: [{action: log.write, data: {message: tapped}}]
"""
DISCARDED = "03_memory_created_dev_discarded.json"
NOT_EVENTS = {
    "30_chat_tool_post.json",
    "31_chat_tool_get_signed_v2.json",
    "60_audio_bytes_dev.json",
    "70_setup_check_get.json",
}

pytestmark = pytest.mark.usefixtures("no_faults")


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(PAYLOADS.glob("*.json")) if path.name not in NOT_EVENTS],
    ids=lambda path: path.name[:2],
)
def test_each_recorded_request_is_answered_and_fires(shared, path):
    (recorded,) = read_recorded(path)
    event, _ = event_of(recorded)
    uid = f"{recorded.query['uid']}-{path.name[:2]}"
    answer = shared.ask(
        "POST",
        f"/hooks/{TOKEN}/{event}",
        params=recorded.query | {"uid": uid},
        headers=recorded.headers,
        content=recorded.body,
    )
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    (kept,) = shared.api("events", user=uid)["events"]
    assert (kept["event"], kept["uid"]) == (event, uid)
    rule = {
        "realtime_transcript": "said",
        "memory_created": "conversation",
        "day_summary": "day",
        "button_event": "tap",
    }[event]
    fired = [run["rule"] for run in shared.runs(user=uid)]
    late_tap = kept["late"] and event == "button_event"
    assert fired == ([] if path.name == DISCARDED or late_tap else [rule])
    if event == "memory_created" and path.name != DISCARDED:
        assert answer.json()["message"].startswith("About ")
    else:
        assert answer.json() == {}


def test_a_chat_tool_that_does_not_exist_is_no_failure(shared, ask):
    for method in ("GET", "POST", "PUT", "PATCH"):
        answer = ask(method, f"/hooks/{TOKEN}/tools/add_reminder?uid=u1", b'{"uid": "u1"}')
        assert (answer.status_code, answer.json()) == (200, {"result": "there is no chat tool 'add_reminder' here"})


def test_the_setup_check_finds_nothing_left_to_do(shared):
    answer = shared.get(f"/hooks/{TOKEN}/setup_completed?uid={UID}")
    assert (answer.status_code, answer.json()) == (200, {"is_setup_completed": True})


def test_audio_is_answered_dropped_counted_and_told_once(shared):
    (recorded,) = read_recorded(PAYLOADS / "60_audio_bytes_dev.json")
    for _ in range(3):
        answer = shared.ask(
            "POST",
            f"/hooks/{TOKEN}/audio_bytes",
            params=recorded.query,
            headers=recorded.headers,
            content=recorded.body,
        )
        assert (answer.status_code, answer.json()) == (200, {})
    assert shared.log().count('"event_name": "audio_bytes"') == 1
    assert 'omiflow_events_total{event="unknown",outcome="ignored"}' in shared.get("/metrics").text


def test_an_event_nobody_knows_is_answered_even_without_a_user(shared):
    for name in ("chat_tool", "folder_created", "x" * 3000, "événement"):
        answer = shared.ask("POST", f"/hooks/{TOKEN}/{name}", content=b"no json")
        assert (answer.status_code, answer.json()) == (200, {}), name


@pytest.mark.parametrize(
    ("query", "uid"),
    [
        ("uid=glued0", "glued0"),
        ("k=v?uid=glued1", "glued1"),
        ("k=v&uid=glued2", "glued2"),
        ("uid=&uid=glued3", "glued3"),
        ("session_id=s&uid=glued%204", "glued 4"),
        ("uid=gl%C3%BCed5", "glüed5"),
        ("k=v?sample_rate=16000&uid=glued6", "glued6"),
    ],
)
def test_the_user_is_read_from_every_form_of_the_query(shared, query, uid):
    answer = shared.ask(
        "POST", f"/hooks/{TOKEN}/memory_created?{query}", json={"id": uid, "structured": {"title": "T"}}
    )
    assert answer.json() == {"message": "About T"}
    assert [event["uid"] for event in shared.api("events", user=uid)["events"]] == [uid]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "text",
        5,
        None,
        {"segments": None},
        {"segments": {"a": 1}},
        {"segments": [None, 1, "x"]},
        [[]],
        {"x": [1]},
    ],
    ids=repr,
)
def test_speech_of_no_use_is_taken_as_empty(shared, body):
    assert shared.post("realtime_transcript", body, uid="empty").json() == {}


def test_the_toy_day_summary_of_omis_own_tool_crashes_nothing(shared):
    answer = shared.post("day_summary", {"title": "Day", "summary": "Fine", "conversations_count": 3}, uid="toy")
    assert (answer.status_code, answer.json()) == (200, {})
