"""The written form of conditions, section 4 of the rule language."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Field, Tag, model_validator

from omiflow.engine.operators import OPERATORS
from omiflow.language.spec_parts import Maybe, Spec, TextOrItems, shape_tag

CONDITION_KEYS = ("path", "action_items", "template", "any", "all", "not")
PLANNED_CONDITIONS = frozenset({"phrases", "time"})
RIVALS = PLANNED_CONDITIONS.union(CONDITION_KEYS)
ACTION_ITEM_FIELDS = (
    *("description", "completed", "count", "created_at", "updated_at", "due_at", "completed_at", "conversation_id"),
    *("capture_kind", "capture_confidence", "ownership_confidence", "capture_owner", "owner_name", "context"),
    *("due_certainty", "concrete_deliverable", "candidate_action", "target_task_id", "source_segment_ids"),
    *("deleted", "exported", "export_date", "export_platform", "priority", "source_conversation_id"),
)
"""The fields of action items of conversations and of day summaries (Omi's protocol, 1.4), and `count`."""


class LengthSpec(Spec):
    """Bounds of a length."""

    equals: Maybe[int] = None
    gt: Maybe[int] = None
    gte: Maybe[int] = None
    lt: Maybe[int] = None
    lte: Maybe[int] = None


LengthOrBounds = Annotated[
    Annotated[int, Tag("<single>")] | Annotated[LengthSpec, Tag("<mapping>")] | Annotated[int, Tag("<list>")],
    Discriminator(shape_tag),
]


class OperatorsSpec(Spec):
    """Operators that one value must pass together."""

    equals: Any = Field(None, description="Is the same.")
    not_equals: Any = Field(None, description="Is another.")
    in_: Maybe[TextOrItems] = Field(None, alias="in", description="Is one of; a list, or `lists.NAME`.")
    not_in: Maybe[TextOrItems] = Field(None, description="Is none of; a list, or `lists.NAME`.")
    contains: Any = Field(None, description="Has this text or item in it.")
    not_contains: Any = Field(None, description="Has it not in it.")
    starts_with: Maybe[str] = Field(None, description="Begins with this text.")
    ends_with: Maybe[str] = Field(None, description="Ends with this text.")
    matches: Maybe[str] = Field(None, description="Has a part that fits this RE2 pattern.")
    gt: Maybe[float] = Field(None, description="Is greater.")
    gte: Maybe[float] = Field(None, description="Is greater or equal.")
    lt: Maybe[float] = Field(None, description="Is less.")
    lte: Maybe[float] = Field(None, description="Is less or equal.")
    exists: Maybe[bool] = Field(None, description="Is there, or not.")
    length: Maybe[LengthOrBounds] = Field(None, description="Has this many characters or items.")
    not_: Maybe[OperatorsSpec] = Field(None, alias="not", description="Does not pass these.")
    ignore_case: bool = Field(False, description="Large and small letters are the same.")

    def written(self) -> dict[str, Any]:
        """Give the operators that were written, by name; null is a value like any other."""
        fields = {"in_": "in"}
        names = {name: fields.get(name, name) for name in self.model_fields_set}
        return {names[name]: getattr(self, name) for name in names if names[name] in OPERATORS}


class PathSpec(OperatorsSpec):
    """Values found by a JSONPath, and what they must be like."""

    rivals: ClassVar[frozenset[str]] = RIVALS
    path: str = Field(description="A JSONPath into the normalised payload, such as `$.structured.title`.")
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


class ActionItemsSpec(Spec):
    """Action items that fit, and how many of them."""

    rivals: ClassVar[frozenset[str]] = RIVALS
    action_items: dict[str, Any] = Field(description="Fields of an item with a value or operators, and `count`.")


class TemplateSpec(Spec):
    """A template that must give something true."""

    rivals: ClassVar[frozenset[str]] = RIVALS
    template: str = Field(description="A Jinja template.")


class AnySpec(Spec):
    """At least one of these must hold."""

    rivals: ClassVar[frozenset[str]] = RIVALS
    any: list[ConditionSpec] = Field(min_length=1)


class AllSpec(Spec):
    """All of these must hold."""

    rivals: ClassVar[frozenset[str]] = RIVALS
    all: list[ConditionSpec] = Field(min_length=1)


class NotSpec(Spec):
    """This must not hold."""

    rivals: ClassVar[frozenset[str]] = RIVALS
    not_: ConditionSpec = Field(alias="not")


def condition_tag(value: Any) -> str | None:
    """Tell which condition a mapping is, by its key."""
    if not isinstance(value, dict):
        return None
    return next((f"<{key}>" for key in CONDITION_KEYS if key in value), None)


ConditionSpec = Annotated[
    Annotated[PathSpec, Tag("<path>")]
    | Annotated[ActionItemsSpec, Tag("<action_items>")]
    | Annotated[TemplateSpec, Tag("<template>")]
    | Annotated[AnySpec, Tag("<any>")]
    | Annotated[AllSpec, Tag("<all>")]
    | Annotated[NotSpec, Tag("<not>")],
    Discriminator(condition_tag),
]

for model in (OperatorsSpec, PathSpec, AnySpec, AllSpec, NotSpec):
    model.model_rebuild()
