"""Tests of rule files once everything in them was checked: what happens, what the world answers, what must come of it.

Running them is left to `proof`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omiflow.engine.conditions import Test
from omiflow.speech.lists import Lists


@dataclass(frozen=True)
class CaseEvent:
    """Something that happens in a case: the payload as it is written, still without what is filled in.

    `uid` is None where it isn't written, and with `nobody` it is nobody's. `named` is the name of a webhook or of an
    emitted event. `file` is a recorded request that `body` goes over.
    `after` is how long after the event before it arrives, `at` when; both in seconds.
    """

    line: int
    event: str
    body: Any
    uid: str | None = None
    nobody: bool = False
    named: str | None = None
    app: str | None = None
    file: Path | None = None
    after: float | None = None
    at: float | None = None


@dataclass(frozen=True)
class Mocked:
    """What the world answers to an action; with `error`, that it won't do it."""

    answer: Any = None
    error: str | None = None


@dataclass(frozen=True)
class ExpectedValue:
    """What the value at a path of keys below an action's data must be like; `plain` when it is written as a value.

    `lists` are those that the test names.
    """

    keys: tuple[str, ...]
    test: Test
    plain: bool = False
    lists: Lists = field(default_factory=dict)

    def holds(self, data: Any) -> bool:
        """Tell whether the value there is as it must be; null counts as not there."""
        value = self.found(data)
        if self.test.wants_nothing:
            return value is None or value == []
        if self.plain:
            return self.test.holds(value)
        return value is not None and value != [] and self.test.holds(value, self.lists)

    def found(self, data: Any) -> Any:
        """Give the value there, None where there is none."""
        for key in self.keys:
            data = data.get(key) if isinstance(data, Mapping) else None
        return data


@dataclass(frozen=True)
class Expected:
    """An action that must be done, and what its data must be like."""

    line: int
    action: str
    values: tuple[ExpectedValue, ...] = ()


@dataclass(frozen=True)
class Case:
    """One test; `number` is its place in its file, `because` the reason why not more may be done."""

    file: str
    number: int
    line: int
    name: str
    events: tuple[CaseEvent, ...]
    expect: tuple[Expected, ...]
    rule: str | None = None
    now: float | None = None
    mocks: Mapping[str, tuple[Mocked, ...]] = field(default_factory=dict)
    because: str | None = None
