from __future__ import annotations

import pytest

RULES = """
rules:
  - id: talk
    alias: About talks
    triggers: [{trigger: memory_created}]
    actions: [{action: omi.reply, data: {message: "{{ event.structured.title }}"}}]
  - id: build
    status: disabled
    triggers: [{trigger: webhook, name: ci}]
    actions: [{action: log.write, data: {message: built}}]
  - id: ring
    triggers: [{trigger: webhook, name: ring}]
    cooldown: 1h
    actions: [{action: log.write, data: {message: somebody rings}}]
"""

pytestmark = pytest.mark.usefixtures("no_faults")


@pytest.fixture
def talks(shared):
    for number in range(5):
        shared.post(
            "memory_created", {"id": f"talk{number}", "structured": {"title": f"T{number}"}}, uid=f"api{number % 2}"
        )
    return shared


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer wrong"},
        {"authorization": "console-token-of-the-tests"},
        {"authorization": "Basic console-token-of-the-tests"},
        {"authorization": "Bearer console-token-of-the-test"},
        {"authorization": b"Bearer \xff\xfe"},
    ],
)
@pytest.mark.parametrize("path", ["events", "events/e1", "runs", "runs/r1", "rules", "problems"])
def test_nobody_without_the_token_sees_anything(shared, is_json_object, path, headers):
    answer = shared.get(f"/api/{path}", headers=headers)
    assert answer.status_code == 401
    assert is_json_object(answer)
    assert "console token" in answer.json()["error"]


def test_events_are_listed_newest_first_page_by_page(talks):
    everything = talks.api("events", user="api0")["events"]
    assert len(everything) == 3
    assert [event["received"] for event in everything] == sorted(
        (event["received"] for event in everything), reverse=True
    )
    first = talks.api("events", user="api0", limit=2)["events"]
    rest = talks.api("events", user="api0", limit=2, before=first[-1]["id"])["events"]
    assert first + rest == everything
    assert everything[0].keys() >= {"id", "event", "app", "uid", "at", "late", "runs"}


@pytest.mark.parametrize("kind", ["events", "runs"])
def test_lists_are_narrowed(talks, kind):
    assert len(talks.api(kind, user="api1")[kind]) == 2
    assert len(talks.api(kind, user="api1", rule="talk", state="answered")[kind]) == 2
    assert talks.api(kind, rule="nothing")[kind] == []
    assert talks.api(kind, user="api1", state="failed")[kind] == []
    assert talks.api(kind, since="2100-01-01T00:00:00Z")[kind] == []
    assert len(talks.api(kind, user="api1", since="2000-01-01")[kind]) == 2
    assert talks.api(kind, before="no-such-id")[kind] == []


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=many", "limit"),
        ("since=lately", "since"),
        ("since=", "since"),
    ],
)
@pytest.mark.parametrize("kind", ["events", "runs"])
def test_a_wrong_parameter_is_named(shared, is_json_object, kind, query, named):
    answer = shared.get(f"/api/{kind}?{query}", headers={"authorization": "Bearer console-token-of-the-tests"})
    assert answer.status_code == 400
    assert is_json_object(answer)
    assert f"'{named}'" in answer.json()["error"]


def test_one_event_and_its_run_are_shown(talks):
    line = talks.api("events", user="api1")["events"][0]
    event = talks.api(f"events/{line['id']}")
    assert event["body"]["structured"]["title"] in {"T1", "T3"}
    assert event["answer"] == {"message": event["body"]["structured"]["title"]}
    (verdict,) = event["trace"]
    assert (verdict["rule"], verdict["outcome"]) == ("talk", "fired")
    run = talks.api(f"runs/{verdict['run_id']}")
    assert (run["event_id"], run["state"], run["journal"][-1]["kind"]) == (line["id"], "answered", "done")


def test_a_run_that_a_limit_held_back_is_shown_without_steps(shared):
    for _ in range(2):
        shared.post("webhook/ring", {}, uid="ringing")
    (held,) = shared.api("runs", user="ringing", state="throttled")["runs"]
    run = shared.api(f"runs/{held['id']}")
    assert (run["state"], run["journal"]) == ("throttled", [])


def test_a_run_is_shown_with_what_it_sent(shared):
    shared.post("webhook/ring", {"at": "the gate"}, uid="sent1")
    run = shared.wait_for_run("ring", "done", user="sent1")
    assert shared.api(f"runs/{run['id']}")["journal"][0]["data"] == {"message": "somebody rings"}


@pytest.mark.parametrize("path", ["events/none", "runs/none", "events/%00", "runs/%ff"])
def test_what_is_not_there_is_not_found(shared, is_json_object, path):
    answer = shared.get(f"/api/{path}", headers={"authorization": "Bearer console-token-of-the-tests"})
    assert answer.status_code == 404
    assert is_json_object(answer)


def test_rules_and_problems_are_shown(shared):
    talk, build, _ = shared.api("rules")["rules"]
    assert (talk["id"], talk["alias"], talk["status"], talk["triggers"]) == (
        "talk",
        "About talks",
        "live",
        ["memory_created"],
    )
    assert (build["id"], build["alias"], build["status"], build["triggers"]) == ("build", None, "disabled", ["webhook"])
    assert (talk["file"].endswith("rules.yaml"), talk["line"], build["line"]) == (True, 3, 7)
    assert shared.api("problems")["problems"] == []


def test_odd_bodies_can_be_shown(shared):
    for body in (b'{"n": 123456789012345678901234567890}', b'"\\ud800"', b'{"a":' * 99 + b"1" + b"}" * 99, b""):
        assert shared.post("webhook/odd", body, uid="odd").status_code == 200
    lines = shared.api("events", user="odd")["events"]
    assert len(lines) == 4
    for line in lines:
        assert shared.api(f"events/{line['id']}")["id"] == line["id"]


def test_the_api_describes_itself(shared):
    described = shared.get("/api/docs/openapi.json")
    assert described.status_code == 200
    paths = described.json()["paths"]
    assert {
        "/api/events",
        "/api/events/{event_id}",
        "/api/runs",
        "/api/runs/{run_id}",
        "/api/rules",
        "/api/problems",
    } <= paths.keys()
    names = {parameter["name"] for parameter in paths["/api/events"]["get"]["parameters"]}
    assert names == {"limit", "rule", "user", "state", "since", "before"}
    assert shared.get("/api/docs").status_code == 200
