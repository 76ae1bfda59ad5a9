"""A rule of which `check` says that another always outranks it never answers, whatever is said."""

from __future__ import annotations

import random
from typing import Any

import pytest
import yaml

from omiflow.language.doubts.outranked import outranked

WORDS = ("hello", "good night", "what now")


def rule(chance: random.Random) -> dict[str, Any]:
    """Make a rule that may or may not answer first."""
    trigger = {"trigger": "realtime_transcript", "speaker": chance.choice(["any", "any", "user"])}
    if chance.random() < 0.8:
        trigger["phrases"] = chance.sample(WORDS, chance.randint(1, 3))
        if chance.random() < 0.2:
            trigger["except"] = ["please"]
    text = chance.choice(["Something long enough", "Good {{ user.name }}, long enough", "{{ trigger.text }}"])
    step = {"action": "omi.reply", "data": {"message": text}}
    if chance.random() < 0.3:
        step = {"if": "{{ now.hour < 12 }}", "then": [step]}
    made = {"triggers": [trigger], "actions": [step], "priority": chance.randint(0, 2)}
    odd = {
        "cooldown": "1h",
        "users": ["u1"],
        "apps": ["other"],
        "conditions": [{"template": "{{ trigger.text == 'hello' }}"}],
        "status": "shadow",
    }
    return made | {key: value for key, value in odd.items() if chance.random() < 0.06}


@pytest.mark.parametrize("seed", range(60))
def test_an_outranked_rule_never_answers(bench, seed):
    chance = random.Random(seed)
    world = bench(yaml.safe_dump([rule(chance) for _ in range(4)]))
    losers = {found.rule.id for found in outranked(world.rules.rules)}
    for said in (*WORDS, "hello please", "hello and good night", "something else"):
        world.now += 7200
        decision = world.say(said, is_user=chance.random() < 0.7, app=chance.choice(["default", "other"]))
        answered = {new.run.rule for new in decision.runs if new.run.state == "answered"}
        assert answered.isdisjoint(losers)


def test_some_of_those_rules_are_outranked(bench):
    found = 0
    for seed in range(60):
        chance = random.Random(seed)
        found += len(list(outranked(bench(yaml.safe_dump([rule(chance) for _ in range(4)])).rules.rules)))
    assert found > 20
