"""The written form of tests, section 10 of the rule language: what happens, and all that may come of it.

Compiling them is left to `compile_tests`, running them to `proof`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from omiflow.actions.data import at_least_one
from omiflow.language.spec_parts import Duration, EventName, Maybe, RuleId, Spec
from omiflow.omi.times import parse


def read_moment(value: Any, info: ValidationInfo) -> float:
    """Read a moment such as `2026-03-02T10:00:00+01:00` into seconds since the epoch.

    Without an offset it is a time in the `timezone` of the validation's context.
    """
    zone = ZoneInfo((info.context or {}).get("timezone", "UTC"))
    moment = parse(value, zone=zone) if isinstance(value, str) else None
    if moment is None:
        raise ValueError("a time such as '2026-03-02T10:00:00+01:00' is wanted")
    return moment


Moment = Annotated[float, BeforeValidator(read_moment, json_schema_input_type=str)]
File = Annotated[
    Maybe[str], Field(description="A recorded request or its body, beside this file; other keys go over what it says.")
]
Uid = Annotated[Maybe[str], Field(description="Whose it is; u1 when left out.")]


class PayloadSpec(Spec):
    """What Omi sends, in its own names; fields that are left out are filled in."""

    model_config = ConfigDict(extra="allow")
    uid: Uid = None
    file: File = None


class SegmentSpec(Spec):
    """A piece of speech; the user's own, unless it names a speaker or says `is_user: false`."""

    model_config = ConfigDict(extra="allow")
    text: str = Field(description="What was said.")
    is_user: Maybe[bool] = Field(None, description="Whether the user said it.")
    id: Maybe[str] = Field(None, description="Omi sends the same id again with more words.")
    start: Maybe[float] = Field(None, description="Seconds from the conversation's start.")
    end: Maybe[float] = Field(None, description="Seconds from the conversation's start.")


class SpokenPayload(PayloadSpec):
    """Speech as it is spoken."""

    segments: Maybe[list[SegmentSpec]] = Field(None, description="The pieces of speech of this call.")


class ConversationPayload(PayloadSpec):
    """A conversation that has ended."""

    structured: Maybe[dict[str, Any]] = Field(None, description="Title, overview, category, action items.")
    transcript_segments: Maybe[list[SegmentSpec]] = Field(None, description="What was said.")


class ButtonPayload(PayloadSpec):
    """A press of the device's button."""

    gesture: Maybe[Literal["single_tap", "double_tap", "long_tap"]] = Field(None, description="Which press.")


class WebhookPayload(Spec):
    """JSON posted to a webhook; `uid: null` for nobody's."""

    name: EventName = Field(description="The webhook's name.")
    uid: str | None = Field(None, description="Whose it is; u1 when left out, null for nobody.")
    file: File = None
    body: Any = Field(None, description="Any JSON; nothing is an empty mapping.")


class EmittedPayload(Spec):
    """What another rule's `emit` sends; `uid: null` for nobody's."""

    name: EventName = Field(description="The name that `emit` gave it.")
    uid: str | None = Field(None, description="Whose it is; u1 when left out, null for nobody.")
    data: dict[str, Any] = Field(default_factory=dict, description="What `emit` gave along.")


EVENT_KEYS = ("realtime_transcript", "memory_created", "day_summary", "button_event", "webhook", "event")


class CaseEventSpec(Spec):
    """One thing that happens: the name of an event with its payload, and when."""

    model_config = at_least_one(*EVENT_KEYS)
    planned: ClassVar[frozenset[str]] = frozenset({"schedule", "audio_bytes", "chat_tool"})

    realtime_transcript: Maybe[SpokenPayload] = Field(None, description="Speech as it is spoken.")
    memory_created: Maybe[ConversationPayload] = Field(None, description="A conversation that has ended.")
    day_summary: Maybe[PayloadSpec] = Field(None, description="The summary of a day.")
    button_event: Maybe[ButtonPayload] = Field(None, description="A press of the device's button.")
    webhook: Maybe[WebhookPayload] = Field(None, description="JSON posted to a webhook.")
    event: Maybe[EmittedPayload] = Field(None, description="What another rule's `emit` sends.")
    app: Maybe[str] = Field(None, description="To which app; the first one of omiflow.yaml when left out.")
    after: Maybe[Duration] = Field(None, description="How long after the event before; 1s when left out.")
    at: Maybe[Moment] = Field(None, description="When it arrives; without an offset in the `timezone` of omiflow.yaml.")

    @model_validator(mode="after")
    def _is_one_event(self) -> CaseEventSpec:
        named = [key for key in EVENT_KEYS if key in self.model_fields_set]
        if len(named) > 1:
            raise ValueError(f"'{named[0]}' and '{named[1]}' are two events; begin an item of its own for each")
        if not named:
            raise ValueError(f"no event; add one of {', '.join(EVENT_KEYS)}")
        if self.after is not None and self.at is not None:
            raise ValueError("'after' and 'at' both say when; keep one of them")
        return self


class ExpectedSpec(Spec):
    """An action that must be done; only the keys named under `data` are compared."""

    action: str = Field(description="Its name, such as `slack.post_message`.")
    data: dict[str, Any] = Field(
        default_factory=dict, description="Values that it must have, or operators that they must pass."
    )


class CaseSpec(Spec):
    """One test: what happens, and all that may come of it."""

    name: str = Field(min_length=1, description="What it shows, as a sentence.")
    rule: Maybe[RuleId] = Field(
        None, description="Only this rule; those of this file when left out, and all where it has none."
    )
    now: Maybe[Moment] = Field(
        None, description="When the first event arrives; without an offset in the `timezone` of omiflow.yaml."
    )
    events: list[CaseEventSpec] = Field(min_length=1, description="What happens, in order.")
    mocks: dict[str, Any] = Field(
        default_factory=dict,
        description="What actions answer: one answer, a list of one for each call, or `{error: …}`. What is a "
        "failure live is one here.",
    )
    expect: list[ExpectedSpec] = Field(
        description="All actions that are done; order counts within a rule. `[]` when nothing may happen."
    )
    because: Maybe[str] = Field(
        None,
        description="Why not more is done: a gate, a condition by its kind, JSONPath or place (`conditions[0]` is the "
        "first one), an option of the trigger.",
    )
