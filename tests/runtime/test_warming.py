"""What times in phrases need is there before the first call."""

from __future__ import annotations

import pytest

from omiflow.engine.surroundings import Person, Surroundings
from omiflow.language.facts import Facts
from omiflow.language.load import Loader
from omiflow.runtime.live import Live
from omiflow.runtime.metrics import Metrics
from omiflow.runtime.reloader import Reloader
from omiflow.speech.time_grammar import grammar

RULES = """
rules:
  - id: reminder
    triggers: [{trigger: realtime_transcript, phrases: ["remind me PLACE to {task}"]}]
    actions: [{action: log.write, data: {message: heard}}]
"""


@pytest.mark.parametrize(
    ("place", "status", "loaded"), [("{when:time}", "live", 3), ("{when}", "live", 0), ("{when:time}", "disabled", 0)]
)
async def test_a_load_of_rules_that_listen_for_times_makes_the_grammars_of_all_languages(
    enter, tmp_path, place, status, loaded
):
    door = await enter("rules: []")
    grammar.cache_clear()
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "r.yaml").write_text(
        RULES.replace("PLACE", place).replace("triggers:", f"status: {status}\n    triggers:")
    )
    people = {
        "u1": Person(uid="u1", timezone="UTC", language="de"),
        "u2": Person(uid="u2", timezone="UTC", language="en"),
    }
    around = Surroundings(apps=door.intake.live.surroundings.apps, people=people, language="fr")
    live = Live(surroundings=around, seal=door.intake.live.seal)
    await Reloader(
        folder=folder,
        loader=Loader(Facts()),
        live=live,
        store=door.store,
        clock=door.clock,
        metrics=Metrics(),
        log=door.intake.log,
    ).start()
    assert len(live.rules.rules) == 1
    assert grammar.cache_info().currsize == loaded
