"""Lists and values see the changes that were asked for before them, also by other runs of the same moment."""

from __future__ import annotations

import pytest

SPOKEN = "triggers: [{trigger: realtime_transcript, phrases: ['%s']}]"
RULES = f"""
rules:
  - {{id: add, {SPOKEN % "add {what} please"}, actions: [{{action: list.add, data: {{name: shop, item: '{{{{ trigger.slots.what }}}}'}}}}]}}
  - id: ask
    {SPOKEN % "what is on the list"}
    actions:
      - {{action: list.get, data: {{name: shop}}, response_variable: got}}
      - {{action: log.write, data: {{message: "{{{{ got['items'] | join(', ') }}}}"}}}}
"""


@pytest.mark.parametrize(
    "calls", [["Add eggs please. And what is on the list?"], ["add eggs please", "what is on the list"]]
)
async def test_a_list_that_is_read_holds_what_was_added_in_the_same_breath(works, calls):
    made = await works(RULES)
    for _ in range(20):
        for words in calls:
            await made.door.say(words)
    await made.settle()
    seen = [line["message"].count("eggs") for line in made.door.logged if line["event"] == "log.write"]
    assert seen == list(range(1, 21))
