"""A bench for the engine: rules as people write them, events, and the decision they lead to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
import yaml

from omiflow.engine.hearing import Heard, hear, hush
from omiflow.engine.index import RuleSet
from omiflow.engine.inline import Seal
from omiflow.engine.match import Match, match
from omiflow.engine.plan import plan, tally_keys
from omiflow.engine.surroundings import App, Person, Surroundings
from omiflow.language.facts import AppFacts, Facts
from omiflow.language.load import Loader
from omiflow.model import SPEECH, Decision, Event, Realtime, Run, Segment, Spend, Verdict
from omiflow.speech.stream import Stream

NOW = 1_772_442_000.0
"""2026-03-02T09:00:00Z, a Monday."""

FACTS = Facts(
    apps={"default": AppFacts("default", has_key=True), "other": AppFacts("other", has_key=True)},
    connections={"team": {"type": "slack", "token": "x"}, "crm": {"type": "http", "base_url": "http://crm"}},
)
LOADER = Loader(FACTS)


def rules_of(text: str) -> RuleSet:
    """Compile a list of rules, all of which must be good."""
    written = yaml.safe_load(text)
    written = {"rules": written} if isinstance(written, list) else written
    for number, rule in enumerate(written["rules"]):
        rule.setdefault("id", f"rule{number}")
        rule.setdefault("actions", [{"action": "log.write", "data": {"message": "seen"}}])
        rule.setdefault("triggers", [{"trigger": "webhook", "name": "in"}])
    book = LOADER.load({"rules.yaml": yaml.safe_dump(written, sort_keys=False, allow_unicode=True)})
    errors = [problem.message for problem in book.problems if problem.severity == "error"]
    assert errors == []
    return book.rules


@dataclass
class Bench:
    """Decides events one after another, with all state in memory."""

    rules: RuleSet
    apps: dict[str, App] = field(default_factory=lambda: {"default": App("default"), "other": App("other")})
    timezone: str = "Europe/Berlin"
    language: str | None = None
    now: float = NOW
    spends: list[Spend] = field(default_factory=list)
    stream: Stream = field(default_factory=Stream)
    last: Event | None = None
    every: bool = False
    matches: list[Match] = field(default_factory=list)
    numbers: Any = field(default_factory=count)

    @property
    def surroundings(self) -> Surroundings:
        people = {"u1": Person("u1", self.timezone, name="Kim", language=self.language)}
        return Surroundings(apps=self.apps, people=people, timezone=self.timezone)

    def decide(self, event: Event) -> Decision:
        """Decide one event, and take its effects in."""
        if event.name == SPEECH:
            self.last = event
        return self.decided(event, hear(self.rules, event, self.stream, surroundings=self.surroundings))

    def hush(self, seconds: float = 3.0) -> Decision:
        """Decide what the clock ends after so many seconds without words."""
        assert self.last is not None
        self.now += seconds
        heard = hush(self.rules, self.last, self.stream, surroundings=self.surroundings, now=self.now)
        return self.decided(self.last, heard)

    def decided(self, event: Event, heard: Heard) -> Decision:
        surroundings = self.surroundings
        self.matches = match(self.rules, event, heard, surroundings=surroundings, now=self.now, every=self.every)
        asked = set(tally_keys(event, self.matches))

        def uses(tally: str, key: str) -> list[float]:
            assert (tally, key) in asked
            return [spend.at for spend in self.spends if (spend.tally, spend.key) == (tally, key)]

        decision = plan(
            event,
            self.matches,
            uses=uses,
            surroundings=surroundings,
            seal=Seal("secret"),
            now=self.now,
            new_id=lambda: f"run{next(self.numbers)}",
        )
        self.spends += decision.spends
        self.stream = heard.stream
        return decision

    def event(self, name: str, body: Any, **more: Any) -> Event:
        given = {"app": "default", "uid": "u1", "at": self.now, "received": self.now} | more
        return Event(id=f"e{next(self.numbers)}", name=name, body=body, **given)

    def hook(self, body: Any, **more: Any) -> Decision:
        """Decide a webhook named `in`."""
        return self.decide(self.event("webhook", body, webhook="in", **more))

    def say(self, text: str, *, is_user: bool = True, **more: Any) -> Decision:
        """Decide one new segment of speech."""
        segment = Segment(id=f"s{next(self.numbers)}", text=text, is_user=is_user)
        return self.hear([segment], **more)

    def hear(self, segments: list[Segment], **more: Any) -> Decision:
        body = Realtime(segments=segments, session_id="u1")
        return self.decide(self.event("realtime_transcript", body, segments=segments, **more))

    def remember(self, body: dict[str, Any], segments: list[Segment] | None = None, **more: Any) -> Decision:
        """Decide a finished conversation."""
        whole = {"id": "c1", "discarded": False, "app_id": None, "structured": {"title": "T", "action_items": []}}
        return self.decide(self.event("memory_created", whole | body, segments=segments or [], **more))


BenchOf = Callable[..., Bench]


@pytest.fixture
def bench() -> BenchOf:
    """Give a function that makes a bench of rules in YAML."""
    return lambda text, **more: Bench(rules_of(text), **more)


@pytest.fixture(scope="session")
def compiled() -> Callable[[str], RuleSet]:
    """Give the function that compiles rules."""
    return rules_of


def outcome(decision: Decision, rule: str = "rule0") -> Verdict | None:
    """Give what became of a rule."""
    return next((verdict for verdict in decision.verdicts if verdict.rule == rule), None)


def run_of(decision: Decision, rule: str = "rule0") -> Run:
    """Give the run of a rule."""
    return next(new.run for new in decision.runs if new.run.rule == rule)


@pytest.fixture(name="outcome")
def outcome_fixture() -> Any:
    return outcome


@pytest.fixture(name="run_of")
def run_fixture() -> Any:
    return run_of
