"""Values from outside: `!env`, `!file`, `.env` and the variables `OMIFLOW_…`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omiflow.language.mistakes import not_yet
from omiflow.language.settings.config import Config, load_config
from omiflow.language.settings.values import typed
from omiflow.model import Problem

DIGITS = "1234567890123456"
APP = """\
apps:
  default: {variables: {x: %s}}
"""


def load(folder: Path, text: str = "", **environ: str) -> Config:
    (folder / "omiflow.yaml").write_text(text)
    loaded = load_config(None, folder=folder, environ=environ)
    assert loaded.problems == []
    assert loaded.config is not None
    return loaded.config


def problems(folder: Path, text: str = "", **environ: str) -> list[Problem]:
    (folder / "omiflow.yaml").write_text(text)
    loaded = load_config(None, folder=folder, environ=environ)
    assert loaded.config is None
    return loaded.problems


# Tags


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("!env NAME", "from outside"),
        ('!env "NAME"', "from outside"),
        ('!env "NAME, default"', "from outside"),
        ('!env "OTHER, a default, with a comma"', "a default, with a comma"),
        ('!env "EMPTY, default"', "default"),
        ('!env "OTHER, "', ""),
        ("!file secret.txt", "first\nsecond "),
    ],
)
def test_a_tag_gives_what_it_stands_for(tmp_path: Path, tag: str, value: str) -> None:
    (tmp_path / "secret.txt").write_bytes(b"first\nsecond \r\n")
    config = load(tmp_path, APP % tag, NAME="from outside", EMPTY="")
    assert config.apps["default"].variables == {"x": value}


@pytest.mark.parametrize(
    ("tag", "code", "message"),
    [
        (
            "!env NAME",
            "E701",
            "environment variable 'NAME' is not set; set it, or put it into '.env' beside omiflow.yaml",
        ),
        (
            "!env EMPTY",
            "E701",
            "environment variable 'EMPTY' is empty; set it, or put it into '.env' beside omiflow.yaml",
        ),
        (
            "!env A-B",
            "E703",
            "'!env' wants the name of a variable, or a name and a default: !env \"NAME, default\"",
        ),
        (
            "!file gone",
            "E702",
            "file 'gone' can't be read: No such file or directory; a path is relative to the folder of omiflow.yaml",
        ),
        (
            "!file .",
            "E702",
            "file '.' can't be read: Is a directory; a path is relative to the folder of omiflow.yaml",
        ),
        ("!file latin1", "E702", "file 'latin1' is not UTF-8; '!file' wants text"),
        ("!file large", "E702", "file 'large' is larger than 64 kB; name another"),
        ("!file ''", "E703", "'!file' wants a path, relative to the folder of omiflow.yaml"),
        ("!user notion_token", "E105", not_yet("!user")),
    ],
)
def test_a_tag_that_stands_for_nothing_is_a_problem_at_its_place(
    tmp_path: Path, tag: str, code: str, message: str
) -> None:
    (tmp_path / "latin1").write_bytes(b"\xe4")
    (tmp_path / "large").write_bytes(b"x" * 64_001)
    (one,) = problems(tmp_path, APP % tag, EMPTY="")
    assert (one.file, one.line, one.column, one.length) == ("omiflow.yaml", 2, 28, len(tag))
    assert (one.code, one.message) == (code, message)


@pytest.mark.parametrize(
    "text",
    [
        "timezone: !env GONE",
        "limits: {body: !env GONE, requests_per_uid: !env GONE}",
        "apps: {a: {tokens: [!env GONE]}}",
        "apps: !env GONE",
        "connections: {a: !env GONE}",
        "connections: {a: {type: !env GONE}}",
        "connections: {a: {type: slack, token: !env GONE}}",
        "connections: {a: {type: http, base_url: !env GONE, headers: {A: !env GONE}}}",
        "database: !env GONE",
        "network: {allow_private: !env GONE}",
    ],
)
def test_a_missing_value_is_told_once(tmp_path: Path, text: str) -> None:
    assert {one.code for one in problems(tmp_path, text)} == {"E701"}
    assert len(problems(tmp_path, text)) == text.count("GONE")


def test_a_value_from_outside_gets_the_type_that_is_wanted(tmp_path: Path) -> None:
    text = """\
apps:
  default: {tokens: [!env DIGITS], prompts_per_day: !env DIGITS, users: !env LIST, variables: {x: !env DIGITS}}
network: {allow_private: !env FLAG}
limits: {requests_per_uid: !env NULL}
"""
    config = load(tmp_path, text, DIGITS=DIGITS, FLAG="True", LIST='["u1"]', NULL="null")
    app = config.apps["default"]
    assert (app.tokens, app.prompts_per_day, app.variables) == ((DIGITS,), int(DIGITS), {"x": DIGITS})
    assert app.users == {"u1"}
    assert config.network.allow_private
    assert config.limits.requests_per_uid is None


@pytest.mark.parametrize(
    ("text", "loc", "value"),
    [
        ("true", ("network", "allow_private"), True),
        ("yes", ("network", "allow_private"), "yes"),
        ("true", ("timezone",), "true"),
        ("12", ("apps", "a", "prompts_per_day"), 12),
        ("1.5", ("apps", "a", "prompts_per_day"), "1.5"),
        ("null", ("apps", "a", "prompts_per_day"), None),
        ("null", ("public_url",), "null"),
        ("12", ("users", "u1", "name"), "12"),
        ('["12"]', ("apps", "a", "tokens"), ["12"]),
        ("12", ("apps", "a", "tokens", 0), "12"),
        ("12", ("apps", "a", "tokens"), "12"),
        ("[", ("apps", "a", "tokens"), "["),
        ("[" * 100_000, ("apps", "a", "tokens"), "[" * 100_000),
        ('{"a": {}}', ("apps",), {"a": {}}),
        ('{"type": "slack"}', ("connections", "a"), {"type": "slack"}),
        ("12", ("connections", "a", "token"), "12"),
        ('{"A": "1"}', ("connections", "a", "headers"), {"A": "1"}),
        ("12", ("connections", "a", "headers", "A"), "12"),
        ("12", ("nobody", "knows", "this"), "12"),
    ],
)
def test_text_is_typed_by_its_place(text: str, loc: tuple[str | int, ...], value: Any) -> None:
    assert typed(text, loc) == value


# .env


def test_dotenv_beside_the_configuration_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# a comment\nexport NAME='from # .env'\nOTHER=\"${NAME}\"\nUNUSED\nOMIFLOW_TIMEZONE=Europe/Oslo\n"
    )
    config = load(tmp_path, "apps: {default: {variables: {x: !env NAME, y: !env OTHER}}}")
    assert config.apps["default"].variables == {"x": "from # .env", "y": "${NAME}"}
    assert config.timezone == "Europe/Oslo"


def test_the_real_environment_wins_over_dotenv(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NAME=from .env\n")
    assert load(tmp_path, APP % "!env NAME", NAME="real").apps["default"].variables == {"x": "real"}


def test_dotenv_of_another_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "omiflow.yaml").write_text(APP % "!env NAME")
    (tmp_path / ".env").write_text("NAME=from .env\n")
    loaded = load_config(Path("etc/omiflow.yaml"), folder=tmp_path, environ={})
    assert [one.code for one in loaded.problems] == ["E701"]


def test_a_line_of_dotenv_that_makes_no_sense_is_a_problem_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\n\n# b\n\nsecret words\nC=2\n")
    (tmp_path / "omiflow.yaml").write_text("")
    loaded = load_config(None, folder=tmp_path, environ={})
    assert [(one.file, one.line, one.code, one.message) for one in loaded.problems] == [
        (".env", 5, "E705", "this line can't be read; write it like NAME=value")
    ]
    assert ".env" not in loaded.texts


@pytest.mark.parametrize("name", [".env", "omiflow.yaml"])
def test_a_file_that_is_not_utf8_is_a_problem(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"A: \xe4")
    (one,) = load_config(None, folder=tmp_path, environ={}).problems
    assert (one.file, one.code) == (name, "E704")
    assert "is not UTF-8" in one.message


# OMIFLOW_…


@pytest.mark.parametrize(
    ("name", "text", "path", "value"),
    [
        ("OMIFLOW_TIMEZONE", "Europe/Oslo", "timezone", "Europe/Oslo"),
        ("omiflow_timezone", "Europe/Oslo", "timezone", "Europe/Oslo"),
        ("OMIFLOW_OMI__BASE_URL", "http://localhost:9100", "omi_base_url", "http://localhost:9100"),
        ("OMIFLOW_CONSOLE__TOKEN", DIGITS, "console_token", DIGITS),
        ("OMIFLOW_NETWORK__ALLOW_PRIVATE", "true", "network.allow_private", True),
        ("OMIFLOW_NETWORK", '{"allow_private": true}', "network.allow_private", True),
        ("OMIFLOW_LIMITS__BODY", "2MB", "limits.body", 2_000_000),
        ("OMIFLOW_LIMITS__REQUESTS_PER_UID", "null", "limits.requests_per_uid", None),
        ("OMIFLOW_APPS__MENTOR__TOKENS", f'["{DIGITS}"]', "apps.Mentor.tokens", (DIGITS,)),
        ("OMIFLOW_APPS__MENTOR__PROMPTS_PER_DAY", "3", "apps.Mentor.prompts_per_day", 3),
        ("OMIFLOW_APPS__MENTOR__VARIABLES__X", "12", "apps.Mentor.variables.x", "12"),
        ("OMIFLOW_APPS__NEW__OMI_APP_ID", "7", "apps.new.omi_app_id", "7"),
        ("OMIFLOW_CONNECTIONS__MY_CRM__BASE_URL", "http://b", "connections.my-crm.base_url", "http://b"),
        ("OMIFLOW_CONNECTIONS__MY_CRM__HEADERS__X_KEY", "k", "connections.my-crm.headers.X-Key", "k"),
        ("OMIFLOW_TIMEZONE", "", "timezone", "Europe/Berlin"),
    ],
)
def test_a_variable_wins_over_the_file(tmp_path: Path, name: str, text: str, path: str, value: Any) -> None:
    found: Any = load(
        tmp_path,
        """\
timezone: Europe/Berlin
omi: {base_url: !env NOT_SET_BUT_NOT_NEEDED}
apps: {Mentor: {prompts_per_day: 9, variables: {x: 1}}}
connections: {my-crm: {type: http, base_url: http://a, headers: {X-Key: old}}}
""",
        **({"OMIFLOW_OMI__BASE_URL": "http://elsewhere"} | {name: text}),
    )
    for part in path.split("."):
        found = found[part] if isinstance(found, dict) else getattr(found, part)
    assert found == value


def test_a_variable_for_a_part_wins_over_one_for_the_whole(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        OMIFLOW_NETWORK='{"allow_private": true, "allow": ["a"]}',
        OMIFLOW_NETWORK__ALLOW_PRIVATE="false",
    )
    assert (config.network.allow, config.network.allow_private) == (("a",), False)


def test_variables_that_are_no_keys_are_left_alone(tmp_path: Path) -> None:
    environ = {"OMIFLOW_TOKEN": "x", "OMIFLOW_CONSOLE_TOKEN": "x", "OMIFLOW_": "x", "XOMIFLOW_TIMEZONE": "x"}
    assert load(tmp_path, "", **environ) == load(tmp_path)


def test_what_is_named_with_an_anchor_is_changed_where_the_variable_says(tmp_path: Path) -> None:
    text = "apps:\n  a: &a {prompts_per_day: 1}\n  b: *a\n"
    apps = load(tmp_path, text, OMIFLOW_APPS__B__PROMPTS_PER_DAY="2").apps
    assert (apps["a"].prompts_per_day, apps["b"].prompts_per_day) == (1, 2)


@pytest.mark.parametrize(
    ("name", "text", "message", "hint"),
    [
        ("OMIFLOW_TIMEZONE", "Europe/Olso", "unknown time zone 'Europe/Olso'; did you mean 'Europe/Oslo'?", None),
        ("OMIFLOW_NETWORK__ALLOW_PRIVATE", "1", "'allow_private' wants true or false, got '1'", None),
        ("OMIFLOW_APPS__A__USERS", "u1", "'users' wants a list, got 'u1'", "write it as JSON"),
        ("OMIFLOW_APPS__A__USERS__0", "u1", "'users' wants a list, got a mapping", "write it as JSON"),
        ("OMIFLOW_OMI", "http://a", "'omi' wants a mapping, got 'http://a'", "write it as JSON"),
        ("OMIFLOW_OMI__BASEURL", "http://a", "unknown key 'baseurl'; did you mean 'base_url'?", None),
        ("OMIFLOW_TIMEZONE__X", "UTC", "'timezone' wants text, got a mapping", None),
        (
            "OMIFLOW_CONNECTIONS__NEW__TOKEN",
            "xoxb-1",
            "'type' is missing; it is 'slack', 'notion', 'http', 'notify', 'llm' or 'folder'",
            None,
        ),
        ("OMIFLOW_CONNECTIONS__OLD__TYPE", "slak", "unknown type 'slak'; did you mean 'slack'?", None),
        ("OMIFLOW_RETENTION__EVENTS", "30d", not_yet("retention"), None),
        ("OMIFLOW_DATABASE", "postgresql://a/b", not_yet("postgresql"), None),
    ],
)
def test_a_wrong_variable_is_a_problem_that_names_it(
    tmp_path: Path, name: str, text: str, message: str, hint: str | None
) -> None:
    written = "timezone: UTC\napps: {a: {users: [u0]}}\nconnections: {old: {type: slack, token: xoxb-1}}\n"
    (one,) = problems(tmp_path, written, **{name: text})
    assert (one.file, one.line, one.column, one.length) == (f"environment variable {name}", 1, 1, len(name))
    assert (one.message, one.hint) == (message, hint)
