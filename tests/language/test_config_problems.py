"""What is wrong with a configuration, all at once, each at its place, and without a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from omiflow.language.mistakes import not_yet
from omiflow.language.problem_text import render
from omiflow.language.settings.config import Loaded, load_config

A_TOKEN = "a token is at least 16 letters, digits, '_' and '-'; make one with 'openssl rand -hex 16'"
SCOPES = "'user_name', 'user_facts', 'user_context' or 'user_chat'"
A_URL = "write it like 'https://example.com'"
A_DATABASE = "write it like 'sqlite:///omiflow.db'"


def load(folder: Path, text: str, **environ: str) -> Loaded:
    (folder / "omiflow.yaml").write_text(text)
    loaded = load_config(None, folder=folder, environ=environ)
    assert loaded.config is None
    return loaded


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        # keys
        ("publik_url: x", "publik_url", "unknown key 'publik_url'; did you mean 'public_url'?"),
        ("apps: {a: {token: [x]}}", "token", "unknown key 'token'; did you mean 'tokens'?"),
        ("omi: {url: x}", "url", "unknown key 'url'; known are 'base_url'"),
        ("users: {u1: {zone: UTC}}", "zone", "unknown key 'zone'; did you mean 'timezone'?"),
        (
            "connections: {a: {type: http, base_url: 'http://a', header: {}}}",
            "header",
            "unknown key 'header'; did you mean 'headers'?",
        ),
        ("[rules]", "[rules]", "a configuration is a mapping, got a list"),
        ("apps: [mentor]", "[mentor]", "'apps' wants a mapping, got a list"),
        ("rules: 3", "3", "'rules' wants text, got the number 3"),
        # names
        ("apps: {my app: {}}", "my app", "'my app' is no name here; use letters, digits, '_' and '-'"),
        (
            "connections: {a.b: {type: slack, token: x}}",
            "a.b",
            "'a.b' is no name here; use letters, digits, '_' and '-'",
        ),
        # values
        ("timezone: Europe/Berln", "Europe/Berln", "unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?"),
        ("timezone: Europe", "Europe", "unknown time zone 'Europe'; did you mean 'Europe/Rome'?"),
        ("timezone: '../UTC'", "'../UTC'", "unknown time zone '../UTC'; did you mean 'UTC'?"),
        ("users: {u1: {timezone: Zz}}", "Zz", "unknown time zone 'Zz'; write it like 'Europe/Berlin'"),
        ("language: German", "German", "'German' is no code of a language; write its small letters alone, like 'en'"),
        ("language: de-DE", "de-DE", "'de-DE' is no code of a language; write its small letters alone, like 'de'"),
        (
            "users: {u1: {language: EN}}",
            "EN",
            "'EN' is no code of a language; write its small letters alone, like 'en'",
        ),
        ("language: 1", "1", "'language' wants text, got the number 1"),
        (
            "fillers: {en: [like, you know]}",
            "you know",
            "'you know' is 2 words; a filler is one, which is passed over wherever it is said",
        ),
        ("fillers: {en: ['…']}", "'…'", "'…' has no word in it"),
        ("fillers: {en: like}", "like", "'en' wants a list, got 'like'"),
        ("fillers: [like]", "[like]", "'fillers' wants a mapping, got a list"),
        ("apps: {a: {tokens: [too-short]}}", "too-short", A_TOKEN),
        ("apps: {a: {tokens: [0123456789/abcdef]}}", "0123456789/abcdef", A_TOKEN),
        ("console: {token: short}", "short", A_TOKEN),
        (
            "apps: {a: {api_key: 'two words'}}",
            "'two words'",
            "a key is not empty and has neither blanks nor characters beyond ASCII; copy it again",
        ),
        (
            "apps: {a: {scopes: [user_nam]}}",
            "user_nam",
            f"'scopes' wants one of {SCOPES}, got 'user_nam'; did you mean 'user_name'?",
        ),
        ("apps: {a: {users: []}}", "users", "'users' is empty; at least one is wanted"),
        ("apps: {a: {prompts_per_day: true}}", "true", "'prompts_per_day' wants a whole number, got true"),
        ("rules: ''", "''", "a path is wanted, relative to the folder of omiflow.yaml"),
        # URLs
        ("public_url: flow", "flow", f"only URLs that begin with http:// or https:// can be called; {A_URL}"),
        ("public_url: 'http://'", "'http://'", f"the URL has no valid host name; {A_URL}"),
        ("public_url: 'http://a:99999'", "'http://a:99999'", f"the URL's port 99999 does not exist; {A_URL}"),
        ("public_url: 'http://a:b'", "'http://a:b'", f"this is no URL; {A_URL}"),
        (
            "omi: {base_url: 'https://a/?b'}",
            "'https://a/?b'",
            "other paths are put behind this URL; leave out what begins with '?' or '#'",
        ),
        (
            "connections: {a: {type: slack, webhook_url: 'ftp://a'}}",
            "'ftp://a'",
            f"only URLs that begin with http:// or https:// can be called; {A_URL}",
        ),
        ("network: {allow: ['a:80']}", "'a:80'", "'a:80' is no host; write only its name, like 'crm.example.com'"),
        # databases
        ("database: 'sqlite:///:memory:'", "'sqlite:///:memory:'", f"a database in memory forgets; {A_DATABASE}"),
        ("database: 'sqlite:///'", "'sqlite:///'", f"a database in memory forgets; {A_DATABASE}"),
        ("database: omiflow.db", "omiflow.db", f"the database is a file of SQLite; {A_DATABASE}"),
        ("database: mysql://a/b", "mysql://a/b", f"the database is a file of SQLite; {A_DATABASE}"),
        # sizes and rates
        ("limits: {body: 10}", "10", "a bare number has no unit; write it like '10MB' or '10kB'"),
        ("limits: {body: 10M}", "10M", "a size of more than nothing is wanted, like '10MB' or '500kB'"),
        ("limits: {body: 0MB}", "0MB", "a size of more than nothing is wanted, like '10MB' or '500kB'"),
        ("limits: {body: true}", "true", "a size of more than nothing is wanted, like '10MB' or '500kB'"),
        (
            "limits: {requests_per_uid: 20}",
            "20",
            "a rate is wanted, like '20/s' or '300/m', or null for no limit",
        ),
        (
            "limits: {requests_per_uid: 0/s}",
            "0/s",
            "a rate is wanted, like '20/s' or '300/m', or null for no limit",
        ),
        # connections
        ("connections: {a: [x]}", "[x]", "'a' wants a mapping, got a list"),
        (
            "connections: {a: {token: x}}",
            "{token: x}",
            "'type' is missing; it is 'slack', 'notion', 'http', 'notify', 'llm' or 'folder'",
        ),
        ("connections: {a: {type: 3}}", "3", "'type' wants text, got the number 3"),
        ("connections: {a: {type: slak}}", "slak", "unknown type 'slak'; did you mean 'slack'?"),
        (
            "connections: {a: {type: slack}}",
            "{type: slack}",
            "a Slack connection needs a 'token' or a 'webhook_url'",
        ),
        ("connections: {a: {type: http}}", "{type: http}", "'base_url' is missing"),
        (
            'connections: {a: {type: http, base_url: "http://a", headers: {A: "1\\n2"}}}',
            '"1\\n2"',
            "the value of a header is one line of ASCII",
        ),
        (
            "connections: {a: {type: http, base_url: 'http://a', headers: {A b: c}}}",
            "c",
            "'A b' is no name of a header; write it like 'Authorization'",
        ),
        ("connections: {a: {type: notion}}", "{type: notion}", "'token' is missing"),
        ("connections: {a: {type: notify}}", "{type: notify}", "'to' is missing"),
        ("connections: {a: {type: notify, to: []}}", "to", "'to' is empty; at least one is wanted"),
        (
            "connections: {a: {type: notify, to: [json://localhost, nonsense]}}",
            "nonsense",
            "Apprise knows no service of this URL; write it like 'ntfys://topic', as its wiki says",
        ),
        (
            "connections: {a: {type: llm, base_url: 'http://a'}}",
            "{type: llm, base_url: 'http://a'}",
            "'model' is missing",
        ),
        ("connections: {a: {type: llm, model: m}}", "{type: llm, model: m}", "'base_url' is missing"),
        ("connections: {a: {type: folder}}", "{type: folder}", "'path' is missing"),
        (
            "connections: {a: {type: folder, path: omiflow.yaml}}",
            "omiflow.yaml",
            "'omiflow.yaml' is a file; a folder is wanted",
        ),
        (
            "connections: {a: {type: folder, path: x, base_url: y}}",
            "base_url",
            "unknown key 'base_url'; known are 'type', 'path'",
        ),
        # an app's budget
        (
            "apps: {a: {throttle: {limit: 1}}}",
            "limit",
            "a 'limit' counts in a 'period', such as 1d; give that too",
        ),
        (
            "apps: {a: {throttle: {period: 1d}}}",
            "period",
            "a 'period' needs a 'limit', the most interruptions in it",
        ),
        (
            "apps: {a: {throttle: {ignore_above: 1}}}",
            "{ignore_above: 1}",
            "a throttle needs a 'limit' and a 'period', or hours that are 'quiet'",
        ),
        ("apps: {a: {throttle: {limit: 0, period: 1d}}}", "0", "'limit' wants at least 1, got 0"),
        (
            "apps: {a: {throttle: {limit: 1, period: 1}}}",
            "1",
            "a bare number has no unit; write it like '1s' or '1m'",
        ),
        ("apps: {a: {throttle: {quiet: 22-7}}}", "22-7", "quiet hours are wanted, like '22:00-07:00'"),
        ("apps: {a: {throttle: {quiet: [22, 7]}}}", "[22, 7]", "quiet hours are wanted, like '22:00-07:00'"),
        (
            "apps: {a: {throttle: {quiet: '24:00-07:00'}}}",
            "'24:00-07:00'",
            "quiet hours are wanted, like '22:00-07:00'",
        ),
        (
            "apps: {a: {throttle: {quiet: '07:00-7:00'}}}",
            "'07:00-7:00'",
            "quiet hours that end when they begin are none; write them like '22:00-07:00'",
        ),
        (
            "apps: {a: {throttle: {quiet: '22:00-07:00', on_quiet: wait}}}",
            "wait",
            "'on_quiet' wants one of 'drop', got 'wait'",
        ),
        # two apps, one token
        (
            "apps: {a: {tokens: [0123456789abcdef]}, b: {tokens: [0123456789abcdex, '0123456789abcdef']}}",
            "'0123456789abcdef'",
            "app 'a' has this token already; each app needs its own",
        ),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, text: str, at: str, message: str) -> None:
    (one,) = load(tmp_path, text).problems
    assert one.message == message
    assert (one.file, one.line) == ("omiflow.yaml", 1)
    assert text[one.column - 1 : one.column - 1 + one.length] == at


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("database: postgresql://a/b", "postgresql://a/b", not_yet("postgresql")),
        ("database: postgres+psycopg://a/b", "postgres+psycopg://a/b", not_yet("postgresql")),
        ("retention: {events: 30d}", "retention", not_yet("retention")),
        ("limits: {audio_body: 5MB}", "audio_body", not_yet("audio_body")),
        ("reload: {max_lost: 5}", "reload", not_yet("reload")),
        ("apps: {a: {signing_secret: x}}", "signing_secret", not_yet("signing_secret")),
        ("apps: {a: {require_signature: false}}", "require_signature", not_yet("require_signature")),
        (
            "apps: {a: {throttle: {quiet: '22:00-07:00', on_quiet: hold}}}",
            "hold",
            not_yet("on_quiet: hold"),
        ),
        ("apps: {a: {setup: {}}}", "setup", not_yet("setup")),
        ("connections: {a: {type: http, base_url: 'http://a', oauth2: {}}}", "oauth2", not_yet("oauth2")),
    ],
)
def test_what_this_version_does_not_act_on_is_refused(tmp_path: Path, text: str, at: str, message: str) -> None:
    (one,) = load(tmp_path, text).problems
    assert (one.code, one.message) == ("E105", message)
    assert text[one.column - 1 : one.column - 1 + one.length] == at


def test_all_mistakes_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
timezone: Nowhere
apps:
  a: {tokens: [!env GONE], user: [x]}
  a: {}
connections:
  b: {type: slak}
  c: {type: slack, token: !file gone}
limits: {body: 1}
"""
    loaded = load(tmp_path, text, OMIFLOW_OMI__BASE_URL="nowhere")
    assert [(one.file, one.line, one.code) for one in loaded.problems] == [
        ("omiflow.yaml", 4, "E100"),
        ("omiflow.yaml", 1, "E104"),
        ("omiflow.yaml", 3, "E701"),
        ("omiflow.yaml", 3, "E101"),
        ("omiflow.yaml", 6, "E106"),
        ("omiflow.yaml", 7, "E702"),
        ("omiflow.yaml", 8, "E104"),
        ("environment variable OMIFLOW_OMI__BASE_URL", 1, "E104"),
    ]


def test_a_file_that_is_no_yaml_has_that_problem_only(tmp_path: Path) -> None:
    loaded = load(tmp_path, "apps: [\n")
    assert len(loaded.problems) == 1


SECRET = "shh-0123456789-very-secret-and-longer-than-forty-characters"


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        (f"console: {{token: '{SECRET} '}}", {}),
        (f"connections: {{a: {{type: slack, webhook_url: '{SECRET}'}}}}", {}),
        (f"apps: {{a: {{tokens: '{SECRET}'}}}}", {}),
        (f"connections: {{a: {{type: notify, to: ['{SECRET}']}}}}", {}),
        (f"connections: {{a: {{type: notion, token: '{SECRET} '}}}}", {}),
        (f"connections: {{a: {{type: llm, api_key: '{SECRET} '}}}}", {}),
        (f'apps: {{a: {{scopes: [x], tokens: [!env "NAME, {SECRET}"]}}}}', {}),
        ("rules: [!env NAME]\ntimezone: !env NAME", {"NAME": SECRET}),
        ("limits: {body: !env NAME}\nnetwork: {allow: [!env NAME], allow_private: !env NAME}", {"NAME": SECRET + "/"}),
        ("", {"OMIFLOW_APPS__A__TOKENS": SECRET}),
    ],
)
def test_problems_and_their_texts_show_no_secret(tmp_path: Path, text: str, environ: dict[str, str]) -> None:
    loaded = load(tmp_path, text, **environ)
    shown = "\n".join(render(one, loaded.texts.get(one.file, "")) for one in loaded.problems)
    assert loaded.problems
    assert "shh-" not in shown
    assert "shh-" not in str(loaded.texts)


def test_a_secret_that_is_a_number_is_not_shown_either(tmp_path: Path) -> None:
    loaded = load(tmp_path, "console: {token: 1234567890123456789}")
    (one,) = loaded.problems
    assert one.message == "'token' wants text, got the number ***"
    assert render(one, loaded.texts[one.file]) == (
        "omiflow.yaml:1:18: 'token' wants text, got the number ***\n"
        "    1 | console: {token: *******************}\n"
        "      |                  ^^^^^^^^^^^^^^^^^^^\n"
        '      = hint: quote it: "***"\n'
        "      = code: E102"
    )


def test_a_wrong_variable_is_shown_by_its_name(tmp_path: Path) -> None:
    loaded = load(tmp_path, "", OMIFLOW_TIMEZONE="Nowhere")
    (one,) = loaded.problems
    assert render(one, loaded.texts[one.file]) == (
        "environment variable OMIFLOW_TIMEZONE:1:1: unknown time zone 'Nowhere'; write it like 'Europe/Berlin'\n"
        "    1 | OMIFLOW_TIMEZONE=…\n"
        "      | ^^^^^^^^^^^^^^^^\n"
        "      = code: E104"
    )
