"""The reloader: compiles changed rule files, and swaps the new rules in once everything that can fail has not failed.

What a rule file means is decided by `language`; here is only when, and what stays live when it doesn't compile.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watchfiles import Change, awatch

from omiflow.errors import OmiflowError
from omiflow.language.load import SUFFIXES, Loader, Rulebook, read_folder, rule_paths
from omiflow.model import Problem
from omiflow.runtime.clock import Clock
from omiflow.runtime.live import Live
from omiflow.runtime.metrics import Metrics
from omiflow.store.queries import load_rule_files
from omiflow.store.records import rule_file_rows, source_rows
from omiflow.store.statements import Commit
from omiflow.store.store import Store

SCAN_EVERY_MS = 400
SETTLE = 0.05
SWITCH_INTERVAL = 0.0005

Signature = dict[str, tuple[int, int, int]]


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
    swapped: Callable[[], None] = lambda: None
    _good: dict[str, str] = field(default_factory=dict)
    _stored_sources: set[str] = field(default_factory=set)
    _seen: Signature | None = None

    async def start(self) -> None:
        """Load the folder for the first time; files that are broken now take their last good text from the store."""
        self._good = dict(await self.store.read(load_rule_files))
        await self.reload()

    async def watch(self, stop: asyncio.Event) -> None:
        """Reload whenever the folder changes, until `stop` is set."""
        while not stop.is_set():
            try:
                async for _ in self.looks(stop):
                    await self.look()
            except (OSError, RuntimeError, OmiflowError) as error:
                self.log.warning("the rules folder can't be watched just now", folder=str(self.folder), reason=str(error))
                await asyncio.sleep(SCAN_EVERY_MS / 1000)

    async def looks(self, stop: asyncio.Event) -> AsyncIterator[None]:
        """Yield when something moved in the folder, and from time to time, for moves that nobody tells."""
        real = self.folder.resolve()
        async for _ in awatch(
            real,
            watch_filter=_is_rule_file,
            stop_event=stop,
            debounce=50,
            step=20,
            rust_timeout=SCAN_EVERY_MS,
            yield_on_timeout=True,
        ):
            yield
            if self.folder.resolve() != real:
                return

    async def look(self) -> None:
        """Reload if any file has another size, time or identity than before."""
        seen = await asyncio.to_thread(signature, self.folder)
        if seen == self._seen:
            return
        if self._seen is not None and set(self._seen) - set(seen):
            await asyncio.sleep(SETTLE)
        await self.reload()

    async def reload(self) -> None:
        """Compile what changed, store it, then swap; a failure leaves the live rules as they are."""
        try:
            seen, texts, unreadable = await asyncio.to_thread(_read, self.folder)
        except OmiflowError as fault:
            self.report(Rulebook(files={}, rules=self.live.rules, problems=(_folder_problem(self.folder, fault),)))
            return
        book, rules = await asyncio.to_thread(self.compile, texts, unreadable)
        await self.keep(book, rules, self.clock.now())
        self._seen = seen
        self.live.rules = rules.rules
        self.report(book)
        self.swapped()

    def compile(self, texts: dict[str, str], unreadable: list[Problem]) -> tuple[Rulebook, Rulebook]:
        """Compile the folder as it is, and as it would be if every broken file had its last good text."""
        interval = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_INTERVAL)
        try:
            book = self.loader.load(texts, unreadable=unreadable)
            broken = {problem.file for problem in book.problems if problem.severity == "error"}
            if not broken:
                return book, book
            kept = {path: self._good[path] for path in broken if path in self._good}
            standing = {path: text for path, text in texts.items() if path not in broken} | kept
            return book, self.loader.load(standing)
        finally:
            sys.setswitchinterval(interval)

    async def keep(self, book: Rulebook, rules: Rulebook, now: float) -> None:
        """Store the sources of new rules and the last good text of files, before anything depends on them."""
        commit = Commit([])
        fresh = [rule for rule in rules.rules.rules if rule.digest not in self._stored_sources]
        for rule in fresh:
            commit += source_rows(rule.digest, rule=rule.id, source=rule.source, at=now)
        broken = {problem.file for problem in book.problems if problem.severity == "error"}
        good = {path: file.text for path, file in book.files.items() if path not in broken}
        gone = [path for path in self._good if path not in good and path not in broken]
        for path, text in good.items():
            if self._good.get(path) != text:
                commit += rule_file_rows(path, text, at=now)
        for path in gone:
            commit += rule_file_rows(path, None, at=now)
        if commit.statements:
            await self.store.commit(commit)
        self._stored_sources = {rule.digest for rule in rules.rules.rules}
        self._good = {path: text for path, text in self._good.items() if path not in gone} | good

    def report(self, book: Rulebook) -> None:
        """Say what is live now and what is wrong on disk."""
        before = {(p.file, p.line, p.column, p.message) for p in self.live.problems}
        self.live.problems = book.problems
        self.metrics.rules.set(len(self.live.rules.rules))
        self.metrics.problems.set(self.live.mistakes)
        self.metrics.reloads.labels("problems" if self.live.mistakes else "good").inc()
        for problem in book.problems:
            if (problem.file, problem.line, problem.column, problem.message) in before:
                continue
            write = self.log.error if problem.severity == "error" else self.log.warning
            write("rule problem", place=f"{problem.file}:{problem.line}:{problem.column}", problem=problem.message)
        self.log.info("rules loaded", rules=len(self.live.rules.rules), problems=self.live.mistakes)


def signature(folder: Path) -> Signature:
    """Give what tells one state of the folder from another: times, sizes and identities of its rule files."""
    found: Signature = {}
    for path in rule_paths(folder):
        try:
            facts = os.stat(path)
        except OSError:
            continue
        found[str(path)] = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
    return found


def _read(folder: Path) -> tuple[Signature, dict[str, str], list[Problem]]:
    seen = signature(folder)
    texts, unreadable = read_folder(folder)
    return seen, texts, unreadable


def _folder_problem(folder: Path, fault: OmiflowError) -> Problem:
    return Problem(file=str(folder), line=1, column=1, message=str(fault), code="E109")


def _is_rule_file(_: Change, path: str) -> bool:
    return path.endswith(SUFFIXES)


