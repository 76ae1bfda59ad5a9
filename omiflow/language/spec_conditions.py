"""The written form of conditions, section 4 of the rule language."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Discriminator, Field, GetJsonSchemaHandler, Tag, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from omiflow.actions.data import at_least_one
from omiflow.engine.operators import OPERATORS
from omiflow.language.spec_operators import OperatorsSpec
from omiflow.language.spec_parts import TEMPLATE, ClockTime, Maybe, Spec, ZoneOrUser, forms_of
from omiflow.speech.phrases import Speaker

ACTION_ITEM_FIELDS = (
    *("description", "completed", "count", "created_at", "updated_at", "due_at", "completed_at", "conversation_id"),
    *("capture_kind", "capture_confidence", "ownership_confidence", "capture_owner", "owner_name", "context"),
    *("due_certainty", "concrete_deliverable", "candidate_action", "target_task_id", "source_segment_ids"),
    *("deleted", "exported", "export_date", "export_platform", "priority", "source_conversation_id"),
)
"""The fields of action items of conversations and of day summaries (Omi's protocol, 1.4), and `count`."""


class PathSpec(OperatorsSpec):
    """Values found by a JSONPath, and what they must be like."""

    example: ClassVar[str] = "{path: $.structured.category, in: [work, business]}"

    model_config = ConfigDict(json_schema_extra={"minProperties": 2})
    path: str = Field(
        description="A JSONPath into the normalised payload, such as `$.structured.title`.",
        json_schema_extra={"pattern": r"^\$", "patternErrorMessage": "a JSONPath begins with '$'"},
    )
    all: Maybe[OperatorsSpec] = Field(None, description="At least one value, and every one passes.")
    none: Maybe[OperatorsSpec] = Field(None, description="No value passes.")

    @model_validator(mode="after")
    def _has_a_wish(self) -> PathSpec:
        ways = [self.all is not None, self.none is not None, bool(self.written()) or self.not_ is not None]
        if not any(ways):
            raise ValueError(f"no operator; add one of {', '.join(OPERATORS)}")
        if sum(ways) > 1:
            raise ValueError(
                "operators, 'all' and 'none' can't stand side by side; put the operators inside 'all' or 'none'"
            )
        return self


class _ItemFields:
    """Tells the JSON Schema which fields action items have, and that each takes a value or operators."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        operators = handler(OperatorsSpec.__pydantic_core_schema__)
        wish = {"anyOf": [operators, {"not": {"type": "object"}}]}
        return {**handler(schema), "properties": dict.fromkeys(ACTION_ITEM_FIELDS, wish), "additionalProperties": wish}


class ActionItemsSpec(Spec):
    """Action items that fit, and how many of them."""

    example: ClassVar[str] = "action_items: {completed: false, description: {contains: invoice}, count: {gte: 2}}"

    action_items: Annotated[dict[str, Any], _ItemFields()] = Field(
        description="Fields of an item, each with a value or operators: "
        + ", ".join(f"`{name}`" for name in ACTION_ITEM_FIELDS if name != "count")
        + "; `count` says how many must fit, at least one."
    )


class PhrasesSpec(Spec):
    """Sentence templates of which one must be said."""

    example: ClassVar[str] = 'phrases: [budget, "(over|under) spend"]'

    phrases: Annotated[list[str], Field(min_length=1)] = Field(description="Sentence templates; any of them.")
    in_: Maybe[str] = Field(
        None,
        alias="in",
        description="Where: `transcript` (default), `title`, `overview`, `all`, or a JSONPath.",
        json_schema_extra={"pattern": r"^(transcript|title|overview|all)$|^\$"},
    )
    speaker: Speaker = Field("any", description="Whose words count in the transcript.")


class TimeBody(Spec):
    """When it must be; `after` later than `before` reaches over midnight."""

    model_config = at_least_one("after", "before", "weekdays")
    after: Maybe[ClockTime] = Field(None, description="From this time of day on, such as `08:00`.")
    before: Maybe[ClockTime] = Field(None, description="Until just before this time of day.")
    weekdays: Maybe[Annotated[list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]], Field(min_length=1)]] = (
        Field(None, description="Only on these days.")
    )
    timezone: Maybe[ZoneOrUser] = Field(None, description="An IANA zone; the user's own (`user`) when left out.")
    of: Literal["decision", "event"] = Field("decision", description="Which time counts; `event` is the event's own.")

    @model_validator(mode="after")
    def _something_to_tell(self) -> TimeBody:
        if self.after is None and self.before is None and self.weekdays is None:
            raise ValueError("no bound; add one of after, before, weekdays")
        return self


class TimeSpec(Spec):
    """A time of day, or days of the week."""

    example: ClassVar[str] = 'time: {after: "08:00", before: "22:00", weekdays: [mon, tue]}'

    time: TimeBody = Field(description="Which times; at least one of `after`, `before`, `weekdays`.")


class TemplateSpec(Spec):
    """A template that must give something true."""

    example: ClassVar[str] = 'template: "{{ event.structured.action_items | length > 3 }}"'

    template: str = Field(description="A Jinja template.", json_schema_extra=TEMPLATE)


class AnySpec(Spec):
    """At least one of these must hold."""

    example: ClassVar[str] = "any: [{path: $.source, equals: omi}, {path: $.structured.title, starts_with: Meeting}]"

    any: list[ConditionSpec] = Field(min_length=1, description="Conditions of which one must hold.")


class AllSpec(Spec):
    """All of these must hold."""

    example: ClassVar[str] = "all: [{path: $.source, equals: omi}, {path: $.geolocation, exists: true}]"

    all: list[ConditionSpec] = Field(min_length=1, description="Conditions which must hold together.")


class NotSpec(Spec):
    """This must not hold."""

    example: ClassVar[str] = "not: {path: $.structured.category, equals: other}"

    not_: ConditionSpec = Field(alias="not", description="A condition which must not hold.")


def condition_tag(value: Any) -> str | None:
    """Tell which condition a mapping is, by its key."""
    if not isinstance(value, dict):
        return None
    return next((f"<{key}>" for key in CONDITIONS if key in value), None)


ConditionSpec = Annotated[
    Annotated[PathSpec, Tag("<path>")]
    | Annotated[ActionItemsSpec, Tag("<action_items>")]
    | Annotated[PhrasesSpec, Tag("<phrases>")]
    | Annotated[TimeSpec, Tag("<time>")]
    | Annotated[TemplateSpec, Tag("<template>")]
    | Annotated[AnySpec, Tag("<any>")]
    | Annotated[AllSpec, Tag("<all>")]
    | Annotated[NotSpec, Tag("<not>")],
    Discriminator(condition_tag),
]

CONDITIONS = forms_of(ConditionSpec)
"""The conditions, by the key that tells which one it is."""

for form in CONDITIONS.values():
    form.rivals = frozenset(CONDITIONS)
