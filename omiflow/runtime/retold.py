"""What the steps of a run sent, told from its journal: they are rendered again from what was frozen with it.

So nothing of it is stored twice; what they were answered stands in the journal itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from omiflow.engine.inline import Seal
from omiflow.engine.interpret import Emit, Note, Told, interpret, told_by
from omiflow.engine.rules import Rule
from omiflow.errors import BadRequest
from omiflow.model import Entry
from omiflow.runtime.rebuilt import rebuilt
from omiflow.runtime.run_names import RunNames, names_of_run, settled
from omiflow.store.stored import StoredRun

_OF_ACTIONS = frozenset({"done", "rejected", "throttled", "shadow"})


def retold(stored: StoredRun, rule: Rule | None) -> Iterator[tuple[str, Any]]:
    """Yield the path of each step that went outside or was held back, and of the one waited for, with its data.

    `rule` is the version that the run began with. Nothing is known of a run that never began, whose rule or event is
    gone or can't be read any more. Between two steps others may be let in: each takes as long as it took the run.
    """
    if rule is None or stored.event is None or not stored.run.inputs:
        return
    try:
        event = rebuilt(stored.event)
    except BadRequest:
        return
    names = names_of_run(stored.run, rule, event, now=stored.run.at)
    names.base.update(Seal(stored.run.id).names())
    ended = settled(stored.journal)
    course = interpret(rule, names.view, _Decided(ended, names))
    answer: Told = None
    while True:
        try:
            asked = course.send(answer)
        except StopIteration:
            return
        entry = ended.get(asked.path)
        if entry is not None:
            names.go_on(entry.at)
        answer = None
        if isinstance(asked, Note):
            continue
        if isinstance(asked, Emit) or not asked.step.inline:
            yield asked.path, asked.data
        if entry is None:
            return
        answer = told_by(entry)


@dataclass(frozen=True)
class _Decided(Mapping[str, Entry]):
    """A journal that holds back what actions were answered, so that they are rendered again, each at its time."""

    ended: Mapping[str, Entry]
    names: RunNames

    def __getitem__(self, path: str) -> Entry:
        entry = self.ended[path]
        if entry.kind in _OF_ACTIONS:
            raise KeyError(path)
        self.names.go_on(entry.at)
        return entry

    def __iter__(self) -> Iterator[str]:
        return iter(self.ended)

    def __len__(self) -> int:
        return len(self.ended)
