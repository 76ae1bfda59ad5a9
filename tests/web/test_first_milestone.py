"""The first milestone: a phrase answers with a prompt, a conversation reaches Slack, both survive a kill."""

from __future__ import annotations

RULES = """
rules:
  - id: advice
    triggers: [{trigger: realtime_transcript, phrases: [any advice]}]
    actions: [{action: omi.prompt, data: {prompt: "Help {{ user_name }}: {{ trigger.text }}"}}]
  - id: to_slack
    triggers: [{trigger: memory_created}]
    actions:
      - action: slack.post_message
        connection: slack
        data: {channel: "#team", text: "{{ event.structured.title }}"}
"""


def test_a_phrase_answers_with_a_prompt(serve):
    answer = serve(RULES).say("Well, any advice on the garden?")
    assert answer.status_code == 200
    assert answer.json() == {"notification": {"prompt": "Help {{user_name}}: any advice", "params": ["user_name"]}}


def test_a_conversation_reaches_slack(serve, outside):
    served = serve(RULES)
    answer = served.post("memory_created", {"id": "m1", "structured": {"title": "The garden"}})
    assert (answer.status_code, answer.json()) == (200, {})
    (post,) = outside.wait_for("chat.postMessage")
    assert post.body == {"channel": "#team", "text": "The garden"}
    assert post.headers["authorization"] == "Bearer xoxb-test-token"
    served.wait_for_run("to_slack", "done")


def test_both_survive_a_kill(serve, outside):
    served = serve(RULES)
    outside.answer("chat.postMessage", 503)
    served.say("any advice?", segment_id="s1")
    served.post("memory_created", {"id": "m1", "structured": {"title": "The garden"}})
    served.wait_for_run("to_slack", "waiting")
    served.kill()
    outside.answer("chat.postMessage", 200, {"ok": True, "ts": "1", "channel": "C"})
    before = len(outside.to("chat.postMessage"))
    served.start()
    outside.wait_for("chat.postMessage", before + 1)
    served.wait_for_run("to_slack", "done")
    again = served.say("any advice?", segment_id="s1")
    assert again.json() == {}
    assert [run["state"] for run in served.runs(rule="advice")] == ["answered"]
