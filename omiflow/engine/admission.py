"""Who is let in: why a request is turned away instead of decided, the same live and in a dry-run.

`unaddressed` is asked before the body is read, then `uninvited`, then `hasty`, and last the `deliveries`. Reading
requests is the business of `omi`; how their senders are answered is left to the callers.
"""

from __future__ import annotations

import msgspec

from omiflow.engine.rate import Allowance
from omiflow.engine.surroundings import App
from omiflow.model import EVENT_NAMES, SPEECH, WEBHOOK

LONGEST_UID = 256
LONGEST_TOLD = 40


class Unwanted(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request is turned away: what is wrong, and what Omi or its user would do right.

    `status` is the HTTP status of the answer, None when the sender is answered as if nothing were wrong: Omi switches
    off what fails too often. `counted` is the outcome it counts as, where its status does not tell enough.
    """

    wrong: str
    right: str | None = None
    status: int | None = None
    counted: str | None = None

    @property
    def reason(self) -> str:
        """Say what is wrong, and what would be right."""
        return self.wrong if self.right is None else f"{self.wrong}; {self.right}"


NO_UID = Unwanted(wrong="the query parameter 'uid' is missing", right="Omi adds it to every webhook URL", status=422)
LONG_UID = Unwanted(wrong=f"the user's 'uid' is longer than {LONGEST_UID} characters", status=422)
OVER_RATE = Unwanted(
    wrong="more requests of this user than 'limits.requests_per_uid' allows", status=429, counted="over_rate"
)
SPEECH_OVER_RATE = msgspec.structs.replace(OVER_RATE, status=None)


def unaddressed(event: str, uid: str | None) -> Unwanted | None:
    """Say why a request is turned away already by its address; `uid` is the query's. Only a webhook may be nobody's."""
    if event not in EVENT_NAMES:
        return Unwanted(wrong=f"omiflow knows no event '{event[:LONGEST_TOLD]}'", counted="ignored")
    return NO_UID if uid is None and event != WEBHOOK else None


def uninvited(uid: str | None, app: App) -> Unwanted | None:
    """Say why a user is turned away; what is nobody's is let in."""
    if uid is None:
        return None
    if len(uid) > LONGEST_UID:
        return LONG_UID
    if app.users is not None and uid not in app.users:
        return Unwanted(wrong=f"user '{uid}' is not among the users of app '{app.name}'", counted="not_allowed")
    return None


def hasty(event: str, uid: str | None, *, rate: float | None, allowance: Allowance, now: float) -> Unwanted | None:
    """Say why a user's request comes too soon: speech and webhooks, at `rate` a second, are taken from an allowance."""
    if rate is None or uid is None or event not in (SPEECH, WEBHOOK) or allowance.take(rate, now):
        return None
    return SPEECH_OVER_RATE if event == SPEECH else OVER_RATE
