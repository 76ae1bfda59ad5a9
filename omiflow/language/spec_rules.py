"""The written form of rules and their triggers, sections 1 to 3 of the rule language."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from omiflow.language.spec_conditions import ConditionSpec
from omiflow.language.spec_parts import Duration, Maybe, Name, RuleId, Spec, TextOrList
from omiflow.language.spec_steps import StepSpec

Several = Annotated[list[str], Field(min_length=1)]


class TriggerBase(Spec):
    """What every trigger has."""

    id: Maybe[str] = Field(None, description="A name for `trigger.id`.")


class SpokenTrigger(TriggerBase):
    """What triggers that listen to speech have."""

    planned: ClassVar[frozenset[str]] = frozenset({"match", "within", "pause"})
    phrases: Maybe[Several] = Field(None, description="Sentence templates; any of them starts the rule.")
    except_: Maybe[Several] = Field(None, alias="except", description="Templates that veto a phrase.")
    speaker: Literal["any", "user", "other"] = Field("any", description="Whose words count.")

    @model_validator(mode="after")
    def _except_needs_phrases(self) -> SpokenTrigger:
        if self.except_ and not self.phrases:
            raise ValueError("'except' vetoes phrases, and there are none; add 'phrases'")
        return self


class RealtimeTrigger(SpokenTrigger):
    """Speech as it is spoken; without phrases, every batch in which that speaker spoke."""

    trigger: Literal["realtime_transcript"]


class MemoryTrigger(SpokenTrigger):
    """A conversation that has ended."""

    planned: ClassVar[frozenset[str]] = frozenset({"match", "within", "pause", "include_discarded", "own"})
    trigger: Literal["memory_created"]


class DaySummaryTrigger(TriggerBase):
    """The summary of a day."""

    trigger: Literal["day_summary"]


class ButtonTrigger(TriggerBase):
    """A press of the device's button."""

    trigger: Literal["button_event"]
    gesture: Maybe[Literal["single_tap", "double_tap", "long_tap"]] = Field(None, description="Only this gesture.")


class WebhookTrigger(TriggerBase):
    """JSON or a form posted to `/hooks/<token>/webhook/<name>`."""

    trigger: Literal["webhook"]
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]


PLANNED_TRIGGERS = frozenset({"conversation_started", "audio_bytes", "chat_tool", "schedule", "event"})
TRIGGERS = {
    "realtime_transcript": RealtimeTrigger,
    "memory_created": MemoryTrigger,
    "day_summary": DaySummaryTrigger,
    "button_event": ButtonTrigger,
    "webhook": WebhookTrigger,
}


def trigger_tag(value: Any) -> str | None:
    """Tell which trigger a mapping is."""
    name = value.get("trigger") if isinstance(value, dict) else None
    return f"<{name}>" if isinstance(name, str) and name in TRIGGERS else None


TriggerSpec = Annotated[
    Annotated[RealtimeTrigger, Tag("<realtime_transcript>")]
    | Annotated[MemoryTrigger, Tag("<memory_created>")]
    | Annotated[DaySummaryTrigger, Tag("<day_summary>")]
    | Annotated[ButtonTrigger, Tag("<button_event>")]
    | Annotated[WebhookTrigger, Tag("<webhook>")],
    Discriminator(trigger_tag),
]

KeySpec = TextOrList


class ThrottleSpec(Spec):
    """At most `limit` runs in any `period` per key."""

    limit: int = Field(ge=1, le=10_000)
    period: Duration
    key: Maybe[KeySpec] = Field(None, description="`uid`, `app`, `rule`, a template, or a list of these.")


class DedupeSpec(Spec):
    """Once per key and period; a null key never counts."""

    key: KeySpec
    period: Duration


class RuleSpec(Spec):
    """One rule."""

    planned: ClassVar[frozenset[str]] = frozenset({"late", "correlate", "debounce", "batch", "mode"})

    id: RuleId = Field(description="Unique over the whole folder; limits and history hang on it.")
    alias: Maybe[str] = Field(None, description="A name for people.")
    description: Maybe[str] = None
    status: Literal["live", "disabled"] = "live"
    apps: Maybe[Several] = Field(None, description="Only these apps of omiflow.yaml.")
    users: Maybe[Several] = Field(None, description="Only these users.")
    priority: int = Field(0, description="Who gets the one answer that Omi reads; higher wins.")
    triggers: list[TriggerSpec] = Field(min_length=1, description="Any of them starts the rule.")
    conditions: list[ConditionSpec] = Field(default_factory=list, description="All must hold.")
    dedupe: Maybe[DedupeSpec] = None
    throttle: Maybe[ThrottleSpec] = None
    cooldown: Maybe[Duration] = Field(None, description="Short for `throttle: {limit: 1, period: …}`.")
    variables: dict[Name, Any] = Field(default_factory=dict, description="Evaluated in order when the run starts.")
    actions: list[StepSpec] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_limit(self) -> RuleSpec:
        if self.throttle and self.cooldown:
            raise ValueError("'cooldown' is short for a throttle, and there is one already; keep one of them")
        return self


class RuleFileSpec(Spec):
    """One rule file."""

    planned: ClassVar[frozenset[str]] = frozenset({"tests"})
    rules: list[RuleSpec] = Field(default_factory=list)
    lists: dict[Name, list[str]] = Field(default_factory=dict)
