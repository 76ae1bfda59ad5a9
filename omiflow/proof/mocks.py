"""What a test says the world answers to actions, call after call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from omiflow.language.cases import Mocked


@dataclass
class Mocks:
    """The answers to each action, by its name; the last one stays."""

    answers: Mapping[str, Sequence[Mocked]] = field(default_factory=dict)
    _calls: Counter[str] = field(default_factory=Counter)

    def next(self, action: str) -> Mocked | None:
        """Give the answer to the next call of an action, None where nothing is said about it."""
        answers = self.answers.get(action)
        if not answers:
            return None
        self._calls[action] += 1
        return answers[min(self._calls[action], len(answers)) - 1]
