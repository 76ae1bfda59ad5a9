"""A folder of rule files as one rule set."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from omiflow.errors import UsageError
from omiflow.language.facts import AppFacts, Facts
from omiflow.language.load import Loader, read_folder


def rule(name: str, *, more: str = "") -> str:
    return (
        f"rules:\n  - id: {name}\n    triggers:\n      - trigger: memory_created\n{more}"
        "    actions:\n      - stop: enough\n"
    )


IN_ROOMS = "    conditions:\n      - {path: $.x, in: lists.rooms}\n"


def test_a_file_with_a_problem_gives_no_rules_and_the_others_give_theirs() -> None:
    broken = rule("fine") + rule("broken", more="    colour: red\n").removeprefix("rules:\n")
    book = Loader(Facts()).load({"a.yaml": rule("good"), "b.yaml": broken})
    assert list(book.rules.by_id) == ["good"]
    assert [problem.file for problem in book.problems] == ["b.yaml"]


def test_a_warning_keeps_no_rule_out() -> None:
    text = rule("polite").replace("stop: enough", "action: omi.notify\n        data: {message: hello}")
    book = Loader(Facts(apps={"default": AppFacts("default")})).load({"a.yaml": text})
    assert [problem.severity for problem in book.problems] == ["warning"]
    assert list(book.rules.by_id) == ["polite"]


def test_an_id_counts_once_and_the_first_file_keeps_it() -> None:
    book = Loader(Facts()).load({"b.yaml": rule("same"), "a.yaml": rule("same")})
    assert [one.file for one in book.rules.rules] == ["a.yaml"]
    assert [(problem.file, problem.code) for problem in book.problems] == [("b.yaml", "E107")]


def test_only_a_file_that_changed_is_compiled_anew() -> None:
    loader = Loader(Facts())
    texts = {"a.yaml": rule("a"), "b.yaml": rule("b")}
    before = loader.load(texts).rules.by_id
    after = loader.load({**texts, "b.yaml": rule("b", more="    priority: 1\n")}).rules.by_id
    assert after["a"] is before["a"]
    assert after["b"].priority == 1


def test_a_changed_list_is_seen_by_the_files_that_read_lists_and_only_by_them() -> None:
    loader = Loader(Facts())
    texts = {"a.yaml": rule("a"), "b.yaml": rule("b", more=IN_ROOMS), "c.yaml": "lists: {rooms: [kitchen]}\n"}
    before = loader.load(texts).rules.by_id
    after = loader.load({**texts, "c.yaml": "lists: {rooms: [cellar]}\n"}).rules.by_id
    assert after["a"] is before["a"]
    assert [one["b"].lists["rooms"].ways for one in (before, after)] == [["kitchen"], ["cellar"]]
    assert before["b"].digest != after["b"].digest


def test_a_rule_that_says_the_same_has_the_same_digest_wherever_it_stands() -> None:
    one = Loader(Facts()).load({"a.yaml": rule("a")}).rules.by_id["a"]
    other = Loader(Facts()).load({"b.yaml": "# moved\n" + rule("b") + rule("a")[len("rules:\n") :]}).rules.by_id["a"]
    assert one.digest == other.digest
    assert (one.line, other.line) == (2, 8)


def test_a_file_that_is_gone_takes_its_rules_along() -> None:
    loader = Loader(Facts())
    loader.load({"a.yaml": rule("a"), "b.yaml": rule("b")})
    assert list(loader.load({"b.yaml": rule("b")}).rules.by_id) == ["b"]


def test_a_stored_source_is_compiled_to_the_same_rule() -> None:
    loader = Loader(Facts())
    first = loader.load({"a.yaml": rule("a", more=IN_ROOMS) + "lists: {rooms: [kitchen]}\n"}).rules.by_id["a"]
    stored = msgspec.json.decode(msgspec.json.encode(first.source))
    again = loader.compile_source(stored, json.dumps(stored["rule"]))
    assert again is not None
    assert again.digest == first.digest
    assert again.lists == first.lists


@pytest.mark.parametrize("stored", ["12", "null", '{"id": "a"}', '{"id": "a", "triggers": [], "actions": 5}'])
def test_a_stored_source_that_this_version_can_not_read_is_no_rule(stored: str) -> None:
    assert Loader(Facts()).compile_source({"rule": None, "lists": {}}, stored) is None


def test_many_mistakes_take_no_more_than_a_moment() -> None:
    texts = {
        name: "".join(["rules:\n", *(rule(f"r{n}").removeprefix("rules:\n") for n in range(300))]) for name in "ab"
    }
    problems = Loader(Facts()).load(texts).problems
    assert [problem.file for problem in problems] == ["b"] * 300
    assert problems[-1].message == "rule 'r299' is in a:1497 already; ids are unique over the folder"


def test_hidden_files_and_folders_and_other_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", ".hidden.yaml", ".git/c.yaml", "deep/er/d.yaml", "notes.txt", "x.yaml.bak"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(rule("x"))
    texts, problems = read_folder(tmp_path)
    assert list(texts) == [str(tmp_path / name) for name in ("a.yaml", "b.yml", "deep/er/d.yaml")]
    assert problems == []


def test_a_folder_that_is_not_there_is_a_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no rules folder .*; make one with 'omiflow init'"):
        read_folder(tmp_path / "rulez")
