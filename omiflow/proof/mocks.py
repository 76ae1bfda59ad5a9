"""What a test says the world answers to actions, call after call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from omiflow.actions.action import Action
from omiflow.actions.data import Data
from omiflow.language.cases import Mocked
from omiflow.model import Done
from omiflow.proof.performed import Unwilling


@dataclass
class Mocks:
    """The answers to each action, by its name; the last one stays.

    `connections` are the settings of connections, as far as they are no secrets.
    """

    answers: Mapping[str, Sequence[Mocked]] = field(default_factory=dict)
    connections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    _calls: Counter[str] = field(default_factory=Counter)

    def answer(self, action: Action, data: Data, *, connection: str | None) -> Done | Unwilling | None:
        """Answer the next call of an action, None where nothing is said about it.

        What a mapping leaves out is as in the action's placeholder. An answer that means a fault when it comes is one
        here too, and for good.
        """
        mocked = self._next(action.name)
        if mocked is None:
            return None
        if mocked.error is not None:
            return Unwilling(mocked.error)
        answer, foretold = mocked.answer, action.foretold(data)
        if isinstance(answer, Mapping) and isinstance(foretold, Mapping):
            answer = {**foretold, **answer}
        settings = self.connections.get(connection, {}) if connection is not None else {}
        fault = action.fault(data, settings, answer) if action.fault is not None else None
        return Done(answer) if fault is None else Unwilling(fault.reason)

    def _next(self, action: str) -> Mocked | None:
        answers = self.answers.get(action)
        if not answers:
            return None
        self._calls[action] += 1
        return answers[min(self._calls[action], len(answers)) - 1]
