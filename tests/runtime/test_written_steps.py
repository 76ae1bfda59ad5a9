"""Which action stands at a path of the journal."""

from __future__ import annotations

import pytest

from omiflow.runtime.written_steps import action_at

LOG = {"action": "log.write"}
SOURCE = {
    "rule": {
        "variables": {"x": 1},
        "actions": [
            LOG,
            {"if": "{{ x }}", "then": [{"stop": "no"}], "else": [{"action": "file.write"}]},
            {"choose": [{"conditions": [], "sequence": [{"action": "list.add"}]}], "default": [{"action": "list.get"}]},
            {"repeat": {"count": 3, "sequence": [{"action": "value.add"}]}},
        ],
    }
}


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("actions[0]", "log.write"),
        ("actions[1]", None),
        ("actions[1].then[0]", None),
        ("actions[1].else[0]", "file.write"),
        ("actions[2].choose[0].sequence[0]", "list.add"),
        ("actions[2].default[0]", "list.get"),
        ("actions[3].repeat[2].sequence[0]", "value.add"),
        ("actions[9]", None),
        ("actions[0].then[0]", None),
        ("variables", None),
        ("", None),
    ],
)
def test_an_action_is_found_by_its_path(path: str, action: str | None) -> None:
    assert action_at(SOURCE, path) == action


@pytest.mark.parametrize("source", [None, [], {}, {"rule": "x"}, {"rule": {"actions": {"0": LOG}}}])
def test_a_source_of_another_form_names_nothing(source: object) -> None:
    assert action_at(source, "actions[0]") is None
