"""Compiled rules: what is left of a rule file once everything in it was checked.

Reading files and reporting mistakes is the business of `language`; deciding, of `match` and `plan`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from omiflow.engine.conditions import Condition
from omiflow.engine.templates import Template
from omiflow.errors import TemplateFault
from omiflow.speech.lists import Lists, lists_among
from omiflow.speech.phrases import Speaker

Tree = Any
"""Nested dicts and lists with a Template wherever something is to be rendered."""


STARTED = "conversation_started"
"""The trigger that hears the first words after a silence; the event is that of speech."""
WITHIN = 15.0
PAUSE = 2.0


@dataclass(frozen=True)
class Trigger:
    """What starts a rule; `phrases` is empty where none are wanted.

    `within` and `pause` are seconds, and so is `after_silence`, which only the first words after a silence have.
    """

    path: str
    line: int
    event: str
    id: str | None = None
    phrases: tuple[str, ...] = ()
    excepts: tuple[str, ...] = ()
    speaker: Speaker = "any"
    within: float = WITHIN
    pause: float = PAUSE
    fuzzy: bool = False
    after_silence: float | None = None
    gesture: str | None = None
    name: str | None = None
    slots: tuple[str, ...] = ()
    include_discarded: bool = False
    own: bool = False

    @property
    def listens_to(self) -> str:
        """Give the name of the trigger, which is that of its event but for the beginning of a conversation."""
        return self.event if self.after_silence is None else STARTED


@dataclass(frozen=True)
class Key:
    """What a tally is kept for: fixed parts `uid`, `app`, `rule`, `session`, or templates."""

    parts: tuple[str | Template, ...] = ("app", "uid")


@dataclass(frozen=True)
class Limit:
    """At most `limit` in any `period` seconds per key."""

    path: str
    line: int
    key: Key
    period: float
    limit: int = 1


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long a step is tried; None leaves it to the action."""

    attempts: int | None = None
    give_up_after: float | None = None


@dataclass(frozen=True)
class ActionStep:
    """A step that asks something of the world."""

    path: str
    line: int
    action: str
    data: Tree
    inline: bool = False
    deferrable: bool = False
    connection: str | None = None
    check: Check | None = None
    response_variable: str | None = None
    timeout: Template | float | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    idempotency_key: Template | str | None = None
    continue_on_error: bool = False
    params: tuple[str, ...] = ()


@dataclass(frozen=True)
class IfStep:
    """One of two ways."""

    path: str
    line: int
    check: Check
    then: tuple[Step, ...]
    otherwise: tuple[Step, ...]


@dataclass(frozen=True)
class Choice:
    """One of the ways of a `choose`, and when it is taken."""

    conditions: tuple[Condition, ...]
    sequence: tuple[Step, ...]


@dataclass(frozen=True)
class ChooseStep:
    """The first of several ways whose conditions hold, else the default."""

    path: str
    line: int
    choices: tuple[Choice, ...]
    default: tuple[Step, ...]


@dataclass(frozen=True)
class RepeatStep:
    """The same steps for each item of a list, or `count` times."""

    path: str
    line: int
    items: Template | list[Any] | None
    sequence: tuple[Step, ...]
    count: Template | int | None = None


@dataclass(frozen=True)
class EmitStep:
    """An event for other rules."""

    path: str
    line: int
    name: str
    data: Mapping[str, Tree]


@dataclass(frozen=True)
class VariablesStep:
    """Names for the rest of the run."""

    path: str
    line: int
    variables: Mapping[str, Tree]


@dataclass(frozen=True)
class StopStep:
    """The end of the run, with a reason."""

    path: str
    line: int
    reason: Template | str
    error: bool = False


Check = Template | tuple[Condition, ...]
Step = ActionStep | IfStep | ChooseStep | RepeatStep | VariablesStep | EmitStep | StopStep
Status = Literal["live", "shadow", "disabled"]


@dataclass(frozen=True)
class Rule:
    """One rule; `written` is what stands in its file, with its own digest.

    What it was compiled to holds the names of lists only; `lists` are those that it reads as they are now. `late` tells
    whether late events start it, None where that hangs on the event. `uses_session` tells whether a template of it
    reads `session`.
    """

    id: str
    file: str
    line: int
    triggers: tuple[Trigger, ...]
    actions: tuple[Step, ...]
    written: Any
    written_digest: str
    alias: str | None = None
    status: Status = "live"
    apps: frozenset[str] | None = None
    users: frozenset[str] | None = None
    priority: int = 0
    late: bool | None = None
    conditions: tuple[Condition, ...] = ()
    dedupe: Limit | None = None
    throttle: Limit | None = None
    variables: Mapping[str, Tree] = field(default_factory=dict)
    has_inline: bool = False
    uses_session: bool = False
    reads: frozenset[str] = frozenset()
    lists: Lists = field(default_factory=dict)

    @property
    def source(self) -> dict[str, Any]:
        """Give all that it can be compiled from again, for runs that outlast it."""
        return {"rule": self.written, "lists": self.lists}

    @cached_property
    def digest(self) -> str:
        """Name its source, in 32 hexadecimal digits."""
        if not self.lists:
            return self.written_digest
        parts = [self.written_digest, *(f"{name}\0{self.lists[name].digest}" for name in sorted(self.lists))]
        return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]

    def with_lists(self, lists: Lists) -> Rule:
        """Give the same rule with those of these lists that it reads, itself where it has them."""
        if not self.reads:
            return self
        read = lists_among(lists, self.reads)
        if read.keys() == self.lists.keys() and all(read[name] is listed for name, listed in self.lists.items()):
            return self
        return replace(self, lists=read)

    @property
    def enabled(self) -> bool:
        """Tell whether it decides anything."""
        return self.status != "disabled"

    @property
    def shadow(self) -> bool:
        """Tell whether it decides and records, and sends nothing."""
        return self.status == "shadow"


def steps_inside(step: Step) -> tuple[Step, ...]:
    """List the steps that stand directly inside another."""
    if isinstance(step, IfStep):
        return (*step.then, *step.otherwise)
    if isinstance(step, ChooseStep):
        return (*(inner for choice in step.choices for inner in choice.sequence), *step.default)
    return step.sequence if isinstance(step, RepeatStep) else ()


def render(tree: Tree, names: Mapping[str, Any], place: str = "") -> Any:
    """Give the tree with every template rendered from `names`; a TemplateFault names its place below `place`."""
    if isinstance(tree, Template):
        try:
            return tree.render(names)
        except TemplateFault as fault:
            raise TemplateFault(f"{place}: {fault}" if place else str(fault)) from fault
    if isinstance(tree, Mapping):
        return {key: render(item, names, f"{place}.{key}" if place else key) for key, item in tree.items()}
    if isinstance(tree, list):
        return [render(item, names, f"{place}[{number}]") for number, item in enumerate(tree)]
    return tree
