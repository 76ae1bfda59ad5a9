"""`omiflow events` and `omiflow runs`: lists, pages and exports, beside a running service and without one."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from omiflow.cli.main import main

HARNESS = str(Path(__file__).parents[1] / "conftest.py")
SECRETS = ("home-secret", "xoxb-test-token", "sk_test_key", "secret-part", "token-of-the-tests-0001")
UID = "nIv7Qd2RtYw5KxBz8LmPs3EoHc41"
RULES = """
rules:
  - id: advice
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    cooldown: 1h
    actions:
      - action: omi.prompt
        data: {prompt: "{{ user_name }} wants advice on: {{ trigger.segments[0].text }}"}
  - id: lamp
    triggers: [{trigger: realtime_transcript, phrases: [lamp on]}]
    actions:
      - action: http.request
        connection: home
        data: {method: POST, url: lamp, json: {said: "{{ trigger.text }}"}}
        response_variable: answer
      - action: log.write
        data: {message: "{{ answer.status }}"}
  - id: broken
    triggers: [{trigger: webhook, name: broken}]
    dedupe: {key: "{{ event.key }}", period: 1h}
    actions:
      - action: http.request
        connection: home
        data: {method: GET, url: broken}
  - id: meeting
    triggers: [{trigger: memory_created}]
    conditions: [{path: $.structured.category, equals: work}]
    actions:
      - action: log.write
        data: {message: "{{ event.structured.title }}"}
"""


@pytest.fixture(scope="module")
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give a service that has seen a few events; its neighbours repeat the secrets they were given."""
    harness: Any = request.config.pluginmanager.get_plugin(HARNESS)
    with harness.standing_in() as outside, harness.serving(tmp_path_factory.mktemp("lived"), outside) as serve:
        yield live_a_little(serve, outside)


def live_a_little(serve: Any, outside: Any) -> Any:
    outside.answer("home/lamp", 200, {"you_sent": "home-secret", "long": "x" * 50}, {"X-Seen": "Bearer home-secret"})
    outside.answer("home/broken", 400, {"why": "home-secret is not enough"})
    served = serve(RULES)
    served.say("Any advice on the boat?", uid=UID)
    served.say("Any advice, again?", uid=UID)
    served.say("Lamp on please", uid=UID)
    served.post("webhook/broken", {"key": "k1"}, uid=None)
    served.post("webhook/broken", {"key": "k1"}, uid=None)
    served.post("webhook/broken", b"key=k2&more=1", uid=None, content_type="application/x-www-form-urlencoded")
    served.post("memory_created", {"id": "c1", "structured": {"title": "Müsli \x1b[2J", "category": "work"}}, uid=UID)
    served.post("memory_created", {"id": "c1", "structured": {"title": "again", "category": "work"}}, uid=UID)
    served.wait_for_run("lamp", "done")
    served.wait_for_run("meeting", "done")
    deadline = time.monotonic() + 60
    while len(served.runs(rule="broken", state="failed")) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return served


@pytest.fixture
def omiflow(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Give a function that runs a command in a folder, and gives what it printed: its faults if it ends with one."""

    def run(folder: Path, *args: str, status: int = 0) -> str:
        monkeypatch.chdir(folder)
        with pytest.raises(SystemExit) as ended:
            main(list(args))
        out, err = capsys.readouterr()
        assert ended.value.code == status, err
        assert not any(secret in out + err for secret in SECRETS)
        return out if status == 0 else err

    return run


@pytest.fixture
def read(omiflow: Any) -> Any:
    """Give a function that runs a command and reads its document."""
    return lambda folder, *args: json.loads(omiflow(folder, *args, "--json"))


def test_lists_show_the_newest_first_and_filter(lived: Any, read: Any) -> None:
    folder = lived.folder
    events = read(folder, "events")["events"]
    assert [(event["event"], event["runs"]) for event in events] == [
        ("memory_created", 1),
        ("webhook", 1),
        ("webhook", 1),
        ("webhook", 1),
        *[("realtime_transcript", 1)] * 3,
    ]
    assert events[0].keys() >= {"id", "event", "app", "uid", "at", "late", "runs"}
    runs = read(folder, "runs", "list")["runs"]
    assert [(run["rule"], run["state"]) for run in runs] == [
        ("meeting", "done"),
        ("broken", "failed"),
        ("broken", "deduplicated"),
        ("broken", "failed"),
        ("lamp", "done"),
        ("advice", "throttled"),
        ("advice", "answered"),
    ]
    assert runs[0].keys() >= {"id", "rule", "event_id", "app", "uid", "at", "state", "reason"}
    lived.stop()
    for filters, events_left, runs_left in (
        (["--limit", "2"], 2, 2),
        (["--rule", "broken"], 3, 3),
        (["--user", UID], 4, 4),
        (["--state", "failed"], 2, 2),
        (["--rule", "broken", "--state", "deduplicated"], 1, 1),
        (["--since", "1h"], 7, 7),
        (["--since", "2200-01-01T00:00:00Z"], 0, 0),
    ):
        assert len(read(folder, "events", *filters)["events"]) == events_left, filters
        assert len(read(folder, "runs", *filters)["runs"]) == runs_left, filters


def test_since_a_time_without_an_offset_is_one_of_the_configurations_zone(
    lived: Any, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_an_hour = (datetime.now(UTC) + timedelta(hours=1)).replace(tzinfo=None).isoformat()
    assert read(lived.folder, "events", "--since", in_an_hour)["events"] == []
    monkeypatch.setenv("OMIFLOW_TIMEZONE", "Pacific/Kiritimati")
    assert len(read(lived.folder, "events", "--since", in_an_hour)["events"]) == 7
    assert len(read(lived.folder, "runs", "--since", in_an_hour)["runs"]) == 7


@pytest.mark.parametrize("command", ["runs", "events"])
def test_an_empty_list_tells_a_rule_that_never_ran_from_one_that_did(command: str, lived: Any, omiflow: Any) -> None:
    told = f"no {command} of rule 'lmap'; did you mean 'lamp'?\n"
    assert omiflow(lived.folder, command, "--rule", "lmap") == told
    assert omiflow(lived.folder, command, "--rule", "lamp", "--state", "cancelled") == f"no {command}\n"


def test_a_run_shows_its_journal_without_secrets(lived: Any, omiflow: Any, read: Any) -> None:
    (run,) = read(lived.folder, "runs", "--rule", "lamp")["runs"]
    page = omiflow(lived.folder, "runs", "show", run["id"])
    assert "actions[0]" in page
    assert (
        "  data:\n    method: POST\n    url: lamp\n    json:\n      said: Lamp on\n  answer:\n    status: 200" in page
    )
    assert "you_sent: ***" in page
    assert "“Lamp on”" in page
    document = read(lived.folder, "runs", "show", run["id"])
    assert document["journal"][0]["data"] == {"method": "POST", "url": "lamp", "json": {"said": "Lamp on"}}
    assert document["journal"][0]["value"]["json"]["you_sent"] == "***"
    failed = read(lived.folder, "runs", "--rule", "broken", "--state", "failed")["runs"][0]
    assert "answered 400" in failed["reason"]
    page = omiflow(lived.folder, "runs", "show", failed["id"])
    assert "url: broken\n  'localhost' answered 400" in page.replace("127.0.0.1", "localhost")
    assert "answered 400" in omiflow(lived.folder, "runs")


def test_an_event_shows_gates_answer_and_body(lived: Any, omiflow: Any, read: Any) -> None:
    folder = lived.folder
    throttled, answered = read(folder, "events", "--rule", "advice")["events"]
    page = omiflow(folder, "events", "show", answered["id"])
    assert "✓ trigger: heard 'Any advice' for 'any advice'  line 4" in page
    assert "prompt: {{user_name}} wants advice on: Any advice on the boat?" in page
    assert "text: Any advice on the boat?" in page
    assert "✗ throttle: fired" in omiflow(folder, "events", "show", throttled["id"])
    meeting = read(folder, "events", "--rule", "meeting")["events"][0]
    page = omiflow(folder, "events", "show", meeting["id"])
    assert "\x1b" not in page
    assert "title: Müsli \ufffd[2J" in page


def test_an_event_shows_what_became_of_its_runs(lived: Any, omiflow: Any, read: Any) -> None:
    folder = lived.folder
    failed = read(folder, "events", "--rule", "broken", "--state", "failed")["events"][0]
    page = omiflow(folder, "events", "show", failed["id"])
    assert "broken  fired, failed  " in page
    assert re.search(r"✗ actions: actions\[0\] \(http.request\): '[^']+' answered 400", page)
    run = read(folder, "events", "show", failed["id"])["trace"][0]["run"]
    assert (run["state"], "answered 400" in run["reason"]) == ("failed", True)
    lamp = read(folder, "events", "--rule", "lamp")["events"][0]
    page = omiflow(folder, "events", "show", lamp["id"])
    assert "lamp  fired, done  " in page
    assert "✓ actions: done\n" in page
    throttled, answered = (line["id"] for line in read(folder, "events", "--rule", "advice")["events"])
    assert "advice  fired, answered  " in omiflow(folder, "events", "show", answered)
    page = omiflow(folder, "events", "show", throttled)
    assert "advice  throttled  " in page
    assert "actions:" not in page


def test_an_event_shows_the_gate_at_which_a_run_was_held_back(serve: Any, omiflow: Any) -> None:
    app = {"tokens": ["token-of-the-tests-0001"], "omi_app_id": "a", "api_key": "k"}
    served = serve(QUIET, config={"apps": {"default": {**app, "throttle": {"limit": 1, "period": "1d"}}}})
    served.post("webhook/mail", {})
    served.wait_for_run("mail", "done")
    served.post("webhook/mail", {"again": True})
    held = served.wait_for_run("mail", "throttled")
    served.stop()
    page = omiflow(served.folder, "events", "show", held["event_id"])
    assert "mail  fired, throttled  " in page
    assert "✗ actions: the app's budget of 1 interruption per 1d is spent" in page


SHADOWED = """
rules:
  - id: dimmed
    status: shadow
    triggers: [{trigger: webhook, name: dusk}]
    actions:
      - action: http.request
        connection: home
        data: {method: POST, url: lamp}
      - if: "{{ event.late }}"
        then: [{action: log.write, data: {message: late}}]
      - choose:
          - conditions: [{path: $.room, equals: attic}]
            sequence: [{action: log.write, data: {message: attic}}]
          - conditions: [{path: $.room, equals: hall}]
            sequence: [{action: log.write, data: {message: hall}}]
      - choose:
          - conditions: [{path: $.room, equals: attic}]
            sequence: [{action: log.write, data: {message: attic}}]
"""


def test_a_run_shows_what_a_shadow_would_have_sent_once_and_which_way_it_took(
    serve: Any, omiflow: Any, read: Any
) -> None:
    served = serve(SHADOWED)
    served.post("webhook/dusk", {"room": "hall", "late": False})
    run = served.wait_for_run("dimmed", "shadow")
    served.stop()
    page = omiflow(served.folder, "runs", "show", run["id"])
    assert page.count("method: POST") == 1
    assert page.count("message: hall") == 1
    assert page.count("data:") == 2
    assert re.search(r"actions\[1\]  if: does not hold\n\n", page)
    assert re.search(r"actions\[2\]  choose: its 2nd way\n\n", page)
    assert re.search(r"actions\[3\]  choose: none of its ways holds\n$", page)
    journal = read(served.folder, "runs", "show", run["id"])["journal"]
    assert [entry["value"] for entry in journal if entry["kind"] == "branch"] == [False, 1, None]


def test_an_export_is_decided_again_as_it_was(lived: Any, omiflow: Any, read: Any) -> None:
    folder = lived.folder
    lived.stop()
    exported = omiflow(folder, "events", "export")
    rows = [json.loads(line) for line in exported.splitlines()]
    assert [row["event"] for row in rows] == ["realtime_transcript"] * 3 + ["webhook"] * 3 + ["memory_created"]
    assert rows[5]["body"] == {"$binary": {"base64": "a2V5PWsyJm1vcmU9MQ=="}}
    (folder / "history.jsonl").write_text(exported)
    again = [
        (run["rule"], event["uid"], event["at"], run["outcome"])
        for event in read(folder, "dry-run", "history.jsonl")["events"]
        for run in event["runs"]
    ]
    states = {"answered": "fired", "done": "fired", "failed": "fired"}
    before = [
        (run["rule"], run["uid"], run["at"], states.get(run["state"], run["state"]))
        for run in reversed(read(folder, "runs")["runs"])
    ]
    assert again == before
    one = read(folder, "events", "--rule", "lamp")["events"][0]["id"]
    assert json.loads(omiflow(folder, "events", "export", one))["body"]["segments"][0]["text"] == "Lamp on please"
    assert len(omiflow(folder, "events", "export", "--rule", "broken").splitlines()) == 3


def test_times_are_those_of_the_configured_zone_which_is_named(
    lived: Any, omiflow: Any, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lived.stop()
    folder, machine = lived.folder, time.tzname
    monkeypatch.setenv("OMIFLOW_TIMEZONE", "Asia/Kolkata")
    monkeypatch.setenv("TZ", "America/St_Johns")
    time.tzset()
    try:
        (run,) = read(folder, "runs", "--rule", "lamp")["runs"]
        at = datetime.fromisoformat(run["at"]).astimezone(ZoneInfo("Asia/Kolkata"))
        shown = f"{at:%Y-%m-%d %H:%M:%S}"
        listed = omiflow(folder, "runs", "--rule", "lamp")
        page = omiflow(folder, "runs", "show", run["id"])
        event = omiflow(folder, "events", "show", run["event_id"])
        events = omiflow(folder, "events", "--rule", "lamp")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert time.tzname == machine
    assert (listed.split("  ")[0], listed.splitlines()[1][:19]) == ("decided, Asia/Kolkata", shown)
    assert f"decided {shown} Asia/Kolkata, app default" in page
    assert f"arrived {shown} Asia/Kolkata, app default" in event
    assert (events.split("  ")[0], events.splitlines()[1][:19]) == ("arrived, Asia/Kolkata", shown)


def test_pages_are_readable_at_80_columns(lived: Any, read: Any) -> None:
    folder = lived.folder
    run = read(folder, "runs", "--rule", "lamp")["runs"][0]
    for args in (["events"], ["runs"], ["runs", "show", run["id"]], ["events", "show", run["event_id"]]):
        printed = in_terminal(folder, *args)
        assert max(map(len, printed.splitlines())) <= 80, printed
        assert run["id"] in printed or run["event_id"] in printed
        assert UID in printed


def in_terminal(folder: Path, *args: str) -> str:
    here, there = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm-256color"}
    with subprocess.Popen(
        [sys.executable, "-m", "omiflow", *args], cwd=folder, stdout=there, stderr=there, env=environment
    ) as process:
        os.close(there)
        printed = b""
        try:
            while chunk := os.read(here, 65536):
                printed += chunk
        except OSError:
            pass  # the terminal closes with its last writer
        os.close(here)
    assert process.returncode == 0
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", printed.decode()).replace("\r\n", "\n")


def test_before_the_first_start_there_is_nothing_yet(tmp_path: Path, omiflow: Any, read: Any) -> None:
    assert omiflow(tmp_path, "events").startswith("no events yet; `omiflow serve` makes '")
    assert omiflow(tmp_path, "runs").startswith("no runs yet; ")
    assert read(tmp_path, "events") == {"events": []}
    assert read(tmp_path, "runs") == {"runs": []}
    assert omiflow(tmp_path, "events", "export") == ""
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_has_nothing(serve: Any, omiflow: Any, read: Any) -> None:
    served = serve(RULES)
    assert omiflow(served.folder, "events") == "no events\n"
    assert omiflow(served.folder, "runs") == "no runs\n"
    assert read(served.folder, "runs") == {"runs": []}


WRONG: list[tuple[list[str], int, str]] = [
    (["events", "show", "e1"], 2, "there is no event 'e1'; `omiflow events` lists them"),
    (["runs", "show", "r1"], 2, "there is no run 'r1'; `omiflow runs` lists them"),
    (["events", "export", "e1"], 2, "there is no event 'e1'"),
    (["events", "--since", "yesterday"], 2, "--since: "),
    (["runs", "--limit", "0"], 2, "--limit"),
    (["runs", "--state", "lost"], 2, "--state"),
    (["events", "shew"], 2, "shew"),
]


@pytest.mark.parametrize(("args", "status", "said"), WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_what_is_wrong_is_said(tmp_path: Path, args: list[str], status: int, said: str, omiflow: Any) -> None:
    assert said in omiflow(tmp_path, *args, status=status)


@pytest.mark.parametrize("command", ["runs", "events"])
def test_help_shows_the_options_of_the_list_that_comes_without_a_command(
    command: str, tmp_path: Path, omiflow: Any
) -> None:
    shown = omiflow(tmp_path, command, "--help")
    assert all(option in shown for option in ("--limit", "--rule", "--user", "--state", "--since", "--json"))
    assert "--help" in omiflow(tmp_path, command, "-h")


def test_a_file_that_is_no_database_could_not_be_worked_with(tmp_path: Path, omiflow: Any) -> None:
    (tmp_path / "omiflow.db").write_text("not a database, but a text that is long enough to be looked at" * 20)
    assert "is not a database" in omiflow(tmp_path, "events", status=3)


QUIET = """
rules:
  - id: mail
    triggers: [{trigger: webhook, name: mail}]
    actions: [{action: omi.notify, data: {message: "mail!"}}]
  - id: bell
    triggers: [{trigger: webhook, name: bell}]
    actions:
      - {action: omi.notify, data: {message: "ding"}}
      - {action: log.write, data: {message: "ding"}}
"""


def test_what_was_held_back_is_told_in_the_list_and_nothing_of_accounts_on_the_page(
    serve: Any, omiflow: Any, read: Any
) -> None:
    budget = {"limit": 1, "period": "1d"}
    apps = {"default": {"tokens": ["token-of-the-tests-0001"], "omi_app_id": "a", "api_key": "k", "throttle": budget}}
    served = serve(QUIET, config={"apps": apps})
    served.post("webhook/mail", {})
    served.wait_for_run("mail", "done")
    served.post("webhook/mail", {})
    served.wait_for_run("mail", "throttled")
    served.post("webhook/bell", {})
    served.wait_for_run("bell", "done")
    served.stop()
    spent = "the app's budget of 1 interruption per 1d is spent"
    assert [(run["rule"], run["state"], run["reason"]) for run in read(served.folder, "runs")["runs"]] == [
        ("bell", "done", f"omi.notify held back: {spent}"),
        ("mail", "throttled", spent),
        ("mail", "done", None),
    ]
    throttled = omiflow(served.folder, "runs", "list", "--state", "throttled")
    assert spent in throttled
    assert "bell" not in throttled
    sent = read(served.folder, "runs")["runs"][-1]["id"]
    page = omiflow(served.folder, "runs", "show", sent)
    assert "spent" not in page
    assert "actions[0] omi.notify  done\n  data:" in page
    (served.folder / "history.jsonl").write_text(omiflow(served.folder, "events", "export"))
    again = read(served.folder, "dry-run", "history.jsonl")["events"]
    assert [(run["outcome"], run["reason"]) for event in again for run in event["runs"]] == [
        ("fired", None),
        ("throttled", spent),
        ("fired", f"omi.notify held back: {spent}"),
    ]
    story = omiflow(served.folder, "dry-run", "history.jsonl")
    assert (story.count("throttled"), story.count(spent)) == (2, 2)


def test_an_event_shows_a_form_as_rules_saw_it(lived: Any, omiflow: Any, read: Any) -> None:
    form = read(lived.folder, "events", "--rule", "broken")["events"][0]["id"]
    assert read(lived.folder, "events", "show", form)["body"] == {"key": "k2", "more": "1"}
    assert "key: k2\n  more: 1" in omiflow(lived.folder, "events", "show", form)
