"""`omiflow dry-run` from outside: its document, its story, its exit statuses, and that it leaves no trace."""

from __future__ import annotations

import gzip
import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from omiflow.cli.main import main

CONFIG = """
apps: {mentor: {scopes: [user_name]}, second: {}}
timezone: Europe/Berlin
connections:
  team: {type: slack, token: xoxb-very-secret, base_url: "http://127.0.0.1:9/slack"}
  home: {type: http, base_url: "http://127.0.0.1:9", headers: {Authorization: Bearer home-secret}}
"""
RULES = """
rules:
  - id: advice
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    cooldown: 2m
    actions:
      - action: omi.prompt
        data: {prompt: "{{ user_name }} wants advice on: {{ trigger.segments[0].text }}"}
      - action: slack.post_message
        data: {channel: "#talk", text: "{{ user.uid }} asked\\nfor advice"}
      - action: http.request
        connection: home
        data: {method: POST, url: lamp, json: {on: true, level: 3}}
  - id: deployed
    triggers: [{trigger: webhook, name: deploy}]
    conditions: [{path: $.status, equals: failed}]
    actions:
      - action: log.write
        data: {message: "{{ event.project }} failed"}
"""
AT = "2026-03-02T09:00:{:02}Z"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES)
    (tmp_path / "omiflow.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def dry(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["dry-run", *args])
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def speech(text: str, *, at: str | None = None, uid: str = "u1") -> dict[str, Any]:
    segment = {
        "id": text,
        "text": text,
        "speaker": "SPEAKER_00",
        "speaker_id": 0,
        "is_user": True,
        "start": 0,
        "end": 1,
    }
    request = {
        "method": "POST",
        "path": "/realtime_transcript",
        "query": {"uid": uid},
        "headers": {},
        "body": {"session_id": uid, "segments": [segment]},
    }
    return request | ({"at": at} if at else {})


def lines(*requests: Any) -> str:
    return "".join(json.dumps(request) + "\n" for request in requests)


DAY = (
    speech("Any advice on the boat?", at=AT.format(1)),
    speech("Nothing else.", at=AT.format(2)),
    speech("Any advice, again?", at=AT.format(40)),
)


def test_the_document_has_every_key_that_programs_rely_on(folder: Path, dry: Any) -> None:
    (folder / "day.jsonl").write_text(lines(*DAY))
    status, out, err = dry("day.jsonl", "--json")
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["totals"].items() >= {"events": 3, "fired": 1, "throttled": 1, "failed": 0}.items()
    first, nothing, again = document["events"]
    assert first["source"] == "day.jsonl:1"
    assert (first["event"], first["app"], first["uid"]) == ("realtime_transcript", "mentor", "u1")
    assert first["at"] == "2026-03-02T09:00:01+00:00"
    prompt = "{{user_name}} wants advice on: Any advice on the boat?"
    assert first["reply"] == {"notification": {"prompt": prompt, "params": ["user_name"]}}
    (run,) = first["runs"]
    assert (run["rule"], run["outcome"]) == ("advice", "fired")
    assert [(action["action"], action["path"]) for action in run["actions"]] == [
        ("omi.prompt", "actions[0]"),
        ("slack.post_message", "actions[1]"),
        ("http.request", "actions[2]"),
    ]
    assert run["actions"][0]["data"] == {"prompt": prompt}
    assert run["actions"][2]["data"] == {"method": "POST", "url": "lamp", "json": {"on": True, "level": 3}}
    assert run["trace"] == [
        {
            "gate": "trigger",
            "path": "triggers[0]",
            "passed": True,
            "detail": "heard 'Any advice' for 'any advice'",
            "line": 4,
        },
        {"gate": "throttle", "path": "cooldown", "passed": True, "detail": 'room for ["mentor","u1"]', "line": 5},
        {"gate": "actions", "path": "actions[0]", "passed": True, "detail": "goes into the answer to Omi", "line": 7},
    ]
    assert (nothing["runs"], nothing["reply"]) == ([], {})
    assert (again["runs"][0]["outcome"], again["runs"][0]["reason"]) == ("throttled", "fired 39s ago, limit 1 per 2m")
    assert (again["runs"][0]["actions"], again["reply"]) == ([], {})


def write_gzip(path: Path, text: str) -> None:
    with gzip.open(path, "wt") as out:
        out.write(text)


def test_files_of_every_kind_and_folders_are_read_in_order(folder: Path, dry: Any) -> None:
    (folder / "in" / "deep").mkdir(parents=True)
    (folder / "in" / "b.jsonl").write_text(lines(DAY[1], DAY[1]) + "\n")
    write_gzip(folder / "in" / "c.jsonl.gz", lines(DAY[2]))
    (folder / "in" / "deep" / "d.json").write_text(json.dumps(DAY[0], indent=2))
    (folder / "in" / "notes.txt").write_text("not a request")
    (folder / "a.json").write_text(json.dumps(DAY[1]))
    status, out, _ = dry("in", "a.json", "--json")
    assert status == 0
    sources = [event["source"] for event in json.loads(out)["events"]]
    assert sources == ["in/b.jsonl:1", "in/b.jsonl:2", "in/c.jsonl.gz:1", "in/deep/d.json", "a.json"]


def test_a_bare_body_works_with_event_uid_app_and_now(folder: Path, dry: Any) -> None:
    (folder / "body.json").write_text(json.dumps({"status": "failed", "project": "shop"}))
    status, out, _ = dry(
        "body.json", "--event", "webhook/deploy", "--uid", "u7", "--app", "second", "--now", AT.format(0), "--json"
    )
    (event,) = json.loads(out)["events"]
    assert status == 0
    assert (event["event"], event["webhook"], event["uid"], event["app"]) == ("webhook", "deploy", "u7", "second")
    assert event["at"] == "2026-03-02T09:00:00+00:00"
    assert event["runs"][0]["actions"][0]["data"] == {"message": "shop failed"}


def test_times_without_an_offset_are_those_of_the_configurations_zone(folder: Path, dry: Any) -> None:
    (folder / "day.jsonl").write_text(lines(speech("Hello."), speech("Bye.", at="2026-11-20T23:00:00")))
    _, out, _ = dry("day.jsonl", "--now", "2026-11-20T22:30:00", "--json")
    ats = [event["at"] for event in json.loads(out)["events"]]
    assert ats == ["2026-11-20T21:30:00+00:00", "2026-11-20T22:00:00+00:00"]


def test_standard_input_is_read_a_request_a_line(folder: Path, dry: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines(*DAY).encode())))
    status, out, _ = dry("-", "--json")
    assert (status, json.loads(out)["totals"]["fired"]) == (0, 1)


def test_all_shows_why_not(folder: Path, dry: Any) -> None:
    (folder / "body.json").write_text(json.dumps({"status": "fine"}))
    _, out, _ = dry("body.json", "--event", "webhook/deploy", "--all", "--json")
    runs = json.loads(out)["events"][0]["runs"]
    assert {(run["outcome"], len(run["actions"])) for run in runs} == {("not_matched", 0)}
    assert sorted([gate["passed"] for gate in run["trace"]] for run in runs) == [[False], [True, False]]
    _, out, _ = dry("body.json", "--event", "webhook/deploy", "--json")
    assert json.loads(out)["events"][0]["runs"] == []


def test_only_the_rules_that_are_named_are_told_and_all_are_decided(folder: Path, dry: Any) -> None:
    (folder / "day.jsonl").write_text(lines(*DAY))
    (folder / "rules" / "more.yaml").write_text(RULES.replace("id: advice", "id: later").replace("deployed", "built"))
    told = {}
    for only in ("advice", "later", "built"):
        _, out, _ = dry("day.jsonl", "--all", "--json", "--rule", only)
        told[only] = [(run["rule"], run["outcome"]) for event in json.loads(out)["events"] for run in event["runs"]]
    assert told["advice"] == [("advice", "fired"), ("advice", "not_matched"), ("advice", "throttled")]
    assert [rule for rule, _ in told["later"]] == ["later"] * 3
    assert told["built"] == [("built", "not_matched")] * 3
    _, out, _ = dry("day.jsonl", "--rule", "built", "--rule", "later", "--all", "--json")
    assert {run["rule"] for event in json.loads(out)["events"] for run in event["runs"]} == {"built", "later"}
    _, out, _ = dry("day.jsonl", "--rule", "deployed")
    assert out == "\n3 requests: nothing fired. Nothing was sent.\n"


WRONG: list[tuple[list[str], int, str]] = [
    (["gone.json"], 2, "there is no file or folder 'gone.json'"),
    (["god.jsonl"], 2, "there is no file or folder 'god.jsonl'; did you mean 'good.jsonl'?"),
    (["broken.jsonl"], 2, "broken.jsonl:2: not JSON"),
    (["half.jsonl.gz"], 2, "'half.jsonl.gz' can't be read"),
    (["empty"], 2, "'empty' holds no recorded requests"),
    (["rules/rules.yaml"], 2, "is no file of recorded requests"),
    (["good.jsonl", "--event", "realtime_transcripts"], 2, "did you mean 'realtime_transcript'?"),
    (["good.jsonl", "--event", "webhook"], 2, "write it like webhook/deploy"),
    (["good.jsonl", "--app", "mentr"], 2, "did you mean 'mentor'?"),
    (["good.jsonl", "--rule", "advise"], 2, "there is no rule 'advise'; did you mean 'advice'?"),
    (["good.jsonl", "--now", "noon"], 2, "--now 'noon' is no time"),
    (["good.jsonl", "--rules", "gone"], 2, "there is no rules folder 'gone'"),
    (["good.jsonl", "--rules", "bad.yaml"], 1, "bad.yaml:1:10: "),
    ([], 2, "Missing argument"),
]


@pytest.mark.parametrize(("args", "status", "said"), WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_what_is_wrong_is_said_with_its_place(folder: Path, dry: Any, args: list[str], status: int, said: str) -> None:
    (folder / "good.jsonl").write_text(lines(*DAY))
    (folder / "broken.jsonl").write_text(lines(DAY[0]) + "{no\n")
    (folder / "half.jsonl.gz").write_bytes(gzip.compress(b"x" * 1000)[:20])
    (folder / "bad.yaml").write_text("rules: [{idd: x}]\n")
    (folder / "empty").mkdir()
    ended, _, err = dry(*args)
    assert ended == status
    assert said in err


def test_a_document_is_complete_even_where_a_line_is_broken(folder: Path, dry: Any) -> None:
    (folder / "broken.jsonl").write_text(lines(DAY[0]) + "{no\n")
    status, out, err = dry("broken.jsonl", "--json")
    document = json.loads(out)
    assert status == 2
    assert document["totals"]["events"] == 1
    assert document["error"].startswith("broken.jsonl:2: not JSON")
    assert document["error"] in err


def test_a_request_that_would_be_refused_ends_with_1_and_one_that_is_ignored_does_not(folder: Path, dry: Any) -> None:
    (folder / "a.json").write_text(json.dumps({"method": "POST", "path": "/memory", "body": {"structured": {}}}))
    status, out, _ = dry("a.json")
    assert status == 1
    assert "refused: the query parameter 'uid' is missing; say it with --uid" in out
    (folder / "b.json").write_text(json.dumps({"method": "POST", "path": "/hooks/x/audio_bytes", "body": "b"}))
    status, out, _ = dry("b.json")
    assert status == 0
    assert "ignored: omiflow knows no event at '/hooks/x/audio_bytes'" in out


STORY = """\
Monday, 2 March 2026, Europe/Berlin
10:00:01  realtime_transcript  u1  day.jsonl:1
          ● advice  fired  “Any advice”
            → omi.prompt
              {{user_name}} wants advice on: Any advice on the boat?
            → slack.post_message
              channel: #talk
              text:
                u1 asked
                for advice
            → http.request
              method: POST
              url: lamp
              json:
                on: true
                level: 3
10:00:40  realtime_transcript  u1  day.jsonl:3
          ◌ advice  throttled  “Any advice”
              fired 39s ago, limit 1 per 2m

3 requests: 1 fired, 1 throttled. Nothing was sent.
"""


def test_the_story_tells_who_said_what_and_what_would_be_done(folder: Path, dry: Any) -> None:
    (folder / "day.jsonl").write_text(lines(*DAY))
    assert dry("day.jsonl") == (0, STORY, "")


def test_a_redirected_story_wraps_nothing(folder: Path, dry: Any) -> None:
    long = "Any advice on " + "the very long boat " * 30
    (folder / "day.jsonl").write_text(lines(speech(long, at=AT.format(1))))
    _, out, _ = dry("day.jsonl")
    assert f"wants advice on: {long.strip()}" in out


LISTED = """
rules:
  - id: note
    triggers: [{trigger: webhook, name: note}]
    actions:
      - {action: log.write, data: {message: "{{ event.text }}"}}
      - action: slack.post_message
        connection: team
        data: {channel: "#talk", text: "{{ event.text }}"}
"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\n- a", ["", "- a"]),
        ("\n\n- a", ["", "", "- a"]),
        ("  - a\n- b", ["  - a", "- b"]),
        ("- a\n\n- b\n", ["- a", "", "- b"]),
    ],
)
def test_a_text_of_several_lines_stands_set_in_as_it_is(text: str, told: list[str], folder: Path, dry: Any) -> None:
    (folder / "rules" / "talk.yaml").write_text(LISTED)
    (folder / "note.json").write_text(json.dumps({"text": text}))
    _, out, _ = dry("note.json", "--event", "webhook/note")
    story = [line.rstrip() for line in out.splitlines()]
    alone = story.index("            → log.write") + 1
    assert story[alone : alone + len(told)] == [f"              {line}".rstrip() for line in told]
    named = story.index("              text:") + 1
    assert story[named : named + len(told)] == [f"                {line}".rstrip() for line in told]


def test_what_strangers_say_cannot_move_the_cursor(folder: Path, dry: Any) -> None:
    (folder / "day.jsonl").write_text(lines(speech("Any advice \x1b[2J\x07 [bold]here[/]", at=AT.format(1))))
    _, out, _ = dry("day.jsonl")
    assert "\x1b" not in out
    assert "Any advice \ufffd[2J\ufffd [bold]here[/]" in out


def in_terminal(folder: Path, *args: str, columns: int) -> str:
    """Run the command with a terminal for output, and give what it printed without colours."""
    here, there = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    with subprocess.Popen(
        [sys.executable, "-m", "omiflow", "dry-run", *args], cwd=folder, stdout=there, stderr=there, env=environment
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
    return printed.decode().replace("\r\n", "\n")


def without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


@pytest.mark.parametrize("columns", [80, 120])
def test_on_a_terminal_words_are_wrapped_and_ids_are_not(folder: Path, columns: int) -> None:
    uid = "nIv7Qd2RtYw5KxBz8LmPs3EoHc41"
    name = "a-file-with-a-name-too-long-for-80-columns.jsonl"
    (folder / name).write_text(lines(speech("Any advice on " + "the boat " * 30, at=AT.format(1), uid=uid)))
    printed = without_colours(in_terminal(folder, name, columns=columns))
    assert all(len(line) <= columns for line in printed.splitlines())
    assert uid in printed
    assert f"{name}:1" in printed
    assert "trying" not in printed
    assert "boat the\n" in printed or "the boat\n" in printed


def test_long_work_shows_a_progress_bar_on_a_terminal_and_none_elsewhere(folder: Path, dry: Any) -> None:
    (folder / "long.jsonl").write_text(lines(*(speech(f"word {number}") for number in range(600))))
    assert "/600 requests" in without_colours(in_terminal(folder, "long.jsonl", columns=80))
    status, out, err = dry("long.jsonl")
    assert (status, out.strip(), err) == (0, "600 requests: nothing fired. Nothing was sent.", "")


def test_nothing_is_written_and_nothing_is_sent(folder: Path, outside: Any) -> None:
    config = CONFIG.replace("http://127.0.0.1:9", outside.url)
    (folder / "omiflow.yaml").write_text(config + f"omi: {{base_url: '{outside.url}'}}\n")
    (folder / "day.jsonl").write_text(lines(*DAY))
    before = listing(folder)
    done = subprocess.run(
        [sys.executable, "-B", "-m", "omiflow", "dry-run", "day.jsonl"], cwd=folder, capture_output=True, check=True
    )
    assert b"1 fired" in done.stdout
    assert b"secret" not in done.stdout + done.stderr
    assert listing(folder) == before
    assert outside.arrivals == []


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in [folder, *folder.rglob("*")]}


def test_memory_stays_flat_however_much_there_is_to_read(folder: Path) -> None:
    for name, number in (("small.jsonl", 2_000), ("large.jsonl", 12_000)):
        with (folder / name).open("w") as out:
            for count in range(number):
                out.write(lines(speech(f"Any word of {count} and of what comes after it", uid=f"u{count % 50}")))
    small, large = (peak_of(folder, name) for name in ("small.jsonl", "large.jsonl"))
    assert large < small + 8_000


def peak_of(folder: Path, name: str) -> int:
    """Give the most memory that a dry-run of a file took, in kB."""
    asked = (
        "import resource, sys; from omiflow.cli.main import main\n"
        "try: main(['dry-run', sys.argv[1], '--json'])\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", asked, name], cwd=folder, capture_output=True, check=True)
    assert len(done.stdout) > 100_000
    return int(done.stderr)
