"""The written form of steps, section 7 of the rule language."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Field, Tag

from omiflow.language.spec_conditions import ConditionSpec
from omiflow.language.spec_parts import Duration, DurationOrTemplate, Maybe, Name, Spec, TextOrItems, shape_tag

CheckSpec = Annotated[
    Annotated[str, Tag("<single>")] | Annotated[list[ConditionSpec], Tag("<list>")] | Annotated[str, Tag("<mapping>")],
    Discriminator(shape_tag),
]


STEP_KINDS = ("action", "if", "repeat", "variables", "stop")
PLANNED_STEPS = frozenset({"choose", "delay", "wait_until", "wait_for_trigger", "ask", "emit"})
RIVALS = PLANNED_STEPS.union(STEP_KINDS)


class RetrySpec(Spec):
    """How often and how long a step is tried."""

    attempts: Maybe[int] = Field(None, ge=1, le=100, description="Tries in all.")
    give_up_after: Maybe[Duration] = Field(None, description="The last moment for a try, from the decision.")


class ActionSpec(Spec):
    """Do something outside: `action` names it, `data` is what it needs."""

    rivals: ClassVar[frozenset[str]] = RIVALS
    action: str = Field(description="What to do, such as `slack.post_message`.")
    connection: Maybe[str] = Field(None, description="Which connection, when there are several of its type.")
    data: dict[str, Any] = Field(default_factory=dict, description="What the action needs; strings may be templates.")
    if_: Maybe[CheckSpec] = Field(None, alias="if", description="Do it only if this holds.")
    response_variable: Maybe[Name] = Field(None, description="The name that gets the answer.")
    timeout: Maybe[DurationOrTemplate] = Field(None, description="How long one try may take.")
    retry: Maybe[RetrySpec] = None
    idempotency_key: Maybe[str] = Field(None, description="Sent outward where the other side knows one.")
    continue_on_error: bool = Field(False, description="Go on even if this fails for good.")


class IfSpec(Spec):
    """Go one of two ways."""

    rivals: ClassVar[frozenset[str]] = RIVALS
    if_: CheckSpec = Field(alias="if", description="A template, or a list of conditions.")
    then: list[StepSpec] = Field(min_length=1)
    else_: list[StepSpec] = Field(default_factory=list, alias="else")


class RepeatBody(Spec):
    """What to repeat, and over what."""

    planned: ClassVar[frozenset[str]] = frozenset({"count"})
    for_each: TextOrItems = Field(description="A list, or a template that gives one.")
    sequence: list[StepSpec] = Field(min_length=1)


class RepeatSpec(Spec):
    """Run the same steps for each item; `repeat.item` and `repeat.index` (from 1) are there."""

    rivals: ClassVar[frozenset[str]] = RIVALS
    repeat: RepeatBody


class VariablesSpec(Spec):
    """Set names for the rest of the run."""

    rivals: ClassVar[frozenset[str]] = RIVALS
    variables: dict[Name, Any] = Field(min_length=1)


class StopSpec(Spec):
    """End the run, with a reason."""

    rivals: ClassVar[frozenset[str]] = RIVALS
    stop: str
    error: bool = Field(False, description="End it as failed.")


def step_tag(value: Any) -> str | None:
    """Tell which step a mapping is, by its key."""
    if not isinstance(value, dict):
        return None
    found = next((key for key in ("action", "then", "if", "repeat", "variables", "stop") if key in value), None)
    return "<if>" if found == "then" else f"<{found}>" if found else None


StepSpec = Annotated[
    Annotated[ActionSpec, Tag("<action>")]
    | Annotated[IfSpec, Tag("<if>")]
    | Annotated[RepeatSpec, Tag("<repeat>")]
    | Annotated[VariablesSpec, Tag("<variables>")]
    | Annotated[StopSpec, Tag("<stop>")],
    Discriminator(step_tag),
]

for model in (IfSpec, RepeatBody, RepeatSpec):
    model.model_rebuild()
