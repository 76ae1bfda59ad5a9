"""How long a step waits before it is tried again, and when it is given up; section 7.2 of the rule language."""

from __future__ import annotations

from collections.abc import Callable

from omiflow.actions.action import STALE_AFTER, Action
from omiflow.engine.rules import RetryPolicy
from omiflow.model import Retry

WAITS = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 36_000.0)
SPREAD = 0.1
SHORTEST_ASKED = 1.0
LONGEST_DOUBLED = 3_600
PATIENT = 3
SPEECH_AND_TAPS = frozenset({"realtime_transcript", "button_event"})


def wait_before(attempt: int, outcome: Retry, *, chance: Callable[[], float]) -> float:
    """Give the seconds to wait after the `attempt`-th try of its kind (from 1) failed; `chance` gives 0 to 1.

    What the other side asks for is obeyed, but "at once" is understood as a second: servers that say so are broken.
    Where many want the same, it asks for too little: from the fourth refusal on the waits double and spread.
    """
    doubled = float(min(2 ** min(attempt - 1, 20), LONGEST_DOUBLED))
    if outcome.after is not None:
        asked = max(outcome.after, SHORTEST_ASKED)
        crowded = outcome.throttled and attempt > PATIENT
        return max(asked, doubled * (1 - SPREAD + 2 * SPREAD * chance())) if crowded else asked
    if outcome.throttled:
        return doubled
    wait = WAITS[min(attempt, len(WAITS)) - 1]
    return wait * (1 - SPREAD + 2 * SPREAD * chance())


def used_up(action: Action, policy: RetryPolicy, *, failed: int, tries: int) -> bool:
    """Tell whether a step has had all its tries: those that failed count, and where the rule sets `attempts`, all."""
    return failed >= action.attempts if policy.attempts is None else tries >= policy.attempts


def give_up_after(action: Action, policy: RetryPolicy, event: str) -> float:
    """Give how long after the decision a step may still be tried, in seconds."""
    if policy.give_up_after is not None:
        return policy.give_up_after
    if action.stale_after_speech and event in SPEECH_AND_TAPS:
        return STALE_AFTER
    return action.give_up_after


def goes_stale(action: Action, policy: RetryPolicy, event: str) -> bool:
    """Tell whether even the first try is pointless when it comes too late."""
    return policy.give_up_after is not None or give_up_after(action, policy, event) <= STALE_AFTER


def latest_try(action: Action, policy: RetryPolicy, event: str) -> float:
    """Give how long after the decision a try of our own schedule may be made, in seconds.

    The waits add up to nearly all of the default time; the spread must not cost the last try.
    """
    limit = give_up_after(action, policy, event)
    return limit if goes_stale(action, policy, event) else limit * (1 + SPREAD)
