"""A dry-run shows the data of an action as it would be sent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from omiflow.engine.inline import Seal
from omiflow.language.load import Loader
from omiflow.language.settings.config import load_config
from omiflow.language.settings.views import facts, surroundings
from omiflow.omi.recorded import Recorded
from omiflow.proof.dry_run import Simulation

CONNECTIONS = {"team": {"type": "slack", "token": "xoxb-1"}, "crm": {"type": "http", "base_url": "https://example.com"}}


@pytest.mark.parametrize(
    ("action", "data", "shown"),
    [
        ("log.write", {"message": "{{ 2 + 3 }}"}, {"message": "5"}),
        ("omi.notify", {"message": "{{ 2.5 }}"}, {"message": "2.5"}),
        (
            "http.request",
            {"method": "{{ 'post' }}", "url": "/x", "json": {"n": "{{ 5 }}"}, "headers": {"X-N": "{{ 5 }}"}},
            {"method": "POST", "url": "/x", "json": {"n": 5}, "headers": {"X-N": "5"}},
        ),
        ("http.request", {"method": "put", "url": "/x", "json": None}, {"method": "PUT", "url": "/x", "json": None}),
        ("slack.post_message", {"channel": "{{ 7 }}", "text": "a"}, {"channel": "7", "text": "a"}),
        (
            "omi.create_memories",
            {"memories": [{"content": "{{ 5 }}", "tags": ["{{ 1 }}"]}]},
            {"memories": [{"content": "5", "tags": ["1"]}]},
        ),
    ],
)
def test_data_is_shown_as_it_would_be_sent(
    tmp_path: Path, action: str, data: dict[str, Any], shown: dict[str, Any]
) -> None:
    app = {"omi_app_id": "a", "api_key": "sk_1"}
    (tmp_path / "omiflow.yaml").write_text(yaml.safe_dump({"apps": {"default": app}, "connections": CONNECTIONS}))
    loaded = load_config(None, folder=tmp_path, environ={}).config
    assert loaded is not None
    rule = {"id": "a", "triggers": [{"trigger": "memory_created"}], "actions": [{"action": action, "data": data}]}
    book = Loader(facts(loaded)).load({"a.yaml": json.dumps({"rules": [rule]})})
    assert book.problems == ()
    simulation = Simulation(rules=book.rules, surroundings=surroundings(loaded), seal=Seal("test"), app="default")
    body = json.dumps({"id": "c1", "structured": {"title": "t"}, "transcript_segments": []}).encode()
    (seen,) = simulation.foresee(Recorded(body=body, query={"uid": "u1"}, source="test", event="memory_created"))
    ((one,),) = [run.actions for run in seen.runs]
    assert one.data == shown


def test_the_placeholder_of_a_post_has_a_permalink(tmp_path: Path) -> None:
    (tmp_path / "omiflow.yaml").write_text(yaml.safe_dump({"connections": CONNECTIONS}))
    loaded = load_config(None, folder=tmp_path, environ={}).config
    assert loaded is not None
    post = {"action": "slack.post_message", "data": {"channel": "#a", "text": "a"}, "response_variable": "post"}
    log = {"action": "log.write", "data": {"message": "{{ post.permalink | length > 0 }} {{ post.permalink[:8] }}"}}
    rule = {"id": "a", "triggers": [{"trigger": "webhook", "name": "w"}], "actions": [post, log]}
    book = Loader(facts(loaded)).load({"a.yaml": json.dumps({"rules": [rule]})})
    assert book.problems == ()
    simulation = Simulation(rules=book.rules, surroundings=surroundings(loaded), seal=Seal("test"), app="default")
    (seen,) = simulation.foresee(Recorded(body=b"{}", source="test", path="/webhook/w"))
    ((_, written),) = [run.actions for run in seen.runs]
    assert written.data == {"message": "True https://"}


def test_an_action_whose_template_fails_is_told_of_where_the_run_goes_on(tmp_path: Path) -> None:
    loaded = load_config(None, folder=tmp_path, environ={}).config
    assert loaded is not None
    broken = {"action": "log.write", "data": {"message": "{{ 'x' * 1000000 }}"}, "continue_on_error": True}
    whole = {"action": "log.write", "data": {"message": "went on"}}
    rule = {"id": "a", "triggers": [{"trigger": "webhook", "name": "w"}], "actions": [broken, whole]}
    book = Loader(facts(loaded)).load({"a.yaml": json.dumps({"rules": [rule]})})
    simulation = Simulation(rules=book.rules, surroundings=surroundings(loaded), seal=Seal("test"), app="default")
    (seen,) = simulation.foresee(Recorded(body=b"{}", source="test", path="/webhook/w"))
    (run,) = seen.runs
    assert [one.path for one in run.actions] == ["actions[1]"]
    (held,) = run.held
    assert (held.action, held.path) == ("log.write", "actions[0]")
    assert "a product is longer than" in held.reason
