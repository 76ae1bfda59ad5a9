"""The reloader: compiles changed rule files, and swaps the new rules in once everything that can fail has not failed.

What a rule file means is decided by `language`, which version of it counts, by `standing`; here is only when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omiflow.errors import StoreFault
from omiflow.language.load import Loader, RuleFile
from omiflow.model import Problem
from omiflow.runtime.clock import Clock
from omiflow.runtime.live import Live
from omiflow.runtime.metrics import Metrics
from omiflow.runtime.moves import moves
from omiflow.runtime.rules_folder import Snapshot, State, may_be_half_done, snapshot, state_of
from omiflow.runtime.standing import Standing, all_kept, last_good, standing
from omiflow.runtime.started_with import StartedWith
from omiflow.runtime.unhurried import unhurried
from omiflow.runtime.warming import warm
from omiflow.store.queries import load_rule_files
from omiflow.store.records import rule_file_rows, source_rows
from omiflow.store.statements import Commit
from omiflow.store.store import Store

SETTLE = 0.15
MOST_SETTLES = 3
TRY_AGAIN_AFTER = 5.0
NO_FOLDER = "E109"


@dataclass
class Reloader:
    """Keeps the live rules in step with a folder."""

    folder: Path
    loader: Loader
    live: Live
    store: Store
    clock: Clock
    metrics: Metrics
    log: Any
    configuration: StartedWith = field(default_factory=lambda: StartedWith((), log=None))
    swapped: Callable[[], None] = lambda: None
    _seen: Snapshot | None = None
    _kept: dict[str, RuleFile] = field(default_factory=dict)
    _stored: dict[str, str] = field(default_factory=dict)
    _stored_sources: frozenset[str] = frozenset()

    async def start(self) -> None:
        """Load the folder for the first time; files that are broken now take their last good text from the store."""
        self._stored = await self.store.read(load_rule_files)
        await asyncio.to_thread(self.recall)
        await self.reload()
        if not self.live.rules.rules and not self.live.problems:
            self.log.info("there are no rules yet; `omiflow init` writes a first one", folder=str(self.folder))

    def recall(self) -> None:
        """Compile the last good texts of the folder's files."""
        texts = {path: text for path, text in self._stored.items() if self.is_ours(path)}
        with unhurried():
            self._kept = last_good(self.loader.load(texts))

    def is_ours(self, path: str) -> bool:
        """Tell whether a file is one of this folder's; another may have been served before."""
        return Path(path).is_relative_to(self.folder)

    async def watch(self, stop: asyncio.Event) -> None:
        """Reload whenever the folder changes, until `stop` is set."""
        async with aclosing(moves(self.folder, stop, log=self.log)) as moved:
            async for _ in moved:
                await self.look()

    async def look(self) -> None:
        """Reload if any file is another than before; nothing that goes wrong here ends the watch."""
        state = await asyncio.to_thread(state_of, self.folder)
        if self._seen is not None and self._seen.certain and state == self._seen.state:
            return
        try:
            if self._seen is not None and may_be_half_done(self._seen.state, state):
                await self.settle(state)
            await self.reload()
        except StoreFault as fault:
            self.log.warning("the new rules could not be stored; they are tried again", reason=str(fault))
            await asyncio.sleep(TRY_AGAIN_AFTER)
        except Exception:
            self.log.exception("the new rules could not be loaded; the ones before stay")
            self._seen = Snapshot(state)

    async def settle(self, state: State) -> None:
        """Wait until nothing moves any more, a moment at most."""
        for _ in range(MOST_SETTLES):
            await asyncio.sleep(SETTLE)
            before, state = state, await asyncio.to_thread(state_of, self.folder)
            if state == before:
                return

    async def reload(self) -> None:
        """Compile what changed, store it, then swap; a failure leaves the live rules as they are."""
        found = await asyncio.to_thread(snapshot, self.folder)
        if self._seen is None or not found.says_the_same(self._seen):
            problems, now = await asyncio.to_thread(self.compile, found)
            await asyncio.to_thread(warm, now.rules, self.live.surroundings)
            commit = await asyncio.to_thread(self.rows, found, now)
            if commit.statements:
                await self.store.commit(commit)
            self.swap(problems, now)
        self._seen = found

    def compile(self, found: Snapshot) -> tuple[tuple[Problem, ...], Standing]:
        """Compile the folder and choose what counts; while the folder can't be read, that is what counted before."""
        if found.fault is not None and (self._kept or not found.missing):
            wrong = Problem(file=str(self.folder), line=1, column=1, message=found.fault, code=NO_FOLDER)
            return (wrong,), all_kept(self._kept, fillers=self.loader.facts.fillers)
        with unhurried():
            book = self.loader.load(found.texts, unreadable=found.unreadable)
            return book.problems, standing(book, self._kept)

    def rows(self, found: Snapshot, now: Standing) -> Commit:
        """Give what to store before anything depends on it: the sources of new rules, the good texts of files.

        A file that is gone is forgotten only once none is held: its lists may be those of one that is.
        """
        at = self.clock.now()
        commit = Commit([])
        for rule in now.rules.rules:
            if rule.digest not in self._stored_sources:
                commit.statements.extend(source_rows(rule.digest, rule=rule.id, source=rule.source, at=at).statements)
        for path, text in now.good_texts.items():
            if self._stored.get(path) != text:
                commit.statements.extend(rule_file_rows(path, text, at=at).statements)
        for path in self._stored.keys() - found.texts.keys():
            if self.is_ours(path) and not now.held:
                commit.statements.extend(rule_file_rows(path, None, at=at).statements)
        return commit

    def swap(self, problems: tuple[Problem, ...], now: Standing) -> None:
        """Let the new rules decide from now on, and say so."""
        before = frozenset(self.live.problems)
        self.live.rules, self.live.problems = now.rules, problems
        self._kept = dict(now.files)
        self._stored_sources = frozenset(rule.digest for rule in now.rules.rules)
        self._stored = (self._stored if now.held else {}) | now.good_texts
        self.metrics.rules.set(len(now.rules.rules))
        self.metrics.problems.set(self.live.mistakes)
        self.metrics.reloads.labels("problems" if self.live.mistakes else "good").inc()
        for problem in problems:
            if problem not in before:
                write = self.log.error if problem.severity == "error" else self.log.warning
                write("rule problem", place=f"{problem.file}:{problem.line}:{problem.column}", problem=problem.message)
        if any(problem.severity == "error" for problem in problems if problem not in before):
            self.configuration.tell()
        for path in sorted(now.held):
            file = now.files.get(path)
            if file is None:
                self.log.warning("a rule file has no good version yet; nothing of it is live", file=path)
            else:
                self.log.warning("a rule file keeps its last good rules", file=path, rules=len(file.rules))
        self.log.info("rules loaded", rules=len(now.rules.rules), problems=self.live.mistakes)
        self.swapped()
