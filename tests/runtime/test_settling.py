"""What became of an answer is known only once no call can take it any more."""

from __future__ import annotations

from typing import Any

import pytest

from omiflow.engine.owing import UNANSWERED
from omiflow.runtime.run_names import settled
from omiflow.runtime.settling import Carried, Unheard, Waiting, standings
from omiflow.runtime.tally_book import TallyBook
from omiflow.store.queries import load_spends
from omiflow.store.records import paid_rows
from omiflow.store.spoken import unpaid

RULES = """
rules:
  - id: asked
    triggers: [{trigger: realtime_transcript, phrases: ["SAID {thing}"]}]
    actions: [{action: ACTION, data: {FIELD: "{{ trigger.slots.thing }}"}}]
"""
REPLY = RULES.replace("SAID", "remind me to").replace("ACTION", "omi.reply").replace("FIELD", "message")
PROMPT = RULES.replace("SAID", "what about").replace("ACTION", "omi.prompt").replace("FIELD", "prompt")


async def say(door: Any, text: str) -> Any:
    end = door.clock.at % 10_000
    segment = {"id": f"{text} {end}", "text": text, "is_user": True, "speaker": "SPEAKER_00", "speaker_id": 0}
    return await door.post("realtime_transcript", {"segments": [segment | {"start": end - 2, "end": end}]})


async def owing(works: Any, rules: str, text: str) -> Any:
    """Give an omiflow with an answer that waits for a call."""
    made = await works(rules)
    await say(made.door, text)
    made.clock.at += 3
    await made.door.intake.lulls.look()
    await made.settle()
    return made


class Between:
    """A store after each of whose answers something else happens before anybody sees them."""

    def __init__(self, store: Any, happens: Any) -> None:
        self.store, self.happens = store, happens

    async def read(self, *args: Any, **kwargs: Any) -> Any:
        answer = await self.store.read(*args, **kwargs)
        await self.happens()
        return answer


async def test_a_call_that_is_committed_while_the_row_is_read_is_not_notified_as_well(works):
    made = await owing(works, REPLY, "remind me to buy milk")
    late, stored = made.door.intake.late, await made.run()
    [owed] = late.of("default", "u1", now=made.clock.at)
    event = stored.event.id
    made.clock.at += 61
    paying = late.paying("default", "u1", [owed])
    paying.__enter__()

    async def committed() -> None:
        await made.store.commit(paid_rows([owed], by=event, at=made.clock.at))
        paying.__exit__(None, None, None)

    async def found(store: Any) -> list[Any]:
        seen = await standings(stored.run, settled(stored.journal), store=store, late=late, now=made.clock.at)
        return [type(one) for one in seen.values()]

    assert await found(Between(made.store, committed)) == [Waiting]
    assert await found(made.store) == [Carried]


async def test_what_was_given_up_is_told_once_and_carried_by_no_call(works):
    made = await owing(works, REPLY, "remind me to buy milk")
    late, stored = made.door.intake.late, await made.run()
    [owed] = late.of("default", "u1", now=made.clock.at)
    seen = [
        await standings(stored.run, settled(stored.journal), store=made.store, late=late, now=now)
        for now in (owed.until, owed.until + 1)
    ]
    assert [list(one.values()) for one in seen] == [[Waiting(owed)], [Unheard(owed.value)]]
    assert late.of("default", "u1", now=owed.until) == []


@pytest.mark.parametrize("gives_up", [True, False])
async def test_a_run_that_gives_up_while_a_call_loads_its_tallies_is_not_carried_as_well(works, gives_up):
    made = await owing(works, PROMPT, "what about the budget")
    made.door.intake.decisions.tallies = TallyBook()
    made.clock.at += 59
    read = made.store.read

    async def slowly(query: Any, *args: Any, **kwargs: Any) -> Any:
        answer = await read(query, *args, **kwargs)
        if query is load_spends and gives_up:
            made.store.read = read
            await made.pass_time(2)
        return answer

    made.store.read = slowly
    answer = await say(made.door, "well")
    made.store.read = read
    assert ("notification" in answer) is not gives_up
    assert ((await made.run()).run.reason == UNANSWERED) is gives_up
    assert await read(unpaid, made.clock.at) == []
