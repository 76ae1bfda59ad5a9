"""`omiflow check` as people, editors and pipelines call it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from omiflow.cli.main import main

GOOD = """\
rules:
  - id: good
    triggers: [{trigger: memory_created}]
    actions: [{stop: enough}]
"""
BROKEN = GOOD.replace("good", "broken").replace("stop:", "stopp:")
BROKEN_TEST = (
    GOOD + "tests: [{name: a, events: [{button_event: {gesture: single_tap}}], expect: [], becuase: status}]\n"
)
WORRYING = """\
rules:
  - id: worrying
    triggers: [{trigger: memory_created}]
    actions:
      - {action: omi.notify, data: {message: hello}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder that is the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def run(*args: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["check", *args])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize(
    ("files", "status", "last"),
    [
        ({"rules/a.yaml": GOOD}, 0, "1 rule in 1 file: no problems"),
        ({"rules/a.yaml": GOOD, "rules/b.yaml": GOOD.replace("good", "b")}, 0, "2 rules in 2 files: no problems"),
        ({"rules/a.yaml": ""}, 0, "0 rules in 1 file: no problems"),
        ({"rules/.keep": ""}, 0, "no rule files found, no problems"),
        ({"rules/a.yaml": WORRYING}, 0, "1 warning (W401); 1 rule in 1 file is good"),
        ({"rules/a.yaml": BROKEN}, 1, "1 problem (E101); no rule is good"),
        ({"rules/a.yaml": BROKEN_TEST}, 1, "1 problem (E101); 1 rule in 1 file is good"),
        (
            {"rules/a.yaml": BROKEN_TEST, "rules/b.yaml": "tests: [{name: b, rule: gone, events: [], expect: []}]"},
            1,
            "3 problems (E101, E104, E106); 1 rule in 2 files is good",
        ),
        ({"rules/a.yaml": BROKEN, "rules/b.yaml": GOOD}, 1, "1 problem (E101); 1 rule in 1 file is good"),
        (
            {"rules/a.yaml": BROKEN, "rules/b.yaml": WORRYING, "rules/c.yaml": GOOD},
            1,
            "1 problem (E101) and 1 warning (W401); 2 rules in 2 files are good",
        ),
    ],
)
def test_the_last_line_sums_up_and_the_exit_status_tells(
    files: dict[str, str], status: int, last: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(files)
    assert run() == status
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == last
    assert said.err == ""


def test_all_problems_of_the_configuration_and_of_all_files_come_at_once(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write({"omiflow.yaml": "colour: red\n", "rules/a.yaml": BROKEN, "rules/b.yaml": BROKEN.replace("broken", "b")})
    assert run() == 1
    told = [line.split(" ")[0] for line in capsys.readouterr().out.splitlines() if ".yaml:" in line]
    assert told == ["omiflow.yaml:1:1:", "rules/a.yaml:4:16:", "rules/b.yaml:4:16:"]


def test_a_broken_configuration_hides_no_rules_and_blames_none_for_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asking = GOOD.replace(
        "    actions: [{stop: enough}]",
        "    apps: [mentor]\n    actions: [{action: slack.webhook, connection: x, data: {text: a}}]",
    )
    write({"omiflow.yaml": "connections: []\n", "rules/a.yaml": asking})
    assert run() == 1
    assert capsys.readouterr().out.count(".yaml:") == 1


def test_a_broken_configuration_is_told_even_without_a_rules_folder(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write({"omiflow.yaml": "colour: red\n"})
    assert run() == 1
    assert capsys.readouterr().out.startswith("omiflow.yaml:1:1: unknown key 'colour'")


def test_a_misspelt_path_is_answered_with_what_lies_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write({"rules/hello.yaml": GOOD})
    assert run("rules/helo.yaml") == 2
    told = "there is no rule file or folder 'rules/helo.yaml'; did you mean 'rules/hello.yaml'?"
    assert told in capsys.readouterr().err


def test_what_is_ignored_is_not_called_good(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write({"rules/a.yaml": BROKEN})
    assert run("--ignore", "E101") == 0
    assert capsys.readouterr().out == "no problems, 1 ignored; no rule is good\n"


def test_where_there_are_no_rules_none_is_called_bad(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write({"omiflow.yaml": "connections: {crm: {type: http, base_url: https://example.com}}\n", "rules/.keep": ""})
    assert run("--ignore", "W701") == 0
    assert capsys.readouterr().out == "no rule files found, no problems, 1 ignored\n"


def test_json_is_one_document_with_each_problem(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write({"rules/a.yaml": BROKEN, "rules/b.yaml": WORRYING, "rules/c.yaml": GOOD})
    assert run("--format", "json") == 1
    said = capsys.readouterr()
    assert said.err == ""
    assert json.loads(said.out) == {
        "files": 3,
        "rules": 2,
        "problems": [
            {
                "file": "rules/a.yaml",
                "line": 4,
                "column": 16,
                "severity": "error",
                "code": "E101",
                "message": "unknown key 'stopp' of a step; did you mean 'stop'?",
                "hint": None,
            },
            {
                "file": "rules/b.yaml",
                "line": 5,
                "column": 18,
                "severity": "warning",
                "code": "W401",
                "message": "omi.notify needs 'omi_app_id' and 'api_key' of app 'default' in omiflow.yaml",
                "hint": None,
            },
        ],
    }


def test_json_without_problems_has_an_empty_list(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write({"rules/a.yaml": GOOD})
    assert run("--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == {"files": 1, "rules": 1, "problems": []}


def test_github_gets_an_annotation_for_each_problem(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hinted = GOOD.replace("good", "'a'").replace("memory_created}", "realtime_transcript, phrases: [911, 100%]}")
    write({"rules/a.yaml": BROKEN, "rules/b,c.yaml": hinted, "rules/d.yaml": WORRYING})
    assert run("--format", "github") == 1
    assert capsys.readouterr().out.splitlines() == [
        (
            "::error file=rules/a.yaml,line=4,endLine=4,col=16,endColumn=21,title=E101"
            "::unknown key 'stopp' of a step; did you mean 'stop'?"
        ),
        (
            "::error file=rules/b%2Cc.yaml,line=3,endLine=3,col=57,endColumn=60,title=E102"
            "::an item of 'phrases' is text, got the number 911 (quote it: \"911\")"
        ),
        (
            "::warning file=rules/d.yaml,line=5,endLine=5,col=18,endColumn=28,title=W401"
            "::omi.notify needs 'omi_app_id' and 'api_key' of app 'default' in omiflow.yaml"
        ),
    ]


def test_github_is_told_where_a_file_is_in_the_repository(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write({"home/rules/a.yaml": BROKEN})
    monkeypatch.setenv("GITHUB_WORKSPACE", str(here))
    monkeypatch.chdir(here / "home")
    assert run("--format", "github") == 1
    assert capsys.readouterr().out.startswith("::error file=home/rules/a.yaml,line=4,")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(here / "elsewhere"))
    assert run("--format", "github") == 1
    assert capsys.readouterr().out.startswith("::error file=rules/a.yaml,line=4,")


@pytest.mark.parametrize(
    ("ignore", "status", "last"),
    [
        ([], 1, "2 problems (E101, E104) and 1 warning (W401); 1 rule in 1 file is good"),
        (["--ignore", "W401"], 1, "2 problems (E101, E104), 1 ignored; 1 rule in 1 file is good"),
        (["--ignore", "E101"], 1, "1 problem (E104) and 1 warning (W401), 1 ignored; 1 rule in 1 file is good"),
        (["--ignore", "E101,E104"], 0, "1 warning (W401), 2 ignored; 1 rule in 1 file is good"),
        (["--ignore", "E101", "--ignore", "e104, W401"], 0, "1 rule in 1 file: no problems, 3 ignored"),
        (["--ignore", "E302"], 1, "2 problems (E101, E104) and 1 warning (W401); 1 rule in 1 file is good"),
    ],
)
def test_ignored_problems_do_not_count(
    ignore: list[str], status: int, last: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = GOOD.replace("good", "late").replace("    actions:", "    priority: 1\n    cooldown: 5\n    actions:")
    write({"rules/a.yaml": BROKEN, "rules/b.yaml": late, "rules/c.yaml": WORRYING})
    assert run(*ignore) == status
    assert capsys.readouterr().out.splitlines()[-1] == last
    assert run("--format", "json", *ignore) == status
    codes = {problem["code"] for problem in json.loads(capsys.readouterr().out)["problems"]}
    assert codes.isdisjoint(",".join(ignore).replace(" ", "").upper().split(","))


def test_what_no_rule_uses_is_told_only_when_all_rules_are_looked_at(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = "connections: {team: {type: slack, token: xoxb-0123456789}}\n"
    write({"omiflow.yaml": config, "rules/a.yaml": f"lists: {{rooms: [kitchen]}}\n{GOOD}"})
    assert run() == 0
    said = capsys.readouterr().out
    assert "no rule uses list 'rooms'" in said
    assert "no rule uses connection 'team'" in said
    assert run("rules/a.yaml") == 0
    assert capsys.readouterr().out == "1 rule in 1 file: no problems\n"


def all_of(terminal: io.FileIO) -> str:
    """Read what is written to a terminal until nobody has it open any more, which Linux tells by an error."""
    said = b""
    with contextlib.suppress(OSError):
        while piece := terminal.read(4096):
            said += piece
    return said.decode()


def test_long_work_shows_a_bar_on_a_terminal_and_none_elsewhere(here: Path) -> None:
    write({f"rules/{number}.yaml": GOOD.replace("good", f"rule{number}") for number in range(60)})
    command = [sys.executable, "-m", "omiflow", "check"]
    quiet = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=60, check=False)
    assert (quiet.returncode, quiet.stderr) == (0, "")
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        process = subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)
        shown = all_of(terminal)
        said, _ = process.communicate(timeout=60)
    assert (process.returncode, said.decode()) == (0, quiet.stdout)
    assert "checking" in shown
    percents = [int(percent) for percent in re.findall(r"(\d+)%", shown)]
    assert percents == sorted(percents)
    assert (percents[0], percents[-1]) == (0, 100)
    assert len(set(percents)) > 20


def test_paths_may_be_files_and_folders_and_overlap(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write({"rules/a.yaml": GOOD, "more/b.yaml": GOOD.replace("good", "b")})
    assert run("rules", "./rules/a.yaml", str(here / "more" / "b.yaml"), "rules/../more") == 0
    assert capsys.readouterr().out == "2 rules in 2 files: no problems\n"


def test_places_are_named_from_the_working_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write({"rules/a.yaml": BROKEN})
    assert run(str(here / "rules")) == 1
    assert capsys.readouterr().out.startswith("rules/a.yaml:4:16: ")


def test_the_rules_folder_of_the_configuration_is_checked(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write({"etc/omiflow.yaml": "rules: ../mine\n", "mine/a.yaml": GOOD})
    assert run("--config", "etc/omiflow.yaml") == 0
    assert capsys.readouterr().out == "1 rule in 1 file: no problems\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nowhere"], "there is no rule file or folder 'nowhere'"),
        ([], "there is no rule file or folder 'rules'"),
        (["--config", "nowhere.yaml"], "there is no configuration 'nowhere.yaml'"),
        (["--format", "xml"], "'xml' is not one of"),
        (["--ignore", "E1011"], "there is no code 'E1011'; did you mean 'E101'?"),
        (["--ignore", "W401,X1"], "there is no code 'X1'"),
    ],
)
def test_a_wrong_use_ends_with_2(args: list[str], said: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*args) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
