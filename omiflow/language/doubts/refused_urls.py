"""URLs written in a rule that the configuration's network settings always refuse."""

from __future__ import annotations

from omiflow.actions.table import ACTIONS
from omiflow.engine.rules import ActionStep
from omiflow.language.codes import REFUSED_URL
from omiflow.language.doubts.doubting import Doubting


def doubt_urls(doubting: Doubting) -> None:
    """Warn of a URL that will not be called."""
    facts = doubting.writing.facts
    if facts.network is None or not facts.complete:
        return
    for step in doubting.steps:
        action = ACTIONS.get(step.action) if isinstance(step, ActionStep) else None
        if not isinstance(step, ActionStep) or action is None or action.refusal is None:
            continue
        data = doubting.written((*doubting.loc_of(step.path), "data"))
        if not isinstance(data, dict):
            continue
        settings = facts.connections.get(step.connection, {}) if step.connection is not None else {}
        found = action.refusal(data, settings, facts.network)
        if found is not None:
            key, message = found
            doubting.warn((*doubting.loc_of(step.path), "data", key), message, code=REFUSED_URL)
