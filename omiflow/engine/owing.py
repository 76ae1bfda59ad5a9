"""Answers that have no call to go with, since the clock set off their rule: the user's next call carries them.

Keeping them until then is the business of whoever decides; which rule may answer at all, of `plan`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from omiflow.engine import inline
from omiflow.engine.answer import FIELDS
from omiflow.engine.limits import PROMPT_PAUSE
from omiflow.model import Owed, Spend

WAITS = 60.0
"""How long an answer waits for a call, in seconds."""
UNANSWERED = f"unanswered: no call of the user's came within {WAITS:.0f} s"
PROMPTED = FIELDS[inline.PROMPT]
SAID = FIELDS[inline.REPLY]

_SAME_MOMENT = 1e-3


def carried(
    owed: Iterable[Owed],
    answer: Mapping[str, Any],
    *,
    now: float,
    fields: Collection[str],
    prompted: Sequence[float],
) -> list[Owed]:
    """Choose what a call carries beside its own answer: of each field that is left free, what has waited longest.

    `owed` is what its user is owed, oldest first, `fields` what Omi reads of this call, and `prompted` when Omi got or
    was to get a prompt: one that would come too soon behind another keeps waiting (Omi's protocol, 2).
    """
    chosen: dict[str, Owed] = {}
    for one in owed:
        free = one.field in fields and one.field not in answer and one.field not in chosen
        if free and now <= one.until and not (one.field == PROMPTED and _too_soon(one, now, prompted)):
            chosen[one.field] = one
    return list(chosen.values())


def _too_soon(one: Owed, now: float, prompted: Sequence[float]) -> bool:
    decided = one.until - WAITS
    return any(abs(at - now) < PROMPT_PAUSE and abs(at - decided) > _SAME_MOMENT for at in prompted)


def prompt_spends(paid: Iterable[Owed], *, key: str, now: float) -> list[Spend]:
    """Give what a prompt spends once a call carries it: Omi's pause between two begins then."""
    return [
        Spend(tally=inline.PROMPT, key=key, at=now, expires=now + PROMPT_PAUSE) for one in paid if one.field == PROMPTED
    ]


def said_by(one: Owed) -> dict[str, Any]:
    """Give the data of the step, as it is told of one that was answered at once."""
    if one.field == SAID:
        return {"message": one.value}
    return {name: value for name, value in one.value.items() if name != "params"}
