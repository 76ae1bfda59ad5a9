"""The numbers that `/metrics` shows; each is counted where it happens."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from omiflow.engine import emitting
from omiflow.model import EVENT_NAMES


class Metrics:
    """The counters and gauges of one omiflow."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Counter(
            "omiflow_events", "Requests to hooks, by what became of them", ["event", "outcome"], registry=self.registry
        )
        self.refused = Counter(
            "omiflow_hooks_refused", "Refused requests to hooks, by status", ["status"], registry=self.registry
        )
        self.runs = Counter("omiflow_runs", "Runs by the state they began in", ["state"], registry=self.registry)
        self.ended = Counter("omiflow_runs_ended", "Runs carried out, by end", ["state"], registry=self.registry)
        self.attempts = Counter(
            "omiflow_attempts", "Tries of actions, by outcome", ["action", "outcome"], registry=self.registry
        )
        self.delivery = Histogram(
            "omiflow_delivery_seconds",
            "From decision to a delivered action",
            buckets=(0.05, 0.1, 0.5, 1, 5, 30, 300, 3600, 86400),
            registry=self.registry,
        )
        self.reloads = Counter("omiflow_reloads", "Reloads of rules, by result", ["result"], registry=self.registry)
        self.rules = Gauge("omiflow_rules", "Rules that are live", registry=self.registry)
        self.problems = Gauge("omiflow_rules_problems", "Mistakes in rule files", registry=self.registry)
        self.commits = Gauge("omiflow_store_commits", "Commits to the store", registry=self.registry)
        self.batches = Gauge("omiflow_store_transactions", "Transactions, each of many commits", registry=self.registry)
        self.commit_seconds = Gauge(
            "omiflow_store_transaction_seconds", "Time spent in transactions", registry=self.registry
        )
        self.waiting = Gauge("omiflow_store_waiting", "Commits that wait for the disk", registry=self.registry)
        self._counted: dict[tuple[str, str], Counter] = {}

    def count(self, event: str, outcome: str) -> None:
        """Count a request; looking up a counter by its labels takes longer than counting."""
        known = event if event in EVENT_NAMES or event == emitting.NAME else "unknown"
        counter = self._counted.get((known, outcome))
        if counter is None:
            counter = self._counted[known, outcome] = self.events.labels(known, outcome)
        counter.inc()
