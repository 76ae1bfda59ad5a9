"""The written form of steps, section 7 of the rule language."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from omiflow.language.spec_conditions import ConditionSpec
from omiflow.language.spec_parts import (
    TEMPLATE,
    Duration,
    DurationOrTemplate,
    EventName,
    Maybe,
    Name,
    NumberOrTemplate,
    Spec,
    TemplateOrItems,
    forms_of,
    shape_tag,
)

CheckSpec = Annotated[
    Annotated[str, Field(json_schema_extra=TEMPLATE), Tag("<single>")]
    | Annotated[list[ConditionSpec], Field(min_length=1), Tag("<list>")]
    | Annotated[str, Field(json_schema_extra=TEMPLATE), Tag("<mapping>")],
    Discriminator(shape_tag),
]


PLANNED_STEPS = frozenset({"delay", "wait_until", "wait_for_trigger", "ask"})


class RetrySpec(Spec):
    """How often and how long a step is tried."""

    attempts: Maybe[int] = Field(None, ge=1, le=100, description="Tries in all.")
    give_up_after: Maybe[Duration] = Field(None, description="The last moment for a try, from the decision.")


class ActionSpec(Spec):
    """Do something outside: `action` names it, `data` is what it needs."""

    example: ClassVar[str] = """\
action: log.write
data: {message: "{{ event.structured.title }}", level: debug}
"""

    action: str = Field(description="What to do, such as `slack.post_message`.")
    connection: Maybe[str] = Field(None, description="Which connection, when there are several of its type.")
    data: dict[str, Any] = Field(default_factory=dict, description="What the action needs; strings may be templates.")
    if_: Maybe[CheckSpec] = Field(None, alias="if", description="Do it only if this holds.")
    response_variable: Maybe[Name] = Field(None, description="The name that gets the answer.")
    timeout: Maybe[DurationOrTemplate] = Field(None, description="How long one try may take.")
    retry: Maybe[RetrySpec] = Field(None, description="How often and how long it is tried.")
    idempotency_key: Maybe[str] = Field(None, description="Sent outward where the other side knows one.")
    continue_on_error: bool = Field(False, description="Go on even if this fails for good.")


class IfSpec(Spec):
    """Go one of two ways."""

    example: ClassVar[str] = """\
if: "{{ event.discarded }}"
then: [{stop: nothing was said}]
"""

    if_: CheckSpec = Field(alias="if", description="A template, or a list of conditions.")
    then: list[StepSpec] = Field(min_length=1, description="The steps if it holds.")
    else_: list[StepSpec] = Field(default_factory=list, alias="else", description="The steps if it does not.")


class ChoiceSpec(Spec):
    """One of the ways, and when it is taken."""

    conditions: list[ConditionSpec] = Field(min_length=1, description="All must hold.")
    sequence: list[StepSpec] = Field(min_length=1, description="The steps of this way.")


class ChooseSpec(Spec):
    """Go the first of several ways whose conditions hold, else the default."""

    example: ClassVar[str] = """\
choose:
  - conditions: [{path: $.structured.category, equals: work}]
    sequence: [{action: log.write, data: {message: work}}]
default: [{stop: not at work}]
"""

    choose: list[ChoiceSpec] = Field(min_length=1, description="The ways, in order.")
    default: list[StepSpec] = Field(default_factory=list, description="The steps if no way is taken.")


class RepeatBody(Spec):
    """What to repeat, and over what or how often."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 2, "maxProperties": 2})
    for_each: Maybe[TemplateOrItems] = Field(None, description="A list, or a template that gives one.")
    count: Maybe[NumberOrTemplate] = Field(None, description="How often: a number, or a template that gives one.")
    sequence: list[StepSpec] = Field(min_length=1, description="The steps to repeat.")

    @model_validator(mode="after")
    def _one_measure(self) -> RepeatBody:
        if self.for_each is None and self.count is None:
            raise ValueError("'for_each' or 'count' is missing; add one of them")
        if self.for_each is not None and self.count is not None:
            raise ValueError("'for_each' and 'count' can't stand side by side; keep one of them")
        return self


class RepeatSpec(Spec):
    """Run the same steps for each item, or so many times; `repeat.item` and `repeat.index` (from 1) are there."""

    example: ClassVar[str] = """\
repeat:
  for_each: "{{ event.structured.action_items }}"
  sequence: [{action: log.write, data: {message: "{{ repeat.item.description }}"}}]
"""

    repeat: RepeatBody = Field(description="What to repeat: `sequence`, and one of `for_each` and `count`.")


class VariablesSpec(Spec):
    """Set names for the rest of the run."""

    example: ClassVar[str] = 'variables: {title: "{{ event.structured.title }}"}'

    variables: dict[Name, Any] = Field(min_length=1, description="Names with their values, evaluated in order.")


class EmitBody(Spec):
    """An event for other rules: its name and what it carries."""

    name: EventName = Field(description="The name that `event` triggers wait for.")
    data: dict[str, Any] = Field(default_factory=dict, description="What they read as `event`.")


class EmitSpec(Spec):
    """Send an event to the rules that have an `event` trigger of this name."""

    example: ClassVar[str] = 'emit: {name: task_found, data: {title: "{{ event.structured.title }}"}}'

    emit: EmitBody = Field(description="The event: its name and what it carries.")


class StopSpec(Spec):
    """End the run, with a reason."""

    example: ClassVar[str] = "stop: nothing to do"

    stop: str = Field(description="The reason, which the record of the run shows.")
    error: bool = Field(False, description="End it as failed.")


def step_tag(value: Any) -> str | None:
    """Tell which step a mapping is, by its key."""
    if not isinstance(value, dict):
        return None
    found = next((key for key in ("action", "then", *STEPS) if key in value), None)
    return "<if>" if found == "then" else f"<{found}>" if found else None


StepSpec = Annotated[
    Annotated[ActionSpec, Tag("<action>")]
    | Annotated[IfSpec, Tag("<if>")]
    | Annotated[ChooseSpec, Tag("<choose>")]
    | Annotated[RepeatSpec, Tag("<repeat>")]
    | Annotated[VariablesSpec, Tag("<variables>")]
    | Annotated[EmitSpec, Tag("<emit>")]
    | Annotated[StopSpec, Tag("<stop>")],
    Discriminator(step_tag),
]
STEPS = forms_of(StepSpec)
"""The steps, by the key that tells which one it is."""


def specs_inside(step: Any) -> list[Any]:
    """List the steps that stand directly inside another, as they are written."""
    if isinstance(step, IfSpec):
        return [*step.then, *step.else_]
    if isinstance(step, ChooseSpec):
        return [*(inner for way in step.choose for inner in way.sequence), *step.default]
    return list(step.repeat.sequence) if isinstance(step, RepeatSpec) else []


for form in STEPS.values():
    form.rivals = PLANNED_STEPS.union(STEPS)
