"""`omiflow test` from outside: its document, its page, its exit statuses, and which tests it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from omiflow.cli.main import main

GOOD = """
rules:
  - id: advice
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions:
      - {action: omi.prompt, data: {prompt: "advice on {{ app.variables.topic }} for {{ user.name }}"}}
      - {action: slack.post_message, data: {channel: "#a", text: hello}}
tests:
  - name: asks out loud
    events: [{realtime_transcript: {segments: [{text: Any advice?}]}}]
    expect:
      - action: omi.prompt
        data: {prompt: advice on chess for Kim}
      - action: slack.post_message
"""
BAD = """
tests:
  - name: says hello
    rule: advice
    events: [{realtime_transcript: {segments: [{text: hello}]}}]
    expect: [{action: omi.prompt}]
"""
CONFIG = """
apps: {mentor: {variables: {topic: chess}}}
users: {u1: {name: Kim}}
connections: {team: {type: slack, token: xoxb-very-secret, base_url: "http://127.0.0.1:9"}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rules" / "deep").mkdir(parents=True)
    (tmp_path / "rules" / "good.yaml").write_text(GOOD)
    (tmp_path / "rules" / "deep" / "bad.yaml").write_text(BAD)
    (tmp_path / "omiflow.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tested(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["test", *args])
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def test_the_page_names_each_test_and_says_what_is_wrong(folder: Path, tested: Any) -> None:
    status, out, err = tested()
    assert (status, err) == (1, "")
    assert (
        out
        == """\
rules/deep/bad.yaml
  ✗ says hello  rules/deep/bad.yaml:3
      omi.prompt, expected as number 1, was not done
      expected:
        omi.prompt
      done: nothing
      why not more:
        'advice' on event 1: none of its phrases was said (line 4)
rules/good.yaml
  ✓ asks out loud

1 passed, 1 failed
"""
    )
    assert sorted(path.name for path in folder.iterdir()) == ["omiflow.yaml", "rules"]


def test_the_document_is_that_of_the_interfaces(folder: Path, tested: Any) -> None:
    status, out, err = tested("--json")
    assert (status, err) == (1, "")
    found = json.loads(out)
    assert (found["passed"], found["failed"]) == (1, 1)
    assert [(case["file"], case["name"], case["line"], case["passed"]) for case in found["cases"]] == [
        ("rules/deep/bad.yaml", "says hello", 3, False),
        ("rules/good.yaml", "asks out loud", 9, True),
    ]
    assert found["cases"][0]["detail"].startswith("omi.prompt, expected as number 1, was not done\n")
    assert found["cases"][1]["detail"] == ""


@pytest.mark.parametrize(
    ("args", "names"),
    [
        (["rules/good.yaml"], ["asks out loud"]),
        (["rules/deep"], ["says hello"]),
        (["rules/deep/bad.yaml", "rules"], ["says hello", "asks out loud"]),
        (["--rules", "rules/good.yaml"], ["asks out loud"]),
        (["../outside.yaml"], ["alone"]),
        (["../outside.yaml", "rules/good.yaml"], ["alone", "asks out loud"]),
    ],
    ids=" ".join,
)
def test_only_the_tests_of_the_places_named_are_run(
    folder: Path, tested: Any, args: list[str], names: list[str]
) -> None:
    alone = BAD.replace("says hello", "alone").replace("    rule: advice\n", "").replace("[{action: omi.prompt}]", "[]")
    (folder.parent / "outside.yaml").write_text(alone)
    status, out, _ = tested("--json", *args)
    assert sorted(case["name"] for case in json.loads(out)["cases"]) == sorted(names)
    assert status == int("says hello" in names)


def test_a_mistake_counts_as_a_failure_and_is_shown_as_check_does(folder: Path, tested: Any) -> None:
    (folder / "rules" / "deep" / "bad.yaml").write_text(BAD.replace("advice", "advise"))
    status, out, err = tested()
    assert (status, out.splitlines()[-1]) == (1, "1 passed, 1 file with mistakes")
    assert err.startswith("rules/deep/bad.yaml:4:11: unknown rule 'advise'; did you mean 'advice'?\n    4 |")
    status, out, err = tested("--json")
    found = json.loads(out)
    assert (status, err, found["passed"], found["failed"]) == (1, "", 1, 1)
    assert found["cases"][-1]["detail"].startswith("rules/deep/bad.yaml:4:11: unknown rule 'advise'")
    assert [(case["file"], case["passed"]) for case in found["cases"]] == [
        ("rules/good.yaml", True),
        ("rules/deep/bad.yaml", False),
    ]


def test_a_test_of_a_rule_with_mistakes_fails(folder: Path, tested: Any) -> None:
    (folder / "rules" / "good.yaml").write_text(GOOD.replace("phrases:", "phrase:"))
    found = json.loads(tested("--json")[1])
    assert [(case["name"], case["detail"].splitlines()[0]) for case in found["cases"]] == [
        ("says hello", "rule 'advice' has mistakes"),
        ("has no mistakes", "rules/good.yaml:4:47: unknown key 'phrase'; did you mean 'phrases'?"),
    ]


def test_all_is_well_without_a_configuration_and_without_tests(folder: Path, tested: Any) -> None:
    (folder / "omiflow.yaml").unlink()
    plain = "rules: [{id: a, triggers: [{trigger: day_summary}], actions: [{action: log.write, data: {message: a}}]}]\n"
    (folder / "rules" / "deep" / "bad.yaml").unlink()
    (folder / "rules" / "good.yaml").write_text(plain)
    assert tested() == (0, "no tests found\n", "")
    case = (
        "tests: [{name: b, events: [{day_summary: {summary: x}}], expect: [{action: log.write, data: {message: a}}]}]"
    )
    (folder / "rules" / "good.yaml").write_text(plain + case)
    assert tested() == (0, "rules/good.yaml\n  ✓ b\n\n1 passed\n", "")


@pytest.mark.parametrize("args", [["nowhere.yaml"], ["--rules", "nowhere"], ["--nonsense"]], ids=" ".join)
def test_what_cannot_be_meant_is_wrong_usage(folder: Path, tested: Any, args: list[str]) -> None:
    status, out, err = tested(*args)
    assert (status, out) == (2, "")
    assert "no" in err


def test_paths_of_payloads_begin_at_the_rule_file(folder: Path, tested: Any) -> None:
    (folder / "payload.json").write_text(json.dumps({"summary": "quiet"}))
    (folder / "rules" / "good.yaml").write_text(
        GOOD + "  - {name: from a file, rule: advice, events: [{day_summary: {file: ../payload.json}}], expect: []}\n"
    )
    assert tested("rules/good.yaml")[:2] == (0, "rules/good.yaml\n  ✓ asks out loud\n  ✓ from a file\n\n2 passed\n")
