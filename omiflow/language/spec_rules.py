"""The written form of rules and their triggers, sections 1 to 3 of the rule language."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from omiflow.engine.rules import PAUSE, WITHIN
from omiflow.language.spec_conditions import ConditionSpec
from omiflow.language.spec_parts import (
    TEMPLATE,
    Duration,
    EventName,
    Maybe,
    Name,
    OrEmpty,
    Pause,
    RuleId,
    Silence,
    Spec,
    Within,
    forms_of,
    shape_tag,
)
from omiflow.language.spec_steps import StepSpec
from omiflow.language.spec_tests import CaseSpec
from omiflow.speech.phrases import Speaker

Several = Annotated[list[str], Field(min_length=1)]


class TriggerBase(Spec):
    """What every trigger has."""

    id: Maybe[str] = Field(None, description="A name for `trigger.id`.")


class SpokenTrigger(TriggerBase):
    """What triggers that listen for phrases have."""

    phrases: Maybe[Several] = Field(None, description="Sentence templates; any of them starts the rule.")
    except_: Maybe[Several] = Field(None, alias="except", description="Templates that veto a phrase.")
    speaker: Speaker = Field("any", description="Whose words count.")
    match: Literal["exact", "fuzzy"] = Field(
        "exact", description="`fuzzy` also takes words that were misheard: one edit for each five letters."
    )

    @model_validator(mode="after")
    def _needs_phrases(self) -> SpokenTrigger:
        if self.except_ and not self.phrases:
            raise ValueError("'except' vetoes phrases, and there are none; add 'phrases'")
        for key in ("match", "within", "pause"):
            if key in self.model_fields_set and not self.phrases:
                raise ValueError(f"'{key}' tells how phrases are heard, and there are none; add 'phrases'")
        return self


class RealtimeTrigger(SpokenTrigger):
    """Speech as it is spoken; without phrases, every batch in which that speaker spoke."""

    example: ClassVar[str] = """\
trigger: realtime_transcript
speaker: user
phrases: ["hey omi [what do you] think"]
"""

    trigger: Literal["realtime_transcript"]
    within: Within = Field(
        WITHIN, description="In what time the words of a phrase are said, from 1s to 2m; 15s when left out."
    )
    pause: Pause = Field(
        PAUSE, description="The silence that ends a slot at the end of a phrase, from 0.2s to 30s; 2s when left out."
    )


class ConversationTrigger(TriggerBase):
    """The first words after a silence."""

    example: ClassVar[str] = "{trigger: conversation_started, after_silence: 30m}"

    trigger: Literal["conversation_started"]
    after_silence: Silence = Field(
        120.0, description="How long nothing was said before, from 10s to 30d; 2m when left out."
    )


class MemoryTrigger(SpokenTrigger):
    """A conversation that has ended."""

    example: ClassVar[str] = """\
trigger: memory_created
phrases: ["I will (send|write) {thing}"]
except: [maybe]
"""

    trigger: Literal["memory_created"]
    include_discarded: bool = Field(False, description="Also conversations that Omi discarded.")
    own: bool = Field(False, description="Also conversations that this app imported itself.")


class DaySummaryTrigger(TriggerBase):
    """The summary of a day."""

    example: ClassVar[str] = "trigger: day_summary"

    trigger: Literal["day_summary"]


class ButtonTrigger(TriggerBase):
    """A press of the device's button."""

    example: ClassVar[str] = "{trigger: button_event, gesture: double_tap}"

    trigger: Literal["button_event"]
    gesture: Maybe[Literal["single_tap", "double_tap", "long_tap"]] = Field(None, description="Only this gesture.")


class WebhookTrigger(TriggerBase):
    """JSON or a form posted to `/hooks/<token>/webhook/<name>`."""

    example: ClassVar[str] = "{trigger: webhook, name: deploy}"

    trigger: Literal["webhook"]
    name: EventName = Field(description="The last part of the path that it is posted to.")


class EventTrigger(TriggerBase):
    """What another rule's `emit` sent."""

    example: ClassVar[str] = "{trigger: event, name: task_found}"

    trigger: Literal["event"]
    name: EventName = Field(description="The name that it was given.")


PLANNED_TRIGGERS = frozenset({"audio_bytes", "chat_tool", "schedule"})


def trigger_tag(value: Any) -> str | None:
    """Tell which trigger a mapping is."""
    name = value.get("trigger") if isinstance(value, dict) else None
    return f"<{name}>" if isinstance(name, str) and name in TRIGGERS else None


TriggerSpec = Annotated[
    Annotated[RealtimeTrigger, Tag("<realtime_transcript>")]
    | Annotated[ConversationTrigger, Tag("<conversation_started>")]
    | Annotated[MemoryTrigger, Tag("<memory_created>")]
    | Annotated[DaySummaryTrigger, Tag("<day_summary>")]
    | Annotated[ButtonTrigger, Tag("<button_event>")]
    | Annotated[WebhookTrigger, Tag("<webhook>")]
    | Annotated[EventTrigger, Tag("<event>")],
    Discriminator(trigger_tag),
]
TRIGGERS = forms_of(TriggerSpec)
"""The triggers, by name."""

_KEY_PART: Any = {
    "pattern": rf"^(uid|app|rule|session)$|{TEMPLATE['pattern']}",
    "patternErrorMessage": "a key is 'uid', 'app', 'rule', 'session' or a template",
}
_KeyPart = Annotated[str, Field(json_schema_extra=_KEY_PART)]
KeySpec = Annotated[
    Annotated[_KeyPart, Tag("<single>")]
    | Annotated[list[_KeyPart], Tag("<list>")]
    | Annotated[_KeyPart, Tag("<mapping>")],
    Discriminator(shape_tag),
]


class ThrottleSpec(Spec):
    """At most `limit` runs in any `period` per key."""

    limit: int = Field(ge=1, le=10_000, description="How many runs.")
    period: Duration = Field(description="In any span of this length.")
    key: Maybe[KeySpec] = Field(
        None,
        description="What is counted apart: `uid`, `app`, `rule`, `session`, a template, or a list of these; "
        "else app and user.",
    )


class DedupeSpec(Spec):
    """Once per key and period; a null key never counts."""

    key: KeySpec = Field(
        description="What must be new: `uid`, `app`, `rule`, `session`, a template, or a list of these."
    )
    period: Duration = Field(description="For how long it counts as known.")


class RuleSpec(Spec):
    """One rule: what starts it, when it may run, and what it does."""

    planned: ClassVar[frozenset[str]] = frozenset({"correlate", "debounce", "batch", "mode"})

    id: RuleId = Field(description="Unique over the whole folder; limits and history hang on it.")
    alias: Maybe[str] = Field(None, description="A name for people.")
    description: Maybe[str] = Field(None, description="More about it, for people.")
    status: Literal["live", "shadow", "disabled"] = Field(
        "live", description="`shadow` decides and records, and sends nothing; `disabled` does nothing at all."
    )
    apps: Maybe[Several] = Field(None, description="Only these apps of omiflow.yaml.")
    users: Maybe[Several] = Field(None, description="Only these users.")
    priority: int = Field(0, description="Who gets the one answer that Omi reads; higher wins.")
    late: Maybe[Literal["run", "skip"]] = Field(
        None, description="What becomes of events that arrive late; when left out, speech and taps are skipped."
    )
    triggers: list[TriggerSpec] = Field(min_length=1, description="Any of them starts the rule.")
    conditions: list[ConditionSpec] = Field(default_factory=list, description="All must hold.")
    dedupe: Maybe[DedupeSpec] = Field(None, description="Run once per key and period.")
    throttle: Maybe[ThrottleSpec] = Field(None, description="Run no more than so often in a period.")
    cooldown: Maybe[Duration] = Field(None, description="Short for `throttle: {limit: 1, period: …}`.")
    variables: dict[Name, Any] = Field(default_factory=dict, description="Evaluated in order when the run starts.")
    actions: list[StepSpec] = Field(min_length=1, description="The steps, done in order.")

    @model_validator(mode="after")
    def _one_limit(self) -> RuleSpec:
        if self.throttle and self.cooldown:
            raise ValueError("'cooldown' is short for a throttle, and there is one already; keep one of them")
        return self


Ways = Annotated[
    Annotated[str, Field(min_length=1), Tag("<single>")]
    | Annotated[Several, Tag("<list>")]
    | Annotated[str, Tag("<mapping>")],
    Discriminator(shape_tag),
]


class EntrySpec(Spec):
    """An entry of a list: several ways to say it, one value."""

    say: Ways = Field(description="What is said; a text, or a list of them.")
    value: Any = Field(None, description="What a slot gets for it; the first way to say it when left out.")


ListItem = Annotated[
    Annotated[str, Tag("<single>")] | Annotated[EntrySpec, Tag("<mapping>")] | Annotated[str, Tag("<list>")],
    Discriminator(shape_tag),
]


class RuleFileSpec(Spec):
    """One rule file."""

    rules: Annotated[list[RuleSpec], OrEmpty] = Field(default_factory=list, description="The rules of this file.")
    lists: dict[Name, list[ListItem]] = Field(
        default_factory=dict, description="Words and names by the name of their list."
    )
    tests: list[CaseSpec] = Field(default_factory=list, description="What happens, and what must come of it.")
