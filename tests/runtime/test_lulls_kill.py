"""A process that is killed while somebody has begun to say something decides it when it is there again."""

from __future__ import annotations

import time

RULES = """
rules:
  - id: reminder
    triggers: [{trigger: realtime_transcript, phrases: ["remind me to {task}"]}]
    actions:
      - {action: omi.reply, data: {message: "I will remind you to {{ trigger.slots.task }}"}}
      - {action: http.request, connection: home, data: {method: POST, url: /task, json: {task: "{{ trigger.slots.task }}"}}}
"""


def test_an_open_slot_outlives_a_kill(serve, outside):
    served = serve(RULES)
    assert served.say("remind me to buy milk").json() == {}
    served.kill()
    served.start()
    [task] = outside.wait_for("/task")
    assert task.body == {"task": "buy milk"}
    waiting = served.wait_for_run("reminder", "waiting")
    served.kill()
    served.start()
    assert served.say("something else").json() == {"message": "I will remind you to buy milk"}
    done = served.wait_for_run("reminder", "done")
    assert done["id"] == waiting["id"]
    assert len(outside.to("/task")) == 1


def test_the_alarm_of_a_server_rings_after_three_seconds(serve, outside):
    served = serve(RULES)
    served.say("remind me to buy milk")
    said = time.time()
    [task] = outside.wait_for("/task")
    assert 2.5 < task.at - said < 30
