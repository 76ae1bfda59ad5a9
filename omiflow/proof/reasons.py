"""Why rules did not do more: the gate that was closed, where it is in the rule, and what kind of thing stands there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from omiflow.engine.conditions import ActionItems, Condition, Group, PathCondition, TemplateCondition
from omiflow.engine.rules import Rule
from omiflow.engine.said import PhrasesCondition
from omiflow.engine.time_of_day import TimeCondition
from omiflow.language.compile_tests import GATES
from omiflow.model import Gate
from omiflow.proof.foreseen import DryRun, Foreseen

_KINDS: dict[type, str] = {
    PathCondition: "path",
    ActionItems: "action_items",
    PhrasesCondition: "phrases",
    TimeCondition: "time",
    TemplateCondition: "template",
}
_PART = re.compile(r"(?<=[\w\]])(?=[.\[])")
OUTRANKED = "outranked by"
UNCONCERNED = (0, 0)
"""How far a rule comes that hears other events."""
ACTING = (GATES.index("actions"), 0)
"""How far a rule comes that begins to act."""


@dataclass(frozen=True)
class Reason:
    """One reason why a rule did not do more: `words` are all that name it, the plainest first, `says` is for people.

    `reached` grows with every gate that was passed before.
    """

    source: str
    rule: str
    line: int
    says: str
    words: tuple[str, ...]
    reached: tuple[int, int]


def reasons(seen: Iterable[Foreseen], rules: Collection[Rule]) -> list[Reason]:
    """List why these rules did not do more."""
    by_id = {rule.id: rule for rule in rules}
    found = [
        reason
        for one in seen
        for run in one.runs
        if run.verdict.rule in by_id
        for reason in _of_run(one.source, run, by_id[run.verdict.rule])
    ]
    return list(dict.fromkeys(found))


def nearest_to_more(found: Iterable[Reason]) -> list[Reason]:
    """Keep the reasons of those that came furthest."""
    listed = list(found)
    furthest = max((reason.reached for reason in listed), default=UNCONCERNED)
    return [reason for reason in listed if reason.reached == furthest]


def _of_run(source: str, run: DryRun, rule: Rule) -> Iterator[Reason]:
    for gate in run.verdict.gates:
        if not gate.passed:
            outranked = ["priority"] if gate.detail.startswith(OUTRANKED) else []
            words = dict.fromkeys([*outranked, *_kinds(gate, rule), *_places(gate.path), gate.gate])
            yield Reason(source, rule.id, gate.line, gate.detail, tuple(words), _reached(gate))
    for held in run.held:
        yield Reason(source, rule.id, rule.line, held.reason, (*_places(held.path), "actions"), ACTING)
    if run.outcome == "failed" and run.fault is None and run.reason is not None:
        yield Reason(source, rule.id, rule.line, run.reason, ("actions",), ACTING)


def _reached(gate: Gate) -> tuple[int, int]:
    """Tell how far a rule came; one that hears other events came less far than one that heard something."""
    number = GATES.index(gate.gate) if gate.gate in GATES else 0
    if gate.gate != "trigger":
        return number, 0
    return number, 0 if gate.path.endswith("]") else 1 if gate.path.endswith(".phrases") else 2


def _places(path: str) -> Iterator[str]:
    """List the last key of a place, the place, and each place it lies in: `triggers[0].speaker` is a `speaker` too."""
    parts = _PART.split(path)
    if parts[-1].startswith("."):
        yield parts[-1][1:]
    for number in range(len(parts), 0, -1):
        place = "".join(parts[:number])
        if place.endswith("]") or number == len(parts):
            yield place


def _kinds(gate: Gate, rule: Rule) -> Iterator[str]:
    if gate.gate == "conditions":
        for condition in rule.conditions:
            if condition.path == gate.path:
                yield from _kinds_in(condition)


def _kinds_in(condition: Condition) -> Iterator[str]:
    if isinstance(condition, Group):
        yield condition.kind
        for inner in condition.inner:
            yield from _kinds_in(inner)
        return
    if isinstance(condition, PathCondition):
        yield condition.jsonpath.text
    yield from (kind for form, kind in _KINDS.items() if isinstance(condition, form))
