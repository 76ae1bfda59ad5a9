"""The configuration: defaults, values, paths, and what others see of it."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from omiflow.actions.network import NetworkPolicy
from omiflow.engine.attention import Budget
from omiflow.engine.surroundings import Person
from omiflow.errors import UsageError
from omiflow.language.facts import AppFacts
from omiflow.language.settings.config import AppConfig, Config, Limits, absolute_database, load_config
from omiflow.language.settings.views import facts, secrets, surroundings

TOKEN = "0123456789abcdef"
FULL = """\
database: sqlite:///db/flow.db
rules: my rules
data_folder: /srv/flow
public_url: https://flow.example.com/
timezone: Europe/Berlin
apps:
  mentor:
    tokens: [0123456789abcdef, !env SECOND_TOKEN]
    omi_app_id: app1
    api_key: sk_mentor
    scopes: [user_name]
    users: [u1, u2]
    prompts_per_day: 9
    throttle: {limit: 12, period: 1d, quiet: "22:00-07:00", on_quiet: drop, ignore_above: 10}
    variables: {list: inbox, many: [1, 2]}
  silent:
users:
  u1: {name: Kim, timezone: America/New_York, group: family}
  u2:
connections:
  team: {type: slack, token: xoxb-team, base_url: "http://127.0.0.1:9100/slack/"}
  hook: {type: slack, webhook_url: "https://hooks.slack.com/services/T0/B0/XX"}
  crm: {type: http, base_url: https://crm.example.com, headers: {Authorization: Bearer 123}}
  notes: {type: notion, token: secret_notion}
  me: {type: notify, to: [ntfys://my-secret-topic]}
  model: {type: llm, base_url: "http://127.0.0.1:11434/v1/", api_key: sk-model, model: small-1}
  vault: {type: folder, path: my vault}
  disk: {type: folder, path: /srv/disk}
omi: {base_url: http://localhost:9100}
network: {allow: [crm.example.com, "::1"], allow_private: true}
console: {token: console-token-0001}
limits: {body: 1MB, requests_per_uid: 300/m}
"""


def load(folder: Path, text: str | None = None, **environ: str) -> Config:
    if text is not None:
        (folder / "omiflow.yaml").write_text(text)
    loaded = load_config(None, folder=folder, environ=environ)
    assert loaded.problems == []
    assert loaded.config is not None
    return loaded.config


def test_an_empty_folder_gives_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Config(
        folder=tmp_path,
        files=(tmp_path / "omiflow.yaml", tmp_path / ".env"),
        database=f"sqlite:///{tmp_path}/omiflow.db",
        rules=tmp_path / "rules",
        data_folder=tmp_path / "data",
        public_url=None,
        timezone="UTC",
        apps={"default": AppConfig(name="default")},
        users={},
        connections={},
        omi_base_url="https://api.omi.me",
        network=NetworkPolicy(),
        console_token=None,
        limits=Limits(body=10_000_000, requests_per_uid=20.0),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet\n",
        "apps:\nusers:\nconnections:\nomi:\nnetwork:\nconsole:\nlimits:\n",
        "apps: {default: }",
        "apps: {default: {variables: }}",
    ],
)
def test_sections_with_nothing_in_them_say_nothing(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text) == load(tmp_path, None)
    assert list(load(tmp_path).apps) == ["default"]


def test_everything_that_is_written_counts(tmp_path: Path) -> None:
    config = load(tmp_path, FULL, SECOND_TOKEN="second-token-of-mentor")
    assert config.database == f"sqlite:///{tmp_path}/db/flow.db"
    assert (config.rules, config.data_folder) == (tmp_path / "my rules", Path("/srv/flow"))
    assert (config.public_url, config.timezone) == ("https://flow.example.com", "Europe/Berlin")
    assert config.apps == {
        "mentor": AppConfig(
            name="mentor",
            tokens=(TOKEN, "second-token-of-mentor"),
            omi_app_id="app1",
            api_key="sk_mentor",
            scopes=frozenset({"user_name"}),
            users=frozenset({"u1", "u2"}),
            prompts_per_day=9,
            budget=Budget(limit=12, period=86_400.0, quiet=(time(22), time(7)), ignore_above=10),
            variables={"list": "inbox", "many": [1, 2]},
        ),
        "silent": AppConfig(name="silent"),
    }
    assert config.connections == {
        "team": {"type": "slack", "token": "xoxb-team", "base_url": "http://127.0.0.1:9100/slack"},
        "hook": {"type": "slack", "webhook_url": "https://hooks.slack.com/services/T0/B0/XX"},
        "crm": {
            "type": "http",
            "base_url": "https://crm.example.com",
            "headers": {"Authorization": "Bearer 123"},
        },
        "notes": {"type": "notion", "token": "secret_notion"},
        "me": {"type": "notify", "to": ["ntfys://my-secret-topic"]},
        "model": {"type": "llm", "base_url": "http://127.0.0.1:11434/v1", "api_key": "sk-model", "model": "small-1"},
        "vault": {"type": "folder", "path": str(tmp_path / "my vault")},
        "disk": {"type": "folder", "path": "/srv/disk"},
    }
    assert config.omi_base_url == "http://localhost:9100"
    assert config.network == NetworkPolicy(allow=("crm.example.com", "::1"), allow_private=True)
    assert config.console_token == "console-token-0001"
    assert config.limits == Limits(body=1_000_000, requests_per_uid=5.0)


def test_a_rate_may_be_without_limit(tmp_path: Path) -> None:
    assert load(tmp_path, "limits: {requests_per_uid: null}").limits.requests_per_uid is None


def test_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "flow.yaml").write_text("rules: ../rules\napps: {a: {tokens: [!file token]}}\n")
    (tmp_path / "etc" / "token").write_text(TOKEN + "\n")
    loaded = load_config(Path("etc/flow.yaml"), folder=tmp_path, environ={})
    assert loaded.config is not None
    assert loaded.config.folder == tmp_path / "etc"
    assert loaded.config.rules == tmp_path / "etc" / "../rules"
    assert loaded.config.data_folder == tmp_path / "etc" / "data"
    assert loaded.config.apps["a"].tokens == (TOKEN,)


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("sqlite:///flow.db", "sqlite:////home/kim/flow.db"),
        ("sqlite:////var/flow.db", "sqlite:////var/flow.db"),
    ],
)
def test_a_database_does_not_depend_on_the_working_folder(url: str, absolute: str) -> None:
    assert absolute_database(url, folder=Path("/home/kim")) == absolute


@pytest.mark.parametrize("name", ["missing.yaml", "."])
def test_a_configuration_that_was_named_must_be_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="there is no configuration"):
        load_config(Path(name), folder=tmp_path, environ={})


def test_checks_learn_what_there_is_but_no_secret(tmp_path: Path) -> None:
    found = facts(load(tmp_path, FULL, SECOND_TOKEN="second-token-of-mentor"))
    assert found.apps == {
        "mentor": AppFacts(
            "mentor",
            scopes=frozenset({"user_name"}),
            has_key=True,
            prompts_per_day=9,
            variables=frozenset({"many", "list"}),
        ),
        "silent": AppFacts("silent", variables=frozenset()),
    }
    assert found.of_type("slack", "token") == ["team"]
    assert found.of_type("slack", "webhook_url") == ["hook"]
    assert found.of_type("http") == ["crm"]
    assert found.of_type("notify", "to") == ["me"]
    assert found.of_type("folder") == ["vault", "disk"]
    assert "xoxb" not in repr(found)
    assert "Bearer" not in repr(found)
    assert "topic" not in repr(found)


@pytest.mark.parametrize("half", ["omi_app_id: app1", "api_key: sk_1"])
def test_an_app_with_half_a_key_has_none(tmp_path: Path, half: str) -> None:
    assert not facts(load(tmp_path, f"apps: {{a: {{{half}}}}}")).apps["a"].has_key


def test_rules_see_apps_and_people(tmp_path: Path) -> None:
    seen = surroundings(load(tmp_path, FULL, SECOND_TOKEN="second-token-of-mentor"))
    assert seen.apps["mentor"].names() == {"name": "mentor", "variables": {"list": "inbox", "many": [1, 2]}}
    assert seen.apps["mentor"].users == {"u1", "u2"}
    assert seen.apps["mentor"].scopes == ("user_name",)
    assert seen.apps["mentor"].budget == Budget(12, 86_400.0, (time(22), time(7)), 10)
    assert seen.apps["silent"].budget is None
    assert (seen.apps["mentor"].omi_app_id, seen.apps["mentor"].prompts_per_day) == ("app1", 9)
    assert seen.person("u1") == Person(uid="u1", timezone="America/New_York", name="Kim", group="family")
    assert seen.person("u2") == Person(uid="u2", timezone="Europe/Berlin")
    assert seen.person("stranger").timezone == "Europe/Berlin"


def test_users_speak_their_own_language_or_that_of_all(tmp_path: Path) -> None:
    text = "language: no\nfillers: {no: [Altså, liksom], de: [halt]}\nusers: {u1: {language: de}, u2: {name: Kim}}"
    seen = surroundings(load(tmp_path, text))
    assert [seen.person(uid).language for uid in ("u1", "u2", "stranger", None)] == ["de", "no", "no", "no"]
    assert seen.fillers == {"no": {"altså", "liksom"}, "de": {"halt"}}
    silent = surroundings(load(tmp_path, "users: {u1: {language: en}}"))
    assert [silent.person(uid).language for uid in ("u1", "u2")] == ["en", None]
    assert silent.fillers == {}


def test_everything_secret_is_known_as_such(tmp_path: Path) -> None:
    text = FULL.replace("many: [1, 2]", "key: !env SHEET_KEY, short: !env SHORT, place: !env 'PLACE, Berlin-Mitte'")
    found = secrets(load(tmp_path, text, SECOND_TOKEN="second-token-of-mentor", SHEET_KEY="sheet-key", SHORT="12345"))
    assert found == {
        TOKEN,
        "second-token-of-mentor",
        "sk_mentor",
        "xoxb-team",
        "https://hooks.slack.com/services/T0/B0/XX",
        "Bearer 123",
        "secret_notion",
        "ntfys://my-secret-topic",
        "sk-model",
        "console-token-0001",
        "sheet-key",
    }


def test_a_configuration_does_not_show_its_secrets(tmp_path: Path) -> None:
    config = load(tmp_path, FULL, SECOND_TOKEN="second-token-of-mentor")
    assert not [secret for secret in secrets(config) if secret in repr(config)]
