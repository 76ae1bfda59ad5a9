"""Tests of rule files are tried as live events are decided, and say what is wrong and why not more was done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from omiflow.language.load import Loader
from omiflow.language.settings.config import load_config
from omiflow.language.settings.views import facts, surroundings
from omiflow.proof.trying import Tried, Trying

CONFIG = {
    "apps": {"mentor": {"omi_app_id": "a1", "api_key": "k", "throttle": {"limit": 2, "period": "1d"}}, "other": {}},
    "users": {"u1": {"group": "family"}},
    "connections": {
        "team": {"type": "slack", "token": "xoxb-1"},
        "crm": {"type": "http", "base_url": "https://crm.example.com/v1"},
        "model": {"type": "llm", "base_url": "http://127.0.0.1:11434/v1", "model": "small"},
    },
}
RULES = """
lists:
  people: [Ana, {say: [Tom, Tom Becker], value: uid_tom}]
rules:
  - id: advice
    triggers:
      - trigger: realtime_transcript
        phrases: [any advice]
        except: [never any advice]
        speaker: user
    users: [u1, u2]
    cooldown: 2m
    actions:
      - {action: omi.prompt, data: {prompt: "on {{ trigger.text }}"}}
      - {action: log.write, data: {message: asked}}
  - id: louder
    triggers: [{trigger: realtime_transcript, phrases: [some advice]}]
    priority: 5
    actions: [{action: omi.prompt, data: {prompt: too loud}}]
  - id: softer
    triggers: [{trigger: realtime_transcript, phrases: [some advice]}]
    actions: [{action: omi.prompt, data: {prompt: too soft}}]
  - id: meeting
    triggers: [{trigger: memory_created}]
    conditions:
      - {path: $.structured.category, equals: work}
      - any:
          - time: {after: "08:00", before: "22:00"}
          - phrases: [budget]
      - {template: "{{ event.structured.title != 'x' }}"}
    dedupe: {key: "{{ event.structured.title }}", period: 1d}
    actions:
      - {action: list.add, data: {name: todo, item: "{{ event.structured.title }}", scope: group}, response_variable: l}
      - emit: {name: met, data: {count: "{{ l['items'] | length }}"}}
  - id: met
    triggers: [{trigger: event, name: met}]
    actions: [{action: log.write, data: {message: "{{ event.count }} so far"}}]
  - id: tap
    triggers: [{trigger: button_event, gesture: double_tap}]
    actions:
      - {action: slack.post_message, data: {channel: "#a", text: x}, response_variable: post}
      - {action: log.write, data: {message: "{{ post.ts }} {{ post.channel }}"}}
  - id: notes
    triggers: [{trigger: webhook, name: note}]
    actions: [{action: omi.notify, data: {message: "{{ event.text }}", uid: u1}}]
  - id: quiet
    status: shadow
    triggers: [{trigger: webhook, name: hush}]
    actions: [{action: log.write, data: {message: hush}}, {emit: {name: met, data: {count: 9}}}]
  - id: off
    status: disabled
    triggers: [{trigger: webhook, name: off}]
    actions: [{action: log.write, data: {message: off}}]
  - id: broken
    triggers: [{trigger: webhook, name: broken}]
    actions: [{action: log.write, data: {message: "{{ 1 // event.by }}"}}]
  - id: stops
    triggers: [{trigger: webhook, name: stop}]
    actions: [{action: log.write, data: {message: a}}, {stop: enough, error: true}]
  - id: choosing
    triggers: [{trigger: webhook, name: choose}]
    actions:
      - choose:
          - conditions: [{path: $.n, gt: 1}]
            sequence: [{repeat: {count: "{{ event.n }}", sequence: [{action: log.write, data: {message: "{{ repeat.item }}"}}]}}]
        default: [{action: log.write, data: {message: one}}]
  - id: called
    triggers: [{trigger: webhook, name: call}]
    actions:
      - action: http.request
        connection: crm
        data: {method: POST, url: "{{ event.url or 'leads' }}", expect: "{{ event.expect }}"}
        response_variable: answer
      - {action: log.write, data: {message: "{{ answer.status }}"}}
  - id: called_anyhow
    triggers: [{trigger: webhook, name: anyhow}]
    actions:
      - {action: http.request, connection: crm, data: {method: GET, url: leads}, response_variable: answer, continue_on_error: true}
      - if: "{{ answer is none }}"
        then: [{action: log.write, data: {message: it did not work}}]
  - id: sorted
    triggers: [{trigger: webhook, name: sort}]
    actions:
      - action: llm.ask
        data: {prompt: what is it?, schema: {kind: [incident, sales], urgent: boolean}}
        response_variable: answer
      - {action: log.write, data: {message: "{{ answer.json.kind }}"}}
  - id: endless
    triggers: [{trigger: event, name: again}]
    actions: [{emit: {name: again, data: {}}}]
"""


@pytest.fixture
def tried(tmp_path: Path) -> Any:
    (tmp_path / "omiflow.yaml").write_text(yaml.safe_dump(CONFIG))
    config = load_config(None, folder=tmp_path, environ={}).config
    assert config is not None

    def try_(**case: Any) -> Tried:
        text = RULES + yaml.safe_dump({"tests": [{"name": "a", **case}]}, allow_unicode=True)
        book = Loader(facts(config), tests=True).load({"rules.yaml": text})
        assert [problem for problem in book.problems if problem.severity == "error"] == []
        (one,) = book.files["rules.yaml"].cases
        known = facts(config).connections
        return Trying(rules=book.rules, surroundings=surroundings(config), app="mentor", connections=known).tried(one)

    return try_


def test_times_without_an_offset_are_those_of_the_configurations_zone(tmp_path: Path) -> None:
    (tmp_path / "omiflow.yaml").write_text("timezone: Europe/Berlin")
    (tmp_path / "tap.json").write_text('{"at": "2026-11-20T08:00:00", "body": {"button_event": "single_tap"}}')
    config = load_config(None, folder=tmp_path, environ={}).config
    assert config is not None
    rules = """
rules:
  - id: tap
    triggers: [{trigger: button_event}]
    actions: [{action: log.write, data: {message: "{{ now.isoformat() }}"}}]
tests:
  - {name: now, now: "2026-11-20T22:30:00", events: [button_event: {gesture: single_tap}], expect: [LATE]}
  - {name: at, events: [{button_event: {gesture: single_tap}, at: "2026-11-20T22:30:00"}], expect: [LATE]}
  - {name: file, events: [button_event: {file: tap.json}], expect: [EARLY]}
"""
    for name, time in (("LATE", "2026-11-20T22:30:00+01:00"), ("EARLY", "2026-11-20T08:00:00+01:00")):
        rules = rules.replace(name, f"{{action: log.write, data: {{message: '{time}'}}}}")
    book = Loader(facts(config), tests=True).load({str(tmp_path / "rules.yaml"): rules})
    trying = Trying(rules=book.rules, surroundings=surroundings(config), app="default")
    assert [trying.tried(case).detail for case in book.files[str(tmp_path / "rules.yaml")].cases] == ["", "", ""]


def says(text: str, **more: Any) -> dict[str, Any]:
    return {"realtime_transcript": {"segments": [{"text": text, **more}]}}


def meeting(title: str, category: str = "work", **more: Any) -> dict[str, Any]:
    return {"memory_created": {"structured": {"title": title, "category": category}, **more}}


def posted(name: str, **body: Any) -> dict[str, Any]:
    return {"webhook": {"name": name, "body": body}}


def log(message: str) -> dict[str, Any]:
    return {"action": "log.write", "data": {"message": message}}


PROMPT = {"action": "omi.prompt", "data": {"prompt": {"contains": "advice"}}}
ASKED = [PROMPT, log("asked")]
TAP = {"button_event": {"gesture": "double_tap"}}

GOOD: list[tuple[str, dict[str, Any]]] = [
    ("words set a rule off", {"events": [says("Any advice?")], "expect": ASKED}),
    ("nothing is nothing", {"events": [says("good morning")], "expect": []}),
    ("a list and the event of a rule", {"events": [meeting("A"), meeting("B")], "expect": [
        {"action": "list.add", "data": {"item": "A"}}, log("1 so far"), {"action": "list.add"}, log("2 so far"),
    ]}),
    ("an event of another rule", {"events": [{"event": {"name": "met", "data": {"count": 3}}}], "expect": [log("3 so far")]}),
    ("a placeholder", {"events": [TAP], "expect": [{"action": "slack.post_message"}, {"action": "log.write"}]}),
    ("a mock over the placeholder", {"events": [TAP], "mocks": {"slack.post_message": {"ts": "7", "channel": "C"}}, "expect": [
        {"action": "slack.post_message"}, log("7 C"),
    ]}),
    ("the last of several answers stays", {"events": [TAP] * 3,
        "mocks": {"slack.post_message": [{"ts": "1", "channel": "C"}, {"ts": "2", "channel": "C"}]}, "expect": [
        *({"action": "slack.post_message"}, log("1 C"), {"action": "slack.post_message"}, log("2 C")),
        *({"action": "slack.post_message"}, log("2 C")),
    ]}),
    ("an error of the world ends the run", {"events": [TAP], "mocks": {"slack.post_message": {"error": "no"}},
        "expect": [{"action": "slack.post_message"}]}),
    ("a rule that stops itself", {"events": [posted("stop")], "expect": [log("a")]}),
    ("ways and counts", {"events": [posted("choose", n=2), posted("choose", n=1)], "expect": [log("1"), log("2"), log("one")]}),
    ("an app's budget", {"events": [posted("note", text=text) for text in "abc"], "rule": "notes",
        "expect": [{"action": "omi.notify"}] * 2, "because": "actions"}),
    ("a rule alone is not outranked", {"events": [says("some advice")], "rule": "softer",
        "expect": [{"action": "omi.prompt", "data": {"prompt": "too soft"}}]}),
    ("the time of the day", {"events": [meeting("A")], "now": "2026-03-02T23:00:00Z", "expect": [], "because": "time"}),
    ("another app", {"events": [{**says("any advice"), "app": "other"}], "expect": ASKED}),
    ("because of the budget's place", {"events": [posted("note", text="a")] * 3, "rule": "notes",
        "expect": [{"action": "omi.notify"}] * 2, "because": "actions[0]"}),
]  # fmt: skip


@pytest.mark.parametrize("case", [row[1] for row in GOOD], ids=[row[0] for row in GOOD])
def test_a_test_passes_where_all_comes_as_expected(tried: Any, case: dict[str, Any]) -> None:
    assert tried(**case).detail == ""


REASONS: list[tuple[dict[str, Any] | list[dict[str, Any]], str | None, list[str]]] = [
    (says("any advice", is_user=False), "advice", ["speaker", "trigger", "triggers[0]", "triggers[0].speaker"]),
    (says("never any advice"), "advice", ["except", "trigger"]),
    (says("hello"), "advice", ["phrases", "trigger"]),
    ({"realtime_transcript": {"uid": "u9", "segments": [{"text": "any advice"}]}}, "advice", ["users", "trigger"]),
    ({"button_event": {"gesture": "long_tap"}}, "tap", ["gesture", "trigger"]),
    (posted("off"), "off", ["status", "trigger"]),
    (meeting("A", "play"), "meeting", ["conditions", "conditions[0]", "path"]),
    (meeting("x"), "meeting", ["conditions", "conditions[2]", "template"]),
    (meeting("A", discarded=True), "meeting", ["include_discarded", "trigger"]),
    (meeting("A", app_id="a1"), "meeting", ["own", "trigger"]),
    ({**TAP, "at": "2026-03-02T10:00:00Z", "button_event": {"gesture": "double_tap", "timestamp": 0}}, "tap", ["late"]),
    ([meeting("A", "play"), says("hello")], None, ["path"]),
]


@pytest.mark.parametrize(("events", "rule", "words"), REASONS, ids=[row[2][0] for row in REASONS])
def test_the_reason_may_be_named_in_each_of_its_ways(
    tried: Any, events: Any, rule: str | None, words: list[str]
) -> None:
    listed = events if isinstance(events, list) else [events]
    case = {"events": listed, "expect": []} | ({"rule": rule} if rule else {})
    assert {word: tried(**case, because=word).detail for word in words} == dict.fromkeys(words, "")
    for other in {"dedupe", "throttle", "any", "priority"}.difference(words):
        assert tried(**case, because=other).detail.startswith(f"the reason was not '{other}'")


def test_limits_and_priority_are_reasons_beside_what_was_done(tried: Any) -> None:
    assert tried(events=[says("any advice"), says("any advice")], expect=ASKED, because="throttle").passed
    assert tried(events=[says("any advice"), says("any advice")], expect=ASKED, because="cooldown").passed
    twice = [meeting("A"), meeting("A")]
    assert tried(events=twice, expect=[{"action": "list.add"}, log("1 so far")], because="dedupe").passed
    loud = [{"action": "omi.prompt", "data": {"prompt": "too loud"}}]
    assert tried(events=[says("some advice")], expect=loud, because="priority").passed
    late = {**says("any advice"), "after": "3m"}
    assert tried(events=[says("any advice"), late], rule="advice", expect=[*ASKED, *ASKED]).passed


def test_a_reason_counts_only_for_who_came_furthest(tried: Any) -> None:
    case = tried(events=[says("hello"), says("any advice", is_user=False)], rule="advice", expect=[], because="phrases")
    other = "it was 'speaker' (or 'triggers[0].speaker', 'triggers[0]', 'trigger')"
    assert case.detail.splitlines()[0] == f"the reason was not 'phrases', {other}"
    assert "'advice' on event 2: 'any advice' was not said by speaker 'user' (line 7)" in case.detail
    case = tried(events=[says("any advice")], rule="advice", expect=ASKED, because="speaker")
    assert case.detail == "nothing stood in the way, and 'speaker' should"


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("too little", {"events": [says("any advice", is_user=False)], "expect": [PROMPT]}, """\
omi.prompt, expected as number 1, was not done
expected:
  omi.prompt with prompt contains 'advice'
done: nothing
why not more:
  'advice' on event 1: 'any advice' was not said by speaker 'user' (line 7)
  'louder' on event 1: none of its phrases was said (line 17)
  'softer' on event 1: none of its phrases was said (line 21)"""),
    ("too much", {"events": [says("any advice")], "expect": [PROMPT]}, """\
log.write of 'advice' was done, and is not expected
expected:
  omi.prompt with prompt contains 'advice'
done:
  omi.prompt by 'advice' with {"prompt": "on any advice"}
  log.write by 'advice' with {"message": "asked"}"""),
    ("a fault", {"events": [posted("broken", by=0)], "expect": []}, "'broken' failed on event 1: actions[0] (log.write): message: "),
    ("a refusal", {"events": [posted("call")], "rule": "called", "mocks": {"http.request": {"status": 401, "text": "who?"}},
        "expect": [{"action": "http.request"}, log("401")]}, """\
log.write, expected as number 2, was not done
expected:
  http.request
  log.write with message equals '401'
done:
  http.request by 'called' with {"method": "POST", "url": "leads", "expect": null}
why not more:
  'called' on event 1: actions[0] (http.request): 'crm.example.com' answered 401: who? (line 67)"""),
    ("the names of several reasons", {"events": [meeting("A", "play"), meeting("x")], "rule": "meeting", "expect": [],
        "because": "any"}, """\
the reason was not 'any', it was '$.structured.category' (or 'path', 'conditions[0]', 'conditions') \
and 'template' (or 'conditions[2]', 'conditions')
why not more:"""),
    ("a request that is refused", {"events": [{"day_summary": {"uid": "u" * 300}}], "expect": []}, "event 1 would be refused: the user's 'uid' is "),
    ("an event without end", {"events": [{"event": {"name": "again"}}], "expect": []}, "'endless' failed on emitted by endless: "),
]  # fmt: skip


@pytest.mark.parametrize(("case", "detail"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_test_that_fails_says_what_is_wrong_and_why(tried: Any, case: dict[str, Any], detail: str) -> None:
    found = tried(**case)
    assert not found.passed
    assert found.detail.startswith(detail)


CALLED = {"action": "http.request"}
ANSWERS: list[tuple[Any, dict[str, Any], list[Any]]] = [
    ({"status": 201}, {}, [CALLED, log("201")]),
    ({"json": {"a": 1}}, {"expect": [202, 204]}, [CALLED, log("202")]),
    ({"status": 404}, {"expect": [200, 404]}, [CALLED, log("404")]),
    ({"status": 200}, {"expect": [404]}, [CALLED]),
    ({"status": 301, "headers": {"Location": "https://a.example.com"}}, {}, [CALLED]),
    ({"status": 404, "headers": {"Content-Type": "text/plain; charset=utf-16", "Age": 1}, "text": 5}, {}, [CALLED]),
    *(({"status": status}, {}, [CALLED]) for status in (401, 408, 429, 500, 503, "200", None)),
    ({"status": 401}, {"url": "https://other.example.com"}, [CALLED]),
    ("no mapping", {}, [CALLED]),
    ([{"status": 500}, {"status": 200}], {}, [CALLED]),
]


@pytest.mark.parametrize(("answer", "body", "expect"), ANSWERS, ids=str)
def test_an_answer_means_what_it_means_live(tried: Any, answer: Any, body: dict[str, Any], expect: list[Any]) -> None:
    case = {"events": [posted("call", **body)], "rule": "called", "mocks": {"http.request": answer}, "expect": expect}
    assert tried(**case).detail == ""
    failed = expect == [CALLED]
    assert tried(**case, because="actions").passed == failed


SORTED = {"action": "llm.ask"}
MISFITS: list[tuple[Any, str]] = [
    ({"json": {"kind": "gossip", "urgent": True}}, "'kind' wants one of 'incident' or 'sales'"),
    ({"json": {"kind": "sales"}}, "'urgent' is missing"),
    ({"json": {"kind": "sales", "urgent": True, "by": "me"}}, "'by' was not asked for"),
    ({"json": None}, "the answer is not a mapping"),
]


@pytest.mark.parametrize(("answer", "wrong"), MISFITS, ids=[wrong for _, wrong in MISFITS])
def test_an_answer_of_a_model_is_held_against_the_schema_of_the_step(tried: Any, answer: Any, wrong: str) -> None:
    case = {"events": [posted("sort")], "mocks": {"llm.ask": answer}}
    assert tried(**case, expect=[SORTED], because="actions").detail == ""
    told = tried(**case, expect=[SORTED, log("sales")]).detail
    assert f"(llm.ask): the model's answer does not fit the schema: {wrong}" in told


def test_an_answer_of_a_model_that_fits_is_taken(tried: Any) -> None:
    case = {"events": [posted("sort")], "mocks": {"llm.ask": {"json": {"kind": "sales", "urgent": False}}}}
    assert tried(**case, expect=[SORTED, log("sales")]).detail == ""
    assert not tried(events=[posted("sort")], mocks={"llm.ask": "sales"}, expect=[SORTED, log("")]).passed


def test_what_a_run_failed_of_comes_first_and_takes_the_place_of_other_reasons(tried: Any) -> None:
    first, *rest = tried(events=[posted("broken", by=0)], expect=[log("1")]).detail.splitlines()
    assert first.startswith("'broken' failed on event 1: actions[0] (log.write): message: ")
    assert "log.write, expected as number 1, was not done" in rest
    assert "why not more:" not in rest


def test_a_call_that_is_refused_live_is_not_done_in_a_test_either(tried: Any) -> None:
    case = {"events": [posted("call", url="../up")], "rule": "called", "mocks": {"http.request": {"status": 200}}}
    assert "climbs out of the connection's base_url" in tried(**case, expect=[CALLED]).detail


def test_a_run_goes_on_behind_an_answer_that_is_a_fault_where_it_may(tried: Any) -> None:
    case = {"events": [posted("anyhow")], "mocks": {"http.request": {"status": 503}}}
    assert tried(**case, expect=[CALLED, log("it did not work")], because="actions[0]").detail == ""


def test_a_rule_in_the_shadow_is_tried_as_if_it_were_live(tried: Any) -> None:
    assert tried(events=[posted("hush")], expect=[log("hush"), log("9 so far")]).detail == ""
    assert tried(events=[posted("hush")], expect=[log("hush"), log("9 so far")], because="status").detail
    assert tried(events=[posted("off")], rule="off", expect=[], because="status").passed


def test_a_condition_is_named_by_its_jsonpath_as_well(tried: Any) -> None:
    case = {"events": [meeting("A", "play")], "rule": "meeting", "expect": []}
    assert tried(**case, because="$.structured.category").passed
    assert not tried(**case, because="$.structured.title").passed


def test_a_file_that_cannot_be_read_fails_its_test(tried: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text("{")
    assert "not JSON" in tried(events=[{"memory_created": {"file": str(file)}}], expect=[]).detail
