from __future__ import annotations

import msgspec
import pytest

from omiflow.model import Entry, Gate, Run, Verdict
from omiflow.runtime.shapes import body_value, event_page, run_page
from omiflow.store.stored import StoredEvent, StoredRun


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'"x"', "x"),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b"", {"$binary": {"base64": ""}}),
        (b"\xff", {"$binary": {"base64": "/w=="}}),
        (b"a=1&b=2", {"$binary": {"base64": "YT0xJmI9Mg=="}}),
        (b'"\\ud800"', {"$binary": {"base64": "Ilx1ZDgwMCI="}}),
        (b"[" * 5000 + b"]" * 5000, None),
    ],
    ids=["object", "text", "big-number", "empty", "bytes", "form", "half-a-pair", "deep"],
)  # fmt: skip
def test_a_body_is_shown_as_json_or_as_bytes_and_always_can_be_sent(body, value):
    shown = body_value(body)
    assert value is None or shown == value
    msgspec.json.encode(shown)


def test_an_event_shows_what_was_decided():
    run = Run(
        id="r1", rule="r", source="s", event_id="e1", app="a", uid="u", at=0.0, state="failed", reason="gone", due=None, inputs={}
    )  # fmt: skip
    verdict = Verdict(
        rule="r",
        outcome="fired",
        run_id="r1",
        gates=[Gate(gate="trigger", path="triggers[0]", passed=True, detail="d", line=3)],
    )
    event = StoredEvent(
        id="e1", app="a", uid="u", name="webhook", webhook="ci", at=0.0, received=1.5, late=False, request=None, body=b"{}", answer={}, trace=[verdict]
    )  # fmt: skip
    page = event_page(event, {"r1": run})
    assert (page["at"], page["received"]) == ("1970-01-01T00:00:00+00:00", "1970-01-01T00:00:01.500000+00:00")
    assert page["trace"] == [
        {
            "rule": "r",
            "outcome": "fired",
            "reason": None,
            "run_id": "r1",
            "run": {"state": "failed", "reason": "gone"},
            "trace": [{"gate": "trigger", "path": "triggers[0]", "passed": True, "detail": "d", "line": 3}],
        }
    ]


def test_a_run_shows_its_journal():
    run = Run(
        id="r1",
        rule="r",
        source="s",
        event_id="e1",
        app="a",
        uid=None,
        at=0.0,
        state="waiting",
        due=60.0,
        inputs={"trigger": {"id": "t"}},
    )
    stored = StoredRun(
        run=run,
        ended_at=None,
        journal=[
            Entry(path="variables", kind="variables", at=1.0, value={"due": {"$at": "2026-03-02T09:00:00+00:00"}}),
            Entry(path="actions[0]", kind="done", at=2.0, value=[1]),
        ],
        event=None,
    )
    page = run_page(stored, {"rule": {"actions": [{"action": "log.write"}]}}, sent={"actions[0]": {"message": "m"}})
    variables, done = page["journal"]
    assert variables["data"] is None
    assert variables["value"] == {"due": "2026-03-02T09:00:00+00:00"}
    assert done == {
        "path": "actions[0]",
        "action": "log.write",
        "kind": "done",
        "at": "1970-01-01T00:00:02+00:00",
        "data": {"message": "m"},
        "value": [1],
    }
    assert (page["due"], page["ended_at"], page["trigger"]) == ("1970-01-01T00:01:00+00:00", None, {"id": "t"})


@pytest.mark.parametrize(
    ("body", "content_type", "shown"),
    [
        (b"a=1&b=x+y&b=z", "application/x-www-form-urlencoded", {"a": "1", "b": ["x y", "z"]}),
        (b"7", "application/x-www-form-urlencoded", {"7": ""}),
        (b"", "application/json", {}),
        (b'{"a": [1]}', "application/json", {"a": [1]}),
        (b"\xff", "application/json", {"$binary": {"base64": "/w=="}}),
    ],
)
def test_a_webhook_shows_what_rules_saw_of_it_and_bytes_where_nobody_can_read_it(body, content_type, shown):
    event = StoredEvent(
        id="e1", app="a", uid="u", name="webhook", webhook="ci", at=0.0, received=1.5, late=False, request={"headers": {"content-type": content_type}}, body=body, answer={}, trace=[]
    )  # fmt: skip
    assert event_page(event, {})["body"] == shown
