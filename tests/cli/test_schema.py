"""`omiflow schema` as people and editors call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omiflow.cli.main import main


def run(*args: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["schema", *args])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize(("args", "key"), [([], "rules"), (["rules"], "rules"), (["config"], "connections")])
def test_a_schema_is_printed_as_one_document(args: list[str], key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*args) == 0
    said = capsys.readouterr()
    assert key in json.loads(said.out)["properties"]
    assert said.err == ""


def test_a_schema_is_written_over_an_older_one_and_its_folder_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / ".omiflow" / "rules.schema.json"
    for _ in range(2):
        assert run("rules", "-o", str(path)) == 0
        assert capsys.readouterr().out == f"written  {path}\n"
        assert "rules" in json.loads(path.read_text())["properties"]


def test_a_file_that_can_not_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert run("rules", "-o", str(tmp_path / "file" / "rules.json")) == 3
    assert "can't be written" in capsys.readouterr().err


def test_another_schema_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("payloads") == 2
    assert "'payloads' is not one of" in capsys.readouterr().err
