"""`omiflow init`: a beginning that works, and never overwrites."""

from __future__ import annotations

import json
import re

import pytest

from omiflow.cli.schema import schema_text
from omiflow.language.starter import SCHEMAS, STARTER

BEGINNING = {**STARTER, **{path: schema_text(of) for of, path in SCHEMAS.items()}}


def written(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_an_empty_folder_gets_a_beginning(tmp_path, command):
    ended = command("init", folder=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert written(tmp_path) == BEGINNING
    assert ended.stdout.count("written") == len(BEGINNING)
    assert "omiflow serve" in ended.stdout


def test_what_is_there_is_kept(tmp_path, command):
    (tmp_path / "omiflow.yaml").write_text("timezone: Europe/Berlin\n")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "hello.yaml").symlink_to("elsewhere")
    ended = command("init", folder=tmp_path)
    assert ended.returncode == 0
    assert ended.stdout.count("kept") == 2
    assert (tmp_path / "omiflow.yaml").read_text() == "timezone: Europe/Berlin\n"
    assert (tmp_path / "rules" / "hello.yaml").is_symlink()
    assert not (tmp_path / "rules" / "elsewhere").exists()
    again = command("init", folder=tmp_path)
    assert (again.returncode, again.stdout.count("kept")) == (0, len(BEGINNING))


def test_a_new_folder_is_made(tmp_path, command):
    ended = command("init", "new/deep", folder=tmp_path)
    assert ended.returncode == 0
    assert written(tmp_path / "new" / "deep") == BEGINNING
    assert "cd new/deep" in ended.stdout


def test_editors_find_the_schema_of_each_file_without_a_network(tmp_path, command):
    command("init", folder=tmp_path)
    for name in ("omiflow.yaml", "rules/hello.yaml"):
        first, _, _ = (tmp_path / name).read_text().partition("\n")
        found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
        assert json.loads(((tmp_path / name).parent / found[1]).read_text())["$schema"]
    editor = json.loads((tmp_path / ".vscode" / "settings.json").read_text())
    assert set(editor["yaml.schemas"]) == set(SCHEMAS.values())


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_a_folder_that_can_not_be_made_is_told(tmp_path, command, folder):
    (tmp_path / "file").write_text("")
    ended = command("init", folder, folder=tmp_path)
    assert ended.returncode in (2, 3)
    assert "Traceback" not in ended.stderr
    assert ended.stderr


def test_the_beginning_has_no_problems_and_fires(tmp_path, command):
    command("init", folder=tmp_path)
    checked = command("check", folder=tmp_path)
    assert (checked.returncode, checked.stdout) == (0, "1 rule in 1 file: no problems\n")
    segment = {"id": "s1", "text": "Hey Omi, can you hear me?", "is_user": True, "start": 0, "end": 2}
    (tmp_path / "said.json").write_text(json.dumps({"session_id": "u1", "segments": [segment]}))
    dry = command("dry-run", "said.json", "--event", "realtime_transcript", "--uid", "u1", "--json", folder=tmp_path)
    assert dry.returncode == 0
    (event,) = json.loads(dry.stdout)["events"]
    assert [run["outcome"] for run in event["runs"]] == ["fired"]
    assert event["reply"]["message"].startswith("Loud and clear")


def test_the_example_environment_and_every_comment_can_be_used(tmp_path, command):
    command("init", folder=tmp_path)
    config = (tmp_path / "omiflow.yaml").read_text()
    (tmp_path / "omiflow.yaml").write_text(re.sub(r"^( *)#(?=\w)", r"\1", config, flags=re.MULTILINE))
    env = (tmp_path / ".env.example").read_text()
    filled = [f"{line}0123456789abcdef0" if line.endswith("=") else line for line in env.splitlines()]
    (tmp_path / ".env").write_text("\n".join(filled))
    checked = command("check", folder=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, ""), checked
