"""A simulation decides recorded requests as they would be decided live, and says what it would not take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from omiflow.engine.inline import Seal
from omiflow.language.load import Loader
from omiflow.language.settings.config import load_config
from omiflow.language.settings.views import facts, surroundings
from omiflow.omi.recorded import Recorded
from omiflow.omi.times import iso, parse
from omiflow.proof.dry_run import Simulation
from omiflow.proof.foreseen import Foreseen

NOON = "2026-03-02T12:00:00+00:00"
LOG = [{"action": "log.write", "data": {"message": "{{ trigger.text or now.isoformat() }}"}}]


def heard(*phrases: str, **more: Any) -> dict[str, Any]:
    return {"triggers": [{"trigger": "realtime_transcript", "phrases": list(phrases)}], "actions": LOG, **more}


def on(trigger: str, **more: Any) -> dict[str, Any]:
    name = {"name": more.pop("name")} if "name" in more else {}
    return {"triggers": [{"trigger": trigger, **name}], "actions": LOG, **more}


@pytest.fixture
def simulated(tmp_path: Path) -> Any:
    def begin(*rules: dict[str, Any], config: dict[str, Any] | None = None, **options: Any) -> Simulation:
        apps = {"default": {"scopes": ["user_name"]}, "other": {"users": ["u9"]}}
        (tmp_path / "omiflow.yaml").write_text(yaml.safe_dump({"apps": apps} | (config or {})))
        loaded = load_config(None, folder=tmp_path, environ={}).config
        assert loaded is not None
        named = [{"id": f"r{number}", **rule} for number, rule in enumerate(rules, 1)]
        book = Loader(facts(loaded)).load({"rules.yaml": json.dumps({"rules": named})})
        assert [problem for problem in book.problems if problem.severity == "error"] == []
        return Simulation(
            rules=book.rules, surroundings=surroundings(loaded), seal=Seal("test"), app="default", **options
        )

    return begin


def told(simulation: Simulation, request: Recorded) -> Foreseen:
    (one,) = simulation.foresee(request)
    return one


def speech(text: str, *, at: str | None = None, key: str | None = None, **more: Any) -> Recorded:
    segment = {"id": key or f"{text} {at}", "text": text, "is_user": True, "speaker": "SPEAKER_00", "speaker_id": 0}
    return recorded({"segments": [segment]}, event="realtime_transcript", at=at, **more)


def recorded(body: Any, *, at: str | None = None, uid: str | None = "u1", **more: Any) -> Recorded:
    query = {} if uid is None else {"uid": uid}
    return Recorded(body=json.dumps(body).encode(), query=query, at=parse(at), source="test", **more)


def memory(**more: Any) -> dict[str, Any]:
    return {"id": "c1", "structured": {"title": "t", "action_items": []}, "transcript_segments": [], **more}


def outcomes(*seen: Foreseen) -> list[list[tuple[str, str]]]:
    return [[(run.verdict.rule, run.outcome) for run in one.runs] for one in seen]


TIMES: list[tuple[str, dict[str, Any], list[Recorded], list[str]]] = [
    (
        "as recorded, also backwards",
        {},
        [speech("a", at=NOON), speech("b", at="2026-03-01T12:00:00Z")],
        [NOON, "2026-03-01T12:00:00+00:00"],
    ),
    (
        "the payload's own time",
        {},
        [recorded(memory(finished_at="2026-02-01T10:00:00Z", created_at="2026-02-01T09:00:00Z"))],
        ["2026-02-01T10:00:00+00:00"],
    ),
    (
        "a tap's own time",
        {},
        [recorded({"button_event": "single_tap", "timestamp": "2026-02-01T10:00:00Z"})],
        ["2026-02-01T10:00:00+00:00"],
    ),
    (
        "a second after the one before",
        {},
        [speech("a", at=NOON), speech("b"), speech("c")],
        [NOON, "2026-03-02T12:00:01+00:00", "2026-03-02T12:00:02+00:00"],
    ),
    ("a fixed time at first", {}, [speech("a")], ["2026-03-02T09:00:00+00:00"]),
    (
        "from --now on",
        {"starts_at": parse("2026-01-01T00:00:00Z")},
        [recorded(memory(finished_at="2026-02-01T10:00:00Z")), speech("b"), speech("c", at=NOON)],
        ["2026-01-01T00:00:00+00:00", "2026-01-01T00:00:01+00:00", NOON],
    ),
]


@pytest.mark.parametrize(("options", "requests", "times"), [row[1:] for row in TIMES], ids=[row[0] for row in TIMES])
def test_a_request_arrives_at(
    simulated: Any, options: dict[str, Any], requests: list[Recorded], times: list[str]
) -> None:
    simulation = simulated(heard("x"), **options)
    assert [iso(told(simulation, one).at) for one in requests] == times


def test_limits_count_on_the_times_of_the_requests_and_say_why(simulated: Any) -> None:
    simulation = simulated(heard("go", throttle={"limit": 1, "period": "2m"}), heard("go", cooldown="1h"))
    times = ["12:00:00", "12:01:59", "12:02:00", "13:00:00"]
    seen = [told(simulation, speech("go", at=f"2026-03-02T{time}Z")) for time in times]
    assert outcomes(*seen) == [
        [("r1", "fired"), ("r2", "fired")],
        [("r1", "throttled"), ("r2", "throttled")],
        [("r1", "fired"), ("r2", "throttled")],
        [("r1", "fired"), ("r2", "fired")],
    ]
    assert seen[1].runs[0].reason == "fired 1m59s ago, limit 1 per 2m"
    assert seen[1].runs[0].actions == []


def test_an_earlier_day_after_a_later_one_has_room_of_its_own(simulated: Any) -> None:
    simulation = simulated(heard("go", cooldown="1h"))
    times = ["2026-03-02T12:00:00Z", "2026-03-01T12:00:00Z", "2026-03-01T12:30:00Z", "2026-03-02T11:30:00Z"]
    seen = [told(simulation, speech("go", at=time)) for time in times]
    assert [one.runs[0].outcome for one in seen] == ["fired", "fired", "throttled", "throttled"]


def test_many_requests_of_an_earlier_day_are_not_over_the_rate(simulated: Any) -> None:
    simulation = simulated(heard("go"))
    told(simulation, speech("go", at="2026-03-02T12:00:00Z"))
    seen = [told(simulation, speech("go", at=f"2026-03-01T12:00:{second:02}Z")) for second in range(60)]
    assert {one.ignored for one in seen} == {None}


def test_what_is_over_the_rate_is_dropped_when_spoken_and_refused_when_posted(simulated: Any) -> None:
    simulation = simulated(heard("go"), requests_per_uid=2.0)
    spoken = [told(simulation, speech(f"go {number}", at=NOON)) for number in range(3)]
    assert [one.ignored is not None for one in spoken] == [False, False, True]
    unlimited = simulated(heard("go"), requests_per_uid=None)
    assert [told(unlimited, speech(f"go {number}", at=NOON)).ignored for number in range(60)] == [None] * 60
    posting = simulated(on("webhook", name="d"), requests_per_uid=1.0)
    posted = [told(posting, recorded({}, path="/webhook/d", at=NOON)) for _ in range(2)]
    assert [one.error for one in posted] == [None, "more requests of this user than 'limits.requests_per_uid' allows"]


def test_a_duplicate_fires_nothing_and_is_answered_as_before(simulated: Any) -> None:
    reply = {"action": "omi.reply", "data": {"message": "Well noted"}}
    simulation = simulated(on("memory_created", actions=[reply]), heard("go"))
    first, again = (told(simulation, recorded(memory(), at=NOON)) for _ in range(2))
    assert (first.duplicate, first.reply) == (False, {"message": "Well noted"})
    assert (again.duplicate, again.reply, again.runs) == (True, {"message": "Well noted"}, [])
    said = [told(simulation, speech("go", key="s1", at=NOON)) for _ in range(2)]
    assert outcomes(*said) == [[("r2", "fired")], []]


def test_webhooks_of_two_names_are_never_the_same_delivery(simulated: Any) -> None:
    simulation = simulated(on("webhook", name="a"), on("webhook", name="b"))
    headers = {"idempotency-key": "k"}
    paths = ["/webhook/a", "/webhook/b", "/webhook/a"]
    seen = [told(simulation, recorded({}, path=path, headers=headers, at=NOON)) for path in paths]
    assert outcomes(*seen) == [[("r1", "fired")], [("r2", "fired")], []]


def test_apps_and_users_have_words_and_limits_of_their_own(simulated: Any) -> None:
    simulation = simulated(heard("go", cooldown="1h"), config={"apps": {"default": {}, "other": {}}})
    seen = [
        told(simulation, speech("go", key="s1", at=NOON, uid=uid, app=app))
        for uid, app in (("u1", None), ("u2", None), ("u1", "other"), ("u1", "other"), ("u1", "gone"))
    ]
    assert outcomes(*seen) == [[("r1", "fired")]] * 3 + [[], []]
    assert [one.app for one in seen] == ["default", "default", "other", "other", "default"]


REFUSED: list[tuple[str, Recorded, str | None, str | None]] = [
    ("not JSON", Recorded(body=b"{", path="/memory", query={"uid": "u1"}, source="t"), "JSON", None),
    ("no user", recorded({}, uid=None, event="memory_created"), "'uid' is missing", None),
    ("a long user", recorded({}, uid="u" * 257, event="memory_created"), "longer than 256", None),
    ("a bare body without a shape", recorded({}), "--event", None),
    ("a webhook without a name", recorded({}, event="webhook"), "--event webhook/NAME", None),
    ("an event of later", recorded({}, event="audio_bytes"), None, "no event 'audio_bytes'"),
    ("another path", recorded({}, path="/setup/status"), None, "no event at '/setup/status'"),
    ("another user", speech("go", app="other"), None, "user 'u1' is not among the users of app 'other'"),
]


@pytest.mark.parametrize(
    ("request_", "error", "ignored"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_it_says_why_it_would_not_take(
    simulated: Any, request_: Recorded, error: str | None, ignored: str | None
) -> None:
    seen = told(simulated(heard("go"), on("webhook", name="w")), request_)
    assert seen.runs == []
    assert error in seen.error if error else seen.error is None
    assert ignored in seen.ignored if ignored else seen.ignored is None


def test_options_stand_for_what_a_bare_body_does_not_tell(simulated: Any) -> None:
    posting = simulated(on("webhook", name="deploy"), event="webhook", webhook="deploy", uid="u7")
    seen = told(posting, recorded({"any": 1}, uid=None))
    assert (outcomes(seen), seen.uid, seen.webhook) == ([[("r1", "fired")]], "u7", "deploy")
    declared = told(simulated(on("webhook", name="w")), recorded({}, event="webhook/w"))
    assert (outcomes(declared), declared.event, declared.webhook) == ([[("r1", "fired")]], "webhook", "w")
    answer = told(posting, recorded({}, uid="u8", path="/webhook/other"))
    assert (outcomes(answer), answer.uid, answer.webhook) == ([[]], "u8", "other")


def test_a_run_that_fails_shows_how_far_it_came(simulated: Any) -> None:
    fault = {"action": "log.write", "data": {"message": "{{ 1 // 0 }}"}}
    reply = {"action": "omi.reply", "data": {"message": "Well noted"}}
    simulation = simulated(
        heard("go", actions=[*LOG, fault, *LOG]),
        heard("go", dedupe={"key": "{{ 1 // 0 }}", "period": "1h"}),
        heard("go", actions=[reply, fault]),
        heard("go", actions=[*LOG, {"stop": "enough", "error": True}]),
        heard("go", actions=[{**fault, "continue_on_error": True}, *LOG]),
        heard("go", actions=[reply, {"stop": "enough", "error": True}], priority=1),
        heard("go", actions=[{"variables": {"x": "{{ 1 // 0 }}"}}, reply]),
    )
    runs = told(simulation, speech("go", at=NOON)).runs
    assert [(run.outcome, [action.path for action in run.actions]) for run in runs] == [
        ("failed", ["actions[0]"]),
        ("failed", []),
        ("failed", []),
        ("failed", ["actions[0]"]),
        ("fired", ["actions[1]"]),
        ("failed", ["actions[0]"]),
        ("failed", []),
    ]
    places = ["actions[1]", "dedupe", "actions[1]", "enough", "", "enough", "actions[0]"]
    assert [place in (run.reason or "") for run, place in zip(runs, places, strict=True)] == [True] * 7
    faulty = [number for number, run in enumerate(runs) if "division" in (run.reason or "")]
    assert faulty == [0, 1, 2, 6]


def test_the_one_answer_goes_to_the_highest_priority_and_the_others_say_so(simulated: Any) -> None:
    prompt = {"action": "omi.prompt", "data": {"prompt": "Ask {{ user_name }} about {{ trigger.text }}"}}
    simulation = simulated(
        heard("go", actions=[prompt, *LOG]), heard("go", actions=[prompt], priority=1), heard("go", actions=[prompt])
    )
    seen = told(simulation, speech("{{user_name}} go", at=NOON))
    assert outcomes(seen) == [[("r1", "fired"), ("r2", "fired"), ("r3", "throttled")]]
    loser, winner, other = seen.runs
    assert [(held.action, held.reason) for held in loser.held] == [("omi.prompt", "outranked by r2")]
    assert [action.action for action in loser.actions] == ["log.write"]
    assert winner.actions[0].data == {"prompt": "Ask {{user_name}} about go"}
    assert seen.reply == {"notification": {"prompt": "Ask {{user_name}} about go", "params": ["user_name"]}}
    assert other.reason == "outranked by r2"
    soon = told(simulation, speech("go", at="2026-03-02T12:00:20+00:00"))
    assert soon.runs[1].reason == "Omi takes one prompt in 30 s and got one 20 s ago"


def test_all_shows_rules_that_did_not_match_in_the_order_of_the_rules(simulated: Any) -> None:
    wants = [{"path": "$.structured.title", "equals": "other"}]
    simulation = simulated(
        on("memory_created", conditions=wants), on("memory_created"), on("day_summary"), heard("go"), every=True
    )
    seen = told(simulation, recorded(memory(), at=NOON))
    assert outcomes(seen) == [[("r1", "not_matched"), ("r2", "fired"), ("r3", "not_matched"), ("r4", "not_matched")]]
    assert seen.runs[2].reason == "listens to day_summary; this is memory_created"
    gate = seen.runs[0].verdict.gates[-1]
    assert (gate.gate, gate.path, gate.passed, gate.line) == ("conditions", "conditions[0]", False, 1)
    assert seen.runs[0].reason == gate.detail


def test_a_step_that_is_stopped_says_where(simulated: Any) -> None:
    simulation = simulated(heard("go", actions=[{"if": "{{ true }}", "then": [{"stop": "not today"}]}, *LOG]))
    run = told(simulation, speech("go", at=NOON)).runs[0]
    assert (run.outcome, run.reason, run.actions) == ("fired", "not today", [])


EMITTING = {
    "triggers": [{"trigger": "webhook", "name": "begin"}],
    "actions": [{"emit": {"name": "a", "data": {"n": 1}}}, *LOG],
}


def follows(name: str, *actions: Any) -> dict[str, Any]:
    return {"triggers": [{"trigger": "event", "name": name}], "actions": list(actions)}


def test_emitted_events_are_decided_after_the_runs_that_emit_them(simulated: Any) -> None:
    simulation = simulated(
        EMITTING,
        follows("a", {"emit": {"name": "b", "data": {"n": "{{ event.n + 1 }}"}}}),
        EMITTING,
        follows("b", {"action": "log.write", "data": {"message": "{{ event.n }} of {{ user.uid }}"}}),
    )
    seen = simulation.foresee(recorded({}, path="/webhook/begin", at=NOON))
    assert [(one.source, one.event, one.webhook, one.uid, iso(one.at)) for one in seen] == [
        ("test", "webhook", "begin", "u1", NOON),
        ("emitted by r1", "event", "a", "u1", NOON),
        ("emitted by r3", "event", "a", "u1", NOON),
        ("emitted by r2", "event", "b", "u1", NOON),
        ("emitted by r2", "event", "b", "u1", NOON),
    ]
    assert [[run.verdict.rule for run in one.runs] for one in seen] == [["r1", "r3"], ["r2"], ["r2"], ["r4"], ["r4"]]
    assert seen[-1].runs[0].actions[0].data == {"message": "2 of u1"}
    assert [len(run.actions) for run in seen[0].runs] == [1, 1]


def test_a_chain_of_events_ends_and_so_does_a_flood(simulated: Any) -> None:
    again = {"emit": {"name": "a", "data": {}}}
    chain = simulated(EMITTING, follows("a", again)).foresee(recorded({}, path="/webhook/begin", at=NOON))
    assert [one.runs[0].outcome for one in chain] == [*["fired"] * 8, "failed"]
    assert "8 emitted events" in (chain[-1].runs[0].fault or "")
    flood = {"repeat": {"count": 30, "sequence": [again]}}
    seen = simulated(EMITTING, follows("a", flood)).foresee(recorded({}, path="/webhook/begin", at=NOON))
    assert len(seen) == 1001
    assert "more are stopped" in (seen[-1].runs[0].fault or "")


def test_a_rule_in_the_shadow_is_shown_and_does_nothing(simulated: Any) -> None:
    reply = {"action": "omi.reply", "data": {"message": "Well noted"}}
    add = {"action": "value.add", "data": {"name": "n"}, "response_variable": "n"}
    emit = {"emit": {"name": "a", "data": {}}}
    simulation = simulated(
        {**EMITTING, "actions": [add, emit, *LOG], "status": "shadow", "cooldown": "1h"},
        heard("go", status="shadow", actions=[reply]),
        heard("go", actions=[reply]),
        {**EMITTING, "actions": [add, {"action": "log.write", "data": {"message": "{{ n.value }}"}}]},
    )
    (seen,) = simulation.foresee(recorded({}, path="/webhook/begin", at=NOON))
    assert outcomes(seen) == [[("r1", "shadow"), ("r4", "fired")]]
    assert [action.action for action in seen.runs[0].actions] == ["value.add", "log.write"]
    assert seen.runs[1].actions[-1].data == {"message": "1"}
    again = told(simulation, recorded({"again": 1}, path="/webhook/begin", at=NOON))
    assert outcomes(again) == [[("r1", "throttled"), ("r4", "fired")]]
    spoken = told(simulation, speech("go", at=NOON))
    assert outcomes(spoken) == [[("r2", "shadow"), ("r3", "fired")]]
    assert spoken.reply == {"message": "Well noted"}
    assert [len(run.actions) for run in spoken.runs] == [1, 1]


def test_kept_things_are_kept_from_request_to_request_and_each_user_has_their_own(simulated: Any) -> None:
    add = {"action": "list.add", "data": {"name": "l", "item": "{{ event.x }}"}, "response_variable": "l"}
    shown = {"action": "log.write", "data": {"message": "{{ l['items'] | join(' ') }}"}}
    simulation = simulated({**on("webhook", name="w"), "actions": [add, shown]})
    posted = [("a", "u1"), ("b", "u1"), ("c", "u2"), ("d", "u1")]
    seen = [told(simulation, recorded({"x": x}, uid=uid, path="/webhook/w", at=NOON)) for x, uid in posted]
    assert [one.runs[0].actions[-1].data["message"] for one in seen] == ["a", "a b", "c", "a b d"]


def test_what_kept_things_refuse_is_the_fault_of_the_rule(simulated: Any) -> None:
    group = {"action": "value.get", "data": {"name": "n", "scope": "group"}}
    (run,) = told(simulated({**on("webhook", name="w"), "actions": [group]}), recorded({}, path="/webhook/w")).runs
    assert run.outcome == "failed"
    assert "group" in (run.fault or "")


def test_what_omi_does_for_a_user_fails_where_there_is_none(simulated: Any) -> None:
    step = {"action": "omi.notify", "data": {"message": "Look"}}
    named = {"action": "omi.notify", "data": {"message": "Look", "uid": "u2"}}
    config = {"apps": {"default": {"omi_app_id": "a", "api_key": "k"}}}
    simulation = simulated(
        {**on("webhook", name="w"), "actions": [step]},
        {**on("webhook", name="w"), "actions": [named]},
        {**on("webhook", name="w"), "actions": [{**step, "continue_on_error": True}, *LOG]},
        {**on("webhook", name="w"), "actions": [step], "status": "shadow"},
        config=config,
    )
    seen = told(simulation, recorded({}, uid=None, path="/webhook/w"))
    assert [run.outcome for run in seen.runs] == ["failed", "fired", "fired", "shadow"]
    assert "no user" in (seen.runs[0].fault or "")
    assert "no user" in seen.runs[2].held[0].reason


def test_an_apps_budget_holds_back_what_interrupts(simulated: Any) -> None:
    notify = [{"action": "omi.notify", "data": {"message": "Look at this"}}]
    app = {"omi_app_id": "a", "api_key": "k", "throttle": {"limit": 1, "period": "1d", "ignore_above": 5}}
    config = {"apps": {"default": app, "other": {}}}
    simulation = simulated(
        {**on("webhook", name="w"), "actions": [*notify, *LOG]},
        {**on("webhook", name="w"), "actions": notify, "priority": 6},
        {**on("webhook", name="w"), "actions": notify, "status": "shadow"},
        config=config,
    )
    first, second = (told(simulation, recorded({"n": n}, path="/webhook/w", at=NOON)) for n in range(2))
    assert [len(run.actions) for run in first.runs] == [2, 1, 1]
    assert [len(run.actions) for run in second.runs] == [1, 1, 1]
    (held,) = second.runs[0].held
    assert (held.action, held.path) == ("omi.notify", "actions[0]")
    assert held.reason == "the app's budget of 1 interruption per 1d is spent"
    tomorrow = told(simulation, recorded({}, path="/webhook/w", at="2026-03-03T12:00:00Z"))
    assert [len(run.actions) for run in tomorrow.runs] == [2, 1, 1]
