"""`omiflow near`: what was nearly said, and lines that can be pasted, beside a server and without one."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

BLOCK = """
rules:
  - id: advice
    triggers:
      - trigger: realtime_transcript
        phrases:
          - any advice
          - "{person} wants a second opinion"
    actions:
      - {action: log.write, data: {message: "{{ trigger.text }}"}}
"""
BRACKETS = """
rules:
  - id: advice
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions:
      - {action: log.write, data: {message: "{{ trigger.text }}"}}
"""
SILENT = """
rules:
  - id: tap
    triggers: [{trigger: button_event}]
    actions:
      - {action: log.write, data: {message: x}}
"""
OTHER = """
  - id: other
    triggers: [{trigger: realtime_transcript, phrases: [good night house]}]
    actions: [{action: log.write, data: {message: x}}]
"""


def lived(serve: Any, rules: str, *texts: str) -> Any:
    """Give an omiflow that heard some things half an hour ago, and has ended."""
    served = serve(rules, options=("--clock", "request"))
    begun = datetime.now(UTC) - timedelta(minutes=30)
    for number, text in enumerate(texts):
        segment = {"id": f"s{number}", "text": text, "is_user": True, "speaker": "SPEAKER_00", "speaker_id": 0}
        segment |= {"start": number, "end": number + 0.9}
        at = (begun + timedelta(seconds=number)).isoformat()
        assert served.post("realtime_transcript", {"segments": [segment]}, X_Omiflow_At=at).status_code == 200
    served.stop()
    served.options = ()
    return served


@pytest.fixture
def patient(pytestconfig: pytest.Config) -> Callable[..., None]:
    """Give a function that waits until something holds."""
    harness: Any = pytestconfig.pluginmanager.get_plugin(str(Path(__file__).parents[1] / "conftest.py"))
    waits: Callable[..., None] = harness.wait_until
    return waits


def dumped(command: Any, served: Any, *args: str) -> Any:
    ran = command("near", "--json", *args, folder=served.folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    return json.loads(ran.stdout)["near"]


@pytest.mark.parametrize("rules", [BLOCK, BRACKETS])
def test_a_pasted_line_passes_check_and_makes_the_same_words_fire(serve: Any, command: Any, rules: str) -> None:
    served = lived(serve, rules, "is there any advise on this", "any advise, please", "any advice")
    ran = command("near", folder=served.folder)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.search(r"^any advise +1 +2 +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$", ran.stdout, re.MULTILINE), ran.stdout
    (place,) = re.findall(r"to hear it too, .* in rules/rules\.yaml:(\d+)$", ran.stdout, re.MULTILINE)
    (line,) = re.findall(r'^ *(?:- )?"any advise",?$', ran.stdout, re.MULTILINE)
    file = served.folder / "rules" / "rules.yaml"
    lines = file.read_text().splitlines()
    assert "phrases:" in lines[int(place) - 1]
    if rules is BLOCK:
        lines.insert(int(place), line)
    else:
        lines[int(place) - 1] = lines[int(place) - 1].replace("phrases: [", f"phrases: [{line} ")
    file.write_text("\n".join(lines) + "\n")
    checked = command("check", folder=served.folder)
    assert (checked.returncode, "1 rule in 1 file" in checked.stdout) == (0, True), checked.stdout
    assert "near a phrase" in command("near", folder=served.folder).stdout
    served.start()
    served.say("is there any advise on this", uid="u9")
    assert served.wait_for_run("advice", "done", user="u9")


def test_misses_are_shown_phrase_by_phrase_the_closest_first(serve: Any, command: Any) -> None:
    served = lived(
        serve,
        BLOCK,
        "any advise",
        "any at vice",
        "any at vice",
        "Ana wants a second opinions",
        "any advise",
        "an advice",
    )
    first, second = dumped(command, served)
    assert [(miss["said"], miss["edits"], miss["count"]) for miss in first["misses"][:2]] == [
        ("any advise", 1, 2),
        ("an advice", 1, 1),
    ]
    assert (first["rule"], first["phrase"], first["file"], first["line"]) == (
        "advice",
        "any advice",
        "rules/rules.yaml",
        6,
    )
    assert [miss["add"] for miss in second["misses"]] == ['- "{person} wants a second opinions"']
    assert {(miss["uid"], miss["app"]) for miss in first["misses"]} == {("u1", "default")}
    (only,) = dumped(command, served, "advice", "--limit", "1")[:1]
    assert [miss["said"] for miss in only["misses"]] == ["any advise"]


POLITE = BRACKETS.replace("[any advice]", "[any Advice please, second opinion, second opinions of others]")


def test_a_phrase_that_lacked_its_last_word_is_offered_with_it_in_brackets(serve: Any, command: Any) -> None:
    served = lived(serve, POLITE, "any advice", "second opinion", "any Advise please")
    page = command("near", folder=served.folder).stdout
    assert re.search(
        r"write in the place of “any Advice please” in `phrases:` in \S+:\d+\n\"any Advice \[please\]\"\n", page
    )
    assert re.search(r"add at the beginning of the brackets of `phrases:` in \S+:\d+\n\"any advise please\",\n", page)
    (first, *rest) = dumped(command, served)
    assert {(miss["add"], miss["instead"]) for miss in first["misses"]} == {
        ('- "any Advice [please]"', True),
        ('- "any advise please"', False),
    }
    assert rest == []


def test_a_line_that_check_would_doubt_is_not_offered(serve: Any, command: Any) -> None:
    served = lived(serve, BRACKETS.replace("[any advice]", "[any advice please, any advice tomorrow]"), "any advice")
    page = command("near", folder=served.folder).stdout
    assert "[please]" not in page
    assert "a phrase that hears it too would keep others of this rule from being heard" in page
    assert {(miss["add"], miss["instead"]) for one in dumped(command, served) for miss in one["misses"]} == {
        (None, False)
    }


def test_fuzzy_is_offered_where_it_would_hear_most(serve: Any, command: Any) -> None:
    served = lived(serve, BLOCK, "any advise", "he wants another second opinion")
    assert [one["fuzzy_hears_most"] for one in dumped(command, served)] == [True, False]
    assert command("near", folder=served.folder).stdout.count("match: fuzzy") == 1


def test_a_server_looks_by_itself_and_the_command_reads_beside_it(
    serve: Any, command: Any, patient: Callable[..., None]
) -> None:
    served = lived(serve, BLOCK + OTHER, "any advise", "so it went on")
    served.start()
    patient(lambda: bool(dumped(command, served)), "near miss")
    (found,) = dumped(command, served)
    assert [miss["said"] for miss in found["misses"]] == ["any advise"]
    assert "the running server looks every 30 seconds" in command("near", "other", folder=served.folder).stdout
    served.stop()
    ran = command("near", "other", folder=served.folder)
    assert ran.stdout == "nothing that was said is near a phrase of rule 'other'\n"
    (again,) = dumped(command, served)
    assert again["misses"] == found["misses"]


def test_what_keeps_it_from_looking_is_told_and_no_server_is_made_up(serve: Any, command: Any) -> None:
    served = lived(serve, BLOCK, "any advise")
    path = served.folder / "omiflow.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON looked_through BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    ran = command("near", folder=served.folder)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "no room" in ran.stderr
    lock = path.with_name("omiflow.db.lock")
    lock.unlink()
    lock.mkdir()
    ran = command("near", folder=served.folder)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert f"the lock '{lock}' can't be made" in ran.stderr


def test_where_there_is_nothing_it_says_so(serve: Any, command: Any, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "r.yaml").write_text(BLOCK)
    ran = command("near", "advice", folder=tmp_path)
    path = tmp_path / "omiflow.db"
    assert ran.stdout == f"nothing was said yet; `omiflow serve` makes '{path}' at its first start\n"
    assert json.loads(command("near", "--json", folder=tmp_path).stdout) == {"near": []}
    (tmp_path / "rules" / "r.yaml").write_text(SILENT)
    assert command("near", "tap", folder=tmp_path).stdout.startswith("rule 'tap' listens for no phrases in speech")
    assert command("near", folder=tmp_path).stdout.startswith("no rule listens for phrases in speech")
    served = lived(serve, BLOCK, "the weather is fine")
    ran = command("near", "advice", folder=served.folder)
    assert ran.stdout == "nothing that was said is near a phrase of rule 'advice'\n"


def test_a_rule_that_is_not_there_is_asked_about(command: Any, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "r.yaml").write_text(BLOCK)
    ran = command("near", "advise", folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (2, "omiflow: there is no rule 'advise'; did you mean 'advice'?\n")
    assert command("near", folder=tmp_path / "rules").returncode == 2
