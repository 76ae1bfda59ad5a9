"""`omiflow urls`: what to paste into the Omi app."""

from __future__ import annotations

import json
from functools import partial

import pytest

TOKEN = "token-of-the-tests-0001"
EVENTS = ["realtime_transcript", "memory_created", "day_summary", "button_event", "webhook/NAME"]


@pytest.fixture
def urls(command):
    return partial(command, "urls")


@pytest.fixture
def as_json(urls):
    def read(folder, *, making=False):
        ended = urls("--json", folder=folder)
        made = f"omiflow: made new tokens; they are kept in '{folder / 'data' / 'tokens.json'}'\n"
        assert (ended.returncode, ended.stderr) == (0, made if making else "")
        return json.loads(ended.stdout)["apps"]

    return read


def test_a_public_address_stands_in_every_url(tmp_path, as_json, urls):
    (tmp_path / "omiflow.yaml").write_text(
        f"public_url: https://flow.example.com/\napps: {{mentor: {{tokens: [{TOKEN}]}}, coach: {{}}}}\n"
    )
    listed = as_json(tmp_path, making=True)
    assert [line["event"] for line in listed if line["app"] == "mentor"] == EVENTS
    assert listed[0] == {
        "app": "mentor",
        "event": "realtime_transcript",
        "url": f"https://flow.example.com/hooks/{TOKEN}/realtime_transcript",
    }
    made = json.loads((tmp_path / "data" / "tokens.json").read_text())["app:coach"]
    assert {line["url"].split("/")[4] for line in listed if line["app"] == "coach"} == {made}
    shown = urls(folder=tmp_path).stdout
    assert all(line["url"] in shown for line in listed)
    assert "tunnel" not in shown


def test_both_tokens_are_shown_while_rotating(tmp_path, as_json):
    (tmp_path / "omiflow.yaml").write_text(f"apps: {{mentor: {{tokens: [{TOKEN}, {TOKEN}-next]}}}}\n")
    assert {line["url"].split("/")[4] for line in as_json(tmp_path, making=True)} == {TOKEN, f"{TOKEN}-next"}


def test_tokens_are_made_once_and_only_their_owner_may_read_them(tmp_path, as_json, urls):
    first = as_json(tmp_path, making=True)
    assert as_json(tmp_path) == first
    assert first[0]["url"].startswith("http://127.0.0.1:8787/hooks/")
    assert (tmp_path / "data" / "tokens.json").stat().st_mode & 0o777 == 0o600
    assert "public_url" in urls(folder=tmp_path).stdout


def test_the_running_server_tells_its_address(serve, as_json):
    served = serve("rules: []\n")
    assert as_json(served.folder)[0]["url"] == f"{served.hooks}/realtime_transcript"
    assert (served.folder / "data" / "server.json").stat().st_mode & 0o777 == 0o600
    for line in as_json(served.folder):
        path = line["url"].removeprefix(served.hooks + "/")
        assert served.post(path, {"id": "x"}).status_code in (200, 422), path
    served.stop()
    assert as_json(served.folder)[0]["url"].startswith("http://127.0.0.1:8787/")


def test_problems_of_the_configuration_end_it_with_1(tmp_path, urls):
    (tmp_path / "omiflow.yaml").write_text("nonsense: 1\n")
    ended = urls(folder=tmp_path)
    assert ended.returncode == 1
    assert "omiflow.yaml:1:1" in ended.stderr


def test_a_damaged_tokens_file_ends_it_with_3(tmp_path, urls):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tokens.json").write_text("{")
    ended = urls(folder=tmp_path)
    assert ended.returncode == 3
    assert "mend or remove it" in ended.stderr
