"""Which connection a step gets that names none."""

from __future__ import annotations

import json

import pytest

from omiflow.engine.rules import ActionStep
from omiflow.language.facts import Facts
from omiflow.language.load import Loader

CRM = {"type": "http", "base_url": "https://crm.example.com"}
HOME = {"type": "http", "base_url": "https://home.example.com"}
TEAM = {"type": "slack", "token": True}


@pytest.mark.parametrize(
    ("connections", "url", "chosen"),
    [
        ({"crm": CRM, "team": TEAM}, "notes", "crm"),
        ({"crm": CRM}, "https://crm.example.com/notes", "crm"),
        ({"crm": CRM}, "https://elsewhere.example.com/notes", "crm"),
        ({"crm": CRM, "home": HOME}, "https://crm.example.com/notes", None),
        ({"team": TEAM}, "https://crm.example.com/notes", None),
    ],
)
def test_a_request_that_names_no_connection_has_the_only_one(
    connections: dict[str, dict[str, object]], url: str, chosen: str | None
) -> None:
    step = {"action": "http.request", "data": {"method": "GET", "url": url}}
    rule = {"id": "a", "triggers": [{"trigger": "memory_created"}], "actions": [step]}
    book = Loader(Facts(connections=connections)).load({"a.yaml": json.dumps({"rules": [rule]})})
    assert book.problems == ()
    (compiled,) = book.rules.by_id["a"].actions
    assert isinstance(compiled, ActionStep)
    assert compiled.connection == chosen


def test_urls_are_judged_without_a_configuration_as_far_as_it_goes() -> None:
    urls = ["notes", "https://example.com", "ftp://example.com"]
    steps = [{"action": "http.request", "data": {"method": "GET", "url": url}} for url in urls]
    rule = {"id": "a", "triggers": [{"trigger": "memory_created"}], "actions": steps}
    book = Loader(Facts(complete=False)).load({"a.yaml": json.dumps({"rules": [rule]})})
    assert [(problem.code, problem.message) for problem in book.problems] == [
        ("E404", "only URLs that begin with http:// or https:// can be called")
    ]


def test_a_path_through_a_connection_of_another_type_is_one_problem() -> None:
    step = {"action": "http.request", "connection": "team", "data": {"method": "GET", "url": "notes"}}
    rule = {"id": "a", "triggers": [{"trigger": "memory_created"}], "actions": [step]}
    book = Loader(Facts(connections={"team": TEAM})).load({"a.yaml": json.dumps({"rules": [rule]})})
    assert [problem.code for problem in book.problems] == ["E401"]
