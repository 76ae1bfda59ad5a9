"""`omiflow actions` and `omiflow triggers`: what can be written, for people and for programs."""

from __future__ import annotations

import json

import pytest
import yaml

from omiflow.actions.table import ACTIONS
from omiflow.cli.main import main
from omiflow.language.spec_rules import TRIGGERS


def run(*args: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(args))
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize(("command", "names"), [("actions", list(ACTIONS)), ("triggers", list(TRIGGERS))])
def test_all_are_listed_one_a_line(command: str, names: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == [command.removesuffix("s"), "what"]
    assert [line.split()[0] for line in lines[: len(names)]] == names
    assert f"omiflow {command} NAME" in lines[-1]


def test_what_may_be_left_out_stands_in_brackets_behind_what_may_not(capsys: pytest.CaptureFixture[str]) -> None:
    run("actions")
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("log.write")]
    assert line.split("  ")[-1] == "message, [level]"


def test_one_action_is_told_with_its_data_its_answer_and_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("actions", "slack.post_message") == 0
    said = capsys.readouterr().out
    assert said.startswith("slack.post_message\n  Post into a Slack channel.\n")
    assert "Needs a connection of type 'slack' with 'token'." in said
    for start in ("channel  ", "[thread_ts]  ", "permalink  "):
        assert any(line.startswith(start) for line in said.splitlines()), start
    assert "`" not in said
    example = said.partition("example\n")[2]
    assert yaml.safe_load(example) == yaml.safe_load(ACTIONS["slack.post_message"].example)


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("omi.reply", "Travels in the answer to Omi's call"),
        ("omi.create_memories", "Never done twice"),
        ("omi.notify", "interrupts a person"),
        ("omi.notify", "Needs 'omi_app_id' and 'api_key' of the app."),
        ("http.request", "May use a connection of type 'http'."),
    ],
)
def test_what_else_one_must_know_is_told(name: str, note: str, capsys: pytest.CaptureFixture[str]) -> None:
    run("actions", name)
    assert note in capsys.readouterr().out


def test_a_default_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    run("triggers", "memory_created")
    assert "(false when left out)" in capsys.readouterr().out


def test_programs_get_one_document_with_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("actions", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["actions"]
    assert [one["name"] for one in listed] == list(ACTIONS)
    assert run("actions", "log.write", "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)["actions"]
    assert one["keys"][0] == {
        "name": "message",
        "type": "text",
        "required": True,
        "text": "What to write, as it is.",
        "default": None,
    }
    assert one in listed


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["actions", "slack.post"], "unknown action 'slack.post'; did you mean 'slack.post_message'?"),
        (["actions", "file"], "unknown action 'file'; known are 'file.append', 'file.write'"),
        (["triggers", "memory"], "unknown trigger 'memory'; did you mean 'memory_created'?"),
        (["triggers", "memory_create"], "unknown trigger 'memory_create'; did you mean 'memory_created'?"),
        (["triggers", "schedule"], "'schedule' is planned"),
        (["actions", "omi.read_tasks"], "'omi.read_tasks' is planned"),
    ],
)
def test_an_unknown_name_is_wrong_usage(args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*args) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""
