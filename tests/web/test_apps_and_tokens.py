"""Several apps, tokens that rotate, tokens that are made."""

from __future__ import annotations

import json
import stat

import httpx

RULES = """
rules:
  - id: said
    triggers: [{trigger: memory_created}]
    actions: [{action: omi.reply, data: {message: "{{ app.name }}: {{ event.structured.title }}"}}]
"""
FIRST, SECOND, OTHER = (f"token-number-{number}-of-the-tests" for number in range(3))
CONFIG = {
    "apps": {"mentor": {"tokens": [FIRST, SECOND]}, "other": {"tokens": [OTHER], "users": ["u1"]}, "made": {}},
    "limits": {"requests_per_uid": "1/h"},
}


def send(shared, token: str, title: str, **query: str) -> httpx.Response:
    body = {"id": "same", "structured": {"title": title}}
    return shared.ask("POST", f"/hooks/{token}/memory_created", params={"uid": "u1"} | query, json=body)


def test_two_tokens_of_an_app_are_valid_and_each_app_knows_only_its_own_deliveries(shared):
    assert send(shared, FIRST, "one").json() == {"message": "mentor: one"}
    assert send(shared, SECOND, "two").json() == {"message": "mentor: one"}
    assert send(shared, OTHER, "three").json() == {"message": "other: three"}


def test_an_app_without_a_token_has_one_made_and_kept_for_the_owner_only(shared):
    kept = shared.folder / "data" / "tokens.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    made = json.loads(kept.read_text())
    assert made.keys() == {"app:made"}
    assert send(shared, made["app:made"], "four").json() == {"message": "made: four"}
    assert made["app:made"] not in shared.log()


def test_strangers_to_an_app_are_answered_and_not_heard(shared):
    assert send(shared, OTHER, "five", uid="stranger").json() == {}
    assert shared.api("events", user="stranger")["events"] == []


def test_over_the_rate_speech_is_dropped_with_200_and_webhooks_get_429(shared):
    speech = [
        shared.ask("POST", f"/hooks/{FIRST}/realtime_transcript?uid=fast", json={"segments": []}) for _ in range(6)
    ]
    assert {(answer.status_code, answer.content) for answer in speech} == {(200, b"{}")}
    assert len(shared.api("events", user="fast")["events"]) == 1
    hooks = [shared.ask("POST", f"/hooks/{FIRST}/webhook/x?uid=quick", json={}) for _ in range(6)]
    assert [answer.status_code for answer in hooks] == [200, 429, 429, 429, 429, 429]
    assert "requests_per_uid" in hooks[-1].json()["error"]
    counted = shared.get("/metrics").text
    assert 'omiflow_events_total{event="realtime_transcript",outcome="over_rate"}' in counted
