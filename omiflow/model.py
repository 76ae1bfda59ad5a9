"""The values that travel through omiflow; everything else makes them or reads them.

Times are seconds since the epoch (float, UTC) unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

SPEECH = "realtime_transcript"
WEBHOOK = "webhook"
EVENT_NAMES = (SPEECH, "memory_created", "day_summary", "button_event", WEBHOOK)

Severity = Literal["error", "warning"]


class Segment(msgspec.Struct, kw_only=True, gc=False):
    """A piece of speech as Omi sends it; `start` and `end` are seconds from the conversation's start.

    Source: Omi's protocol, 1.4 (segment).
    """

    id: str | None = None
    text: str = ""
    speaker: str | None = "SPEAKER_00"
    speaker_id: int | None = None
    speaker_name: str | None = None
    is_user: bool = False
    person_id: str | None = None
    start: float = 0.0
    end: float = 0.0
    speaker_label_source: str | None = None
    translations: list[Any] = []
    speech_profile_processed: bool | None = None
    stt_provider: str | None = None


class Realtime(msgspec.Struct, kw_only=True):
    """The normalised body of `realtime_transcript`."""

    segments: list[Segment] = []
    session_id: str | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, as a rule sees it.

    `body` is the normalised payload: `Realtime` for speech (its builtin form is made only when a rule looks at it),
    anything JSON otherwise. `at` is event time, `received` the time of arrival.
    `segments` are the pieces of speech it carries, in order. `webhook` is the name that a webhook was posted to, or
    that an `emit` gave; `depth` counts the emits that led here, `root` is the id of the event they began with, and
    `began_with` its name.
    """

    id: str
    name: str
    app: str
    uid: str | None
    at: float
    received: float
    body: Any
    segments: list[Segment] = []
    webhook: str | None = None
    late: bool = False
    depth: int = 0
    root: str | None = None
    began_with: str | None = None

    def payload(self) -> Any:
        """Give the normalised payload as plain dicts and lists."""
        return msgspec.to_builtins(self.body)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A mistake in somebody's file, with its place; `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    message: str
    code: str = "E100"
    severity: Severity = "error"
    hint: str | None = None
    length: int = 1


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """One gate a rule passed or did not pass, with what was seen there."""

    gate: str
    path: str
    passed: bool
    detail: str
    line: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The world did what was asked; `answer` is what the step gives to the rest of the run."""

    answer: Any = None


class Retry(msgspec.Struct, frozen=True, tag="retry"):
    """It did not work now and may later; `after` is what the other side asked to wait, in seconds."""

    reason: str
    after: float | None = None
    throttled: bool = False


class Rejected(msgspec.Struct, frozen=True, tag="rejected"):
    """It will not work, however often it is tried."""

    reason: str


Outcome = Done | Retry | Rejected


class Spend(msgspec.Struct, frozen=True, kw_only=True):
    """One mark in a tally: `key` was used at `at`, and counts until `expires`.

    `tally` names the tally: `throttle:<rule>`, `dedupe:<rule>` or one of Omi's own limits.
    """

    tally: str
    key: str
    at: float
    expires: float


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a run's journal: what was decided or answered at `path`.

    `kind` is one of `variables`, `branch`, `items` (decided), `intent` (about to be sent), `spent` (its app's budget
    was charged), `attempt` (an answer that asked to try again), `limit` (one that asked to come less often), `done`,
    `rejected`, `throttled`, `skipped`, `stop`, `shadow` (what would have been sent), `owed` (an answer that waits for a
    call), `later` (when a step that failed may be tried again, though the run goes on before).
    """

    path: str
    kind: str
    at: float
    value: Any = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One start of a rule; `due` is when it wants to go on, None once it has ended.

    `inputs` holds what was frozen with the decision: trigger, matched, user, app, lists.
    `source` is the digest of the rule's source the run ends on.
    """

    id: str
    rule: str
    source: str
    event_id: str
    app: str
    uid: str | None
    at: float
    state: str
    reason: str | None = None
    due: float | None = None
    inputs: Mapping[str, Any] = {}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule on one event, gate by gate."""

    rule: str
    outcome: str
    gates: list[Gate] = []
    reason: str | None = None
    run_id: str | None = None


class Mark(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A rule fired on the words `first` to `last` of one segment, counted from 0."""

    rule: str
    segment: str
    first: int
    last: int


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """What a step would have answered if there had been a call; the user's next call carries it, `until` then.

    `field` is the one of the answer, `notification` or `message`, `value` what stands in it.
    """

    run_id: str
    path: str
    field: str
    value: Any
    until: float


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run together with the journal it is born with."""

    run: Run
    journal: list[Entry] = []


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one event sets off; it is stored in one commit with the event.

    `owed` is what is to be answered and has no call to go with.
    """

    event: Event
    verdicts: list[Verdict] = []
    runs: list[NewRun] = []
    spends: list[Spend] = []
    marks: list[Mark] = []
    answer: Mapping[str, Any] = {}
    owed: list[Owed] = []
