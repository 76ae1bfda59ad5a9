"""Runs in the shadow: everything is rendered and recorded, nothing leaves."""

from __future__ import annotations

import pytest

GO = "triggers: [{trigger: webhook, name: go}], status: shadow"


async def carried(works, actions, **more):
    made = await works(f"rules:\n  - {{id: r, {GO}, actions: {actions}}}\n", **more)
    await made.post(body={"name": "Kim"})
    await made.settle()
    return made, await made.run()


async def test_a_shadow_records_what_it_would_have_sent_and_sends_nothing(works, outside):
    made, stored = await carried(
        works,
        "[{action: slack.post_message, data: {channel: '#c', text: 'hi {{ event.name }}'}, response_variable: post},"
        " {action: log.write, data: {message: 'posted {{ post.ts }}'}}, {emit: {name: x, data: {who: '{{ event.name }}'}}}]",
    )
    assert (stored.run.state, stored.run.due, stored.run.reason) == ("shadow", None, None)
    assert outside.arrivals == []
    assert len(await made.door.events()) == 1
    assert [line for line in made.door.logged if line["event"] == "log.write"] == []
    seen = [(entry.path, entry.kind, entry.value["data"]) for entry in stored.journal]
    assert seen == [
        ("actions[0]", "shadow", {"channel": "#c", "text": "hi Kim"}),
        ("actions[1]", "shadow", {"message": "posted 1700000000.000100"}),
        ("actions[2]", "shadow", {"who": "Kim"}),
    ]


async def test_a_shadow_that_fails_says_why(works):
    _, stored = await carried(works, "[{action: log.write, data: {message: '{{ event.name / 2 }}'}}]")
    assert stored.run.state == "failed"
    assert "unsupported operand" in stored.run.reason


@pytest.mark.parametrize("words", ["stop: enough", "variables: {x: 1}"])
async def test_a_shadow_without_actions_is_a_shadow_too(works, words):
    _, stored = await carried(works, f"[{{{words}}}]")
    assert stored.run.state == "shadow"
