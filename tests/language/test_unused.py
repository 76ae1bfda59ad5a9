"""Lists and connections that nothing uses: told by `check` over the whole rules folder, and only where it is certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from omiflow.cli.main import main

STEP = "actions: [{stop: enough}]"
TAP = "triggers: [{trigger: button_event}]"
LISTS = "lists:\n  rooms: [kitchen]\n  people: [{say: [Tom], value: t}]\n"
CONFIG = """\
connections:
  team: {type: slack, token: xoxb-team-token}
  crm: {type: http, base_url: "https://crm.example.com"}
"""


def checked(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    with pytest.raises(SystemExit):
        main(["check", *options])
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("using", "unused"),
    [
        (f"- {{id: a, {TAP}, {STEP}}}", ["rooms", "people"]),
        (
            f"- {{id: a, triggers: [{{trigger: realtime_transcript, phrases: ['in {{r:list rooms}}']}}], {STEP}}}",
            ["people"],
        ),
        (f"- {{id: a, {TAP}, conditions: [{{phrases: ['in {{r:list people}}']}}], {STEP}}}", ["rooms"]),
        (f"- {{id: a, {TAP}, conditions: [{{path: $.device_id, in: lists.rooms}}], {STEP}}}", ["people"]),
        (f"- {{id: a, {TAP}, conditions: [{{template: '{{{{ lists.people | length > 2 }}}}'}}], {STEP}}}", ["rooms"]),
        (f"- {{id: a, {TAP}, actions: [{{stop: '{{{{ lists[\"people\"] }}}}'}}]}}", ["rooms"]),
        (f"- {{id: a, {TAP}, actions: [{{stop: '{{{{ lists[event.device_id] }}}}'}}]}}", []),
        (f"- {{id: a, {TAP}, actions: [{{stop: '{{% for name in lists %}}{{{{ name }}}}{{% endfor %}}'}}]}}", []),
        (f"- {{id: a, {TAP}, actions: [{{stop: '{{{{ lists.items() }}}}'}}]}}", []),
        (f"- {{id: a, {TAP}, actions: [{{stop: 'make lists.rooms of it'}}]}}", ["rooms", "people"]),
        (f"- {{id: a, {TAP}, conditions: [{{path: $.x, in: lists.rooms}}], actions: [{{acton: x}}]}}", ["people"]),
        ("- {id: a", []),
    ],
)
def test_a_list_that_nothing_names_is_told(
    using: str, unused: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rules").mkdir()
    Path("rules/lists.yaml").write_text(LISTS)
    Path("rules/rules.yaml").write_text(f"rules:\n  {using}\n")
    said = checked(tmp_path, capsys)
    told = [
        name
        for name in ("rooms", "people")
        if f"warning: no rule uses list '{name}'; name it in one, or remove it" in said
    ]
    assert told == unused


def test_a_warning_of_a_list_stands_at_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rules").mkdir()
    Path("rules/lists.yaml").write_text(LISTS)
    assert checked(tmp_path, capsys).startswith(
        "rules/lists.yaml:2:3: warning: no rule uses list 'rooms'; name it in one, or remove it\n"
        "    2 |   rooms: [kitchen]\n"
        "      |   ^^^^^\n"
    )
    assert "no rule uses" not in checked(tmp_path, capsys, "rules/lists.yaml")


@pytest.mark.parametrize(
    ("steps", "unused"),
    [
        ("{stop: enough}", ["team", "crm"]),
        ("{action: slack.post_message, data: {channel: '#x', text: x}}", ["crm"]),
        ("{action: http.request, data: {method: GET, url: /x}}", ["team"]),
        ("{if: '{{ true }}', then: [{action: http.request, connection: crm, data: {method: GET, url: /x}}]}", ["team"]),
        ("{action: log.wrte, data: {message: x}}", []),
    ],
)
def test_a_connection_that_no_step_uses_is_told(
    steps: str, unused: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rules").mkdir()
    Path("omiflow.yaml").write_text(CONFIG)
    Path("rules/rules.yaml").write_text(f"rules:\n  - {{id: a, {TAP}, actions: [{steps}]}}\n")
    said = checked(tmp_path, capsys)
    assert [name for name in ("team", "crm") if f"warning: no rule uses connection '{name}'" in said] == unused
    assert "omiflow.yaml:2:3: warning: no rule uses connection 'team'" in said or "team" not in unused
    assert "no rule uses" not in checked(tmp_path, capsys, "rules")


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_that_is_not_there_is_told_and_never_made(
    there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rules").mkdir()
    Path("omiflow.yaml").write_text("connections:\n  vault: {type: folder, path: notes}\n")
    Path("rules/rules.yaml").write_text(
        f"rules:\n  - {{id: a, {TAP}, actions: [{{action: file.append, connection: vault, data: {{path: a, text: b}}}}]}}"
    )
    if there:
        Path("notes").mkdir()
    told = "omiflow.yaml:2:31: warning: the folder of connection 'vault' is not there; make it, or mount what belongs there"
    assert (told in checked(tmp_path, capsys)) == (not there)
    assert Path("notes").exists() == there
    assert "is not there" not in checked(tmp_path, capsys, "rules")
