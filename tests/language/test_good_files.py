"""Rule files without a mistake, which nobody may complain about."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from omiflow.language.facts import Facts
from omiflow.language.load import Loader, read_folder
from omiflow.language.problem_text import render
from omiflow.language.settings.config import load_config
from omiflow.language.settings.views import facts
from omiflow.language.source import read

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOOD = sorted((HERE / "good").iterdir())


def known(config: Path) -> Facts:
    """Give what a configuration offers to rules."""
    loaded = load_config(config, folder=config.parent, environ=dict(os.environ, SLACK_BOT_TOKEN="xoxb-token"))
    return facts(loaded.config) if loaded.config is not None else Facts(complete=False)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_file_has_no_problem(path: Path) -> None:
    texts, unreadable = read_folder(path)
    book = Loader(known(HERE / "configs" / "default.yaml")).load(texts, unreadable=unreadable)
    assert [render(problem, texts[problem.file]) for problem in book.problems] == []
    assert all(file.good for file in book.files.values())
    written = sum(text.count("id: ") for text in texts.values())
    assert bool(book.rules.rules) == bool(written)


@pytest.mark.parametrize("folder", ["rules", "examples/rules"])
def test_the_rules_that_come_with_omiflow_have_no_problem(folder: str) -> None:
    texts, _ = read_folder(ROOT / folder)
    config = (ROOT / folder).parent / "omiflow.yaml"
    book = Loader(known(config) if config.exists() else Facts()).load(texts)
    assert [render(problem, texts[problem.file]) for problem in book.problems] == []
    assert len(book.rules.rules) >= len(texts)


def test_merge_keys_make_whole_rules() -> None:
    texts, _ = read_folder(HERE / "good" / "anchors_and_merge_keys.yaml")
    rules = Loader(Facts()).load(texts).rules
    assert list(rules.by_id) == ["base", "other", "third"]
    assert rules.by_id["third"].throttle == rules.by_id["base"].throttle
    assert [step.data for step in rules.by_id["other"].actions] == [
        {"message": "hello"},
        {"message": "hello", "level": "debug"},
    ]


ODD = [None, True, 12, 1.5, "x", "", [], {}, [None], [[]], {"a": 1}, "{{ x", "$[", "[a", "-5m", float("nan"), 10**400]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_is_put_in_the_place_of_a_value_is_a_problem_with_a_place_at_most(data: st.DataObject) -> None:
    names = ["every_key_of_a_rule", "every_trigger", "every_condition", "every_step", "every_action"]
    path = HERE / "good" / f"{data.draw(st.sampled_from(names))}.yaml"
    tree = read(path.read_text(), file="a.yaml").value
    holder, key = data.draw(st.sampled_from(list(places(tree))))
    holder[key] = data.draw(st.sampled_from(ODD))
    text = yaml.safe_dump(tree, sort_keys=False)
    lines = text.split("\n")
    for problem in Loader(known(HERE / "configs" / "default.yaml")).load({"a.yaml": text}).problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert "nput" not in problem.message


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Give the place of each value below a value, as its container and what leads to it there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield value, key
        yield from places(one)
