"""What is live now: the rules with what they are checked against, swapped as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field

from omiflow.engine.index import RuleSet
from omiflow.engine.inline import Seal
from omiflow.engine.surroundings import Surroundings
from omiflow.model import Problem


@dataclass
class Live:
    """The rules that decide now; `problems` are the mistakes of the files on disk."""

    surroundings: Surroundings
    seal: Seal
    rules: RuleSet = field(default_factory=lambda: RuleSet(()))
    problems: tuple[Problem, ...] = ()

    @property
    def mistakes(self) -> int:
        """Count the problems that keep a file from going live."""
        return sum(problem.severity == "error" for problem in self.problems)
