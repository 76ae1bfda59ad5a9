"""The same delivery again over HTTP: at once, and after a power cut."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

RULES = """
rules:
  - id: advice
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions: [{action: omi.prompt, data: {prompt: "Advice: {{ trigger.text }}"}}]
  - id: conversation
    triggers: [{trigger: memory_created}]
    actions: [{action: omi.reply, data: {message: "About {{ event.structured.title }}"}}]
  - id: tap
    triggers: [{trigger: button_event}]
    actions: [{action: log.write, data: {message: tapped}}]
"""
TALK = {"id": "m1", "structured": {"title": "this"}}
TAP = {"event_id": "b1", "button_event": "double_tap"}


def test_deliveries_that_come_twice_fire_once_also_after_a_power_cut(serve):
    served = serve(RULES)

    def deliver(number: int):
        return (
            served.post("memory_created", TALK, idempotency_key=f"k{number}").json(),
            served.post("button_event", TAP, idempotency_key=f"t{number}").json(),
            served.say("any advice", segment_id="s1").json(),
        )

    with ThreadPoolExecutor(6) as many:
        answers = list(many.map(deliver, range(6)))
    assert [talk for talk, _, _ in answers] == [{"message": "About this"}] * 6
    assert sum("notification" in said for _, _, said in answers) == 1
    served.kill()
    served.start()
    assert deliver(7) == ({"message": "About this"}, {}, {})
    assert sorted(run["rule"] for run in served.runs()) == ["advice", "conversation", "tap"]
    assert sorted(event["event"] for event in served.api("events")["events"] if event["runs"]) == [
        "button_event",
        "memory_created",
        "realtime_transcript",
    ]
