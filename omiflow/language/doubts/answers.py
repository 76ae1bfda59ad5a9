"""Limits of a rule that let more prompts through than Omi takes (Omi's protocol, 2)."""

from __future__ import annotations

from omiflow.durations import spoken
from omiflow.engine import inline
from omiflow.engine.limits import PROMPT_PAUSE
from omiflow.engine.rules import ActionStep, Limit
from omiflow.language.codes import LOOSER_THAN_OMI
from omiflow.language.doubts.doubting import Doubting

DAY = 86_400.0


def doubt_limits(doubting: Doubting) -> None:
    """Warn of a throttle that lets more prompts through than Omi does."""
    limit = doubting.rule.throttle
    if limit is None or set(limit.key.parts) != {"app", "uid"}:
        return
    if not any(isinstance(step, ActionStep) and step.action == inline.PROMPT for step in doubting.steps):
        return
    reason = _over_pause(limit) or _over_day(limit, doubting)
    if reason is not None:
        doubting.warn((*doubting.loc, limit.path), reason, code=LOOSER_THAN_OMI, of_key=True)


def _over_pause(limit: Limit) -> str | None:
    if limit.limit / limit.period <= 1 / PROMPT_PAUSE:
        return None
    return (
        f"this allows {_rate(limit)}, and Omi takes one prompt per {spoken(PROMPT_PAUSE)} from an app for a user; "
        "what comes faster is not sent"
    )


def _over_day(limit: Limit, doubting: Doubting) -> str | None:
    """Compare a limit for a day or longer with the `prompts_per_day` of the rule's apps."""
    facts = doubting.writing.facts
    if limit.period < DAY or not facts.complete:
        return None
    for name, app in facts.apps.items():
        of_rule = doubting.rule.apps is None or name in doubting.rule.apps
        most = app.prompts_per_day
        if of_rule and most is not None and limit.limit > most * limit.period / DAY:
            return f"this allows {_rate(limit)}, and app '{name}' has {most} prompts per day; the others are not sent"
    return None


def _rate(limit: Limit) -> str:
    return f"{'one' if limit.limit == 1 else limit.limit} per {spoken(limit.period)}"
