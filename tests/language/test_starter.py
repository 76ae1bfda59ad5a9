"""What `omiflow init` writes works as it is, and also with everything taken out of its comments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from omiflow.language.load import Loader
from omiflow.language.settings.config import Config, load_config
from omiflow.language.settings.environment import read_dotenv
from omiflow.language.settings.views import facts
from omiflow.language.starter import STARTER

RULE = "rules/hello.yaml"


def configured(folder: Path, text: str, environ: Mapping[str, str]) -> Config:
    (folder / "omiflow.yaml").write_text(text)
    loaded = load_config(None, folder=folder, environ=environ)
    assert loaded.problems == []
    assert loaded.config is not None
    return loaded.config


def variables(folder: Path) -> list[str]:
    (folder / "example").write_text(STARTER[".env.example"])
    values, problems = read_dotenv(folder / "example", file="example")
    assert problems == []
    return list(values)


def test_the_starter_has_no_problem_in_an_empty_folder(tmp_path: Path) -> None:
    config = configured(tmp_path, STARTER["omiflow.yaml"], {})
    book = Loader(facts(config)).load({RULE: STARTER[RULE]})
    assert book.problems == ()
    assert [rule.id for rule in book.files[RULE].rules] == ["hello"]


def test_the_first_rules_other_answer_works_too(tmp_path: Path) -> None:
    config = configured(tmp_path, STARTER["omiflow.yaml"], {})
    before, found, _ = STARTER[RULE].partition("      - action: omi.reply")
    other = re.findall(r"(?m)^      #([- ] .*)$", STARTER[RULE])
    assert found
    text = before + "\n".join(f"      {line}" for line in other)
    book = Loader(facts(config)).load({RULE: text})
    assert book.problems == ()
    assert "omi.prompt" in text


def test_an_unfilled_env_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(STARTER[".env.example"])
    configured(tmp_path, STARTER["omiflow.yaml"], {})


def test_what_is_commented_out_works_with_the_variables_of_the_example(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^( *)#(?=[a-z_]+:)", r"\1", STARTER["omiflow.yaml"])
    config = configured(tmp_path, text, dict.fromkeys(variables(tmp_path), "0123456789abcdef"))
    assert config.apps["default"].tokens == ("0123456789abcdef",)
    assert set(config.connections) == {"team", "home"}
    assert config.users["your_uid_at_omi"].name == "Kim"
    assert config.public_url == "https://flow.example.com"


def test_each_variable_of_the_example_is_asked_for(tmp_path: Path) -> None:
    assert sorted(variables(tmp_path)) == sorted(
        set(re.findall(r"!env ([A-Z_]+)(?=[\]} \n])", STARTER["omiflow.yaml"])) - {"NAME"}
    )


def test_secrets_and_data_stay_out_of_git() -> None:
    assert {".env", "data/", "*.db"} <= set(STARTER[".gitignore"].split())


def test_the_projects_own_first_rule_is_the_starters() -> None:
    assert (Path(__file__).parents[2] / RULE).read_text() == STARTER[RULE]
