"""The written form of steps, section 7 of the rule language."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Field, Tag

from omiflow.language.spec_conditions import ConditionSpec
from omiflow.language.spec_parts import Duration, DurationOrTemplate, Name, Spec, TextOrItems, shape_tag

CheckSpec = Annotated[
    Annotated[str, Tag("<single>")] | Annotated[list[ConditionSpec], Tag("<list>")] | Annotated[str, Tag("<mapping>")],
    Discriminator(shape_tag),
]


class RetrySpec(Spec):
    """How often and how long a step is tried."""

    attempts: int | None = Field(None, ge=1, le=100, description="Tries in all.")
    give_up_after: Duration | None = Field(None, description="The last moment for a try, from the decision.")


class ActionSpec(Spec):
    """Do something outside: `action` names it, `data` is what it needs."""

    action: str = Field(description="What to do, such as `slack.post_message`.")
    connection: str | None = Field(None, description="Which connection, when there are several of its type.")
    data: dict[str, Any] = Field(default_factory=dict, description="What the action needs; strings may be templates.")
    if_: CheckSpec | None = Field(None, alias="if", description="Do it only if this holds.")
    response_variable: Name | None = Field(None, description="The name that gets the answer.")
    timeout: DurationOrTemplate | None = Field(None, description="How long one try may take.")
    retry: RetrySpec | None = None
    idempotency_key: str | None = Field(None, description="Sent outward where the other side knows one.")
    continue_on_error: bool = Field(False, description="Go on even if this fails for good.")


class IfSpec(Spec):
    """Go one of two ways."""

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

    repeat: RepeatBody


class VariablesSpec(Spec):
    """Set names for the rest of the run."""

    variables: dict[Name, Any] = Field(min_length=1)


class StopSpec(Spec):
    """End the run, with a reason."""

    stop: str
    error: bool = Field(False, description="End it as failed.")


PLANNED_STEPS = frozenset({"choose", "delay", "wait_until", "wait_for_trigger", "ask", "emit"})
STEP_KEYS = ("action", "then", "if", "repeat", "variables", "stop")


def step_tag(value: Any) -> str | None:
    """Tell which step a mapping is, by its key."""
    if not isinstance(value, dict):
        return None
    found = next((key for key in STEP_KEYS if key in value), None)
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
