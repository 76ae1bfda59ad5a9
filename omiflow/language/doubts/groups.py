"""Lists and values that are kept for a group, where nobody has one."""

from __future__ import annotations

from collections.abc import Mapping

from omiflow.actions.kept_data import KeptData
from omiflow.actions.table import ACTIONS
from omiflow.engine.rules import ActionStep
from omiflow.language.codes import NO_GROUP
from omiflow.language.doubts.doubting import Doubting


def doubt_groups(doubting: Doubting) -> None:
    """Warn of the first step that keeps or looks for things of a group that no user is in, once for all rules."""
    facts, users = doubting.writing.facts, doubting.rule.users
    if facts.grouped is None or not facts.complete or (facts.grouped if users is None else facts.grouped & users):
        return
    whose = "no user" if users is None else "no user of this rule"
    message = f"{whose} has a group; give users one in omiflow.yaml, such as 'users: {{UID: {{group: family}}}}'"
    if users is None and any(told.message == message for told in doubting.writing.problems):
        return
    for step in doubting.steps:
        if not isinstance(step, ActionStep) or not issubclass(ACTIONS[step.action].data, KeptData):
            continue
        if isinstance(step.data, Mapping) and step.data.get("scope") == "group":
            doubting.warn((*doubting.loc_of(step.path), "data", "scope"), message, code=NO_GROUP)
            return
