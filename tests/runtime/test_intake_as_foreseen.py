"""What is let in live is let in by a dry-run, and what is turned away is so for the same reason."""

from __future__ import annotations

import pytest

from omiflow.engine.surroundings import App
from omiflow.errors import BadRequest
from omiflow.omi.recorded import Recorded
from omiflow.proof.dry_run import Simulation

RULES = """
rules:
- {id: said, triggers: [{trigger: realtime_transcript, phrases: [go]}], actions: [{action: omi.reply, data: {message: it was said}}]}
- {id: tapped, triggers: [{trigger: button_event}], actions: [{action: log.write, data: {message: tapped}}]}
- {id: posted, triggers: [{trigger: webhook, name: ci}], actions: [{action: log.write, data: {message: posted}}]}
"""
SPEECH = b'{"segments": [{"id": "s1", "text": "go", "is_user": true, "start": 0, "end": 1}]}'
TAP = b'{"button_event": "single_tap", "event_id": "e1"}'
CASES = {
    "speech": [("realtime_transcript", SPEECH, "u1")],
    "speech again, as another delivery": [("realtime_transcript", SPEECH, "u1")] * 2,
    "the same tap": [("button_event", TAP, "u1")] * 2,
    "the same tap by someone else": [("button_event", TAP, "u1"), ("button_event", TAP, "u2")],
    "nobody's tap": [("button_event", TAP, None)],
    "an empty uid": [("button_event", TAP, "")],
    "an unknown event": [("audio_bytes", b"", None)],
    "an event that rules emit": [("event", b"{}", "u1")],
    "a stranger": [("realtime_transcript", SPEECH, "stranger")],
    "a stranger in the body": [("webhook", b'{"uid": "stranger"}', None)],
    "a long uid": [("button_event", TAP, "u" * 257)],
    "a long uid in the body": [("webhook", b'{"uid": "%s"}' % (b"u" * 257), None)],
    "a stranger's broken body": [("button_event", b"{", "stranger")],
    "too much speech": [("realtime_transcript", SPEECH, "u1")] * 4,
    "too many webhooks": [("webhook", b"{}", "u1")] * 4,
    "nobody's webhooks": [("webhook", b"{}", None)] * 4,
    "webhooks after speech": [("realtime_transcript", SPEECH, "u1")] * 2 + [("webhook", b"{}", "u1")],
}


@pytest.mark.parametrize("name", CASES)
async def test_a_dry_run_foresees_who_is_let_in(enter, name):
    apps = {"default": App("default", users=frozenset({"u1", "u2"}))}
    door = await enter(RULES, apps=apps, rate=2.0)
    live = door.intake.live
    simulation = Simulation(live.rules, live.surroundings, live.seal, app="default", requests_per_uid=2.0)
    for event, body, uid in CASES[name]:
        webhook = "ci" if event == "webhook" else None
        declared = event if webhook is None else f"{event}/{webhook}"
        query = {} if uid is None else {"uid": uid}
        before = len(await door.events())
        [seen] = simulation.foresee(
            Recorded(event=declared, body=body, query=query, at=door.clock.at, source="a request")
        )
        try:
            assert await door.post(event, body, uid=uid, webhook=webhook) == seen.reply
            refused = None
        except BadRequest as refusal:
            refused = str(refusal)
        kept = len(await door.events()) > before
        assert kept == (seen.error is None and seen.ignored is None and not seen.duplicate)
        assert (refused or "").partition(";")[0] == (seen.error or "").partition(";")[0]


async def test_the_log_and_a_dry_run_say_the_same_of_an_unknown_event(enter):
    door = await enter(RULES)
    simulation = Simulation(door.intake.live.rules, door.intake.live.surroundings, door.intake.live.seal, app="default")
    [seen] = simulation.foresee(Recorded(event="audio_bytes", query={"uid": "u1"}, source="a request"))
    await door.post("audio_bytes", b"")
    assert [line["reason"] for line in door.logged] == [seen.ignored] == ["omiflow knows no event 'audio_bytes'"]
